"""Whether calls of each kind were answered as they should be. Only for connectors that webhooks feed."""

from app.readiness.check import Check, Outcome
from app.readiness.facts import ConnectorFacts
from app.readiness.wording import kept, listed, spoken

CASES = ("good", "bad_signature", "stale", "duplicate", "wrong_tenant", "too_large")
"""What a rehearsal has to try."""


def ask(facts: ConnectorFacts) -> Outcome:
    if facts.mode != "webhook":
        how = "from files that are supplied by hand" if facts.mode == "manual" else "through the API"
        return Outcome.not_applicable(f"Data comes in {how}, not by webhook, so there is no call to rehearse.", mode=facts.mode)
    held = facts.rehearsal
    if not held:
        return Outcome.not_run("No rehearsal of webhooks was held yet. Hold one with every kind of call.")
    wrong = sorted(case for case, as_it_should in held.items() if not as_it_should)
    if wrong:
        return Outcome.failed(
            f"Not every call was answered as it should be: {listed(_words(wrong))}. Mend it and hold the rehearsal again.",
            wrong=kept(wrong),
            tried=kept(held),
        )
    missing = [case for case in CASES if case not in held]
    if missing:
        return Outcome.not_run(f"The rehearsal has not tried {listed(_words(missing))} yet. Hold it with every kind of call.")
    return Outcome.passed("Every kind of call was rehearsed and answered as it should be.", tried=kept(held))


def _words(cases: list[str]) -> list[str]:
    return [spoken(case) for case in cases]


CHECK = Check("webhook-rehearsed", frozenset({"mode", "credential"}), ask)
