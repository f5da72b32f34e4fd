"""What stands against a map, and how two versions differ, in sentences for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from zoneinfo import available_timezones

from app.imports.catalog import DATA_TYPES, DataType, TargetKind
from app.imports.field_map.fields import KEPT, MappedField, MapSpec, Transform
from app.imports.field_map.keys import is_kept_key
from app.models.field_maps import FieldDecision

ORDERS = {"", "mdy", "dmy", "ymd"}
STYLES = {"", "point", "comma"}


def problems(spec: MapSpec) -> list[str]:
    """Why no file can be imported by this map; empty if one can."""
    kind = DATA_TYPES.get(spec.data_type)
    if kind is None:
        return [f"There is no data type {spec.data_type}."]
    found = [sentence for field in spec.fields for sentence in _of_field(kind, field)]
    return [*found, *_twice(spec), *_missing(kind, spec)]


def _of_field(kind: DataType, field: MappedField) -> Iterator[str]:
    name = f"“{field.source}”"
    if field.decision is FieldDecision.UNDECIDED:
        yield f"{name} is undecided: map it, keep it, or ignore it with a reason."
    elif field.decision is FieldDecision.IGNORED:
        if not field.ignore_reason.strip():
            yield f"{name} is ignored without a reason."
    elif field.target.startswith(KEPT):
        if not is_kept_key(field.target.removeprefix(KEPT)):
            yield f"{name} is kept under a key that is none: use small letters, digits and underscores."
        elif kind.target(field.target.removeprefix(KEPT)):
            yield f"{name} is kept under “{field.target.removeprefix(KEPT)}”, which is a target of its own: map it to that."
    elif kind.target(field.target) is None:
        yield f"{name} is mapped to “{field.target or 'nothing'}”, which {kind.label} do not have."
    if field.is_mapped:
        yield from _of_transform(name, field.transform)


def _of_transform(name: str, transform: Transform) -> Iterator[str]:
    if transform.kind and transform.kind not in set(TargetKind):
        yield f"{name} is to be read as “{transform.kind}”, which is no kind of value."
    if transform.dates not in ORDERS:
        yield f"{name} has the date order “{transform.dates}”: it is month, day, year, or day, month, year, or year, month, day."
    if transform.money not in STYLES:
        yield f"{name} has the amount style “{transform.money}”: it is 1,234.50 or 1.234,50."
    if transform.zone and transform.zone not in available_timezones():
        yield f"{name} names the time zone “{transform.zone}”, which there is not."


def _twice(spec: MapSpec) -> Iterator[str]:
    for target, count in Counter(field.target for field in spec.mapped()).items():
        if target and count > 1:
            titles = ", ".join(f"“{field.source}”" for field in spec.mapped() if field.target == target)
            yield f"{titles} are all mapped to “{target.removeprefix(KEPT)}”: one column is enough."
    for source, count in Counter(field.source for field in spec.fields).items():
        if count > 1:
            yield f"The column “{source}” stands in the map more than once."


def _missing(kind: DataType, spec: MapSpec) -> Iterator[str]:
    mapped = {field.target for field in spec.mapped()}
    for target in kind.targets:
        if target.mandatory and target.key not in mapped:
            yield f"No column is mapped to “{target.label}”, without which {kind.label} cannot be told apart."
    if "external_id" not in mapped and kind.made_id and not mapped & set(kind.made_id):
        yield f"No column is mapped to an id, nor to anything of which one can be made: {_labels(kind, kind.made_id)}."
    if kind.day_is_needed and not mapped & set(kind.day) and not ("year" in kind.by_key and {"year", "month"} <= mapped):
        yield f"No column gives the day on which figures count a row: map {_labels(kind, kind.day)}."


def _labels(kind: DataType, keys: tuple[str, ...]) -> str:
    return " or ".join(f"“{kind.by_key[key].label}”" for key in keys)


def difference(old: MapSpec, new: MapSpec) -> list[str]:
    """What the newer map decides otherwise, a sentence for each change."""
    before = {field.source: field for field in old.fields}
    after = {field.source: field for field in new.fields}
    found = [f"“{source}” is new: {_decided(field)}." for source, field in after.items() if source not in before]
    found += [f"“{source}” is gone; it was {_decided(field)}." for source, field in before.items() if source not in after]
    for source, field in after.items():
        if source in before:
            found += _changes(before[source], field)
    return found


def _decided(field: MappedField) -> str:
    if field.decision is FieldDecision.MAPPED:
        return f"kept as “{field.target.removeprefix(KEPT)}”" if field.target.startswith(KEPT) else f"mapped to “{field.target}”"
    return f"ignored ({field.ignore_reason.rstrip('.')})" if field.decision is FieldDecision.IGNORED else "undecided"


def _changes(old: MappedField, new: MappedField) -> Iterator[str]:
    name = f"“{new.source}”"
    if _decided(old) != _decided(new):
        yield f"{name} was {_decided(old)}, and is {_decided(new)}."
    if not new.is_mapped:
        return
    for what, was, now in (
        ("label", old.label, new.label),
        ("privacy class", old.privacy.label, new.privacy.label),
        ("explanation", old.explanation, new.explanation),
    ):
        if was != now and old.is_mapped:
            yield f"The {what} of {name} was “{was or 'empty'}”, and is “{now or 'empty'}”."
    if old.is_mapped:
        yield from _transform_changes(name, old.transform, new.transform)


WHAT = {
    "kind": "kind of value",
    "dates": "order of dates",
    "zone": "time zone",
    "money": "style of amounts",
    "sign": "currency sign",
    "trim": "trimming",
    "words": "list of words",
    "yes": "words for yes",
    "no": "words for no",
}


def _transform_changes(name: str, old: Transform, new: Transform) -> Iterator[str]:
    for key, what in WHAT.items():
        was, now = getattr(old, key), getattr(new, key)
        if was == now:
            continue
        if key == "words":
            yield f"The {what} of {name} changed: {_words_changed(dict(was), dict(now))}."
        else:
            yield f"The {what} of {name} was {_said(was)}, and is {_said(now)}."


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    text = ", ".join(value) if isinstance(value, tuple) else str(value)
    return f"“{text}”" if text else "the usual"


def _words_changed(was: dict[str, str], now: dict[str, str]) -> str:
    parts = [f"“{word}” is “{ours}”" for word, ours in now.items() if was.get(word) != ours]
    parts += [f"“{word}” is gone" for word in was if word not in now]
    return ", ".join(parts) or "their order"
