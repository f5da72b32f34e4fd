"""What the checks of field maps have in common: which maps are there, and what cannot be looked at yet."""

from collections.abc import Iterator

from app.readiness.check import Outcome
from app.readiness.facts import ConnectorFacts, DataTypeFacts, FieldFacts
from app.readiness.wording import listed

FACETS = frozenset({"maps", "data-types"})
"""A data type that is added or taken away brings a map to look at or takes one away."""


def with_map(facts: ConnectorFacts) -> tuple[DataTypeFacts, ...]:
    return tuple(each for each in facts.data_types if each.map_number is not None)


def mapped_fields(facts: ConnectorFacts) -> Iterator[tuple[DataTypeFacts, FieldFacts]]:
    for kind in with_map(facts):
        for field in kind.fields:
            if field.decision == "mapped":
                yield kind, field


def name_of(kind: DataTypeFacts, field: str) -> str:
    return f"{kind.label}: {field}"


def nothing_to_look_at(facts: ConnectorFacts, *, needs_mapped: bool = False) -> Outcome | None:
    """Why a check of maps cannot be green, though it found no fault.

    :param needs_mapped: ignored fields alone are nothing to look at
    """
    if not facts.data_types:
        return Outcome.not_run("No data type is chosen yet, so there is no field to look at. Choose what the connector brings.")
    without = sorted(each.label for each in facts.data_types if each.map_number is None)
    if without:
        return Outcome.not_run(
            f"There is no field map in force for {listed(without)}. Upload an export, map its fields and activate the map."
        )
    seen = {kind.key for kind, _ in mapped_fields(facts)} if needs_mapped else {kind.key for kind in facts.data_types if kind.fields}
    empty = sorted(kind.label for kind in facts.data_types if kind.key not in seen)
    if empty:
        what = "mapped field" if needs_mapped else "field"
        return Outcome.not_run(f"The map of {listed(empty)} has no {what} that could be looked at. Map the fields of an export.")
    return None
