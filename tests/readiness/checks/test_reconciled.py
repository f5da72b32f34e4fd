"""Our counts against the source's own."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.readiness.check import LONGEST_SENTENCE, Result
from app.readiness.checks.reconciled import CHECK, ask
from app.readiness.facts import DataTypeFacts, ReconciliationFacts
from tests.readiness.checks.connectors import NOW, connector

CALLS = DataTypeFacts("calls", "Calls", "app", True)
JOBS = DataTypeFacts("jobs", "Jobs of the field", "app", True)
MONTH, INSTANT = timedelta(days=30), timedelta(microseconds=1)


def entry(kind: DataTypeFacts, entered_at: datetime = NOW, **changes: Any) -> ReconciliationFacts:
    return ReconciliationFacts(
        **{
            "data_type": kind.key,
            "window": "1–31 Oct 2026 (31 days)",
            "is_within": True,
            "difference": "412 rows against 420",
            "entered_at": entered_at,
            **changes,
        }
    )


@pytest.mark.parametrize("entered_at", [NOW, NOW - MONTH])
def test_within_the_tolerance_and_recent_passes(entered_at: datetime) -> None:
    outcome = ask(connector(data_types=(JOBS, CALLS), reconciliations=(entry(CALLS, entered_at), entry(JOBS))))
    assert outcome.result is Result.PASSED
    assert outcome.sentence == "Our counts of “Jobs of the field” and “Calls” agree with the source's own, within the tolerance."
    assert outcome.facts["reconciliations"] == {"calls": "1–31 Oct 2026 (31 days)", "jobs": "1–31 Oct 2026 (31 days)"}
    assert outcome.facts["entered_at"] == {"calls": entered_at.isoformat(), "jobs": NOW.isoformat()}


def test_without_data_types_there_is_nothing_to_count() -> None:
    outcome = ask(connector(reconciliations=(entry(CALLS),)))
    assert outcome.result is Result.NOT_RUN
    assert "no data type yet" in outcome.sentence


@pytest.mark.parametrize("entries", [(), (entry(JOBS, is_within=False),)])
def test_none_of_a_chosen_data_type_is_not_run(entries: tuple[ReconciliationFacts, ...]) -> None:
    outcome = ask(connector(data_types=(CALLS,), reconciliations=entries))
    assert outcome.result is Result.NOT_RUN
    assert "Enter its totals for “Calls”" in outcome.sentence


@pytest.mark.parametrize(
    ("of_calls", "found", "where"),
    [
        ((), "Nothing was reconciled for “Calls”", "missing"),
        (
            (entry(CALLS, is_within=False),),
            "The counts of “Calls” are outside the tolerance (412 rows against 420)",
            "outside",
        ),
        ((entry(CALLS, is_within=False, difference=""),), "The counts of “Calls” are outside the tolerance", "outside"),
        ((entry(CALLS, NOW - MONTH - INSTANT),), "The source's totals for “Calls” are more than 30 days old", "old"),
        ((entry(CALLS, NOW + INSTANT),), "The entry for “Calls” is dated in the future: the clock was set back", "in_the_future"),
    ],
)
def test_what_is_amiss_is_named(of_calls: tuple[ReconciliationFacts, ...], found: str, where: str) -> None:
    outcome = ask(connector(data_types=(CALLS, JOBS), reconciliations=(entry(JOBS), *of_calls)))
    assert outcome.result is Result.FAILED
    assert outcome.sentence == f"{found}. Clear up what differs, then enter the source's totals of today."
    assert outcome.facts == {"outside": [], "missing": [], "old": [], "in_the_future": [], where: ["calls"]}


@pytest.mark.parametrize("is_newest_first", [True, False])
@pytest.mark.parametrize(("newest_is_within", "result"), [(True, Result.PASSED), (False, Result.FAILED)])
def test_the_newest_alone_counts(is_newest_first: bool, newest_is_within: bool, result: Result) -> None:
    entries = [entry(CALLS, is_within=newest_is_within), entry(CALLS, NOW - INSTANT, is_within=not newest_is_within)]
    entries += [entry(CALLS, NOW - 2 * MONTH)]
    assert ask(connector(data_types=(CALLS,), reconciliations=tuple(entries[:: 1 if is_newest_first else -1]))).result is result


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_of_one_instant_the_doubtful_one_counts(order: int) -> None:
    entries = (entry(CALLS, window="Z"), entry(CALLS, is_within=False, window="A"))[::order]
    assert ask(connector(data_types=(CALLS,), reconciliations=entries)).result is Result.FAILED
    two_windows = (entry(CALLS, window="Z"), entry(CALLS, window="A"))[::order]
    assert ask(connector(data_types=(CALLS,), reconciliations=two_windows)).facts["reconciliations"] == {"calls": "Z"}


def test_of_several_differences_none_is_told() -> None:
    entries = (entry(CALLS, is_within=False), entry(JOBS, is_within=False))
    sentence = ask(connector(data_types=(CALLS, JOBS), reconciliations=entries)).sentence
    assert sentence.startswith("The counts of “Calls” and “Jobs of the field” are outside the tolerance. ")


def test_facts_are_in_one_order_whatever_came_first() -> None:
    kinds = tuple(DataTypeFacts(key, key, "app", True) for key in "hgfedcba")
    entries = [entry(kind, is_within=False) for kind in kinds[:2]] + [entry(kind, NOW - 2 * MONTH) for kind in kinds[2:4]]
    entries += [entry(kind, NOW + MONTH) for kind in kinds[4:6]]
    outcome = ask(connector(data_types=kinds, reconciliations=tuple(entries)))
    assert outcome.facts == {"outside": ["g", "h"], "old": ["e", "f"], "in_the_future": ["c", "d"], "missing": ["a", "b"]}


def test_sentences_stay_short() -> None:
    many = tuple(DataTypeFacts(f"t{n}", f"{n} " + "very long label " * 20, "app", True) for n in range(40))
    entries = [entry(kind, is_within=False, difference="so many " * 90) for kind in many[:1]]
    entries += [entry(kind, NOW - 2 * MONTH) for kind in many[10:20]] + [entry(kind, NOW + MONTH) for kind in many[20:30]]
    outcome = ask(connector(data_types=many, reconciliations=tuple(entries)))
    assert len(outcome.sentence) <= LONGEST_SENTENCE
    assert "so many…)" in outcome.sentence
    assert outcome.sentence.endswith("enter the source's totals of today.")


def test_rests_on() -> None:
    assert CHECK.key == "reconciled"
    assert CHECK.facets == {"data-types", "maps", "reconciliations", "zone"}
