"""Mapped fields have a table, a label, an owner and an explanation."""

import pytest

from app.readiness.checks.explanations import CHECK
from app.readiness.facts import DataTypeFacts, FieldFacts, PersonFacts
from tests.readiness.checks.made_up_imports import JOBS, NO_MAP, assert_outcome, connector, field, ignored, kind

GONE = PersonFacts(id="p-2", is_active=False)


@pytest.mark.parametrize(
    ("faulty", "part"),
    [
        (field("Tag", table=" "), "table"),
        (field("Tag", label=" "), "label"),
        (field("Tag", owner=None), "owner"),
        (field("Tag", owner=GONE), "owner"),
        (field("Tag", explanation=" "), "explanation"),
    ],
)
def test_a_part_that_is_missing_is_named(faulty: FieldFacts, part: str) -> None:
    facts = connector(data_types=(kind(fields=(field(), faulty)),))
    outcome = assert_outcome(CHECK, facts, "failed", f"(no {part} for 1): “Calls: Tag”", "a client may read")
    parts = dict.fromkeys(("table", "label", "owner", "explanation"), 0)
    assert outcome.facts == {"missing": {**parts, part: 1}, "fields": ["Calls: Tag"], "fields_count": 1}


@pytest.mark.parametrize(
    ("kinds", "result", "words"),
    [
        ((kind(fields=(field(), ignored())),), "passed", ["1 mapped field looked at"]),
        ((kind(), JOBS), "passed", ["2 mapped fields looked at"]),
        ((kind(fields=(field(table="", owner=None), field("B", owner=None))),), "failed", ["(no table for 1, no owner for 2)"]),
        ((kind(fields=(field(label=""),)), NO_MAP), "failed", ["“Calls: Call ID”"]),
        ((), "not_run", ["No data type is chosen"]),
        ((kind(), NO_MAP), "not_run", ["no field map in force for “Jobs”"]),
        ((kind(), kind("jobs", "Jobs", fields=(ignored(),))), "not_run", ["“Jobs” has no mapped field"]),
        ((kind(map_number=None),), "not_run", ["“Calls”"]),
        ((kind(map_number=None, fields=(field(label=""),)),), "not_run", ["“Calls”"]),
    ],
)
def test_result_and_sentence(kinds: tuple[DataTypeFacts, ...], result: str, words: list[str]) -> None:
    assert_outcome(CHECK, connector(data_types=kinds), result, *words)


def test_facts_of_a_pass_name_each_owner_once() -> None:
    fields = (field("A", owner=PersonFacts("p-9", True)), field("B"), field("C"))
    outcome = assert_outcome(CHECK, connector(data_types=(kind(fields=fields),)), "passed")
    assert outcome.facts == {"fields_count": 3, "owners": ["p-1", "p-9"]}


def test_many_long_titles_still_make_a_short_sentence() -> None:
    fields = tuple(field(f"{number}{'t' * 190}", table="", label="", owner=None, explanation="") for number in range(900))
    assert_outcome(CHECK, connector(data_types=(kind(fields=fields),)), "failed", "897 more")


def test_what_it_rests_on() -> None:
    assert (CHECK.key, CHECK.facets) == ("explanations", frozenset({"maps", "data-types"}))
