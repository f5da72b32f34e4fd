"""How long each class of data is kept."""

import pytest

from app.readiness.check import LONGEST_SENTENCE, Result
from app.readiness.checks.retention import CHECK, CLASSES, ask
from tests.readiness.checks.connectors import connector

SETTLED: dict[str, int | None] = {"raw_file": 0, "reject_sample": 30, "record": 730, "evidence": 2555, "audit": 2555, "webhook_event": 90}


def test_a_number_for_each_class_passes() -> None:
    outcome = ask(connector(retention={**SETTLED, "some_other": None}))
    assert outcome.result is Result.PASSED
    assert "Every class of data has a rule" in outcome.sentence
    assert outcome.facts == {"days": SETTLED}


def test_nothing_settled_is_not_run() -> None:
    outcome = ask(connector(retention={}))
    assert outcome.result is Result.NOT_RUN
    assert "Nothing is settled about retention yet" in outcome.sentence


@pytest.mark.parametrize("key", sorted(SETTLED))
@pytest.mark.parametrize("days", [None, -1, "absent"])
def test_a_missing_class_is_named(key: str, days: int | str | None) -> None:
    retention = {each: kept for each, kept in SETTLED.items() if each != key}
    outcome = ask(connector(retention=retention if days == "absent" else {**retention, key: days}))
    assert outcome.result is Result.FAILED
    assert f"how long this is kept: “{CLASSES[key]}”. Enter a number" in outcome.sentence
    assert outcome.facts == {"missing": [key]}


def test_zero_days_are_a_decision() -> None:
    assert ask(connector(retention=dict.fromkeys(SETTLED, 0))).result is Result.PASSED


def test_all_missing_ones_are_named() -> None:
    outcome = ask(connector(retention=dict.fromkeys(SETTLED)))
    assert outcome.result is Result.FAILED
    assert all(f"“{label}”" in outcome.sentence for label in CLASSES.values())
    assert len(outcome.sentence) <= LONGEST_SENTENCE
    assert outcome.facts == {"missing": sorted(SETTLED)}


def test_rests_on() -> None:
    assert CHECK.key == "retention"
    assert CHECK.facets == {"retention"}
