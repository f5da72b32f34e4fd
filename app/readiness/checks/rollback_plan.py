"""Is the way back written down, and was it rehearsed lately? A note alone is not enough: the drill shows that it works."""

from app.readiness.check import Check, Outcome
from app.readiness.facts import ConnectorFacts
from app.readiness.recency import LIVE_DAYS, RECENT_DAYS, Recency, recency_of
from app.readiness.wording import named, on_day


def ask(facts: ConnectorFacts) -> Outcome:
    plan = facts.rollback
    if plan is None:
        return Outcome.not_run("No rollback note is written yet. Write down what goes back and what stays, then run the drill.")
    if plan.drilled_at is None:
        return Outcome.failed("A rollback note is written, but its drill was never run. Run the drill.", note=plan.note_id)
    drilled_at = plan.drilled_at.isoformat()
    if not plan.drill_passed:
        sentence = f"The drill of {on_day(plan.drilled_at)} did not pass. Mend what it found, then run the drill again."
        return Outcome.failed(sentence, note=plan.note_id, drilled_at=drilled_at)
    days = LIVE_DAYS if facts.is_live else RECENT_DAYS
    age = recency_of(plan.drilled_at, now=facts.now, days=days)
    if age is Recency.OLD:
        sentence = f"The last drill was on {on_day(plan.drilled_at)}, more than {days} days ago. Run the drill again."
        return Outcome.failed(sentence, note=plan.note_id, drilled_at=drilled_at)
    if age is Recency.AHEAD:
        sentence = f"The last drill is dated {on_day(plan.drilled_at)}, in the future: the clock was set back. Run the drill again."
        return Outcome.failed(sentence, note=plan.note_id, drilled_at=drilled_at)
    return Outcome.passed(
        f"The way back to {named([plan.target])} is written down, and its drill passed on {on_day(plan.drilled_at)}.",
        note=plan.note_id,
        target=plan.target,
        drilled_at=drilled_at,
    )


CHECK = Check("rollback-plan", frozenset({"rollback"}), ask)
