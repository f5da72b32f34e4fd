"""The way in was tried; by hand, it is agreed who supplies which export and how often.

An export that is late is told of by the watch; one that is overdue, an interval later, fails here.

A test that is older than the check's shelf life is no test: looking at it once more must not give it another week.
"""

from datetime import date, timedelta

from app.readiness.check import Check, Outcome, Value
from app.readiness.facts import AccessFacts, ConnectorFacts, SupplyFacts
from app.readiness.recency import Recency, recency_of
from app.readiness.wording import day_in_words, listed, spoken

COUNTS_FOR = timedelta(days=7)


def ask(facts: ConnectorFacts) -> Outcome:
    if not facts.data_types:
        return Outcome.not_run("No data type is chosen, so there is nothing to have access to. Choose what this connector brings.")
    if facts.mode == "manual":
        return _agreed(facts)
    if facts.access is None or not facts.access.steps:
        return Outcome.not_run("Access was never tested. Test it from the connector's page.")
    if facts.now - facts.access.tested_at >= COUNTS_FOR:
        return Outcome.not_run(f"Access was last tested on {day_in_words(facts.access.tested_at)}, which is too long ago. Test it again.")
    if recency_of(facts.access.tested_at, now=facts.now) is Recency.AHEAD:
        return Outcome.not_run("The test of access is dated in the future: the clock was set back. Put the clock right and test again.")
    return _tested(facts, facts.access)


def _agreed(facts: ConnectorFacts) -> Outcome:
    labels = {each.key: each.label for each in facts.data_types}
    agreed = [each for each in facts.supplies if each.data_type in labels and each.supplier.strip() and each.every_days > 0]
    if not agreed:
        return Outcome.not_run("It is not agreed yet who supplies the exports, and how often. Write it down for each data type.")
    supplies = [_stored(each) for each in sorted(agreed, key=lambda each: (each.data_type, each.supplier))]
    missing = [key for key in labels if key not in {each.data_type for each in agreed}]
    if missing:
        sentence = f"It is not agreed who supplies {listed(labels[key] for key in missing)}, and how often. Write it down for each of them."
        return Outcome.failed(sentence, supplies=[*supplies], missing=[*missing])
    overdue = sorted((each for each in agreed if _is_overdue(each, facts.today)), key=lambda each: each.next_due)
    if overdue:
        names = list(dict.fromkeys(labels[each.data_type] for each in overdue))
        sentence = (
            f"The export of {listed(names)} is overdue; the first was due on {day_in_words(overdue[0].next_due)}. "
            "Ask who supplies it and import it, or agree on another day."
        )
        return Outcome.failed(sentence, supplies=[*supplies], overdue=list(dict.fromkeys(each.data_type for each in overdue)))
    next_due = min(each.next_due for each in agreed)
    when = f"was due on {day_in_words(next_due)} and is late" if next_due < facts.today else f"is due on {day_in_words(next_due)}"
    return Outcome.passed(f"For every data type it is agreed who supplies it, and how often. The next export {when}.", supplies=[*supplies])


def _is_overdue(supply: SupplyFacts, today: date) -> bool:
    """One interval after it was due nothing has come: two intervals after the last one."""
    return supply.next_due + timedelta(days=supply.every_days) < today


def _stored(supply: SupplyFacts) -> dict[str, Value]:
    return {
        "data_type": supply.data_type,
        "supplier": supply.supplier,
        "every_days": supply.every_days,
        "next_due": supply.next_due.isoformat(),
    }


def _tested(facts: ConnectorFacts, access: AccessFacts) -> Outcome:
    labels = {each.key: each.label for each in facts.data_types}
    failed = sorted(step for step, did_pass in access.steps.items() if not did_pass)
    tested_at = access.tested_at.isoformat()
    if failed:
        names = listed(labels.get(step, spoken(step)) for step in failed)
        sentence = f"The test of access on {day_in_words(access.tested_at)} did not get through {names}. Mend it and test again."
        return Outcome.failed(sentence, tested_at=tested_at, failed=[*failed], steps=[*sorted(access.steps)])
    # A webhook is not read: whether each data type arrives is what its rehearsal shows.
    unread = [each.label for each in facts.data_types if each.key not in access.steps and facts.mode != "webhook"]
    if unread:
        return Outcome.not_run(f"The last test of access did not try to read {listed(unread)}. Test access again.")
    sentence = f"Access was tested on {day_in_words(access.tested_at)}, and every part of the test passed."
    return Outcome.passed(sentence, tested_at=tested_at, steps=[*sorted(access.steps)])


CHECK = Check("access-tested", frozenset({"mode", "data-types", "supply", "access", "credential"}), ask, version=2)
