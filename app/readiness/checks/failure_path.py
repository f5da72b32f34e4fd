"""Is it written down what happens when the connector fails? Of the people who are told, one has to be active still."""

from app.readiness.check import Check, Outcome
from app.readiness.facts import ConnectorFacts
from app.readiness.wording import found_and_to_do


def ask(facts: ConnectorFacts) -> Outcome:
    path = facts.failure_path
    if path is None:
        return Outcome.not_run(
            "No failure path is written yet. Say who is told, by which channel, what the client sees meanwhile and what the fallback is."
        )
    told = sorted(person.id for person in path.told if person.is_active)
    texts = {
        "the channel": path.channel,
        "what the client sees meanwhile": path.client_sees,
        "what the fallback is": path.fallback,
    }
    missing = [what for what, text in texts.items() if not text.strip()]
    found = []
    if not told:
        found.append("nobody who is told is active any more" if path.told else "it is not said who is told")
    if missing:
        found.append(f"this is not written down: {', '.join(missing)}")
    if found:
        return Outcome.failed(
            found_and_to_do(found, "Complete the failure path: without it a failure would reach nobody, or the client first."),
            told=[*told],
            missing=[*missing],
        )
    return Outcome.passed("It is written down who is told, by which channel, what the client sees and what the fallback is.", told=[*told])


CHECK = Check("failure-path", frozenset({"failure-path"}), ask)
