"""What becomes of values: amounts, dates, flags, words, ids and texts."""

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from app.imports.field_map import Transform
from tests.imports.shaping.shaping import rejects_of, rows_of, shaped, text_of

INVOICE = ("Invoice ID", "Invoice Date", "Total", "Balance", "Customer Name", "Summary")
POINT, COMMA = Transform(money="point"), Transform(money="comma", sign="€")


def amount_of(directory: Path, text: str, how: Transform = POINT) -> Decimal | str:
    """The amount, or why it was refused."""
    file = text_of(INVOICE, [["1", "10/05/2026", text, "", "", ""]])
    with shaped(directory, "invoices", file, how={"Total": how}) as result:
        rows = rows_of(result)
        amount: Decimal | str = rows[0]["amount"] if rows else next(iter(result.reject_counts))
        return amount


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1234.50", "1234.50"), ("$1,234.50", "1234.50"), ("(12.00)", "-12"), ("($12.00)", "-12"), ("-$3", "-3"), ("$-3", "-3"),
        ("12.00-", "-12"), ("+5", "5"), (".5", "0.5"), (" 7 ", "7"), ("1,234,567", "1234567"), ("1 234.50", "1234.50"), ("0.1", "0.1"),
        ("99999999999999.9999", "99999999999999.9999"),
    ],
)  # fmt: skip
def test_amounts_of_all_styles_are_decimal(tmp_path: Path, text: str, amount: str) -> None:
    assert amount_of(tmp_path, text) == Decimal(amount)


@pytest.mark.parametrize("text", ["1.234,50", "1,2,3", "--1", "1e3", "twelve", "€5", "5.", "(5", "1_000", "$", "12,34.5"])
def test_what_is_no_amount_is_refused(tmp_path: Path, text: str) -> None:
    assert amount_of(tmp_path, text) == "bad_amount"


@pytest.mark.parametrize("text", ["100000000000000", "99999999999999.99995", "$123,456,789,012,345.00"])
def test_an_amount_that_has_no_room_is_refused_and_not_cut(tmp_path: Path, text: str) -> None:
    assert amount_of(tmp_path, text) == "amount_too_large"


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("0.00005", "0"), ("0.00015", "0.0002"), ("0.00025", "0.0002"), ("0.000250000000000001", "0.0003"), ("-0.00015", "-0.0002"),
        ("1.99995", "2"), ("0.12344999999999999999", "0.1234"), ("$1,000.123450", "1000.1234"),
    ],
)  # fmt: skip
def test_digits_beyond_the_fourth_are_rounded_half_to_even(tmp_path: Path, text: str, amount: str) -> None:
    assert amount_of(tmp_path, text) == Decimal(amount)


@pytest.mark.parametrize(
    ("text", "amount"),
    [("1.234,50", "1234.50"), ("€ 1.234,5", "1234.5"), ("12,00 €", "12"), ("(1,5)", "-1.5"), ("1.234", "1234"), ("7", "7")],
)
def test_amounts_with_a_decimal_comma_are_read_where_the_map_says_so(tmp_path: Path, text: str, amount: str) -> None:
    assert amount_of(tmp_path, text, COMMA) == Decimal(amount)


def test_an_amount_with_a_decimal_point_is_refused_where_the_map_says_comma(tmp_path: Path) -> None:
    assert amount_of(tmp_path, "1234.50", COMMA) == "bad_amount"


def day_of(directory: Path, text: str, order: str = "mdy") -> date | str:
    file = text_of(INVOICE, [["1", text, "1", "", "", ""]])
    with shaped(directory, "invoices", file, how={"Invoice Date": Transform(dates=order)}) as result:
        rows = rows_of(result)
        day: date | str = rows[0]["local_date"] if rows else next(iter(result.reject_counts))
        return day


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("10/05/2026", "mdy", date(2026, 10, 5)), ("10/05/2026", "dmy", date(2026, 5, 10)), ("5.10.2026", "dmy", date(2026, 10, 5)),
        ("1/05/2026", "mdy", date(2026, 1, 5)), ("10/5/2026", "mdy", date(2026, 10, 5)), ("10/5/2026 1:05 PM", "mdy", date(2026, 10, 5)),
        ("1-05-2026 1:05", "dmy", date(2026, 5, 1)), ("2/3/26", "mdy", date(2026, 2, 3)),
        ("2-3-1999", "mdy", date(1999, 2, 3)), ("2/29/24", "mdy", date(2024, 2, 29)),
        ("2026-10-05", "dmy", date(2026, 10, 5)), ("2026/10/05", "mdy", date(2026, 10, 5)),
        ("2026-10-05T00:00:00Z", "mdy", date(2026, 10, 5)),
        ("2026-10-05T23:30:00-05:00", "mdy", date(2026, 10, 5)), ("10/05/2026 11:59 PM", "mdy", date(2026, 10, 5)),
        ("Oct 5, 2026", "mdy", date(2026, 10, 5)), ("5-Oct-2026", "mdy", date(2026, 10, 5)), ("October 5, 2026", "mdy", date(2026, 10, 5)),
    ],
)  # fmt: skip
def test_a_day_is_the_day_that_is_written(tmp_path: Path, text: str, order: str, day: date) -> None:
    assert day_of(tmp_path, text, order) == day


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("31/02/2026", "bad_date"), ("2026-02-30", "bad_date"), ("02/29/2025", "bad_date"), ("soon", "bad_date"), ("infinity", "bad_date"),
        ("20261005", "bad_date"), ("1:30 PM", "bad_date"), ("", "missing_date"), ("10/05/1926", "date_out_of_range"),
        ("10/05/2206", "date_out_of_range"), ("0205-10-05", "date_out_of_range"), ("9999-12-31", "date_out_of_range"),
    ],
)  # fmt: skip
def test_what_is_no_day_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    assert day_of(tmp_path, text, "mdy") == reason


CALL = ("Call ID", "Received On", "Call Type", "Caller Number", "Memo", "Active", "Odd Thing")


def test_words_are_ours_where_the_list_knows_them_and_the_source_s_where_not(tmp_path: Path) -> None:
    said = ["Booked", "NotLead", "Not Lead", "UNBOOKED", "Voicemail left", ""]
    rows = [[str(number), "10/05/2026", word, "", "", "", ""] for number, word in enumerate(said)]
    with shaped(tmp_path, "calls", text_of(CALL, rows)) as result:
        assert [row["status"] for row in rows_of(result)] == ["booked", "not_lead", "not_lead", "unbooked", "Voicemail left", None]


def test_flags_are_yes_or_no_in_many_words_and_rows_without_one_are_active(tmp_path: Path) -> None:
    said = {"True": True, "no": False, "Y": True, "0": False, "": True, "Inactive": False, "1": True}
    rows = [[str(number), "10/05/2026", "", "", "", word, ""] for number, word in enumerate(said)]
    with shaped(tmp_path, "calls", text_of(CALL, [*rows, ["9", "10/05/2026", "", "", "", "perhaps", ""]])) as result:
        assert [row["active"] for row in rows_of(result)] == list(said.values())
        assert rejects_of(result) == [(9, "Active", "bad_flag", "xxxxxxx")]


def test_words_for_yes_and_no_can_be_added(tmp_path: Path) -> None:
    how = {"Active": Transform(yes=("Live",), no=("Y",))}
    rows = [["1", "10/05/2026", "", "", "", "live", ""], ["2", "10/05/2026", "", "", "", "Y", ""]]
    with shaped(tmp_path, "calls", text_of(CALL, rows), how=how) as result:
        assert [row["active"] for row in rows_of(result)] == [True, False]


def test_ids_keep_leading_zeros_and_lose_outer_spaces(tmp_path: Path) -> None:
    rows = [["00123", "10/05/2026", "", "", "", "", ""], [" A7\u00a0", "10/05/2026", "", "", "", "", ""], ["12E5", "10/05/2026", *[""] * 5]]
    with shaped(tmp_path, "calls", text_of(CALL, rows)) as result:
        assert [row["external_id"] for row in rows_of(result)] == ["00123", "A7", "12E5"]


NASTY = (
    "a\tb", "two\nlines", "back\\slash", 'a "quote"', "\\N", "NULL", "a\r\nb", "comma, and; more", "🙂 emoji", "ends in \\", "'single'",
    '"', "{}", "é",
)  # fmt: skip


def test_kept_texts_survive_as_they_are_and_attrs_are_canonical_json(tmp_path: Path) -> None:
    rows = [[str(number), "10/05/2026", "", "", text, "", f"{text}{text}"] for number, text in enumerate(NASTY)]
    with shaped(tmp_path, "calls", text_of(CALL, rows)) as result:
        for row, text in zip(rows_of(result), NASTY, strict=True):
            wanted = {"message": text.replace("\r\n", "\n"), "odd_thing": f"{text}{text}".replace("\r\n", "\n")}
            assert row["attrs"] == json.dumps(wanted, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def test_a_kept_column_of_a_guessed_kind_keeps_what_it_cannot_read(tmp_path: Path) -> None:
    how = {"Odd Thing": Transform(kind="number")}
    said = {"1.50": "1.5", "007": "7", "n/a": "n/a", "-0.0": "0", "": None, "12%": "12"}
    rows = [[str(number), "10/05/2026", "", "", "", "", text] for number, text in enumerate(said)]
    with shaped(tmp_path, "calls", text_of(CALL, rows), how=how) as result:
        assert [json.loads(row["attrs"]).get("odd_thing") for row in rows_of(result)] == list(said.values())


def test_month_costs_count_on_the_first_with_the_days_of_their_month(tmp_path: Path) -> None:
    titles = ("Cost ID", "Campaign", "Year", "Month", "Daily Cost")
    rows = [["1", "Radio", "2026", "2", "10.005"], ["2", "Radio", "2026", "13", "1"], ["3", "Radio", "2024", "02", "$1,000.00"]]
    with shaped(tmp_path, "campaign_costs", text_of(titles, rows)) as result:
        assert [(row["local_date"], row["amount"]) for row in rows_of(result)] == [
            (date(2026, 2, 1), Decimal("280.14")),
            (date(2024, 2, 1), Decimal(29_000)),
        ]
        assert result.reject_counts == {"missing_date": 1}


def test_rows_without_an_id_of_their_own_get_one_of_what_tells_them_apart(tmp_path: Path) -> None:
    titles = ("Date", "Campaign", "Clicks", "Cost")
    rows = [["10/05/2026", "Radio", "3", "1"], ["10/06/2026", "Radio", "3", "1"], ["10/05/2026", "Radio", "9", "2"]]
    with shaped(tmp_path, "ad_clicks", text_of(titles, rows)) as result:
        kept = rows_of(result)
        assert [(row["local_date"].day, json.loads(row["attrs"])["clicks"]) for row in kept] == [(6, "3"), (5, "9")]
        assert all(row["external_id"].startswith("made-") for row in kept)
        assert result.rows_repeated == 1


def test_a_job_counts_on_the_day_of_its_outcome(tmp_path: Path) -> None:
    titles = ("Job ID", "Status", "Completed On", "Canceled On", "Created On")
    rows = [
        ["1", "Completed", "10/05/2026 1:00 PM", "10/04/2026 1:00 PM", "10/01/2026 1:00 PM"],
        ["2", "Canceled", "10/05/2026 1:00 PM", "10/04/2026 1:00 PM", "10/01/2026 1:00 PM"],
        ["3", "Scheduled", "", "", "10/01/2026 1:00 PM"],
    ]
    with shaped(tmp_path, "jobs", text_of(titles, rows)) as result:
        kept = rows_of(result)
    assert [row["local_date"].day for row in kept] == [5, 4, 1]
    assert kept[1]["occurred_at"] == datetime(2026, 10, 4, 18)  # noqa: DTZ001  # in UTC, as the database has it
