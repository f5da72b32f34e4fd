"""Whether each incoming field is mapped, or ignored with a reason. A field of the newest file that the map lacks is undecided too."""

from app.readiness.check import Check, Outcome
from app.readiness.facts import ConnectorFacts
from app.readiness.map_reading import FACETS, name_of, nothing_to_look_at, with_map
from app.readiness.wording import kept, listed


def ask(facts: ConnectorFacts) -> Outcome:
    fields = [(kind, field) for kind in with_map(facts) for field in kind.fields]
    undecided = [name_of(kind, field.source) for kind, field in fields if field.decision not in {"mapped", "ignored"}]
    without_reason = [name_of(kind, field.source) for kind, field in fields if field.decision == "ignored" and not field.reason.strip()]
    unknown = [name_of(kind, source) for kind in with_map(facts) for source in kind.unmapped]
    open_fields = sorted({*undecided, *without_reason, *unknown})
    if open_fields:
        counts = ((undecided, "undecided"), (without_reason, "ignored without a reason"), (unknown, "of the newest file not in the map"))
        told = ", ".join(f"{len(names):,} {words}" for names, words in counts if names)
        return Outcome.failed(
            f"Not every field is decided ({told}): {listed(open_fields)}. Map each of them, or ignore it with a reason.",
            undecided=len(undecided),
            ignored_without_reason=len(without_reason),
            not_in_map=len(unknown),
            fields=kept(open_fields),
        )
    return nothing_to_look_at(facts) or _passed(facts)


def _passed(facts: ConnectorFacts) -> Outcome:
    decisions = [field.decision for kind in facts.data_types for field in kind.fields]
    mapped, ignored = decisions.count("mapped"), decisions.count("ignored")
    return Outcome.passed(
        f"Every incoming field is decided: {mapped:,} mapped, {ignored:,} ignored with a reason.",
        mapped=mapped,
        ignored=ignored,
        maps={kind.key: kind.map_number for kind in sorted(facts.data_types, key=lambda each: each.key)},
    )


CHECK = Check("fields-decided", FACETS, ask)
