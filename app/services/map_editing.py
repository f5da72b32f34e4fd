"""Editing the draft of a field map. Every change is made against the version that the person saw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app import audit
from app.audit import Actor, Target
from app.audit import canonical_json as canonical
from app.clock import utc_now
from app.extensions import db
from app.imports.catalog import DATA_TYPES
from app.imports.field_map import KEPT, MappedField, Transform, suggest
from app.imports.files import ColumnProfile
from app.models import FieldDecision, FieldMap, FieldMapField, MapStatus, PrivacyClass, User
from app.services.errors import InvalidField, StaleVersion
from app.services.field_maps import CHANGED_MEANWHILE, changed_reading, fit, mapped_of, put
from app.services.inspections import Noted, is_read_so

IGNORE, KEEP = "ignore", "keep"
"""Choices beside the targets of the data type."""
NOT_NEEDED = "Not needed for any figure."


@dataclass(frozen=True)
class FieldEdit:
    """What a person decided for one column."""

    choice: str
    """A target's key, ``keep``, ``ignore``, or empty for undecided."""
    label: str
    owner: User | None
    privacy: PrivacyClass
    explanation: str
    ignore_reason: str
    transform: Transform


def choice_of(field: FieldMapField | MappedField) -> str:
    """The decision as a choice of a list."""
    if field.decision is FieldDecision.UNDECIDED:
        return ""
    if field.decision is FieldDecision.IGNORED:
        return IGNORE
    return KEEP if field.target.startswith(KEPT) else field.target


def choices_of(data_type: str) -> dict[str, str]:
    """What a column may become: choice → words."""
    targets = {target.key: target.label + (" (needed)" if target.mandatory else "") for target in DATA_TYPES[data_type].targets}
    return {"": "Not decided yet", IGNORE: "Ignore it", KEEP: "Keep it beside the rest", **targets}


def edit_field(draft: FieldMap, field: FieldMapField, edit: FieldEdit, *, seen_version: int, actor: Actor) -> None:
    """Write what was decided for one column.

    :raises StaleVersion: if somebody changed the draft since the form was opened
    :raises InvalidField: if the column is ignored without a reason
    """
    _take(draft, seen_version)
    if edit.choice == IGNORE and not edit.ignore_reason:
        raise InvalidField("ignore_reason", "Say in a few words why this column is ignored.")
    before = choice_of(field)
    mapped = replace(
        _decided(draft, field, edit.choice),
        label=edit.label,
        privacy=edit.privacy,
        explanation=edit.explanation,
        ignore_reason=edit.ignore_reason if edit.choice == IGNORE else "",
        transform=edit.transform,
    )
    put(field, mapped)
    field.owner_id = edit.owner.id if edit.owner else None
    _changed(draft, actor, {_place(field): [before, edit.choice]})


def decide(
    draft: FieldMap,
    choices: Mapping[str, str],
    *,
    ignore_reason: str,
    seen_version: int,
    actor: Actor,
    columns: Sequence[ColumnProfile] = (),
) -> int:
    """Decide many columns at once: label, privacy class and explanation follow the target where the choice changed.

    :param choices: public id of a field → choice
    :param columns: of a file, from which the way to read dates and amounts is told
    :return: how many changed
    :raises StaleVersion: if somebody changed the draft since the form was opened
    """
    _take(draft, seen_version)
    changes: dict[str, object] = {}
    by_title = {column.title: column for column in columns}
    for field in draft.fields:
        before = choice_of(field)
        choice = choices.get(field.public_id, before)
        if choice == before:
            continue
        mapped = _decided(draft, field, choice, by_title.get(field.source))
        put(field, replace(mapped, ignore_reason=(ignore_reason or NOT_NEEDED) if choice == IGNORE else ""))
        changes[_place(field)] = [before, choice]
    if changes:
        _changed(draft, actor, changes)
    return len(changes)


def accept_suggestions(draft: FieldMap, columns: Sequence[ColumnProfile], *, seen_version: int, actor: Actor) -> int:
    """Decide every undecided column as suggested.

    :param columns: of a file whose columns they are
    :return: how many were decided
    :raises StaleVersion: if somebody changed the draft since the page was opened
    """
    _take(draft, seen_version)
    taken = {field.target for field in draft.fields if field.decision is FieldDecision.MAPPED}
    suggested = {mapped.source: mapped for mapped in suggest(draft.data_type, columns)}
    changes: dict[str, object] = {}
    for field in draft.fields:
        mapped = suggested.get(field.source)
        if field.decision is not FieldDecision.UNDECIDED or mapped is None or (mapped.is_mapped and mapped.target in taken):
            continue
        put(field, mapped)
        taken.add(mapped.target)
        changes[_place(field)] = ["", choice_of(field)]
    if changes:
        _changed(draft, actor, changes)
    return len(changes)


def bring_in_line(draft: FieldMap, noted: Noted, *, owner_id: int | None, actor: Actor, seen_version: int | None = None) -> None:
    """Give a draft the columns of a file and the way it is read: known columns stay as decided, others are suggested,
    those that the file does not have go.

    :raises StaleVersion: if somebody changed the draft since the page was opened
    """
    _take(draft, draft.version if seen_version is None else seen_version)
    known = list(draft.fields)
    before = {field.source for field in known}
    draft.fields = []
    db.session.flush()  # their places are free before others take them
    fit(draft, known, noted.inspection.columns, owner_id=owner_id, keep_missing=False)
    before_by_hand = {name: value for name, value in changed_reading(draft).items() if is_read_so(noted.inspection.reading, name, value)}
    draft.reading = canonical({**before_by_hand, **noted.changed_reading})  # what was changed back by hand is no change any more
    after = {field.source for field in draft.fields}
    _changed(draft, actor, {"columns_added": len(after - before), "columns_gone": len(before - after)})


def _as_suggested(data_type: str, column: ColumnProfile, target_key: str) -> MappedField | None:
    """What would be suggested for a column of these contents if its title said that it is this target."""
    target = DATA_TYPES[data_type].target(target_key)
    (mapped,) = suggest(data_type, [replace(column, title=target.label if target else column.title)])
    return replace(mapped, source=column.title) if mapped.target == target_key else None


def _take(draft: FieldMap, seen_version: int) -> None:
    """The draft as it stands now, locked until the transaction ends."""
    db.session.refresh(draft, with_for_update=True)
    if draft.status is not MapStatus.DRAFT:
        raise StaleVersion("This draft was activated meanwhile, and an active map does not change. Begin a new draft.")
    if draft.version != seen_version:
        raise StaleVersion(CHANGED_MEANWHILE)


def _decided(draft: FieldMap, field: FieldMapField, choice: str, column: ColumnProfile | None = None) -> MappedField:
    """A field with a choice of the list: what belongs to a target comes from the catalog where the target is new."""
    mapped = mapped_of(field)
    if choice == choice_of(field):
        return mapped
    if not choice:
        return replace(mapped, decision=FieldDecision.UNDECIDED, target="")
    if choice == IGNORE:
        return replace(mapped, decision=FieldDecision.IGNORED, target="")
    if choice == KEEP:
        return replace(mapped, decision=FieldDecision.MAPPED, target=_own_key(draft, field), label=mapped.label or field.source[:80])
    nothing_known = ColumnProfile(title=field.source, type="text", empties=0, distinct=0, examples=())
    found = _as_suggested(draft.data_type, column or nothing_known, choice)
    if found is None:
        return replace(mapped, decision=FieldDecision.MAPPED, target=choice)
    transform = found.transform if column else replace(mapped.transform, kind="", words=found.transform.words)
    return replace(found, position=mapped.position, transform=transform)


def _own_key(draft: FieldMap, field: FieldMapField) -> str:
    """A key for a column that is kept beside the rest, unlike all others of the map and of the catalog."""
    words = "_".join("".join(c if c.isascii() and c.isalnum() else " " for c in field.source.lower()).split())[:45]
    base = words or f"column_{field.position + 1}"
    targets = {target.key for target in DATA_TYPES[draft.data_type].targets}
    taken = targets | {each.target.removeprefix(KEPT) for each in draft.fields if each is not field}
    key, number = base, 1
    while key in taken:
        number += 1
        key = f"{base}_{number}"
    return KEPT + key


def _changed(draft: FieldMap, actor: Actor, changes: Mapping[str, Any]) -> None:
    """Count the version up, also where only rows of fields changed, and say what was decided: places, not titles,
    since a title may be a value where a file has no header."""
    draft.updated_at = utc_now()
    audit.record(db.session(), actor, "field_map.edited", Target.of(draft, draft.account.organization), {"number": draft.number, **changes})
    db.session.flush()


def _place(field: FieldMapField) -> str:
    return f"column {field.position + 1}"
