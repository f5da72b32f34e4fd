"""A test batch came in with rows."""

import pytest

from app.readiness.checks.test_batch import CHECK
from app.readiness.facts import BatchFacts
from tests.readiness.checks.made_up_imports import JOBS, assert_outcome, batch, connector, kind

EMPTY = batch("b-0", rows_read=0, rows_new=0)
ALL_REJECTED = batch("b-0", rows_new=0, rejects={"bad_date": 10})


@pytest.mark.parametrize(
    ("batches", "result", "words"),
    [
        ((batch(rejects={"bad_date": 9}),), "passed", ["“Calls”: 1 row taken"]),
        ((batch(rows_new=0),), "passed", ["10 rows taken"]),
        ((batch(), batch("b-2", data_type="jobs")), "passed", ["“Calls” and “Jobs”: 20 rows"]),
        ((batch(), EMPTY), "passed", ["10 rows"]),
        ((EMPTY, batch()), "failed", ["“Calls” brought no rows, where some were expected"]),
        ((ALL_REJECTED,), "failed", ["Every row of the newest test batch of “Calls” was rejected", "import it as a test once more"]),
        ((batch(rejects={"bad_date": 10, "missing_id": 3}),), "failed", ["was rejected"]),
        ((EMPTY, batch("b-2", data_type="jobs")), "failed", ["“Calls” brought no rows"]),
        ((), "not_run", ["No test batch is logged yet"]),
        ((batch(is_sample=False),), "not_run", ["No test batch"]),
        ((batch(data_type="invoices"),), "not_run", ["No test batch"]),
    ],
)
def test_result_and_sentence(batches: tuple[BatchFacts, ...], result: str, words: list[str]) -> None:
    outcome = assert_outcome(CHECK, connector(data_types=(kind(), JOBS), batches=batches), result, *words)
    assert ("brought no rows" in outcome.sentence, "was rejected" in outcome.sentence).count(True) == (result == "failed")


def test_an_import_under_way_does_not_count() -> None:
    assert_outcome(CHECK, connector(data_types=(kind(),), batches_under_way=1), "not_run", "An import is under way")
    assert "under way" not in assert_outcome(CHECK, connector(data_types=(kind(),)), "not_run").sentence


def test_facts_name_batches_and_data_types_without_one() -> None:
    kinds = (JOBS, kind(), kind("reviews", "Reviews"))
    good = connector(data_types=kinds, batches=(batch("b-9", data_type="jobs"), batch("b-3")))
    assert assert_outcome(CHECK, good, "passed").facts == {"batches": ["b-3", "b-9"], "rows": 20, "without_batch": ["Reviews"]}
    bad = connector(data_types=kinds, batches=(EMPTY, batch("b-2", data_type="jobs", rejects={"bad_id": 10})))
    outcome = assert_outcome(CHECK, bad, "failed", "“Calls” brought no rows", "“Jobs” was rejected")
    assert outcome.facts == {"batches": ["b-0", "b-2"], "empty": ["Calls"], "rejected": ["Jobs"], "without_batch": ["Reviews"]}


def test_many_long_labels_still_make_a_short_sentence() -> None:
    kinds = tuple(kind(f"k{n}", f"{n}{'l' * 200}") for n in range(40))
    batches = tuple(batch(f"b-{n}", data_type=f"k{n}", rows_read=n % 2, rejects={"bad_id": n % 2}) for n in range(40))
    assert_outcome(CHECK, connector(data_types=kinds, batches=batches), "failed", "17 more")


def test_what_it_rests_on() -> None:
    assert (CHECK.key, CHECK.facets) == ("test-batch", frozenset({"maps", "data-types", "data-homes"}))
