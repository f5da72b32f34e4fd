"""Connectors and imports from the command line: the same use cases as the pages, done to their end by the command."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn

import click
import sqlalchemy as sa
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy.exc import NoResultFound

from app.audit import Actor, ActorKind
from app.connectors.registry import PROVIDERS
from app.extensions import db
from app.imports.catalog import DATA_TYPES
from app.imports.files import FileRefused, inspect_file
from app.models import AccessMode, BatchKind, FieldMap, ImportBatch, JobStatus, Organization, ProviderAccount, SyncJob
from app.services import accounts, field_maps, file_imports, imports, inspections, uploads
from app.services.errors import ServiceError
from app.services.inspections import Noted
from app.unit_of_work import transaction

accounts_group = AppGroup("accounts", help="Connectors: list them, set one up.")
JSON = click.option("--json", "as_json", is_flag=True, help="JSON, for scripts.")
COUNTS = ("rows_read", "rows_new", "rows_changed", "rows_unchanged", "rows_rejected", "rows_repeated", "rows_left_out")


def init_app(app: Flask) -> None:
    app.cli.add_command(accounts_group)
    for command in (import_file, batches, reverse_batch):
        app.cli.add_command(command)


@accounts_group.command("list")
@JSON
def list_accounts(as_json: bool) -> None:
    """Print every connector with its public id."""
    query = sa.select(ProviderAccount).join(ProviderAccount.organization).order_by(Organization.slug, ProviderAccount.source_label)
    lines = [_account_told(account) for account in db.session.scalars(query)]
    if as_json:
        click.echo(json.dumps(lines, indent=2, ensure_ascii=False))
        return
    for line in lines:
        click.echo(
            f"{line['public_id']}  {line['organization']}  {line['provider']}  {line['mode']}  {line['state']}  {line['source_label']}"
        )
    if not lines:
        click.echo("There are no connectors. Set one up: flask accounts create --organization SLUG --source-label NAME")


@accounts_group.command("create")
@click.option("--organization", "slug", required=True, help="Slug of the organization.")
@click.option("--provider", type=click.Choice(sorted(PROVIDERS)), required=True)
@click.option("--mode", type=click.Choice([mode.value for mode in AccessMode]), default=AccessMode.MANUAL.value, show_default=True)
@click.option("--source-label", required=True, help="Name of the source of truth, as the client will read it.")
@click.option("--currency", help="ISO 4217; the organization's where it is not given.")
@JSON
def create_account(*, slug: str, provider: str, mode: str, source_label: str, currency: str | None, as_json: bool) -> None:
    """Set up a connector and print its public id."""
    label = source_label.strip()
    if not label or len(label) > 80 or not label.isprintable():
        raise click.BadParameter("Enter a name of at most 80 ordinary characters.", param_hint="--source-label")
    try:
        with transaction():
            organization = db.session.scalars(sa.select(Organization).where(Organization.slug == slug)).one_or_none()
            if organization is None:
                _fail(f"There is no organization with the slug “{slug}”.")
            account = accounts.create_connector(
                organization=organization,
                provider=provider,
                mode=AccessMode(mode),
                source_label=label,
                owner=None,
                currency=currency,
                actor=_actor("accounts create"),
            )
    except ServiceError as exc:
        _fail(str(exc))
    told = _account_told(account)
    click.echo(json.dumps(told, indent=2, ensure_ascii=False) if as_json else told["public_id"])


@click.command("import-file")
@click.argument("account_public_id", metavar="ACCOUNT")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--data-type", type=click.Choice(sorted(DATA_TYPES)), required=True)
@click.option("--kind", type=click.Choice([kind.value for kind in BatchKind]), default=BatchKind.PRODUCTION.value, show_default=True)
@JSON
def import_file(account_public_id: str, file: Path, data_type: str, kind: str, as_json: bool) -> None:
    """Import FILE for the connector ACCOUNT (its public id), and say what came of it. Exit status 1 if nothing was saved.

    Where the connector has no active map for the data type yet, one is suggested from the file's columns and activated.
    """
    _account(account_public_id)
    actor = _actor("import-file")
    notes: list[str] = []
    made: list[int] = []
    try:
        with file.open("rb") as stream, uploads.arriving(stream, name=file.name) as arrived:
            inspection = inspect_file(file, name=file.name)

            def ask() -> SyncJob:
                account = _account(account_public_id)
                stored = uploads.keep(arrived, account=account, uploaded_by=None, actor=actor)
                inspections.note(stored, Noted(data_type, inspection))
                field_map = file_imports.map_for(account, data_type, BatchKind(kind))
                if field_map is None:
                    field_map = field_maps.suggest_and_activate(account, data_type, inspection, actor=actor)
                    notes.append(_suggested(field_map))
                batch = imports.request_import(
                    account=account,
                    data_type=data_type,
                    kind=BatchKind(kind),
                    stored_file=stored,
                    field_map=field_map,
                    requested_by=None,
                    actor=actor,
                )
                made.append(batch.id)
                return batch.job

            job = _carry_out(ask)
    except (ServiceError, FileRefused) as exc:
        _fail(f"Nothing was imported. {exc}")
    except OSError as exc:
        _fail(f"The file cannot be read: {exc.strerror}.")
    _tell(made[0], job, as_json=as_json, notes=notes)


@click.command("batches")
@click.argument("account_public_id", metavar="ACCOUNT")
@JSON
def batches(account_public_id: str, as_json: bool) -> None:
    """Print the batches of the connector ACCOUNT (its public id), newest first."""
    told = [_batch_told(batch) for batch in imports.all_batches(_account(account_public_id))]
    if as_json:
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    for line in told:
        rows = ", ".join(f"{line[name]:,} {name.removeprefix('rows_')}" for name in COUNTS[1:5] if line[name] is not None)
        click.echo(f"{line['public_id']}  {line['data_type']}  {line['kind']}  {line['status']}  {rows}  {line['source_name']}")
    if not told:
        click.echo("Nothing was imported for this connector yet.")


@click.command("reverse-batch")
@click.argument("batch_public_id", metavar="BATCH")
@JSON
def reverse_batch(batch_public_id: str, as_json: bool) -> None:
    """Take back BATCH (its public id), the newest of its connector and data type. Exit status 1 if it stays."""
    made: list[int] = []

    def ask() -> SyncJob:
        batch = imports.request_reversal(_batch(batch_public_id), requested_by=None, actor=_actor("reverse-batch"))
        made.append(batch.id)
        return imports.reversal_job_of(batch)

    _batch(batch_public_id)
    try:
        job = _carry_out(ask)
    except ServiceError as exc:
        _fail(f"Nothing was reversed. {exc}")
    _tell(made[0], job, as_json=as_json, notes=[])


def _carry_out(ask: Callable[[], SyncJob]) -> SyncJob:
    from app.jobs.by_hand import ask_and_carry_out

    db.session.rollback()
    return ask_and_carry_out(ask)


def _tell(batch_id: int, job: SyncJob, *, as_json: bool, notes: list[str]) -> None:
    """What came of it, and the exit status that says the same."""
    db.session.rollback()
    batch = db.session.get_one(ImportBatch, batch_id, populate_existing=True)
    if as_json:
        click.echo(json.dumps({**_batch_told(batch), "error": job.error_note, "notes": notes}, indent=2, ensure_ascii=False))
    if job.status is JobStatus.SUCCEEDED:
        if not as_json:
            click.echo("\n".join([*notes, f"Batch {batch.public_id} is {batch.status.label.lower()}. {job.result_note}"]))
        return
    if not job.status.is_final:
        _fail(f"This command was stopped. A worker goes on with job {job.public_id}.")
    _fail(job.error_note or f"Job {job.public_id} ended as {job.status.label.lower()}.")


def _account_told(account: ProviderAccount) -> dict[str, str]:
    return {
        "public_id": account.public_id,
        "organization": account.organization.slug,
        "provider": account.provider,
        "mode": account.mode.value,
        "state": account.state.value,
        "source_label": account.source_label,
        "currency": account.currency,
    }


def _batch_told(batch: ImportBatch) -> Mapping[str, Any]:
    times = {name: getattr(batch, name) for name in ("first_date", "last_date", "created_at", "completed_at", "reversed_at")}
    return {
        "public_id": batch.public_id,
        "account": batch.account.public_id,
        "data_type": batch.data_type,
        "kind": batch.kind.value,
        "status": batch.status.value,
        "home": batch.home.value,
        "field_map": batch.field_map.number if batch.field_map else None,
        "source_name": batch.source_name,
        "source_sha256": batch.source_sha256,
        **{name: value.isoformat() if value else None for name, value in times.items()},
        **{name: getattr(batch, name) for name in COUNTS},
        "reject_counts": json.loads(batch.reject_counts),
        "class_counts": json.loads(batch.class_counts),
        "stages": json.loads(batch.stages),
        "error_note": batch.error_note,
    }


def _suggested(field_map: FieldMap) -> str:
    mapped = [f"“{field.source}” → {field.target}" for field in field_map.fields if field.target]
    return f"There was no map for this data type: version {field_map.number} was suggested and activated: {', '.join(mapped)}."


def _account(public_id: str) -> ProviderAccount:
    try:
        return accounts.get_connector(public_id)
    except NoResultFound:
        _fail(f"There is no connector with the public id {public_id}. `flask accounts list` prints them.")


def _batch(public_id: str) -> ImportBatch:
    try:
        return imports.get_batch(public_id)
    except NoResultFound:
        _fail(f"There is no batch with the public id {public_id}. `flask batches ACCOUNT` prints those of a connector.")


def _actor(command: str) -> Actor:
    return Actor(ActorKind.COMMAND, command)


def _fail(sentence: str) -> NoReturn:
    raise click.ClickException(sentence)
