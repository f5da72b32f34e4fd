"""No row was rejected, or somebody acknowledged each reason."""

import pytest

from app.readiness.checks.rejects_reviewed import CHECK
from app.readiness.facts import BatchFacts
from tests.readiness.checks.made_up_imports import JOBS, assert_outcome, batch, connector, kind

TWO = batch(rejects={"missing_id": 2, "bad_date": 1})
BOTH = ("calls:bad_date:1", "calls:missing_id:2")
FULL = batch("b-7", rejects={"bad_flag": 4})


@pytest.mark.parametrize(
    ("batches", "acknowledged", "result", "words", "items"),
    [
        ((batch(),), (), "passed", ["No row was rejected: 10 rows came in"], ()),
        ((batch(rejects={"bad_date": 0}),), (), "passed", ["No row was rejected"], ()),
        ((batch(), FULL), (), "passed", ["No row was rejected"], ()),
        ((batch(is_sample=False, rejects={"bad_id": 1}), batch()), (), "passed", ["No row was rejected"], ()),
        ((TWO,), BOTH, "passed", ["each reason was acknowledged", "“Calls: bad date (1 row)” and “Calls: missing id (2 rows)”"], BOTH),
        ((TWO,), (), "failed", ["nobody acknowledged: “Calls: bad date (1 row)” and “Calls: missing id (2 rows)”"], BOTH),
        ((TWO,), BOTH[:1], "failed", ["nobody acknowledged: “Calls: missing id (2 rows)”. Mend"], BOTH),
        ((TWO,), ("calls:bad_date:2", BOTH[1]), "failed", ["“Calls: bad date (1 row)”"], BOTH),
        ((batch(is_sample=False, rejects={"bad_id": 1}),), (), "failed", ["“Calls: bad id (1 row)”"], ("calls:bad_id:1",)),
        ((), (), "not_run", ["No import brought a row"], ()),
        ((batch(rows_read=0),), (), "not_run", ["No import brought a row"], ()),
        ((batch(rows_read=0), FULL), (), "not_run", ["Import a test batch"], ()),
        ((batch(data_type="invoices"),), (), "not_run", ["No import brought a row"], ()),
    ],
)
def test_result_sentence_and_items(
    batches: tuple[BatchFacts, ...], acknowledged: tuple[str, ...], result: str, words: list[str], items: tuple[str, ...]
) -> None:
    facts = connector(data_types=(kind(), JOBS), batches=batches, acknowledged=frozenset(acknowledged))
    assert assert_outcome(CHECK, facts, result, *words).items == items


def test_an_import_under_way_does_not_count() -> None:
    assert_outcome(CHECK, connector(data_types=(kind(),), batches_under_way=1), "not_run", "An import is under way")


def test_facts_name_batches_reasons_and_what_is_open() -> None:
    facts = connector(
        data_types=(JOBS, kind(), kind("reviews", "Reviews")),
        batches=(batch("b-9", data_type="jobs", rejects={"bad_id": 1}), TWO),
        acknowledged=frozenset(BOTH),
    )
    assert assert_outcome(CHECK, facts, "failed").facts == {
        "batches": ["b-1", "b-9"],
        "without_batch": ["Reviews"],
        "reasons": [*BOTH, "jobs:bad_id:1"],
        "open": ["Jobs: bad id (1 row)"],
    }


def test_many_reasons_still_make_a_short_sentence() -> None:
    rejects = {f"{number}_{'r' * 200}": 3 for number in range(40)}
    facts = connector(data_types=(kind(label="C" * 200),), batches=(batch(rejects=rejects),))
    items = assert_outcome(CHECK, facts, "failed", "37 more").items
    seen = connector(data_types=facts.data_types, batches=facts.batches, acknowledged=frozenset(items))
    assert_outcome(CHECK, seen, "passed", "37 more")


def test_what_it_rests_on() -> None:
    assert (CHECK.key, CHECK.facets) == ("rejects-reviewed", frozenset({"maps", "data-types", "data-homes"}))
