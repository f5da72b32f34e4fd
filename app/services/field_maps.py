"""Field maps: drafts, activation, versions. What a map means for the rows of a file is in app/imports.

There is one draft and one active version for each account and data type. An activated version never changes: batches
name the version that shaped them.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload, selectinload

from app import audit
from app.audit import Actor, Target
from app.audit import canonical_json as canonical
from app.clock import utc_now
from app.extensions import db
from app.imports.catalog import DATA_TYPES
from app.imports.field_map import MappedField, MapSpec, Transform, problems, suggest
from app.imports.files import ColumnProfile, Inspection, Reading
from app.models import FieldDecision, FieldMap, FieldMapField, MapStatus, ProviderAccount, User, UserKind
from app.services import changes as changes_log
from app.services.accounts import active_staff
from app.services.errors import NotPossible, StaleVersion
from app.services.inspections import with_changes

DRAFT_IS_THERE = "There is a draft of this map already. Go on with it, or discard it first."
NOT_KNOWN = "No meaning is known for it, and nobody was asked."
CHANGED_MEANWHILE = "Somebody else changed this draft while you had it open."


def key_of(account: ProviderAccount, data_type: str) -> str:
    """What there is one draft and one active map of."""
    return f"{account.public_id}:{data_type}"


def active_map(account: ProviderAccount, data_type: str) -> FieldMap | None:
    """The version that imports go by."""
    return db.session.scalar(whole().where(FieldMap.active_key == key_of(account, data_type)))


def draft_map(account: ProviderAccount, data_type: str) -> FieldMap | None:
    return db.session.scalar(whole().where(FieldMap.draft_key == key_of(account, data_type)))


def get_draft(account: ProviderAccount, data_type: str) -> FieldMap:
    """:raises sqlalchemy.exc.NoResultFound: if there is none"""
    return db.session.scalars(whole().where(FieldMap.draft_key == key_of(account, data_type))).one()


def get_map(public_id: str) -> FieldMap:
    """:raises sqlalchemy.exc.NoResultFound: if there is none"""
    return db.session.scalars(whole().where(FieldMap.public_id == public_id)).one()


def templates_for(account: ProviderAccount, data_type: str) -> Sequence[FieldMap]:
    """Active maps of other connectors for the same data type; those of the same organization and provider first."""
    query = (
        sa.select(FieldMap)
        .join(FieldMap.account)
        .where(FieldMap.data_type == data_type, FieldMap.active_key.is_not(None), FieldMap.account_id != account.id)
        .options(joinedload(FieldMap.account).joinedload(ProviderAccount.organization))
    )
    strange = (ProviderAccount.organization_id != account.organization_id, ProviderAccount.provider != account.provider)
    order = [sa.case((condition, 1), else_=0) for condition in strange]
    return db.session.scalars(query.order_by(*order, FieldMap.activated_at.desc(), FieldMap.id)).all()


def start_draft(
    account: ProviderAccount, data_type: str, *, inspection: Inspection, actor: Actor, changed: Mapping[str, Any] | None = None
) -> FieldMap:
    """Begin a draft for a file: what the active version says of its columns, and suggestions for the others.

    :param changed: how files are read where the guess was changed by hand
    :raises NotPossible: if there is a draft already
    """
    active = active_map(account, data_type)
    draft = _new_draft(account, data_type)
    draft.reading = canonical(changed or (changed_reading(active) if active else {}))
    fit(draft, active.fields if active else [], inspection.columns, owner_id=account.owner_id)
    _insert_draft(draft, actor, "field_map.drafted", {"from": active.number if active else None})
    return draft


def start_draft_from_active(account: ProviderAccount, data_type: str, *, actor: Actor) -> FieldMap:
    """Begin a draft that says what the active version says.

    :raises NotPossible: if there is a draft already, or no active version
    """
    active = active_map(account, data_type)
    if active is None:
        raise NotPossible("There is no active map to change. Upload a file first: the draft is made from its columns.")
    draft = _new_draft(account, data_type)
    draft.reading = active.reading
    draft.fields = [_copy(field) for field in active.fields]
    _insert_draft(draft, actor, "field_map.drafted", {"from": active.number})
    return draft


def copy_from(source: FieldMap, account: ProviderAccount, *, actor: Actor, inspection: Inspection | None = None) -> FieldMap:
    """Begin a draft as the map of another connector says.

    :param inspection: of a file of this connector; the draft then has that file's columns, as far as the other map
        knows them as it says, and the rest as suggested
    :raises NotPossible: if there is a draft already
    """
    draft = _new_draft(account, source.data_type)
    staff = {person.id for person in active_staff()}
    if inspection is None:
        draft.reading = source.reading
        draft.fields = [_copy(field) for field in source.fields]
    else:
        fit(draft, source.fields, inspection.columns, owner_id=account.owner_id, keep_missing=False)
    for field in draft.fields:
        field.owner_id = field.owner_id if field.owner_id in staff else account.owner_id
    _insert_draft(draft, actor, "field_map.copied", {"from": [source.account.public_id, source.number]})
    return draft


def discard_draft(draft: FieldMap, *, actor: Actor, seen_version: int) -> None:
    """Forget a draft; nothing was imported by it.

    :raises StaleVersion: if somebody changed it since the page was opened
    """
    db.session.refresh(draft, with_for_update=True)
    if draft.version != seen_version or draft.status is not MapStatus.DRAFT:
        raise StaleVersion(CHANGED_MEANWHILE)
    audit.record(db.session(), actor, "field_map.discarded", _target(draft), {"number": draft.number})
    db.session.delete(draft)
    db.session.flush()


def activate(draft: FieldMap, *, actor: Actor, seen_version: int | None = None) -> FieldMap:
    """Make a draft the version that imports go by; the one so far stays as a former version.

    :param seen_version: of the draft, as the person saw it
    :raises StaleVersion: if somebody changed it since
    :raises NotPossible: if something is missing; says all of it
    """
    # In one order with every other activation of this map: the rows of both versions are written below.
    db.session.execute(sa.select(ProviderAccount.id).where(ProviderAccount.id == draft.account_id).with_for_update())
    db.session.refresh(draft)
    if draft.status is not MapStatus.DRAFT:
        raise StaleVersion("This draft was activated already.")
    if seen_version is not None and draft.version != seen_version:
        raise StaleVersion(CHANGED_MEANWHILE)
    missing = problems_of(draft)
    if missing:
        raise NotPossible("This map cannot be activated yet. " + " ".join(missing))
    former = active_map(draft.account, draft.data_type)
    if former is not None:
        changes_log.log_new_map(draft, former, logged_by_id=_staff_id(actor), actor=actor)
        former.status, former.active_key = MapStatus.FORMER, None
        db.session.flush()  # its key is free before the draft takes it
    draft.status, draft.draft_key, draft.active_key = MapStatus.ACTIVE, None, key_of(draft.account, draft.data_type)
    draft.activated_at, draft.activated_by_id = utc_now(), _staff_id(actor)
    changes = {"number": draft.number, "in_place_of": former.number if former else None, "data_type": draft.data_type}
    audit.record(db.session(), actor, "field_map.activated", _target(draft), changes)
    db.session.flush()
    return draft


def suggest_and_activate(account: ProviderAccount, data_type: str, inspection: Inspection, *, actor: Actor) -> FieldMap:
    """For the command line where no map is there yet: the suggestions as they are, the rest ignored.

    :raises NotPossible: if the suggestions do not make a whole map, or there is a draft that somebody works on
    """
    draft = start_draft(account, data_type, inspection=inspection, actor=actor)
    for field in draft.fields:
        if field.decision is FieldDecision.UNDECIDED:
            field.decision, field.ignore_reason = FieldDecision.IGNORED, NOT_KNOWN
    db.session.flush()
    return activate(draft, actor=actor)


def problems_of(field_map: FieldMap) -> list[str]:
    """Sentences: what has to be decided or mended before it can be activated."""
    return problems(spec_of(field_map))


def spec_of(field_map: FieldMap) -> MapSpec:
    """A map as plain values."""
    return MapSpec(field_map.data_type, field_map.number, tuple(mapped_of(field) for field in field_map.fields))


def mapped_of(field: FieldMapField) -> MappedField:
    return MappedField(
        position=field.position,
        source=field.source,
        decision=field.decision,
        target=field.target,
        label=field.label,
        privacy=field.privacy,
        explanation=field.explanation,
        ignore_reason=field.ignore_reason,
        transform=Transform.from_json(field.transform),
    )


def reading_of(field_map: FieldMap, inspection: Inspection) -> Reading:
    """How a file is read by this map: the guess, with what was changed by hand."""
    return with_changes(inspection.reading, changed_reading(field_map))


def changed_reading(field_map: FieldMap) -> dict[str, Any]:
    """What of the guess a map reads another way, by name."""
    changed: dict[str, Any] = json.loads(field_map.reading or "{}")
    return changed


def is_untouched(draft: FieldMap) -> bool:
    """Whether a draft is as it was made: no person decided anything in it yet."""
    return draft.version == 1


def put(field: FieldMapField, mapped: MappedField) -> None:
    """Write plain values into a row, cut to what its columns hold."""
    field.decision, field.target, field.privacy = mapped.decision, mapped.target, mapped.privacy
    field.label, field.explanation = mapped.label[:80], mapped.explanation[:300]
    field.ignore_reason, field.transform = mapped.ignore_reason[:200], mapped.transform.to_json()


def whole() -> "sa.Select[FieldMap]":
    account = joinedload(FieldMap.account)
    return sa.select(FieldMap).options(
        selectinload(FieldMap.fields).joinedload(FieldMapField.owner),
        account.joinedload(ProviderAccount.organization),
        account.joinedload(ProviderAccount.owner),
    )


def _new_draft(account: ProviderAccount, data_type: str) -> FieldMap:
    if data_type not in DATA_TYPES:
        raise NotPossible("This data type is not known here.")
    if draft_map(account, data_type) is not None:
        raise NotPossible(DRAFT_IS_THERE)
    highest = sa.select(sa.func.max(FieldMap.number)).where(FieldMap.account_id == account.id, FieldMap.data_type == data_type)
    number = (db.session.scalar(highest) or 0) + 1
    return FieldMap(account_id=account.id, data_type=data_type, number=number, draft_key=key_of(account, data_type), status=MapStatus.DRAFT)


def _insert_draft(draft: FieldMap, actor: Actor, action: str, changes: dict[str, object]) -> None:
    try:
        with db.session.begin_nested():
            db.session.add(draft)
    except IntegrityError as exc:  # two people began one in the same moment
        raise NotPossible(DRAFT_IS_THERE) from exc
    audit.record(db.session(), actor, action, _target(draft), {"data_type": draft.data_type, "number": draft.number, **changes})


def fit(
    draft: FieldMap,
    known: Iterable[FieldMapField],
    columns: Sequence[ColumnProfile],
    *,
    owner_id: int | None,
    keep_missing: bool = True,
) -> None:
    """Give an empty draft a file's columns: known ones as they are, others as suggested; known ones that the file has
    not come after them."""
    by_title = {field.source: field for field in known}
    for mapped in suggest(draft.data_type, columns):
        former = by_title.pop(mapped.source, None)
        if former is not None:
            field = _copy(former)
        else:
            field = FieldMapField(source=mapped.source, owner_id=owner_id)
            put(field, mapped)
        field.position = len(draft.fields)
        draft.fields.append(field)
    for former in by_title.values() if keep_missing else ():
        field = _copy(former)
        field.position = len(draft.fields)
        draft.fields.append(field)


def _copy(field: FieldMapField) -> FieldMapField:
    names = ("position", "source", "decision", "target", "label", "owner_id", "privacy", "explanation", "ignore_reason", "transform")
    return FieldMapField(**{name: getattr(field, name) for name in names})


def _target(field_map: FieldMap) -> Target:
    with db.session.no_autoflush:
        account = field_map.account or db.session.get_one(ProviderAccount, field_map.account_id)
    return Target.of(field_map, account.organization)


def _staff_id(actor: Actor) -> int | None:
    return db.session.scalar(sa.select(User.id).where(User.public_id == actor.id, User.kind == UserKind.STAFF))
