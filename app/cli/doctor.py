"""`flask doctor`: what is missing or unsafe in this set-up, with the line that mends it."""

import json
import textwrap
from dataclasses import asdict

import click
from flask import Flask, current_app

from app.config import Settings
from app.extensions import db
from app.models.base import TRAFFIC
from app.nudge import redis_client
from app.services.doctor import Finding, Level, Report, Setup, WebFlags, examine

MARKS = {Level.OK: "ok", Level.WARNING: "WARNING", Level.DANGER: "DANGER"}
COLORS = {Level.OK: "green", Level.WARNING: "yellow", Level.DANGER: "red"}
WIDTH = 110
INDENT = 10


def init_app(app: Flask) -> None:
    app.cli.add_command(doctor)


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="A JSON list, for scripts.")
def doctor(as_json: bool) -> None:
    """Say what is missing or unsafe in this set-up. Exit status 1 if something is a danger. Changes nothing."""
    report = examine(_setup())
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in report.findings], indent=2, ensure_ascii=False))
    else:
        for finding in report.findings:
            click.echo(_shown(finding))
        click.echo(f"\n{_summary(report)}")
    raise SystemExit(0 if report.is_safe else 1)


def _setup() -> Setup:
    settings: Settings = current_app.extensions["fivegate.settings"]
    config = current_app.config
    flags = WebFlags(
        debug=bool(current_app.debug),
        cookie_secure=bool(config["SESSION_COOKIE_SECURE"]),
        cookie_http_only=bool(config["SESSION_COOKIE_HTTPONLY"]),
        cookie_same_site=config["SESSION_COOKIE_SAMESITE"],
    )
    return Setup(settings, flags, db.engines[None], db.engines[TRAFFIC], redis_client())


def _shown(finding: Finding) -> str:
    """``ok        Title: sentence``, wrapped, the line that mends it below."""
    mark = click.style(f"{MARKS[finding.level]:<{INDENT}}", fg=COLORS[finding.level], bold=finding.level is not Level.OK)
    wrapped = textwrap.wrap(f"{finding.title}: {finding.sentence}", WIDTH - INDENT)
    lines = [mark + wrapped[0], *(" " * INDENT + line for line in wrapped[1:])]
    if finding.remedy:
        lines.append(f"{' ' * INDENT}→ {finding.remedy}")  # never wrapped: it is there to be copied
    return "\n".join(lines)


def _summary(report: Report) -> str:
    dangers, warnings = len(report.of(Level.DANGER)), len(report.of(Level.WARNING))
    if not dangers and not warnings:
        return "Everything that was looked at is as it should be."
    parts = [_count(dangers, "danger"), _count(warnings, "warning")]
    return f"{' and '.join(part for part in parts if part)}. Each line above that begins with → mends one."


def _count(number: int, noun: str) -> str:
    return "" if not number else f"{number} {noun}" if number == 1 else f"{number} {noun}s"
