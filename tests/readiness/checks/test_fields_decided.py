"""Every incoming field is mapped, or ignored with a reason."""

import pytest

from app.readiness.checks.fields_decided import CHECK
from app.readiness.facts import DataTypeFacts, FieldFacts
from tests.readiness.checks.made_up_imports import JOBS, NO_MAP, assert_outcome, connector, field, ignored, kind

LONG = "A title that somebody wrote a whole letter into " * 9


@pytest.mark.parametrize(
    ("kinds", "result", "words"),
    [
        ((kind(fields=(field(), ignored())), JOBS), "passed", ["2 mapped, 1 ignored with a reason"]),
        ((kind(fields=(ignored(),)),), "passed", ["0 mapped, 1 ignored"]),
        ((kind(fields=(field(), FieldFacts("Tag", "undecided"))),), "failed", ["(1 undecided): “Calls: Tag”", "ignore it with a reason"]),
        ((kind(fields=(field(), ignored(reason=" "))),), "failed", ["(1 ignored without a reason): “Calls: Memo”"]),
        ((kind(unmapped=("New",)),), "failed", ["(1 of the newest file not in the map): “Calls: New”"]),
        ((kind(unmapped=("New",)), NO_MAP), "failed", ["“Calls: New”"]),
        ((), "not_run", ["No data type is chosen"]),
        ((kind(), NO_MAP), "not_run", ["no field map in force for “Jobs”"]),
        ((kind(), kind("jobs", "Jobs", fields=())), "not_run", ["“Jobs” has no field"]),
    ],
)
def test_result_and_sentence(kinds: tuple[DataTypeFacts, ...], result: str, words: list[str]) -> None:
    assert_outcome(CHECK, connector(data_types=kinds), result, *words)


def test_facts_count_each_way_and_name_the_fields_in_order() -> None:
    fields = (FieldFacts("Z", "undecided"), ignored("B", ""), ignored("A", ""))
    outcome = assert_outcome(CHECK, connector(data_types=(kind(fields=fields, unmapped=("M",)),)), "failed")
    assert outcome.facts == {
        "undecided": 1,
        "ignored_without_reason": 2,
        "not_in_map": 1,
        "fields": ["Calls: A", "Calls: B", "Calls: M", "Calls: Z"],
    }


def test_facts_of_a_pass_name_the_maps() -> None:
    outcome = assert_outcome(CHECK, connector(data_types=(JOBS, kind())), "passed")
    assert outcome.facts == {"mapped": 2, "ignored": 0, "maps": {"calls": 3, "jobs": 3}}
    assert list(outcome.facts["maps"]) == ["calls", "jobs"]  # type: ignore[arg-type]


def test_many_long_titles_still_make_a_short_sentence() -> None:
    fields = tuple(FieldFacts(f"{number}\n{LONG}", "undecided") for number in range(900))
    outcome = assert_outcome(CHECK, connector(data_types=(kind(fields=fields),)), "failed", "897 more", "900 undecided")
    assert len(outcome.facts["fields"]) == 50  # type: ignore[arg-type]
    assert "\n" not in outcome.sentence
    several = tuple(kind(str(number), f"{number}{LONG}", map_number=None) for number in range(30))
    assert_outcome(CHECK, connector(data_types=several), "not_run", "27 more")


def test_what_it_rests_on() -> None:
    assert (CHECK.key, CHECK.facets) == ("fields-decided", frozenset({"maps", "data-types"}))
