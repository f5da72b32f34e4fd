"""What happens when the connector fails."""

from typing import Any

import pytest

from app.readiness.check import LONGEST_SENTENCE, Result
from app.readiness.checks.failure_path import CHECK, ask
from app.readiness.facts import FailurePathFacts, PersonFacts
from tests.readiness.checks.connectors import connector

ONE, OTHER, GONE = PersonFacts("u2", is_active=True), PersonFacts("u1", is_active=True), PersonFacts("u0", is_active=False)


def path(**changes: Any) -> FailurePathFacts:
    return FailurePathFacts(
        **{"told": (ONE,), "channel": "On-call mail", "client_sees": "Held at last good", "fallback": "Export by hand", **changes}
    )


def test_all_written_down_passes() -> None:
    outcome = ask(connector(failure_path=path(told=(ONE, GONE, OTHER))))
    assert outcome.result is Result.PASSED
    assert "who is told, by which channel, what the client sees and what the fallback is" in outcome.sentence
    assert outcome.facts == {"told": ["u1", "u2"]}


def test_none_written_is_not_run() -> None:
    outcome = ask(connector())
    assert outcome.result is Result.NOT_RUN
    assert "No failure path is written yet" in outcome.sentence


@pytest.mark.parametrize(
    ("told", "words"),
    [((), "It is not said who is told. Complete"), ((GONE,), "Nobody who is told is active any more. Complete")],
)
def test_somebody_active_has_to_be_told(told: tuple[PersonFacts, ...], words: str) -> None:
    outcome = ask(connector(failure_path=path(told=told)))
    assert outcome.result is Result.FAILED
    assert outcome.sentence.startswith(words)
    assert outcome.facts == {"told": [], "missing": []}


@pytest.mark.parametrize("empty", ["", "  "])
@pytest.mark.parametrize(
    ("part", "words"),
    [("channel", "the channel"), ("client_sees", "what the client sees meanwhile"), ("fallback", "what the fallback is")],
)
def test_an_empty_part_is_named(part: str, words: str, empty: str) -> None:
    outcome = ask(connector(failure_path=path(**{part: empty})))
    assert outcome.result is Result.FAILED
    assert outcome.sentence.startswith(f"This is not written down: {words}. Complete the failure path")
    assert outcome.facts == {"told": ["u2"], "missing": [words]}


def test_all_that_is_missing_is_told_at_once() -> None:
    outcome = ask(connector(failure_path=FailurePathFacts((), "", "", "")))
    assert outcome.result is Result.FAILED
    assert outcome.sentence.startswith(
        "It is not said who is told; this is not written down: the channel, what the client sees meanwhile, what the fallback is."
    )
    assert outcome.facts["missing"] == ["the channel", "what the client sees meanwhile", "what the fallback is"]
    assert len(outcome.sentence) <= LONGEST_SENTENCE


def test_rests_on() -> None:
    assert CHECK.key == "failure-path"
    assert CHECK.facets == {"failure-path"}
