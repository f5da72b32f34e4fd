"""The source has a name that the client will read, and no other connector of the organization has the same one."""

import unicodedata

from app.readiness.check import Check, Outcome
from app.readiness.facts import ConnectorFacts
from app.readiness.wording import listed, short


def ask(facts: ConnectorFacts) -> Outcome:
    name = _as_read(facts.source_label)
    if not name:
        return Outcome.failed("The source has no name that could be read. Give the connector a source label that the client knows.")
    alike = sorted(label for label in facts.other_labels if _as_read(label) == name)
    if alike:
        sentence = (
            f"Another connector of the organization is called {listed(alike[:1])}, and a client could not tell the two apart. "
            "Give one of them another name."
        )
        return Outcome.failed(sentence, label=facts.source_label, alike=[*alike])
    sentence = f"The client reads “{short(facts.source_label)}”, and no other connector of the organization is called that."
    return Outcome.passed(sentence, label=facts.source_label)


def _as_read(label: str) -> str:
    """What a reader tells names apart by: neither case nor spacing, nor characters that do not show, nor other forms of a letter."""
    shown = "".join(letter for letter in label if unicodedata.category(letter) != "Cf")
    return " ".join(unicodedata.normalize("NFKC", shown).casefold().split())


CHECK = Check("source-label", frozenset({"source-label"}), ask)
