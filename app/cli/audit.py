"""`flask audit`: the audit trail on the command line."""

import json

import click
from flask import Flask
from flask.cli import AppGroup

from app.audit import ChainVerdict
from app.services.audit_log import verify_all

group = AppGroup("audit", help="The audit trail.")


def init_app(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("verify")
@click.option("--json", "as_json", is_flag=True, help="A JSON list, for scripts; keep its hashes elsewhere to compare them later.")
def verify(as_json: bool) -> None:
    """Walk every chain and name the first bad event of each. Exit status 1 if a chain is bad. Changes nothing."""
    verdicts = list(verify_all())
    if as_json:
        click.echo(json.dumps([_as_json(verdict) for verdict in verdicts], indent=2))
    else:
        for verdict in verdicts:
            click.echo(str(verdict))
        click.echo(_summary(verdicts))
    raise SystemExit(0 if all(verdict.is_sound for verdict in verdicts) else 1)


def _as_json(verdict: ChainVerdict) -> dict[str, object]:
    return {
        "chain": verdict.key,
        "sound": verdict.is_sound,
        "events": verdict.events,
        "problem": verdict.problem.value if verdict.problem else None,
        "first_bad_event": verdict.seq,
        "last_hash": verdict.last_hash,
    }


def _summary(verdicts: list[ChainVerdict]) -> str:
    bad = sum(1 for verdict in verdicts if not verdict.is_sound)
    if bad:
        return f"{bad} of {len(verdicts)} chains do not verify. Keep the database as it is and compare it with the last backup."
    events = sum(verdict.events for verdict in verdicts)
    return f"The audit trail is sound: {events:,} events in {len(verdicts)} {'chain' if len(verdicts) == 1 else 'chains'}."
