"""Suggestions, what stands against a map, and how two versions differ."""

from dataclasses import replace

import pytest

from app.imports.field_map import KEPT, MappedField, MapSpec, Transform, difference, problems, suggest
from app.imports.files import ColumnProfile
from app.models.field_maps import FieldDecision, PrivacyClass


def column(title: str, kind: str = "text", *examples: str) -> ColumnProfile:
    return ColumnProfile(title, kind, 0, 1, examples)


def by_source(fields: tuple[MappedField, ...]) -> dict[str, MappedField]:
    return {field.source: field for field in fields}


CALLS = MapSpec("calls", 1, suggest("calls", [column("Call ID"), column("Received On"), column("Call Type"), column("Brand")]))


def changed(spec: MapSpec, title: str, **changes: object) -> MapSpec:
    return replace(spec, fields=tuple(replace(field, **changes) if field.source == title else field for field in spec.fields))  # type: ignore[arg-type]


def test_unknown_columns_are_kept_with_all_that_a_map_must_say() -> None:
    columns = [
        column("Work Phone", "integer"), column("spouseName"), column("Campaign Name 2"), column("Delivery Address"), column("createdById"),
        column("Grünfläche"), column("Brand"), column("brand"), column("Column 8"), column("Column 9", "empty"), column("Web Password"),
        column("Odd Amount", "money", "$9.99"), column("Due", "date", "13/02/2026"), column("Seen", "flag"),
    ]  # fmt: skip
    found = by_source(suggest("calls", columns))
    assert {title: (field.target, field.privacy.value) for title, field in found.items()} == {
        "Work Phone": ("attr:work_phone", "personal"),
        "spouseName": ("attr:spouse_name", "personal"),
        "Campaign Name 2": ("attr:campaign_name_2", "internal"),
        "Delivery Address": ("attr:delivery_address", "personal"),
        "createdById": ("attr:created_by_id", "internal"),
        "Grünfläche": ("attr:gr_nfl_che", "internal"),
        "Brand": ("attr:brand", "internal"),
        "brand": ("attr:brand_2", "internal"),
        "Column 8": ("attr:column_8", "internal"),
        "Column 9": ("", "internal"),
        "Web Password": ("", "secret"),
        "Odd Amount": ("attr:odd_amount", "internal"),
        "Due": ("attr:due", "internal"),
        "Seen": ("attr:seen", "internal"),
    }
    assert {field.transform.kind for field in found.values()} == {"", "money", "day", "flag"}
    for field in found.values():
        assert field.decision is (FieldDecision.MAPPED if field.target else FieldDecision.IGNORED)
        assert field.label
        assert field.explanation or field.ignore_reason
    assert found["createdById"].label == "Created by id"


def test_every_column_gets_one_target_and_the_best_title_wins() -> None:
    found = by_source(suggest("calls", [column("id"), column("Call ID"), column("Call ID (2)"), column("Date"), column("Received On")]))
    assert {title: field.target for title, field in found.items()} == {
        "id": "attr:id",
        "Call ID": "external_id",
        "Call ID (2)": "attr:call_id_2",
        "Date": "attr:date",
        "Received On": "received_on",
    }


def test_an_id_stands_in_for_a_name_that_is_not_there() -> None:
    assert by_source(suggest("jobs", [column("Campaign ID")]))["Campaign ID"].target == "campaign"
    both = by_source(suggest("jobs", [column("Campaign ID"), column("Campaign")]))
    assert (both["Campaign ID"].target, both["Campaign"].target) == ("campaign_id", "campaign")


@pytest.mark.parametrize(
    ("kind", "examples", "transform"),
    [
        ("money", ("$9,999.99", "($9.99)"), Transform(money="point")),
        ("money", ("9.999,99", "99,90"), Transform(money="comma")),
        ("money", ("€ 9.999,99",), Transform(money="comma", sign="€")),
        ("money", ("£99.50",), Transform(money="point", sign="£")),
        ("integer", ("99",), Transform(money="point")),
    ],
)
def test_the_style_of_amounts_is_told_from_their_shape(kind: str, examples: tuple[str, ...], transform: Transform) -> None:
    (field,) = suggest("invoices", [column("Total", kind, *examples)])
    assert field.transform == transform


def test_a_map_that_says_everything_has_no_problems() -> None:
    assert problems(CALLS) == []


@pytest.mark.parametrize(
    ("source", "changes", "sentence"),
    [
        ("Brand", {"decision": FieldDecision.UNDECIDED}, "“Brand” is undecided"),
        ("Brand", {"decision": FieldDecision.IGNORED}, "“Brand” is ignored without a reason"),
        ("Brand", {"target": "received_on"}, "“Received On”, “Brand” are all mapped to “received_on”"),
        ("Brand", {"target": "invoice_date"}, "which Calls do not have"),
        ("Brand", {"target": ""}, "mapped to “nothing”"),
        ("Brand", {"target": "attr:A B"}, "kept under a key that is none"),
        ("Brand", {"target": "attr:phone"}, "a target of its own"),
        ("Brand", {"source": "Call ID"}, "stands in the map more than once"),
        ("Brand", {"transform": Transform(kind="colour")}, "no kind of value"),
        ("Call ID", {"target": "attr:call_no"}, "No column is mapped to “Call ID”"),
        ("Received On", {"target": "attr:when"}, "No column gives the day on which figures count a row: map “Received on” or “Created on”"),
        ("Received On", {"transform": Transform(dates="ydm")}, "the date order “ydm”"),
        ("Received On", {"transform": Transform(zone="Mars/Olympus")}, "the time zone “Mars/Olympus”"),
        ("Call Type", {"transform": Transform(money="dots")}, "the amount style “dots”"),
    ],
)
def test_what_stands_against_a_map_is_said_in_a_sentence(source: str, changes: dict[str, object], sentence: str) -> None:
    found = problems(changed(CALLS, source, **changes))
    assert any(sentence in problem for problem in found), found


def test_rows_without_id_need_something_that_tells_them_apart() -> None:
    spec = MapSpec("ad_clicks", 1, suggest("ad_clicks", [column("Date"), column("Clicks")]))
    assert problems(spec) == []
    assert problems(MapSpec("search_clicks", 1, suggest("search_clicks", [column("Clicks")])))


def test_a_data_type_that_there_is_not_is_a_problem() -> None:
    assert problems(MapSpec("unicorns", 1, ())) == ["There is no data type unicorns."]


def test_versions_are_compared_in_sentences() -> None:
    new = changed(CALLS, "Brand", decision=FieldDecision.IGNORED, target="", ignore_reason="Nobody asks for it.")
    new = changed(new, "Received On", transform=Transform(dates="dmy"), privacy=PrivacyClass.PUBLIC)
    new = changed(new, "Call Type", transform=Transform(words=(("booked", "booked"), ("won", "booked"))))
    new = replace(new, fields=(*new.fields[1:], MappedField(position=9, source="City", decision=FieldDecision.MAPPED, target="attr:city")))
    sentences = difference(CALLS, new)
    assert sentences[:4] == [
        "“City” is new: kept as “city”.",
        "“Call ID” is gone; it was mapped to “external_id”.",
        "The privacy class of “Received On” was “Internal”, and is “Public”.",
        "The order of dates of “Received On” was “mdy”, and is “dmy”.",
    ]
    assert sentences[4].startswith("The list of words of “Call Type” changed: “won” is “booked”, “unbooked” is gone")
    assert sentences[5:] == ["“Brand” was kept as “brand”, and is ignored (Nobody asks for it)."]
    assert difference(CALLS, CALLS) == []


def test_transforms_survive_json_and_names_of_later_releases_are_passed_over() -> None:
    transform = Transform(dates="dmy", zone="Europe/Berlin", words=(("Gewonnen", "sold"),), yes=("ja",), trim=False, sign="€")
    assert Transform.from_json(transform.to_json()) == transform
    assert Transform().to_json() == "{}"
    assert Transform.from_json('{"dates":"ymd","later":1}') == Transform(dates="ymd")
    assert Transform.from_json("") == Transform()


def test_kept_keys_have_room_for_their_prefix() -> None:
    (field,) = suggest("calls", [column("A very long title " * 9)])
    assert field.target.startswith(KEPT)
    assert len(field.target) <= 60
    assert len(field.label) <= 80
