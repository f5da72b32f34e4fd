"""Did the checks of gate 3 last stand together recently? While one of them is down there is no test to date."""

from app.readiness.check import Check, Outcome
from app.readiness.facts import ConnectorFacts
from app.readiness.gates import Gate
from app.readiness.recency import RECENT_DAYS, Recency, recency_of
from app.readiness.wording import on_day

GATE = f"gate {Gate.TEST.number}, “{Gate.TEST.title}”"


def ask(facts: ConnectorFacts) -> Outcome:
    since = facts.gate_three_since
    if since is None:
        return Outcome.not_run(f"The checks of {GATE}, do not all stand, so there is no test to date. Complete that gate first.")
    passed_at = since.isoformat()
    age = recency_of(since, now=facts.now)
    if age is Recency.OLD:
        sentence = f"The checks of {GATE}, last stood on {on_day(since)}, more than {RECENT_DAYS} days ago. Run a test batch again."
        return Outcome.failed(sentence, passed_at=passed_at)
    if age is Recency.AHEAD:
        sentence = f"The test is dated {on_day(since)}, in the future: the clock was set back. Put the clock right and test again."
        return Outcome.failed(sentence, passed_at=passed_at)
    return Outcome.passed(f"The checks of {GATE}, stood together on {on_day(since)}, within {RECENT_DAYS} days.", passed_at=passed_at)


CHECK = Check(
    "recent-test",
    # What the checks of gate 3 rest on: whatever drops one of them leaves no recent test.
    frozenset({"credential", "data-types", "data-homes", "lead-rules", "maps", "mode"}),
    ask,
)
