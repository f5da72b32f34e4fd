"""The map has what rows cannot do without."""

import pytest

from app.readiness.checks.mandatory_fields import CHECK
from app.readiness.facts import DataTypeFacts
from tests.readiness.checks.made_up_imports import NO_MAP, assert_outcome, connector, field, ignored, kind

DAY = ((("day",), ("year", "month")),)
DATED = field("Date", target="day")


@pytest.mark.parametrize(
    ("kinds", "result", "words"),
    [
        ((kind(),), "passed", ["1 mandatory field in 1 data type."]),
        ((kind(fields=(field(), DATED), alternatives=DAY), kind("jobs", "Jobs")), "passed", ["3 mandatory fields in 2 data types"]),
        ((kind(fields=(field(target="year"), field(target="month")), mandatory=(), alternatives=DAY),), "passed", []),
        ((kind(fields=(field(target="employee"),)),), "failed", ["(1): “Calls: external id”", "ask for an export"]),
        ((kind(fields=(ignored(),)),), "failed", ["“Calls: external id”"]),
        ((kind(fields=(field(decision="undecided"),)),), "failed", ["“Calls: external id”"]),
        ((kind(fields=(field(), field(target="year")), alternatives=DAY),), "failed", ["“Calls: day or year with month”"]),
        ((kind(fields=(DATED,)), NO_MAP), "failed", ["(1): “Calls: external id”"]),
        ((), "not_run", ["No data type is chosen"]),
        ((kind(), NO_MAP), "not_run", ["no field map in force for “Jobs”"]),
        ((kind(fields=(), mandatory=()),), "not_run", ["“Calls” has no field"]),
        ((kind(), kind("jobs", "Jobs", mandatory=())), "not_run", ["Nothing says which fields “Jobs” cannot do without"]),
    ],
)
def test_result_and_sentence(kinds: tuple[DataTypeFacts, ...], result: str, words: list[str]) -> None:
    assert_outcome(CHECK, connector(data_types=kinds), result, *words)


def test_facts_name_what_is_missing_in_order() -> None:
    outcome = assert_outcome(CHECK, connector(data_types=(kind(fields=(ignored(),), mandatory=("on", "employee")),)), "failed")
    assert outcome.facts == {"missing": ["Calls: employee", "Calls: on"], "missing_count": 2}


def test_facts_of_a_pass_name_the_maps() -> None:
    outcome = assert_outcome(CHECK, connector(data_types=(kind("jobs", "Jobs", map_number=1), kind())), "passed")
    assert outcome.facts == {"needs": 2, "maps": {"calls": 3, "jobs": 1}}
    assert list(outcome.facts["maps"]) == ["calls", "jobs"]  # type: ignore[arg-type]


def test_many_long_names_still_make_a_short_sentence() -> None:
    needs = tuple(f"{number}{'t' * 200}" for number in range(90))
    assert_outcome(CHECK, connector(data_types=(kind(label="C" * 200, mandatory=needs),)), "failed", "…”")


def test_what_it_rests_on() -> None:
    assert (CHECK.key, CHECK.facets) == ("mandatory-fields", frozenset({"maps", "data-types"}))
