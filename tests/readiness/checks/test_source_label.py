"""The name of the source: that there is one, and that nobody could mix it up with another."""

import pytest

from app.readiness.check import Result
from app.readiness.checks.source_label import CHECK, ask
from tests.readiness.checks.gate_one_facts import connector, fits


@pytest.mark.parametrize("others", [(), ("Google Ads",), ("ServiceTitan 2", "Service Titan"), ("",)])
def test_a_name_that_no_other_connector_has_passes(others: tuple[str, ...]) -> None:
    outcome = ask(connector(other_labels=others))
    assert outcome.result is Result.PASSED
    assert "The client reads “ServiceTitan”" in outcome.sentence
    assert outcome.facts == {"label": "ServiceTitan"}


@pytest.mark.parametrize("label", ["", "  \t", "\u200b", "\u00ad \u200b"])
def test_a_name_that_shows_nothing_is_none(label: str) -> None:
    outcome = ask(connector(source_label=label))
    assert outcome.result is Result.FAILED
    assert "no name" in outcome.sentence
    assert "Give the connector a source label" in outcome.sentence


@pytest.mark.parametrize(
    "other",
    ["ServiceTitan", "SERVICETITAN", " ServiceTitan ", "Service\u200bTitan", "\uff33erviceTitan"],
    ids=["same", "case", "space", "hidden", "wide"],
)
def test_a_name_that_reads_like_another_fails(other: str) -> None:
    outcome = ask(connector(other_labels=("Google Ads", other)))
    assert outcome.result is Result.FAILED
    assert f"Another connector of the organization is called “{' '.join(other.split())}”" in outcome.sentence
    assert "Give one of them another name" in outcome.sentence
    assert outcome.facts == {"label": "ServiceTitan", "alike": [other]}


def test_spaces_between_words_count_once() -> None:
    assert ask(connector(source_label="Google  Ads", other_labels=("Google Ads",))).result is Result.FAILED


def test_the_order_of_other_names_does_not_matter() -> None:
    names = ("servicetitan", "SERVICETITAN")
    outcome = ask(connector(other_labels=names))
    assert outcome == ask(connector(other_labels=names[::-1]))
    assert outcome.facts["alike"] == ["SERVICETITAN", "servicetitan"]


@pytest.mark.parametrize("others", [(), ("x" * 5000,)])
def test_a_long_name_leaves_the_sentence_short(others: tuple[str, ...]) -> None:
    outcome = ask(connector(source_label="x" * 5000, other_labels=others))
    assert fits(outcome)
    assert "x…”" in outcome.sentence


def test_it_rests_on_the_label_alone() -> None:
    assert (CHECK.key, CHECK.facets, CHECK.ask) == ("source-label", frozenset({"source-label"}), ask)
