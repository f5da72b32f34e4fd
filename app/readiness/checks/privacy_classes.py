"""Whether every mapped field has a privacy class. Ignored fields need none: nothing of them is kept."""

from collections import Counter

from app.readiness.check import Check, Outcome
from app.readiness.facts import ConnectorFacts
from app.readiness.map_reading import FACETS, mapped_fields, name_of, nothing_to_look_at
from app.readiness.wording import kept, listed

CLASSES = ("public", "internal", "personal", "secret")


def ask(facts: ConnectorFacts) -> Outcome:
    unclassed = sorted(name_of(kind, field.source) for kind, field in mapped_fields(facts) if field.privacy not in CLASSES)
    if unclassed:
        return Outcome.failed(
            f"Mapped fields lack a privacy class ({len(unclassed):,}): {listed(unclassed)}. "
            "Say of each whether it is public, internal, personal or secret; only public ones can reach a card.",
            fields=kept(unclassed),
            fields_count=len(unclassed),
        )
    return nothing_to_look_at(facts, needs_mapped=True) or _passed(facts)


def _passed(facts: ConnectorFacts) -> Outcome:
    found = Counter(field.privacy for _, field in mapped_fields(facts))
    told = ", ".join(f"{found[name]:,} {name}" for name in CLASSES if found[name])
    return Outcome.passed(f"Every mapped field has its privacy class: {told}.", classes={name: found[name] for name in CLASSES})


CHECK = Check("privacy-classes", FACETS, ask)
