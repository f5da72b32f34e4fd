"""*How this number is made*: the sentences that a client reads, from the formula and the field map.

Only fields of the class *public* are named.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.metrics.metric import Breakdown, Measure, Metric, Source


class Role(StrEnum):
    """What a field does in a formula."""

    DAY = "day"
    STATUS = "status"
    AMOUNT = "amount"
    CAMPAIGN = "campaign"


@dataclass(frozen=True)
class FieldUse:
    """A mapped field that a formula rests on."""

    role: Role
    label: str
    """What people call it."""
    is_public: bool


@dataclass(frozen=True)
class MapUse:
    """The field map in force for a data type."""

    number: int
    fields: tuple[FieldUse, ...]

    def named(self, role: Role) -> tuple[str, ...]:
        return tuple(field.label for field in self.fields if field.role is role and field.is_public)


def explain(metric: Metric, *, maps: Mapping[str, MapUse], source_label: str, zone: str, currency: str) -> str:
    """:param maps: data type → the map in force; data types without one are left out, for nothing comes from them"""
    used = [source for source in metric.sources if source.data_type in maps] or list(metric.sources)
    lines = [metric.formula, *(_counting(source, source_label) for source in used)]
    lines += [_day(source, maps.get(source.data_type), zone) for source in used]
    lines += _fields(metric, used, maps)
    if metric.measure is Measure.AMOUNT:
        lines.append(f"Amounts are in {currency}.")
    if metric.breakdown is Breakdown.CAMPAIGN:
        lines.append("Each kind has lines of its own: kinds are never added together.")
    elif metric.breakdown is Breakdown.STATUS:
        lines.append("Each outcome has a line of its own: outcomes are never added together.")
    lines.append(f"Formula version {metric.formula_version}{_versions(used, maps)}.")
    return " ".join(lines)


def _counting(source: Source, source_label: str) -> str:
    if not source.has_active:
        return f"All {source.label} from {source_label} count: the source marks none as inactive."
    if source.is_lead:
        genuine = "and of these only genuine leads: tests, spam, internal contacts and duplicates are left out"
        return f"Only active {source.label} from {source_label} count, {genuine}."
    return f"Only active {source.label} from {source_label} count."


def _day(source: Source, used: MapUse | None, zone: str) -> str:
    names = used.named(Role.DAY) if used is not None else ()
    field = f" (field {_listed(names)})" if names else ""
    return f"Each counts on the {source.date_label}{field}, in {zone}."


def _fields(metric: Metric, sources: Sequence[Source], maps: Mapping[str, MapUse]) -> Iterator[str]:
    wanted = [
        (Role.STATUS, "Which ones count is told by", any(source.statuses for source in sources)),
        (Role.AMOUNT, "The amount is", metric.measure is Measure.AMOUNT),
        (Role.CAMPAIGN, "The campaign is", metric.breakdown is Breakdown.CAMPAIGN),
    ]
    for role, words, is_wanted in wanted:
        names = tuple(dict.fromkeys(name for source in sources if source.data_type in maps for name in maps[source.data_type].named(role)))
        if is_wanted and names:
            yield f"{words} the field {_listed(names)}."


def _versions(sources: Sequence[Source], maps: Mapping[str, MapUse]) -> str:
    found = [f"field map of {source.label} version {maps[source.data_type].number}" for source in sources if source.data_type in maps]
    return "".join(f", {one}" for one in found)


def _listed(names: Sequence[str]) -> str:
    quoted = [f"“{name}”" for name in names]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + f" or {quoted[-1]}"
