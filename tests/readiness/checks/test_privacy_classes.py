"""Every mapped field has a class out of the four."""

import pytest

from app.models import PrivacyClass
from app.readiness.checks.privacy_classes import CHECK, CLASSES
from app.readiness.facts import DataTypeFacts
from tests.readiness.checks.made_up_imports import NO_MAP, assert_outcome, connector, field, ignored, kind

FOUR = ("public", "internal", "personal", "secret")


@pytest.mark.parametrize(
    ("kinds", "result", "words"),
    [
        ((kind(fields=tuple(field(each, privacy=each) for each in FOUR)),), "passed", ["1 public, 1 internal, 1 personal, 1 secret."]),
        ((kind(fields=(field(), ignored())),), "passed", ["class: 1 internal."]),
        ((kind(fields=(field(), field("Tag", privacy=""))),), "failed", ["(1): “Calls: Tag”", "only public ones can reach a card"]),
        ((kind(fields=(field("Tag", privacy="Public"),)),), "failed", ["“Calls: Tag”"]),
        ((kind(fields=(field(privacy=""),)), NO_MAP), "failed", ["“Calls: Call ID”"]),
        ((), "not_run", ["No data type is chosen"]),
        ((kind(), NO_MAP), "not_run", ["no field map in force for “Jobs”"]),
        ((kind(fields=(ignored(),)),), "not_run", ["“Calls” has no mapped field"]),
    ],
)
def test_result_and_sentence(kinds: tuple[DataTypeFacts, ...], result: str, words: list[str]) -> None:
    assert_outcome(CHECK, connector(data_types=kinds), result, *words)


def test_facts_name_fields_in_order_and_count_classes() -> None:
    unclassed = (kind(fields=(field("B", privacy=""), field("A", privacy="none"))),)
    assert assert_outcome(CHECK, connector(data_types=unclassed), "failed").facts == {"fields": ["Calls: A", "Calls: B"], "fields_count": 2}
    counted = assert_outcome(CHECK, connector(data_types=(kind(),)), "passed")
    assert counted.facts == {"classes": {"public": 0, "internal": 1, "personal": 0, "secret": 0}}


def test_what_it_rests_on() -> None:
    assert (CHECK.key, CHECK.facets) == ("privacy-classes", frozenset({"maps", "data-types"}))


def test_the_classes_are_those_of_the_maps() -> None:
    assert set(CLASSES) == {each.value for each in PrivacyClass}
