"""The demo: made-up people to sign in as, and where a script finds their passwords."""

import json
import os
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
from flask import Flask, current_app

from app.audit import Actor, ActorKind
from app.clock import moved_by
from app.config import Settings
from app.jobs.by_hand import ask_and_carry_out
from app.jobs.entry import follow_clients
from app.jobs.handle import reading
from app.models import JobStatus
from app.services import demo as demo_service
from app.services import marks
from app.services.demo import DemoWalk
from app.services.demo_path import Step
from app.services.errors import NotPossible, ServiceError
from app.unit_of_work import transaction

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without letters and digits that look alike: somebody may have to type it."""
GROUPS, GROUP_LENGTH = 4, 5
EXPORTS = "exports"
"""Directory of the files to try an upload with, in the data directory."""


def init_app(app: Flask) -> None:
    app.cli.add_command(demo)
    app.cli.add_command(demo_walk)


@click.command("demo")
def demo() -> None:
    """Fill in the demo, once, and write its sign-ins into demo.json in the data directory.

    Passwords are random for each installation. Run again it changes nothing but the address in that file.
    """
    click.echo(f"The demo is there; its sign-ins are in {make_demo()}.")


@click.command("demo-walk")
def demo_walk() -> None:
    """Walk the demo's connectors through the gates: one stays at each, and one goes live.

    By the services that the pages use, with the jobs carried out here, and for some of it with the clock some days back.
    Interrupted, it goes on where it stopped; run again it changes nothing.
    """
    settings: Settings = current_app.extensions["fivegate.settings"]
    if settings.is_production:
        raise click.ClickException("The demo has no place in production.")
    for walk in demo_service.WALKS:
        with moved_by(timedelta(days=-walk.days_ago)):
            _walk(walk)


def _walk(demo: DemoWalk) -> None:
    with reading():
        walk = demo_service.walk_of(demo)
        is_there = walk.has_arrived(demo.through)
    if is_there:
        click.echo(f"{demo.source_label} is there already.")
        return
    steps = [*walk.steps(through=demo.through), *demo_service.afterwards(demo, walk)]
    for number, step in enumerate(steps, start=1):
        try:
            _take(step)
        except ServiceError as exc:
            raise click.ClickException(f"{demo.source_label} stopped at step {number}: {exc}") from exc
    follow_clients()
    with reading():
        stopped_by = "" if demo.afterwards else walk.stopped_by(demo.through)
    if stopped_by:
        raise click.ClickException(f"{demo.source_label} did not get through: {stopped_by}")
    click.echo(f"{demo.source_label}: {f'gate {demo.through.number} is through' if demo.through else 'begun'}.")


def _take(step: Step) -> None:
    """One step; where it asks for a job, the job to its end."""
    job = ask_and_carry_out(step)
    if job is not None and job.status is not JobStatus.SUCCEEDED:
        raise NotPossible(job.error_note or f"The job “{job.kind}” ended as {job.status.label.lower()}.")


def make_demo() -> Path:
    """Fill in what is missing of the demo.

    :return: the file with the sign-ins
    """
    settings: Settings = current_app.extensions["fivegate.settings"]
    if settings.is_production:
        raise click.ClickException("The demo's people and passwords have no place in production: use `flask create-admin`.")
    path = settings.data_dir / "demo.json"
    kept = _kept_passwords(path)
    passwords = {person.key: kept.get(person.key) or new_password() for person in demo_service.PEOPLE}
    try:
        marks.ensure_marks()
        with transaction():
            demo_service.fill(
                passwords=passwords, known=frozenset(kept), exports=settings.data_dir / EXPORTS, actor=Actor(ActorKind.COMMAND, "demo")
            )
    except ServiceError as exc:
        raise click.ClickException(f"The demo could not be filled in: {exc}") from exc
    sign_ins = {person.key: {"email": person.email, "password": passwords[person.key]} for person in demo_service.PEOPLE}
    _write_private(path, {"url": settings.public_url, "people": sign_ins})
    return path


def new_password() -> str:
    """Twenty characters, about 99 bits."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(GROUP_LENGTH)) for _ in range(GROUPS))


def _kept_passwords(path: Path) -> dict[str, str]:
    """Those of an earlier run. A file that cannot be read counts as none: everybody is given a new password then."""
    try:
        people: dict[str, Any] = json.loads(path.read_text())["people"]
        return {key: str(person["password"]) for key, person in people.items() if person["password"]}
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return {}


def _write_private(path: Path, content: dict[str, Any]) -> None:
    """Only the owner of the installation may read it, from the first byte on; a reader sees the old file or the new one."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file, indent=2)
        file.write("\n")
    draft.replace(path)
