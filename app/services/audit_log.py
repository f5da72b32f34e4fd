"""The audit trail as people read it: who, what, on what. Names are looked up when a page is shown; the trail holds none."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.audit import ActorKind, ChainVerdict, verify_chain
from app.extensions import db
from app.models import (
    AdminTask,
    AlertChannel,
    AuditChain,
    AuditEvent,
    FindingKind,
    ImportBatch,
    Organization,
    ProviderAccount,
    SyncJob,
    User,
    WatchFinding,
)
from app.queue import JobKind
from app.services.audit_words import action_in_words, column_in_words
from app.services.paging import Page, paginate

LONGEST_VALUE = 120
DELETED_PERSON = "Deleted person"
OWNER = "owner"
"""The one key of changes that holds people, by public id."""


@dataclass(frozen=True)
class ChangeLine:
    """One value that changed."""

    label: str
    text: str


@dataclass(frozen=True)
class EventLine:
    """An event in words."""

    seq: int
    at: datetime
    who: str
    actor_kind: str
    actor_id: str
    what: str
    actor_is_there: bool
    """The person or job has a page of its own."""
    target_type: str
    target_id: str
    on: str
    target_is_there: bool
    changes: Sequence[ChangeLine]


@dataclass(frozen=True)
class _TargetKind:
    noun: str
    model: Any
    name: Any
    """The column that names a row."""
    shown: Callable[[str], str] = str
    """How that column's value is said."""


TARGETS: dict[str, _TargetKind] = {
    "organizations": _TargetKind("Organization", Organization, Organization.name),
    "users": _TargetKind("Person", User, User.name),
    "integration_provider_accounts": _TargetKind("Connector", ProviderAccount, ProviderAccount.source_label),
    "integration_sync_jobs": _TargetKind("Job", SyncJob, SyncJob.kind, lambda kind: JobKind(kind).label if kind in set(JobKind) else kind),
    "integration_import_batches": _TargetKind("Import", ImportBatch, ImportBatch.source_name),
    "admin_tasks": _TargetKind("Task", AdminTask, AdminTask.title),
    "alert_channels": _TargetKind("Channel", AlertChannel, AlertChannel.name),
    "watch_findings": _TargetKind("Finding", WatchFinding, WatchFinding.kind, lambda kind: FindingKind(kind).label),
}
"""Table → what people call a row of it."""
NOUNS = {
    "client_sessions": "Session",
    "staff_sessions": "Session",
    "client_credentials": "Sign-in",
    "staff_credentials": "Sign-in",
    "key_ring": "Keys",
}
"""The same for what has no name and no page."""
ACTORS = {ActorKind.STAFF: "users", ActorKind.CLIENT: "users", ActorKind.JOB: "integration_sync_jobs"}
"""Kind of actor → the table of those that have a page."""


def get_chain(key: str) -> AuditChain:
    """:raises sqlalchemy.exc.NoResultFound: if there is none"""
    return db.session.scalars(sa.select(AuditChain).where(AuditChain.key == key).options(joinedload(AuditChain.organization))).one()


def all_chains() -> Sequence[AuditChain]:
    """The installation's chain first, then the organizations' by name."""
    query = sa.select(AuditChain).outerjoin(AuditChain.organization).options(joinedload(AuditChain.organization))
    return db.session.scalars(query.order_by(AuditChain.organization_id.is_not(None), Organization.name, AuditChain.id)).all()


def chain_label(chain: AuditChain) -> str:
    return chain.organization.name if chain.organization else "Installation"


def list_events(*, chain_key: str, action: str, actor_kind: ActorKind | None, page: int) -> Page[EventLine]:
    """Events of one chain, the newest first.

    :param chain_key: an organization's public id or ``installation``; a chain that has not begun has no events
    """
    query = sa.select(AuditEvent).join(AuditEvent.chain).where(AuditChain.key == chain_key)
    if action:
        # The column holds ASCII only, and a server refuses to compare it with anything else.
        query = query.where(AuditEvent.action == action if action.isascii() else sa.false())
    if actor_kind is not None:
        query = query.where(AuditEvent.actor_kind == actor_kind.value)
    found = paginate(query.order_by(AuditEvent.seq.desc()), page=page)
    return Page(in_words(found.items), found.number, found.pages, found.total)


def events_about(row: Any, *, limit: int = 8) -> Sequence[EventLine]:
    """The newest events about one row."""
    query = sa.select(AuditEvent).where(AuditEvent.target_type == row.__tablename__, AuditEvent.target_id == row.public_id)
    return in_words(db.session.scalars(query.order_by(AuditEvent.id.desc()).limit(limit)).all())


def in_words(events: Sequence[AuditEvent]) -> Sequence[EventLine]:
    """Events as people read them; one statement for each kind of thing that is named."""
    wanted = {(event.target_type, event.target_id) for event in events}
    wanted |= {(ACTORS[ActorKind(event.actor_kind)], event.actor_id) for event in events if event.actor_kind in ACTORS}
    wanted |= {("users", public_id) for event in events for public_id in _owners(_stored(event.changes))}
    names = _names(wanted)
    return [
        EventLine(
            seq=event.seq,
            at=event.at,
            who=_who(event, names),
            actor_kind=event.actor_kind,
            actor_id=event.actor_id,
            actor_is_there=(ACTORS.get(event.actor_kind, ""), event.actor_id) in names,  # type: ignore[call-overload]  # StrEnum is str
            what=action_in_words(event.action),
            target_type=event.target_type,
            target_id=event.target_id,
            on=_on(event, names),
            target_is_there=(event.target_type, event.target_id) in names,
            changes=changes_in_words(event.changes, names),
        )
        for event in events
    ]


Names = dict[tuple[str, str], str]
"""Table and public id → what the row is called now."""


def changes_in_words(changes: str, names: Names | None = None) -> Sequence[ChangeLine]:
    """The stored JSON, readable; whatever it holds, this does not fail."""
    stored = _stored(changes)
    if stored is None:
        return [ChangeLine("Changes", "cannot be read")]
    if not isinstance(stored, dict):
        return [ChangeLine("Changes", _shown(stored))]
    said = {name: value for name, value in stored.items() if name != "public_id"}
    if OWNER in said:
        said[OWNER] = [_person(each, names or {}) for each in said[OWNER]] if isinstance(said[OWNER], list) else said[OWNER]
    return [ChangeLine(column_in_words(str(name)), _change(value)) for name, value in said.items()]


def _stored(changes: str) -> Any:
    try:
        return json.loads(changes)
    except ValueError:
        return None


def _owners(stored: Any) -> set[str]:
    """Public ids of people in the changes."""
    owners = stored.get(OWNER) if isinstance(stored, dict) else None
    return {each for each in owners if isinstance(each, str)} if isinstance(owners, list) else set()


def _person(public_id: object, names: Names) -> object:
    return names.get(("users", public_id), DELETED_PERSON) if isinstance(public_id, str) else "nobody"


def verify_all() -> Iterator[ChainVerdict]:
    """Verify every chain, in the order in which they began."""
    for chain_id in db.session.scalars(sa.select(AuditChain.id).order_by(AuditChain.id)).all():
        chain = db.session.scalars(sa.select(AuditChain).where(AuditChain.id == chain_id).execution_options(populate_existing=True)).one()
        yield verify_chain(db.session(), chain)


def latest_verification() -> SyncJob | None:
    """The newest job that verified, or is verifying, the trail."""
    query = sa.select(SyncJob).where(SyncJob.kind == JobKind.VERIFY_AUDIT.value).order_by(SyncJob.id.desc())
    return db.session.scalar(query.limit(1))


def _who(event: AuditEvent, names: Names) -> str:
    match event.actor_kind:
        case ActorKind.STAFF | ActorKind.CLIENT:
            return names.get(("users", event.actor_id), DELETED_PERSON)
        case ActorKind.JOB:
            name = names.get(("integration_sync_jobs", event.actor_id))
            return f"Job “{name}”" if name else "A job"
        case ActorKind.COMMAND:
            return f"Command {event.actor_id}"
        case ActorKind.VISITOR:
            return "A visitor"
    return event.actor_kind.capitalize()


def _on(event: AuditEvent, names: Names) -> str:
    kind = TARGETS.get(event.target_type)
    noun = kind.noun if kind else NOUNS.get(event.target_type) or column_in_words(event.target_type)
    name = names.get((event.target_type, event.target_id))
    return f"{noun} “{name}”" if name else noun


def _names(wanted: set[tuple[str, str]]) -> Names:
    found: Names = {}
    for table, kind in TARGETS.items():
        ids = {public_id for each, public_id in wanted if each == table and public_id}
        if ids:
            rows = db.session.execute(sa.select(kind.model.public_id, kind.name).where(kind.model.public_id.in_(ids)))
            found.update({(table, row[0]): kind.shown(row[1]) for row in rows})
    return found


def _change(value: object) -> str:
    if isinstance(value, list) and len(value) == 2:
        before, after = value
        return _shown(after) if before is None else f"{_shown(before)} → {_shown(after)}"
    return "changed; the trail does not keep to what" if value == "changed" else _shown(value)


def _shown(value: object) -> str:
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
