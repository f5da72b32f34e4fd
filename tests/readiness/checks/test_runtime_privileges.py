"""What the application's database account was refused."""

from datetime import timedelta
from typing import Any

import pytest

from app.readiness.check import Result
from app.readiness.checks.runtime_privileges import CHECK, COUNTS_FOR, ask
from app.readiness.facts import ConnectorFacts, PrivilegeFacts
from tests.readiness.checks.gate_one_facts import NOW, connector, fits, shelf_life


def tried(*granted: str, ago: timedelta = timedelta(hours=1), **changes: Any) -> ConnectorFacts:
    return connector(privileges=PrivilegeFacts(NOW - ago, granted), **changes)


@pytest.mark.parametrize("mode", ["manual", "api", "webhook"])
def test_an_account_that_was_refused_passes_in_every_mode(mode: str) -> None:
    outcome = ask(tried(mode=mode, data_types=()))
    assert outcome.result is Result.PASSED
    assert outcome.sentence == "On 22 Nov 2026 the application's database account was refused DROP, ALTER and CREATE."
    assert outcome.facts == {"tried_at": "2026-11-22T14:00:00+00:00", "granted": []}


@pytest.mark.parametrize(
    ("granted", "words"),
    [(("DROP",), "can do “DROP”, so"), (("DROP", "ALTER"), "can do “ALTER” and “DROP”, so"), (("DROP", "DROP"), "can do “DROP”, so")],
)
def test_an_account_that_can_change_tables_fails(granted: tuple[str, ...], words: str) -> None:
    outcome = ask(tried(*granted))
    assert outcome.result is Result.FAILED
    assert words in outcome.sentence
    assert "Take that away from it (“flask grants” prints what it needs)" in outcome.sentence
    assert outcome.facts == {"tried_at": "2026-11-22T14:00:00+00:00", "granted": sorted(set(granted))}


def test_what_was_never_tried_is_not_run() -> None:
    outcome = ask(connector())
    assert outcome.result is Result.NOT_RUN
    assert "never tried" in outcome.sentence


@pytest.mark.parametrize("granted", [(), ("DROP",)])
def test_an_old_try_does_not_count_again(granted: tuple[str, ...]) -> None:
    outcome = ask(tried(*granted, ago=COUNTS_FOR))
    assert outcome.result is Result.NOT_RUN
    assert "last tried on 23 Oct 2026" in outcome.sentence
    assert ask(tried(ago=COUNTS_FOR - timedelta(seconds=1))).result is Result.PASSED


def test_long_statements_leave_the_sentence_short() -> None:
    assert fits(ask(tried(*(f"CREATE TABLE {'x' * 900}{number}" for number in range(50)))))


def test_it_rests_on_the_privileges_alone() -> None:
    assert (CHECK.key, CHECK.facets, CHECK.ask) == ("runtime-privileges", frozenset({"privileges"}), ask)
    assert shelf_life("runtime-privileges") == COUNTS_FOR


def test_a_try_from_the_future_does_not_count() -> None:
    outcome = ask(tried(ago=timedelta(seconds=-1)))
    assert outcome.result is Result.NOT_RUN
    assert "the clock was set back" in outcome.sentence
    assert ask(tried(ago=timedelta(0))).result is Result.PASSED
