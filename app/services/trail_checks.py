"""Verifying the whole audit trail as a job, and telling somebody when a chain is bad."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from app import audit
from app.audit import Actor, ChainVerdict
from app.extensions import db
from app.models import AuditChain
from app.services import tasks

DUE_WITHIN = timedelta(days=1)


@dataclass(frozen=True)
class ChainToWalk:
    """A chain as it stood when the walk was planned."""

    chain_id: int
    events: int


def chains_to_walk() -> list[ChainToWalk]:
    """Every chain, with how many events it claims to have."""
    rows = db.session.execute(sa.select(AuditChain.id, AuditChain.head_seq).order_by(AuditChain.id))
    return [ChainToWalk(chain_id, events) for chain_id, events in rows]


def walk(chain: ChainToWalk, *, seen: Callable[[int], None]) -> ChainVerdict:
    """Verify one chain up to where its head is now.

    :param seen: told how many events were read, now and then
    """
    row = db.session.scalars(sa.select(AuditChain).where(AuditChain.id == chain.chain_id)).one()
    return audit.verify_chain(db.session(), row, seen=seen)


def open_tasks(bad: Sequence[ChainVerdict], *, actor: Actor) -> None:
    """One open task for each bad chain."""
    for verdict in bad:
        tasks.open_task(
            key=f"audit-chain:{verdict.key}",
            kind="audit-chain-bad",
            title="The audit trail does not verify",
            detail=f"{verdict} Keep the database as it is, compare it with the last backup, and find out who could write to it.",
            organization=None,
            account=None,
            owner=None,
            due_on=tasks.today(None) + DUE_WITHIN,
            actor=actor,
        )


def sentence_of(verdicts: Sequence[ChainVerdict]) -> str:
    events = sum(verdict.events for verdict in verdicts)
    bad = [verdict for verdict in verdicts if not verdict.is_sound]
    if bad:
        return f"{len(bad)} of {len(verdicts)} chains do not verify, and a task is open for each. {bad[0]}"
    return f"The audit trail is sound: {events:,} events in {len(verdicts)} chains."
