"""Rows that are refused, each with its number, column, reason and a masked sample; and files that are refused whole."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from app.imports.field_map import Transform
from app.imports.files import FileRefused, Prepared
from app.imports.reasons import REASONS
from app.imports.shaping import Bounds, shape, try_out
from tests.imports.shaping.shaping import CHICAGO, map_of, rejects_of, rows_of, shaped, text_of

TITLES = ("Call ID", "Received On", "Call Type", "Caller Number", "Campaign", "Memo")
GOOD = ("10/05/2026 10:00 AM", "Booked", "312-555-0101", "Radio", "")
HEAD = ",".join(TITLES) + "\n"


def line(call_id: str, *cells: str) -> str:
    return ",".join((call_id, *cells)) + "\n"


def test_every_bad_row_has_its_place_its_column_and_its_reason(tmp_path: Path) -> None:
    text = (
        HEAD
        + line("1", *GOOD)
        + line("", *GOOD)
        + line("1.23457E+11", *GOOD)
        + line("x" * 191, *GOOD)
        + line("5", "", *GOOD[1:])
        + line("6", "31/02/2026", *GOOD[1:])
        + line("7", "02/11/1926", *GOOD[1:])
        + line("8", GOOD[0], "Booked", "312-555-0101", "R" * 161, "")
        + line("9", GOOD[0], "Booked")
        + line("10", *GOOD, "one", "more")
        + line("11", GOOD[0], "Booked", "312-555-0101", "Radio", "da\x07maged")
        + line("12", GOOD[0], '"Bo"oked', "312-555-0101", "Radio", "")
        + line("13", *GOOD)
    )
    with shaped(tmp_path, "calls", text) as result:
        assert rejects_of(result) == [
            (3, "Call ID", "missing_id", ""),
            (4, "Call ID", "id_scientific", "1.23457E+11"),
            (5, "Call ID", "id_too_long", "x" * 39 + "…"),
            (6, "Received On", "missing_date", ""),
            (7, "Received On", "bad_date", "31/02/2026"),
            (8, "Received On", "date_out_of_range", "02/11/1926"),
            (9, "Campaign", "text_too_long", "X" * 39 + "…"),
            (10, "", "too_few_cells", "3 cells"),
            (11, "", "too_many_cells", "8 cells"),
            (12, "Memo", "control_characters", "xx xxxxx"),
            (13, "", "bad_quotes", ""),
        ]
        assert [row["external_id"] for row in rows_of(result)] == ["1", "13"]
        assert [row["row_no"] for row in rows_of(result)] == [2, 14]
        assert set(result.reject_counts.values()) == {1}
        assert set(result.reject_counts) <= set(REASONS)
        assert (result.rows_read, result.rows_kept, result.rows_rejected) == (13, 2, 11)


def test_counts_by_reason_are_exact_beyond_the_samples(tmp_path: Path) -> None:
    rows = [[str(number), "31/31/2026" if number % 3 else GOOD[0], *GOOD[1:]] for number in range(3_000)]
    with shaped(tmp_path, "calls", text_of(TITLES, rows)) as result:
        assert result.reject_counts == {"bad_date": 2_000}
        assert len(list(result.rejects(25))) == 25


def test_a_sample_tells_nothing_of_a_person(tmp_path: Path) -> None:
    rows = [["1", "Ruth Sample 312-555-0101", *GOOD[1:]], ["2", "3125550101", *GOOD[1:]], ["3", "x" * 5_000, *GOOD[1:]]]
    with shaped(tmp_path, "calls", text_of(TITLES, rows)) as result:
        samples = [sample for *_, sample in rejects_of(result)]
    assert samples == ["Xxxx Xxxxxx 999-999-9999", "9999999999", "x" * 39 + "…"]


def test_numbers_of_rows_count_broken_ones_and_take_rows_with_line_breaks_as_one(tmp_path: Path) -> None:
    text = HEAD
    for number in range(2, 3_002):
        text += line(str(number), *GOOD[:1]) if number % 7 == 0 else line(str(number), *GOOD[:-1], '"two\nlines"')
    with shaped(tmp_path, "calls", text) as result:
        assert all(row["row_no"] == int(row["external_id"]) for row in rows_of(result))
        assert [number for number, *_ in rejects_of(result)][:3] == [7, 14, 21]


def test_the_last_row_with_an_id_wins_and_the_others_are_counted(tmp_path: Path) -> None:
    rows = [["7", GOOD[0], word, *GOOD[2:]] for word in ("Booked", "Excused", "Unbooked")]
    rows.insert(2, ["7", "no date", "NotLead", *GOOD[2:]])
    with shaped(tmp_path, "calls", text_of(TITLES, [*rows, ["8", *GOOD]])) as result:
        assert [(row["external_id"], row["status"], row["row_no"]) for row in rows_of(result)] == [("7", "unbooked", 5), ("8", "booked", 6)]
        assert (result.rows_read, result.rows_kept, result.rows_repeated, result.rows_rejected) == (5, 2, 2, 1)


def test_rows_before_the_horizon_are_refused(tmp_path: Path) -> None:
    rows = [["1", "12/31/2025 11:30 PM", *GOOD[1:]], ["2", "2026-01-01T05:30:00Z", *GOOD[1:]], ["3", "2026-01-01T06:00:00Z", *GOOD[1:]]]
    with shaped(tmp_path, "calls", text_of(TITLES, rows), sealed_before=date(2026, 1, 1)) as result:
        assert [row["external_id"] for row in rows_of(result)] == ["3"]
        assert [reject[:3] for reject in rejects_of(result)] == [(2, "Received On", "before_horizon"), (3, "Received On", "before_horizon")]


def test_a_test_batch_takes_the_newest_rows_of_the_newest_days(tmp_path: Path) -> None:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(200)]
    rows = [[str(number), f"{day:%m/%d/%Y}", *GOOD[1:]] for number, day in enumerate(days)]
    with shaped(tmp_path, "calls", text_of(TITLES, rows), bounds=Bounds(rows=1_000, days=92)) as result:
        assert (result.rows_kept, result.rows_left_out, result.rows_read) == (92, 108, 200)
        assert (result.first_date, result.last_date) == (days[108], days[-1])
    with shaped(tmp_path, "calls", text_of(TITLES, rows), bounds=Bounds(rows=10, days=92)) as result:
        assert [row["external_id"] for row in rows_of(result)] == [str(number) for number in range(190, 200)]


def test_totals_at_the_end_are_no_rows(tmp_path: Path) -> None:
    text = HEAD + line("1", *GOOD) + line("2", "now") + line("3", *GOOD) + "Total,3\n" + line("", *GOOD)
    with shaped(tmp_path, "calls", text, totals_rows=2) as result:
        assert (result.rows_read, result.rows_kept, result.reject_counts) == (3, 2, {"too_few_cells": 1})


@pytest.mark.parametrize(
    "rest",
    [
        'x,"never closed,y,z,,\n' + line("4", *GOOD) * 40,
        'x,"closed too late,y,z,,\n' + line("4", GOOD[0], '"Booked"', *GOOD[2:]) * 3,
        'x,"swallows very much,y,z,,\n' + line("4", *GOOD) * 40_000,
    ],
)
def test_a_quote_that_is_never_closed_refuses_the_file_with_its_row(tmp_path: Path, rest: str) -> None:
    with (
        pytest.raises(FileRefused, match="row 4 is never closed"),
        shaped(tmp_path, "calls", HEAD + line("1", *GOOD) + line("2", *GOOD) + rest),
    ):
        pass


def test_an_endless_line_is_refused_alone(tmp_path: Path) -> None:
    text = HEAD + line("1", *GOOD[:-1], "x" * 1_100_000) + line("2", *GOOD)
    with shaped(tmp_path, "calls", text) as result:
        assert [row["external_id"] for row in rows_of(result)] == ["2"]
        assert rejects_of(result) == [(2, "", "line_too_long", "")]


def test_bytes_that_are_no_text_refuse_their_row(tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_bytes((HEAD + line("1", *GOOD)).encode() + line("2", *GOOD[:-1], "caf\xe9").encode("cp1252") + line("3", *GOOD).encode())
    prepared = Prepared(path, ",", '"', 1, TITLES, 2, 0)
    with shape(prepared, map_of("calls", TITLES), zone=CHICAGO, sealed_before=None, bounds=None, directory=tmp_path) as result:
        assert rejects_of(result) == [(3, "", "bad_encoding", "")]
        assert [(row["row_no"], row["external_id"]) for row in rows_of(result)] == [(2, "1"), (4, "3")]


def test_a_file_that_lacks_a_column_of_the_map_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("Call ID,Received On\n1,10/05/2026\n")
    prepared = Prepared(path, ",", '"', 1, TITLES[:2], 2, 0)
    spec = map_of("calls", TITLES)
    with pytest.raises(FileRefused, match=r"lacks 4 columns that the map expects: “Call Type”"):
        shape(prepared, spec, zone=CHICAGO, sealed_before=None, bounds=None, directory=tmp_path)


def test_a_column_that_the_map_does_not_know_is_told(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("Call ID,Received On,Brand New\n1,10/05/2026,x\n")
    prepared = Prepared(path, ",", '"', 1, ("Call ID", "Received On", "Brand New"), 2, 0)
    with shape(
        prepared, map_of("calls", ("Call ID", "Received On")), zone=CHICAGO, sealed_before=None, bounds=None, directory=tmp_path
    ) as result:
        assert (result.unknown_titles, result.rows_kept) == (("Brand New",), 1)


def test_a_file_without_rows_gives_none(tmp_path: Path) -> None:
    with shaped(tmp_path, "calls", HEAD) as result:
        assert (result.rows_read, result.rows_kept, result.reject_counts, result.first_date) == (0, 0, {}, None)


def test_the_first_rows_are_tried_as_they_would_be_imported(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(HEAD + line("007", *GOOD) + line("8", "31/02/2026", *GOOD[1:]) + line("9", *GOOD))
    prepared = Prepared(path, ",", '"', 1, TITLES, 2, 0)
    spec = map_of("calls", TITLES, {"Received On": Transform(dates="mdy")})
    rows = try_out(prepared, spec, zone=CHICAGO, directory=tmp_path, rows=2)
    assert [(row["Row"], row["Call ID"], row["Call type"], row["Caller number"], row["Counts on"]) for row in rows] == [
        ("2", "007", "booked", "999-999-9999", "2026-10-05"),
        ("3", "8", "booked", "999-999-9999", ""),
    ]
    assert rows[0]["Refused"] == ""
    assert rows[1]["Refused"] == "Received On: The date cannot be read, or there is no such day."
