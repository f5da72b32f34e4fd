"""The audit trail: recording, and verifying that nothing was edited or removed.

An event's hash is SHA-256 over the previous hash and the event's canonical JSON (sorted keys, no white space, UTF-8),
so every event vouches for all before it. ``record`` only notes the event; ``write_pending`` appends at the end of the
transaction and takes the chains' heads in id order, so that two transactions over several chains cannot deadlock
and no head stays locked through long work.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, object_session

from app.clock import utc_now
from app.models import AuditChain, AuditEvent, Organization
from app.models.audit import INSTALLATION

GENESIS = "0" * 64
_PENDING = "fivegate.audit.pending"
VERIFY_BATCH = 1000


class ActorKind(StrEnum):
    STAFF = "staff"
    CLIENT = "client"
    JOB = "job"
    COMMAND = "command"
    VISITOR = "visitor"


@dataclass(frozen=True)
class Actor:
    """Who does something."""

    kind: ActorKind
    id: str = ""
    """Public id of a person or job, name of a command, empty for a visitor."""


@dataclass(frozen=True)
class Target:
    """What it is done to."""

    type: str
    id: str
    organization: Organization | None = None
    """Whose chain it goes to; None is the installation's."""

    @classmethod
    def of(cls, row: Any, organization: Organization | None) -> "Target":
        return cls(row.__tablename__, row.public_id, organization)


@dataclass(frozen=True)
class _Pending:
    at: datetime
    actor: Actor
    action: str
    target: Target
    changes: str


def canonical_json(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def record(session: Session, actor: Actor, action: str, target: Target, changes: Mapping[str, object] | None = None) -> None:
    """Note an event; it is appended when the transaction commits, and forgotten when it does not.

    :param action: ``noun.verb`` in the past tense, for instance ``organization.edited``
    :param changes: no secret and no personal value: see :func:`changes_of`
    """
    pending: list[_Pending] = session.info.setdefault(_PENDING, [])
    pending.append(_Pending(utc_now(), actor, action, target, canonical_json(dict(changes or {}))))


def changes_of(row: object) -> dict[str, object]:
    """What was changed on a row and not yet flushed, as ``{column: [before, after]}``. Personal and secret columns
    say only that they changed."""
    state = sa.inspect(row)
    changes: dict[str, object] = {}
    for attribute in state.mapper.column_attrs:
        column = attribute.columns[0]
        history = state.attrs[attribute.key].history
        kind = column.info.get("audit")
        if not history.has_changes() or kind == "silent":
            continue
        if kind in {"personal", "secret"}:
            changes[attribute.key] = "changed"
        else:
            before = history.deleted[0] if history.deleted else None
            changes[attribute.key] = [before, history.added[0] if history.added else None]
    return changes


def write_pending(session: Session) -> None:
    """Append what was recorded, as the last statements of a transaction."""
    pending: list[_Pending] = session.info.pop(_PENDING, [])
    if not pending:
        return
    session.flush()
    by_key: dict[str, list[_Pending]] = {}
    for event in pending:
        organization = event.target.organization
        by_key.setdefault(organization.public_id if organization else INSTALLATION, []).append(event)
    for key in by_key:
        _ensure_chain(session, key, by_key[key][0].target.organization)
    heads = session.scalars(
        sa.select(AuditChain)
        .where(AuditChain.key.in_(by_key))
        .order_by(AuditChain.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    for head in heads:
        for event in by_key[head.key]:
            _append(session, head, event)
    session.flush()


def forget_pending(session: Session) -> None:
    session.info.pop(_PENDING, None)


def _ensure_chain(session: Session, key: str, organization: Organization | None) -> None:
    if session.scalar(sa.select(AuditChain.id).where(AuditChain.key == key)) is not None:
        return
    try:
        with session.begin_nested():
            session.add(AuditChain(key=key, organization_id=organization.id if organization else None, head_seq=0, head_hash=GENESIS))
    except IntegrityError:
        pass  # somebody else made it between the look and the insert


def _append(session: Session, head: AuditChain, pending: _Pending) -> None:
    values: dict[str, Any] = {
        "chain_id": head.id,
        "seq": head.head_seq + 1,
        "at": pending.at,
        "actor_kind": pending.actor.kind.value,
        "actor_id": pending.actor.id,
        "action": pending.action,
        "target_type": pending.target.type,
        "target_id": pending.target.id,
        "changes": pending.changes,
        "prev_hash": head.head_hash,
    }
    event = AuditEvent(**values)
    event.hash = hash_of(event)
    # A plain INSERT asks for nothing back: the portal's account may append here and not read.
    session.execute(sa.insert(AuditEvent.__table__).values(**values, hash=event.hash))  # type: ignore[arg-type]
    head.head_seq, head.head_hash = event.seq, event.hash


def hash_of(event: AuditEvent) -> str:
    """SHA-256, in hex, of the previous hash and the event's canonical JSON."""
    body = canonical_json(
        {
            "seq": event.seq,
            "at": event.at.isoformat(timespec="microseconds"),
            "actor": [event.actor_kind, event.actor_id],
            "action": event.action,
            "target": [event.target_type, event.target_id],
            "changes": event.changes,
        }
    )
    return hashlib.sha256(f"{event.prev_hash}\n{body}".encode()).hexdigest()


class Tampering(StrEnum):
    EDITED = "edited"
    REMOVED = "removed"


@dataclass(frozen=True)
class ChainVerdict:
    """What verifying one chain found."""

    key: str
    events: int
    problem: Tampering | None = None
    seq: int | None = None
    """Number of the first bad event."""

    @property
    def is_sound(self) -> bool:
        return self.problem is None

    def __str__(self) -> str:
        if self.problem is None:
            return f"Chain {self.key}: {self.events} events, sound."
        return f"Chain {self.key}: event {self.seq} was {self.problem}; {self.events} events before it are sound."


def verify_chain(session: Session, chain: AuditChain, *, seen: Any = None) -> ChainVerdict:
    """Walk one chain from its first event to its head.

    An event whose own hash or whose link to the event before does not fit was *edited*; a missing number, also at the
    end, was *removed*.

    :param seen: called with the number of events walked after each batch
    """
    head_seq, head_hash = chain.head_seq, chain.head_hash
    expected, previous = 1, GENESIS
    for event in _events(session, chain.id, up_to=head_seq):
        if event.seq != expected:
            return ChainVerdict(chain.key, expected - 1, Tampering.REMOVED, expected)
        if hash_of(event) != event.hash:
            return ChainVerdict(chain.key, expected - 1, Tampering.EDITED, expected)
        if event.prev_hash != previous:
            # This event is as it was written, so the one before was edited and its hash made anew.
            first_bad = max(expected - 1, 1)
            return ChainVerdict(chain.key, first_bad - 1, Tampering.EDITED, first_bad)
        previous = event.hash
        expected += 1
        if seen is not None and expected % VERIFY_BATCH == 0:
            seen(expected - 1)
    if expected != head_seq + 1:
        return ChainVerdict(chain.key, expected - 1, Tampering.REMOVED, expected)
    if previous != head_hash:
        return ChainVerdict(chain.key, max(expected - 2, 0), Tampering.EDITED, max(expected - 1, 1))
    return ChainVerdict(chain.key, expected - 1)


def _events(session: Session, chain_id: int, *, up_to: int) -> Iterator[AuditEvent]:
    last = 0
    while True:
        batch = session.scalars(
            sa.select(AuditEvent)
            .where(AuditEvent.chain_id == chain_id, AuditEvent.seq > last, AuditEvent.seq <= up_to)
            .order_by(AuditEvent.seq)
            .limit(VERIFY_BATCH)
        ).all()
        if not batch:
            return
        yield from batch
        last = batch[-1].seq
        for event in batch:
            session.expunge(event)


def session_of(row: object) -> Session:
    """The session that a row belongs to."""
    session = object_session(row)
    if session is None:
        raise RuntimeError("the row belongs to no session")
    return session
