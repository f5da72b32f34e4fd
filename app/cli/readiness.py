"""The five gates and promotions at a terminal. ``--json`` is for scripts."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, NoReturn

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy.exc import NoResultFound

from app.audit import Actor, ActorKind
from app.extensions import db
from app.models import JobStatus, Promotion, ProviderAccount, SyncJob
from app.readiness.gates import Gate
from app.services import accounts, check_jobs, configurations, promotion_packets, promotions, settling, stands
from app.services.errors import ServiceError
from app.services.stands import Shown, Stands

ACTOR = Actor(ActorKind.COMMAND, "run-checks")
AS_JSON = click.option("--json", "as_json", is_flag=True, help="For scripts.")
GATE = click.Choice([str(gate.number) for gate in Gate])

promotion_group = AppGroup("promotion", help="Look at promotions and verify their packets.")


def init_app(app: Flask) -> None:
    for command in (readiness, run_checks, promotion_group):
        app.cli.add_command(command)


@click.command("readiness")
@click.argument("account_public_id", metavar="ACCOUNT")
@AS_JSON
def readiness(account_public_id: str, *, as_json: bool) -> None:
    """Print the gates of the connector ACCOUNT (its public id), and how each check stands.

    What people work on comes first; what is live, if anything is, after it.
    """
    account = _account(account_public_id)
    found = _stands(account)
    if as_json:
        _print_json({**_about(account), "configurations": [_stands_told(each) for each in found]})
        return
    click.echo(f"{account.source_label}, {account.organization.name}: {account.state.label.lower()}.")
    for each in found:
        click.echo()
        click.echo("\n".join(_lines(each)))


@click.command("run-checks")
@click.argument("account_public_id", metavar="ACCOUNT")
@click.option("--gate", "number", type=GATE, default=None, help="Only the checks of this gate.")
@AS_JSON
def run_checks(account_public_id: str, number: str | None, *, as_json: bool) -> None:
    """Ask the checks of the connector ACCOUNT (its public id) anew, and keep the evidence.

    Exit status 1 if one of those that were asked does not stand afterwards.
    """
    _account(account_public_id)
    gate = next((each for each in Gate if str(each.number) == number), None)
    job = _carry_out(lambda: check_jobs.request(_account(account_public_id), gate, by=None, actor=ACTOR)[0])
    if not job.status.is_final:
        _fail(f"This command was stopped. A worker goes on with job {job.public_id}.")
    if job.status is not JobStatus.SUCCEEDED:
        _fail(job.error_note or f"Job {job.public_id} ended as {job.status.label.lower()}.")
    draft = _stands(_account(account_public_id))[0]
    asked = [shown for shown in draft.checks.values() if gate is None or shown.spec.gate is gate]
    if as_json:
        _print_json({"job": job.public_id, "sentence": job.result_note, "checks": [_check_told(draft, shown) for shown in asked]})
    else:
        click.echo("\n".join([*(_line(draft, shown) for shown in asked), job.result_note]))
    if any(not shown.stand.standing.is_open for shown in asked):
        click.get_current_context().exit(1)


@promotion_group.command("list")
@click.argument("account_public_id", metavar="ACCOUNT")
@AS_JSON
def list_promotions(account_public_id: str, *, as_json: bool) -> None:
    """Print the promotions of the connector ACCOUNT (its public id), the newest first."""
    rows = promotions.all_of(_account(account_public_id))
    if as_json:
        _print_json([_promotion_told(row) for row in rows])
        return
    for row in rows:
        approved = f"approved by {row.approved_by.name}" if row.approved_by is not None else "approved by nobody"
        at = f"live since {_day(row.promoted_at)}" if row.live_key is not None else f"asked for {_day(row.requested_at)}"
        click.echo(f"{row.public_id}  {row.number:>3}  {row.status.label:<18}  {at}  by {row.requested_by.name}, {approved}")
    if not rows:
        click.echo("Nobody has asked for a promotion of this connector yet.")


@promotion_group.command("show")
@click.argument("promotion_public_id", metavar="ID")
@click.option("--client", "for_client", is_flag=True, help="What a client may read: no ids, no internal text.")
@AS_JSON
def show(promotion_public_id: str, *, for_client: bool, as_json: bool) -> None:
    """Print the packet of the promotion ID: what was proved when it went live."""
    promotion = _promotion(promotion_public_id)
    if not promotion.packet:
        _fail(f"Promotion {promotion.number} has no packet: it never went live. {promotion.void_reason}".rstrip())
    packet = _read(promotion)
    if for_client:
        packet = promotion_packets.client_edition(packet)
    if as_json:
        _print_json(packet if for_client else {"hash": promotion.packet_hash, "packet": packet})
        return
    click.echo("\n".join(_client_lines(packet) if for_client else _packet_lines(promotion, packet)))


@promotion_group.command("verify")
@click.argument("promotion_public_id", metavar="ID")
def verify(promotion_public_id: str) -> None:
    """Compute the hashes of the packet of promotion ID anew. Exit status 1 if anything does not fit."""
    promotion = _promotion(promotion_public_id)
    wrong = promotion_packets.verify(promotion)
    for sentence in wrong:
        click.echo(sentence, err=True)
    if wrong:
        click.get_current_context().exit(1)
    click.echo(f"The packet of promotion {promotion.number} is as it was frozen: SHA-256 {promotion_packets.hash_of(promotion.packet)}.")


def _stands(account: ProviderAccount) -> list[Stands]:
    """Of the draft and of what is live; of nothing where nothing was ever noted."""
    return [stands.of(account, each) for each in configurations.open_ones(account)] or [stands.of(account, None)]


def _lines(found: Stands) -> list[str]:
    configuration = found.configuration
    name = f"Version {configuration.number}, {configuration.status.label.lower()}" if configuration is not None else "Nothing was noted yet"
    following = f" Next: {found.next_check.title}." if found.next_check is not None else ""
    lines = [f"{name}: {found.done} of {found.total} done.{following}"]
    for gate in found.gates:
        state = "through" if gate.is_through else "open" if gate.may_start else "cannot start yet"
        lines.append(f"Gate {gate.gate.number}, {gate.gate.title}: {state}, {gate.done} of {len(gate.stands)}")
        lines += [_line(found, found.checks[key]) for key in gate.stands]
    return lines


def _line(found: Stands, shown: Shown) -> str:
    until = shown.newest.valid_until if shown.newest is not None else None
    lasts = f"until {_day(until)}" if until is not None and shown.stand.standing.is_open else ""
    why = settling.why_fallen(found, shown)
    sentence = why or (shown.newest.sentence if shown.newest is not None else shown.spec.hint)
    return f"  {shown.stand.standing.value:<15} {shown.spec.key:<20} {lasts:<17} {sentence}".rstrip()


def _stands_told(found: Stands) -> dict[str, Any]:
    configuration = found.configuration
    return {
        "number": configuration.number if configuration is not None else None,
        "status": configuration.status.value if configuration is not None else None,
        "done": found.done,
        "total": found.total,
        "next": found.next_check.key if found.next_check is not None else None,
        "gates": [
            {
                "number": gate.gate.number,
                "title": gate.gate.title,
                "is_through": gate.is_through,
                "may_start": gate.may_start,
                "checks": [_check_told(found, found.checks[key]) for key in gate.stands],
            }
            for gate in found.gates
        ],
    }


def _check_told(found: Stands, shown: Shown) -> dict[str, Any]:
    newest = shown.newest
    return {
        "key": shown.spec.key,
        "title": shown.spec.title,
        "standing": shown.stand.standing.value,
        "is_open": shown.stand.standing.is_open,
        "result": newest.result if newest is not None else None,
        "sentence": newest.sentence if newest is not None else None,
        "why_fallen": settling.why_fallen(found, shown) or None,
        "made_at": _iso(newest.made_at) if newest is not None else None,
        "valid_until": _iso(newest.valid_until) if newest is not None else None,
        "unacknowledged": list(shown.unacknowledged),
        "waived_until": shown.waiver.last_day.isoformat() if shown.waiver is not None else None,
    }


def _promotion_told(row: Promotion) -> dict[str, Any]:
    return {
        "public_id": row.public_id,
        "number": row.number,
        "status": row.status.value,
        "is_live": row.live_key is not None,
        "configuration": row.configuration.number,
        "note": row.note,
        "requested_by": row.requested_by.name,
        "requested_at": _iso(row.requested_at),
        "approved_by": row.approved_by.name if row.approved_by is not None else None,
        "approved_at": _iso(row.approved_at),
        "promoted_at": _iso(row.promoted_at),
        "held_since": _iso(row.held_since),
        "void_reason": row.void_reason or None,
        "hash": row.packet_hash or None,
    }


def _packet_lines(promotion: Promotion, packet: dict[str, Any]) -> list[str]:
    people, connector = packet["people"], packet["connector"]
    lines = [
        f"Promotion {packet['promotion']['number']} of {connector['source_label']}, {connector['organization']}: "
        f"{promotion.status.label.lower()}, promoted {packet['promoted_at']}.",
        f"Asked for by {people['requested_by']['name']}, approved by {people['approved_by']['name']}. SHA-256 {promotion.packet_hash}",
        *packet["difference"],
    ]
    for gate in packet["gates"]:
        lines.append(f"Gate {gate['number']}, {gate['title']}")
        lines += [f"  {check['result_label']:<22} {check['title']}: {check['sentence']}" for check in gate["checks"]]
    return lines


def _client_lines(packet: dict[str, Any]) -> list[str]:
    connector = packet["connector"]
    lines = [f"{connector['source_label']}, {connector['organization']}: live since {packet['promoted_at']}."]
    for gate in packet["gates"]:
        lines.append(f"Gate {gate['number']}, {gate['title']}")
        lines += [f"  {check['result']:<22} {check['title']}" for check in gate["checks"]]
    return [*lines, *(f"{metric['title']}: {metric['explanation']}" for metric in packet["metrics"])]


def _read(promotion: Promotion) -> dict[str, Any]:
    try:
        return promotion_packets.read(promotion)
    except ValueError:
        _fail("The packet cannot be read. `flask promotion verify` says more.")


def _carry_out(ask: Callable[[], SyncJob]) -> SyncJob:
    from app.jobs.by_hand import ask_and_carry_out

    db.session.rollback()
    try:
        return ask_and_carry_out(ask)
    except ServiceError as exc:
        _fail(str(exc))


def _account(public_id: str) -> ProviderAccount:
    try:
        return accounts.get_connector(public_id)
    except NoResultFound:
        _fail(f"There is no connector {public_id[:60]}. `flask accounts list` prints those that there are.")


def _promotion(public_id: str) -> Promotion:
    try:
        return promotions.get_promotion(public_id)
    except NoResultFound:
        _fail(f"There is no promotion {public_id[:60]}. `flask promotion list ACCOUNT` prints those of a connector.")


def _about(account: ProviderAccount) -> dict[str, Any]:
    return {
        "account": account.public_id,
        "organization": account.organization.slug,
        "source_label": account.source_label,
        "state": account.state.value,
    }


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant is not None else None


def _day(instant: datetime | None) -> str:
    return f"{instant:%Y-%m-%d}" if instant is not None else ""


def _print_json(told: object) -> None:
    click.echo(json.dumps(told, indent=2, ensure_ascii=False))


def _fail(sentence: str) -> NoReturn:
    raise click.ClickException(sentence)
