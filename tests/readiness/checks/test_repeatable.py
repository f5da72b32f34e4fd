"""The same file by the same map, once more, changes nothing."""

import pytest

from app.readiness.checks.repeatable import CHECK
from app.readiness.facts import BatchFacts
from tests.readiness.checks.made_up_imports import JOBS, assert_outcome, batch, connector, kind

AGAIN = batch("b-2", rows_new=0, repeats="b-1")


@pytest.mark.parametrize(
    ("batches", "result", "words"),
    [
        ((AGAIN, batch()), "passed", ["“Calls”", "changed nothing: 0 new, 0 changed of 10 rows"]),
        ((batch("b-3"), AGAIN), "passed", ["of 10 rows"]),
        ((batch("b-2", is_sample=False, rows_new=0, repeats="b-1"),), "passed", ["of 10 rows"]),
        ((AGAIN, batch("b-0", repeats="b-1")), "passed", ["changed nothing"]),
        ((batch(repeats="b-0"), AGAIN), "failed", ["“Calls” was not without effect: 10 new, 0 changed", "Check that the id"]),
        ((batch(rows_new=0, rows_changed=3, repeats="b-0"),), "failed", ["0 new, 3 changed"]),
        ((AGAIN, batch("b-5", data_type="jobs", repeats="b-4")), "failed", ["“Jobs” was not without effect"]),
        ((), "not_run", ["No file with rows was imported a second time"]),
        ((batch(rows_new=0),), "not_run", ["Import the test file once more"]),
        ((batch(rows_read=0, rows_new=0, repeats="b-0"),), "not_run", ["No file with rows"]),
        ((batch(rows_new=0, repeats="b-0", rejects={"bad_id": 11}),), "not_run", ["No file with rows"]),
        ((batch("b-2", data_type="invoices", rows_new=0, repeats="b-1"),), "not_run", ["No file with rows"]),
    ],
)
def test_result_and_sentence(batches: tuple[BatchFacts, ...], result: str, words: list[str]) -> None:
    assert_outcome(CHECK, connector(data_types=(kind(), JOBS), batches=batches), result, *words)


def test_an_import_under_way_does_not_count() -> None:
    assert_outcome(CHECK, connector(data_types=(kind(),), batches_under_way=1), "not_run", "An import is under way")


def test_facts_tell_the_numbers() -> None:
    kinds = (JOBS, kind(), kind("reviews", "Reviews"))
    good = connector(data_types=kinds, batches=(AGAIN,))
    assert assert_outcome(CHECK, good, "passed").facts == {"batches": ["b-2"], "rows": 10, "without_repeat": ["Jobs", "Reviews"]}
    bad = connector(data_types=kinds, batches=(batch("b-9", data_type="jobs", rows_new=1, rows_changed=2, repeats="b-8"), AGAIN))
    told = assert_outcome(CHECK, bad, "failed").facts
    assert told == {"batches": ["b-2", "b-9"], "rows_new": 1, "rows_changed": 2, "without_repeat": ["Reviews"]}


def test_many_long_labels_still_make_a_short_sentence() -> None:
    kinds = tuple(kind(f"k{n}", f"{n}{'l' * 200}") for n in range(40))
    batches = tuple(batch(f"b-{n}", data_type=f"k{n}", repeats="b") for n in range(40))
    assert_outcome(CHECK, connector(data_types=kinds, batches=batches), "failed", "37 more")


def test_what_it_rests_on() -> None:
    assert (CHECK.key, CHECK.facets) == ("repeatable", frozenset({"maps", "data-types", "data-homes"}))
