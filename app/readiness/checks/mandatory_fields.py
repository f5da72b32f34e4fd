"""Whether the map has what rows cannot do without. A data type of which nobody said what it needs is not green."""

from app.readiness.check import Check, Outcome
from app.readiness.facts import ConnectorFacts, DataTypeFacts
from app.readiness.map_reading import FACETS, name_of, nothing_to_look_at, with_map
from app.readiness.wording import count, kept, listed, spoken


def ask(facts: ConnectorFacts) -> Outcome:
    missing = sorted({name_of(kind, need) for kind in with_map(facts) for need in _missing(kind)})
    if missing:
        return Outcome.failed(
            f"Mandatory fields are not mapped yet ({len(missing):,}): {listed(missing)}. Map a field of the export to each of them; "
            "where the export lacks one, ask for an export that has it.",
            missing=kept(missing),
            missing_count=len(missing),
        )
    return nothing_to_look_at(facts) or _without_needs(facts) or _passed(facts)


def _missing(kind: DataTypeFacts) -> list[str]:
    mapped = {field.target for field in kind.fields if field.decision == "mapped"}
    lacking = [_words((target,)) for target in kind.mandatory if target not in mapped]
    unmet = [ways for ways in kind.alternatives if not any(mapped.issuperset(way) for way in ways)]
    return lacking + [" or ".join(_words(way) for way in ways) for ways in unmet]


def _words(way: tuple[str, ...]) -> str:
    """Targets that are not mapped have no label: their keys in words."""
    return " with ".join(spoken(target) for target in way)


def _without_needs(facts: ConnectorFacts) -> Outcome | None:
    unsaid = sorted(kind.label for kind in facts.data_types if not kind.mandatory and not kind.alternatives)
    if not unsaid:
        return None
    return Outcome.not_run(f"Nothing says which fields {listed(unsaid)} cannot do without, so there was nothing to look for.")


def _passed(facts: ConnectorFacts) -> Outcome:
    kinds = sorted(facts.data_types, key=lambda kind: kind.key)
    needs = sum(len(kind.mandatory) + len(kind.alternatives) for kind in kinds)
    return Outcome.passed(
        f"All that rows cannot do without is mapped: {count(needs, 'mandatory field')} in {count(len(kinds), 'data type')}.",
        needs=needs,
        maps={kind.key: kind.map_number for kind in kinds},
    )


CHECK = Check("mandatory-fields", FACETS, ask)
