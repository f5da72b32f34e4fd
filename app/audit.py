"""The audit trail: recording, and verifying that nothing was edited or removed.

An event's hash is SHA-256 over the previous hash and the event's canonical JSON (sorted keys, no white space, UTF-8),
so every event vouches for all before it, down to the chain's own key: events cannot change places with another chain's.
``record`` only notes the event; ``write_pending`` appends at the end of the transaction and takes the chains' heads one
by one in id order, so that two transactions over several chains cannot deadlock and no head stays locked through long
work.

What this cannot show: somebody who may write to both tables and writes a chain anew from some event to its head. For
that the head's hash must be kept elsewhere; `flask audit verify --json` prints it.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
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
        session = object_session(row)
        with session.no_autoflush if session else nullcontext():  # a flush would end what changes_of is about to read
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


@dataclass(frozen=True)
class Noted:
    """An event of the open transaction."""

    actor: Actor
    action: str
    target: Target
    changes: Mapping[str, object]


def noted(session: Session) -> list[Noted]:
    """What was recorded in the open transaction so far."""
    pending: list[_Pending] = session.info.get(_PENDING, [])
    return [Noted(each.actor, each.action, each.target, json.loads(each.changes)) for each in pending]


def changes_of(row: object) -> dict[str, object]:
    """What was changed on a row and not yet flushed, as ``{column: [before, after]}``. Personal and secret columns
    say only that they changed.

    Call it before anything that may look something up, also a relationship: that flushes, and nothing is left to read.
    """
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
    for chain_id in _chains_of(session, by_key):
        # One statement for each: a server locks the rows of one in the order of the index that it happens to use.
        head = session.scalars(
            sa.select(AuditChain).where(AuditChain.id == chain_id).with_for_update().execution_options(populate_existing=True)
        ).one()
        _append(session, head, by_key[head.key])
    session.flush()


def forget_pending(session: Session) -> None:
    session.info.pop(_PENDING, None)


def _chains_of(session: Session, by_key: Mapping[str, Sequence[_Pending]]) -> list[int]:
    """Ids of the chains, in one order for all transactions; those that are not there yet are begun."""
    query = sa.select(AuditChain.key, AuditChain.id).where(AuditChain.key.in_(by_key))
    known = {row.key: row.id for row in session.execute(query)}
    missing = sorted(by_key.keys() - known.keys())  # in one order, or two transactions that begin the same chains wait for each other
    if not missing:
        return sorted(known.values())
    for key in missing:
        _begin_chain(session, key, by_key[key][0].target.organization)
    return sorted(session.scalars(sa.select(AuditChain.id).where(AuditChain.key.in_(by_key))))


def _begin_chain(session: Session, key: str, organization: Organization | None) -> None:
    try:
        with session.begin_nested():
            session.add(AuditChain(key=key, organization_id=organization.id if organization else None, head_seq=0, head_hash=genesis(key)))
    except IntegrityError:
        pass  # somebody else made it between the look and the insert


def _append(session: Session, head: AuditChain, pending: Sequence[_Pending]) -> None:
    """All events of a transaction in one statement."""
    rows, seq, before = [], head.head_seq, head.head_hash
    for each in pending:
        seq += 1
        values: dict[str, Any] = {
            "chain_id": head.id,
            "seq": seq,
            "at": each.at,
            "actor_kind": each.actor.kind.value,
            "actor_id": each.actor.id,
            "action": each.action,
            "target_type": each.target.type,
            "target_id": each.target.id,
            "changes": each.changes,
            "prev_hash": before,
        }
        before = hash_of(AuditEvent(**values))
        rows.append({**values, "hash": before})
    # A plain INSERT asks for nothing back: the portal's account may append here and not read.
    session.execute(sa.insert(AuditEvent.__table__), rows)  # type: ignore[arg-type]
    head.head_seq, head.head_hash = seq, before


def genesis(key: str) -> str:
    """What stands before the first event of the chain with this key."""
    return hashlib.sha256(f"audit chain\n{key}".encode()).hexdigest()


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
    ADDED = "added"
    """Written past the application: it has a number that no event may have."""
    HEAD = "head"
    """The chain's head does not fit the events. Where it is the last event that does not fit, nothing tells which of
    the two was changed."""


@dataclass(frozen=True)
class ChainVerdict:
    """What verifying one chain found."""

    key: str
    events: int
    """How many are sound, counted from the first."""
    problem: Tampering | None = None
    seq: int | None = None
    """Number of the first bad event."""
    last_hash: str = ""
    """Of the last sound event. Kept elsewhere, it shows later whether the chain was written anew."""

    @property
    def is_sound(self) -> bool:
        return self.problem is None

    def __str__(self) -> str:
        match self.problem:
            case None:
                return f"Chain {self.key}: {self.events:,} events, sound."
            case Tampering.HEAD:
                return f"Chain {self.key}: its head does not fit event {self.seq}; one of the two was changed."
        return f"Chain {self.key}: event {self.seq} was {self.problem}; the {self.events:,} events before it are sound."


def verify_chain(session: Session, chain: AuditChain, *, seen: Any = None) -> ChainVerdict:
    """Walk one chain from its first event to its head.

    An event whose own hash does not fit was *edited*. So was one whose link to the event before does not fit, or the one
    before it with its hash made anew: the event after tells which. A missing number, also at the end, was *removed*.

    :param seen: called with the number of events walked after each batch
    """
    walk = _Walk(chain.key, genesis(chain.key))
    head_seq, head_hash = chain.head_seq, chain.head_hash
    for event in _events(session, chain.id, up_to=head_seq):
        verdict = walk.step(event)
        if verdict is not None:
            return verdict
        if seen is not None and walk.count % VERIFY_BATCH == 0:
            seen(walk.count)
    return walk.end(head_seq, head_hash) or _stray(session, chain, walk) or walk.sound()


class _Walk:
    """Where a verification stands: how many events it passed, and what vouches for them."""

    def __init__(self, key: str, start: str) -> None:
        self.key = key
        self.count = 0
        self.hash = start
        self.has_doubt = False
        """The last event's link does not fit the one before; whose fault that is shows in what comes after."""

    def step(self, event: AuditEvent) -> ChainVerdict | None:
        if self.has_doubt:
            return self._settle_doubt(event.prev_hash)
        if event.seq != self.count + 1:
            return self._bad(Tampering.REMOVED, self.count + 1)
        if hash_of(event) != event.hash:
            return self._bad(Tampering.EDITED, event.seq)
        self.has_doubt = event.prev_hash != self.hash
        self.count, self.hash = event.seq, event.hash
        return None

    def end(self, head_seq: int, head_hash: str) -> ChainVerdict | None:
        if self.has_doubt:
            return self._settle_doubt(head_hash if head_seq == self.count else "")
        if self.count < head_seq and self.hash != head_hash:
            return self._bad(Tampering.REMOVED, self.count + 1)
        if self.count != head_seq or self.hash != head_hash:
            return self._bad(Tampering.HEAD, self.count)
        return None

    def sound(self) -> ChainVerdict:
        return ChainVerdict(self.key, self.count, last_hash=self.hash)

    def _settle_doubt(self, vouched: str) -> ChainVerdict:
        """:param vouched: which hash the next event, or the head, holds for the last event"""
        last_is_as_written = vouched == self.hash and self.count > 1
        seq = self.count - 1 if last_is_as_written else self.count
        return ChainVerdict(self.key, seq - 1, Tampering.EDITED, seq)

    def _bad(self, problem: Tampering, seq: int) -> ChainVerdict:
        if problem is Tampering.HEAD:
            return ChainVerdict(self.key, max(self.count - 1, 0), problem, seq)
        return ChainVerdict(self.key, self.count, problem, seq, last_hash=self.hash)


def _stray(session: Session, chain: AuditChain, walk: _Walk) -> ChainVerdict | None:
    """An event outside of 1 to the head. One statement reads both, so an event appended meanwhile is no stray."""
    stray = session.scalar(
        sa.select(sa.func.min(AuditEvent.seq))
        .join(AuditChain, AuditChain.id == AuditEvent.chain_id)
        .where(AuditEvent.chain_id == chain.id, sa.or_(AuditEvent.seq < 1, AuditEvent.seq > AuditChain.head_seq))
    )
    if stray is None:
        return None
    return ChainVerdict(walk.key, walk.count, Tampering.ADDED if stray < 1 else Tampering.HEAD, stray)


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
