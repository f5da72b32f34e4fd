"""Whether every mapped field has a table, a label, an owner and an explanation. An owner who may no longer act is none."""

from app.readiness.check import Check, Outcome
from app.readiness.facts import ConnectorFacts, FieldFacts
from app.readiness.map_reading import FACETS, mapped_fields, name_of, nothing_to_look_at
from app.readiness.wording import count, kept, listed

PARTS = ("table", "label", "owner", "explanation")


def ask(facts: ConnectorFacts) -> Outcome:
    lacking = {name_of(kind, field.source): missing for kind, field in mapped_fields(facts) if (missing := _missing(field))}
    if lacking:
        by_part = {part: sum(part in missing for missing in lacking.values()) for part in PARTS}
        told = ", ".join(f"no {part} for {number:,}" for part, number in by_part.items() if number)
        fields = sorted(lacking)
        return Outcome.failed(
            f"Mapped fields are not explained in full ({told}): {listed(fields)}. "
            "Give each a table, a label, an active owner and an explanation that a client may read.",
            missing={**by_part},
            fields=kept(fields),
            fields_count=len(fields),
        )
    return nothing_to_look_at(facts, needs_mapped=True) or _passed(facts)


def _missing(field: FieldFacts) -> list[str]:
    has = {
        "table": bool(field.table.strip()),
        "label": bool(field.label.strip()),
        "owner": field.owner is not None and field.owner.is_active,
        "explanation": bool(field.explanation.strip()),
    }
    return [part for part in PARTS if not has[part]]


def _passed(facts: ConnectorFacts) -> Outcome:
    fields = [field for _, field in mapped_fields(facts)]
    return Outcome.passed(
        f"{count(len(fields), 'mapped field')} looked at: each has a table, a label, an owner and an explanation.",
        fields_count=len(fields),
        owners=kept({field.owner.id for field in fields if field.owner}),
    )


CHECK = Check("explanations", FACETS, ask)
