"""Is it settled, for each class of data, how long it is kept? Zero days is a decision too: it is not kept at all."""

from app.readiness.check import Check, Outcome
from app.readiness.facts import ConnectorFacts
from app.readiness.wording import named

CLASSES = {
    "raw_file": "Raw files",
    "reject_sample": "Samples of rejected rows",
    "record": "Records",
    "evidence": "Evidence",
    "audit": "Audit trail",
    "webhook_event": "Webhook events",
}
"""Classes of data → what people call them. Every connector decides all of them: its mode may change, its data stays."""


def ask(facts: ConnectorFacts) -> Outcome:
    if not facts.retention:
        return Outcome.not_run("Nothing is settled about retention yet. Say for each class of data how many days it is kept.")
    days = {key: facts.retention.get(key) for key in CLASSES}
    decided = {key: count for key, count in days.items() if count is not None and count >= 0}
    missing = [key for key in CLASSES if key not in decided]
    if missing:
        return Outcome.failed(
            f"Nobody has settled how long this is kept: {named([CLASSES[key] for key in missing], at_most=len(CLASSES))}. "
            "Enter a number of days for each; 0 means that it is not kept.",
            missing=[*sorted(missing)],
        )
    return Outcome.passed("Every class of data has a rule that says how many days it is kept.", days={**decided})


CHECK = Check("retention", frozenset({"retention"}), ask)
