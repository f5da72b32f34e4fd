"""Each lead has its class."""

import pytest

from app.models import LeadClass
from app.readiness.checks.leads_separated import CHECK, CLASSES
from app.readiness.facts import BatchFacts
from tests.readiness.checks.made_up_imports import JOBS, assert_outcome, batch, connector, kind

CALLS = kind(is_leads=True)
FORMS = kind("forms", "Forms", is_leads=True)
GOOD = batch(rows_new=6, rows_changed=4, classes={"genuine": 5, "test": 1, "spam": 1, "internal": 1, "duplicate": 2})


@pytest.mark.parametrize(
    ("batches", "result", "words"),
    [
        ((GOOD,), "passed", ["5 genuine, 1 test, 1 spam, 1 internal, 2 duplicate."]),
        ((batch(is_sample=False, classes={"genuine": 10, "": 0}),), "passed", ["10 genuine"]),
        ((batch(rows_new=0), GOOD), "passed", ["5 genuine"]),
        ((GOOD, batch(classes={})), "passed", ["5 genuine"]),
        ((batch(classes={}), GOOD), "failed", ["lead of “Calls” has one class: 0 classed of 10 rows", "Check the lead rules"]),
        ((batch(classes={"genuine": 9}),), "failed", ["9 classed of 10 rows"]),
        ((batch(classes={"genuine": 11}),), "failed", ["11 classed of 10 rows"]),
        ((batch(classes={"genuine": 8, "": 2}),), "failed", ["8 classed of 10 rows"]),
        ((batch(classes={"genuine": 10, "unclassified": 1}),), "failed", ["“Calls”"]),
        ((GOOD, batch("b-2", data_type="forms")), "failed", ["“Forms” has one class: 0 classed of 10 rows"]),
        ((), "not_run", ["No import brought leads"]),
        ((batch(rows_new=0),), "not_run", ["No import brought leads"]),
        ((batch(data_type="jobs", classes={"genuine": 10}),), "not_run", ["No import brought leads"]),
    ],
)
def test_result_and_sentence(batches: tuple[BatchFacts, ...], result: str, words: list[str]) -> None:
    assert_outcome(CHECK, connector(data_types=(CALLS, FORMS, JOBS), batches=batches), result, *words)


def test_without_leads_it_does_not_apply() -> None:
    assert_outcome(CHECK, connector(data_types=(JOBS,), batches=(batch(data_type="jobs"),)), "not_applicable", "brings no leads")


def test_an_import_under_way_does_not_count() -> None:
    assert_outcome(CHECK, connector(data_types=(CALLS,), batches_under_way=2), "not_run", "An import is under way")


def test_facts_tell_counts_and_types_of_leads_without_a_batch() -> None:
    kinds = (FORMS, CALLS, JOBS)
    told = assert_outcome(CHECK, connector(data_types=kinds, batches=(GOOD,)), "passed").facts
    assert told == {"batches": ["b-1"], "classes": dict(GOOD.classes), "without_batch": ["Forms"]}
    faulty = (GOOD, batch("b-2", data_type="forms", classes={"genuine": 7, "unclassified": 3}))
    told = assert_outcome(CHECK, connector(data_types=kinds, batches=faulty), "failed").facts
    assert told == {"batches": ["b-1", "b-2"], "rows": 10, "classed": 7, "outside_classes": 3, "without_batch": []}


def test_many_long_labels_still_make_a_short_sentence() -> None:
    kinds = tuple(kind(f"k{n}", f"{n}{'l' * 200}", is_leads=True) for n in range(40))
    batches = tuple(batch(f"b-{n}", data_type=f"k{n}") for n in range(40))
    assert_outcome(CHECK, connector(data_types=kinds, batches=batches), "failed", "37 more")


def test_what_it_rests_on() -> None:
    assert (CHECK.key, CHECK.facets) == ("leads-separated", frozenset({"maps", "data-types", "data-homes", "lead-rules"}))


def test_the_classes_are_those_of_the_rows() -> None:
    assert set(CLASSES) == {each.value for each in LeadClass}
