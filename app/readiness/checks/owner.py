"""An active member of staff answers for the connector. A client's user never does, however active."""

from app.readiness.check import Check, Outcome
from app.readiness.facts import ConnectorFacts

NAME_ONE = "Name an active member of staff who answers for status, imports, mapping, verification and the next explanation."


def ask(facts: ConnectorFacts) -> Outcome:
    if facts.owner is None:
        return Outcome.failed(f"Nobody owns this connector. {NAME_ONE}", owner=None)
    if not facts.owner.is_staff:
        return Outcome.failed(f"The owner of this connector is not a member of staff. {NAME_ONE}", owner=facts.owner.id)
    if not facts.owner.is_active:
        return Outcome.failed(f"The owner of this connector may not sign in any more. {NAME_ONE}", owner=facts.owner.id)
    return Outcome.passed("An active member of staff owns this connector.", owner=facts.owner.id)


CHECK = Check("owner", frozenset({"owner"}), ask)
