"""What the provider granted against what the chosen data types need."""

from typing import Any

import pytest

from app.readiness.check import Result
from app.readiness.checks.scopes import CHECK, ask
from app.readiness.facts import ConnectorFacts
from tests.readiness.checks.gate_one_facts import connector, fits


def api(granted: str | None, needed: str = "jpm.calls:r marketing:r", **changes: Any) -> ConnectorFacts:
    scopes = None if granted is None else frozenset(granted.split())
    return connector(mode="api", scopes_granted=scopes, scopes_needed=frozenset(needed.split()), **changes)


def test_exactly_the_needed_scopes_pass() -> None:
    outcome = ask(api("marketing:r jpm.calls:r"))
    assert outcome.result is Result.PASSED
    assert "exactly the scopes" in outcome.sentence
    assert outcome.facts == {"needed": ["jpm.calls:r", "marketing:r"], "granted": ["jpm.calls:r", "marketing:r"]}


@pytest.mark.parametrize(
    ("granted", "missing", "words"),
    [
        ("", ["jpm.calls:r", "marketing:r"], "need “jpm.calls:r” and “marketing:r”, which the provider did not grant"),
        ("marketing:r", ["jpm.calls:r"], "need “jpm.calls:r”, which the provider did not grant"),
        ("marketing:r payroll:r", ["jpm.calls:r"], "need “jpm.calls:r”, which the provider did not grant"),
    ],
    ids=["all", "one", "one, and another too many"],
)
def test_a_missing_scope_fails(granted: str, missing: list[str], words: str) -> None:
    outcome = ask(api(granted))
    assert outcome.result is Result.FAILED
    assert words in outcome.sentence
    assert "Have it granted, then test again" in outcome.sentence
    assert outcome.facts == {"needed": ["jpm.calls:r", "marketing:r"], "granted": sorted(granted.split()), "missing": missing}


TOO_MANY = "jpm.calls:r marketing:r payroll:r audit:r"
ITEMS = ("Granted scope that nothing needs: audit:r", "Granted scope that nothing needs: payroll:r")


@pytest.mark.parametrize(
    ("acknowledged", "words"),
    [
        ((), "no chosen data type needs “audit:r” and “payroll:r”. Have what is too much taken back, or acknowledge it."),
        (ITEMS[:1], "no chosen data type needs “payroll:r”. Have what is too much taken back, or acknowledge it."),
        (("Granted scope that nothing needs: gone:r",), "no chosen data type needs “audit:r” and “payroll:r”."),
        (ITEMS, "No data type needs “audit:r” and “payroll:r”; somebody acknowledged that."),
    ],
    ids=["none", "one", "another", "all"],
)
def test_scopes_that_nothing_needs_are_a_warning(acknowledged: tuple[str, ...], words: str) -> None:
    outcome = ask(api(TOO_MANY, acknowledged=frozenset(acknowledged)))
    assert outcome.result is Result.WARNING
    assert words in outcome.sentence
    assert outcome.items == ITEMS
    assert outcome.facts == {"needed": ["jpm.calls:r", "marketing:r"], "unneeded": ["audit:r", "payroll:r"]}


def test_granted_scopes_are_a_warning_where_none_is_needed() -> None:
    assert ask(api("audit:r", needed="")).result is Result.WARNING


def test_nothing_needed_and_nothing_granted_has_nothing_to_compare() -> None:
    outcome = ask(api("", needed=""))
    assert outcome.result is Result.NOT_APPLICABLE
    assert "need no scope" in outcome.sentence


@pytest.mark.parametrize("needed", ["marketing:r", ""])
def test_a_provider_that_was_not_asked_is_not_run(needed: str) -> None:
    outcome = ask(api(None, needed=needed))
    assert outcome.result is Result.NOT_RUN
    assert "not asked yet" in outcome.sentence


def test_without_a_data_type_nothing_was_looked_at() -> None:
    outcome = ask(api(TOO_MANY, data_types=()))
    assert outcome.result is Result.NOT_RUN
    assert "No data type is chosen" in outcome.sentence


@pytest.mark.parametrize(("mode", "words"), [("manual", "supplied exports"), ("webhook", "sends its events by itself")])
def test_only_an_api_has_scopes(mode: str, words: str) -> None:
    outcome = ask(connector(mode=mode, scopes_granted=frozenset(), scopes_needed=frozenset({"marketing:r"}), data_types=()))
    assert outcome.result is Result.NOT_APPLICABLE
    assert words in outcome.sentence
    assert outcome.facts == {"mode": mode}


@pytest.mark.parametrize(("granted", "needed"), [("", "many"), ("many", ""), ("many", "acknowledged")])
def test_many_scopes_leave_the_sentence_short(granted: str, needed: str) -> None:
    many = " ".join(f"{'scope.' * 100}{number}" for number in range(200))
    acknowledged = frozenset(f"Granted scope that nothing needs: {scope}" for scope in many.split() if needed == "acknowledged")
    outcome = ask(api(many if granted else "", needed=many if needed == "many" else "", acknowledged=acknowledged))
    assert fits(outcome)
    assert "and 197 more" in outcome.sentence


def test_what_it_rests_on() -> None:
    assert CHECK.facets == {"mode", "data-types", "credential", "scopes"}
    assert (CHECK.key, CHECK.ask) == ("scopes", ask)
