"""The exports: what is read back from them is what the company has, in every style."""

import csv
import io
import tracemalloc
import zipfile
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from app.sample_company import Company
from app.sample_company.csv_files import write_csv
from app.sample_company.shapes import SHAPES, Kind, Shape
from app.sample_company.styles import STYLES, Clock, Flags, Money, Style, money_text
from app.sample_company.xlsx_files import write_xlsx

NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
DATA_TYPES = (
    "calls", "campaigns", "campaign_costs", "customer_memberships", "customers", "estimate_items", "estimates", "invoice_items",
    "invoices", "job_assignments", "job_splits", "jobs", "jobs_timesheets", "materials", "membership_types", "reviews", "services",
    "bookings", "leads", "forms", "payments",
)  # fmt: skip
CENTRAL = ZoneInfo("America/Chicago")


@pytest.fixture(scope="module")
def summer() -> Company:
    """Some days with adjustments among them, so that there are amounts below zero."""
    return Company(7, "America/Chicago", date(2025, 6, 20), date(2025, 7, 10), 0.4)


def written(company: Company, shape: Shape, style: Style) -> bytes:
    out = io.BytesIO()
    count = write_csv(out, company, shape, style)
    assert count == sum(1 for _ in getattr(company, shape.data_type)())
    return out.getvalue()


def sheet_of(company: Company, shape: Shape, style: Style) -> tuple[list[dict[str, Any]], zipfile.ZipFile]:
    """The cells of each row by letters, as raw texts."""
    out = io.BytesIO()
    write_xlsx(out, company, shape, style)
    book = zipfile.ZipFile(out)
    assert book.testzip() is None
    for name in book.namelist():
        ET.fromstring(book.read(name))
    strings = []
    if "xl/sharedStrings.xml" in book.namelist():
        strings = [t.text or "" for t in ET.fromstring(book.read("xl/sharedStrings.xml")).iterfind("m:si/m:t", NS)]
    rows = []
    for row in ET.fromstring(book.read("xl/worksheets/sheet1.xml")).iterfind("m:sheetData/m:row", NS):
        cells = {}
        for cell in row:
            text = cell.findtext("m:is/m:t", None, NS) if cell.get("t") == "inlineStr" else cell.findtext("m:v", None, NS)
            cells[cell.get("r", "").rstrip("0123456789")] = strings[int(text)] if cell.get("t") == "s" else text
        rows.append(cells)
    return rows, book


def test_every_data_type_has_a_shape_with_titles_of_its_own() -> None:
    assert set(DATA_TYPES) <= SHAPES.keys()
    for shape in SHAPES.values():
        assert len(set(shape.titles)) == len(shape.titles) >= 6, shape.data_type
        assert {column.field for column in shape.columns} <= set(shape.record._fields)
    assert SHAPES["invoices"].api_fields["Invoice Number"] == "referenceNumber"
    with pytest.raises(ValueError, match="Calls have no column 'Color'"):
        SHAPES["calls"].narrowed(("Call ID", "Color"))


@pytest.mark.parametrize("data_type", DATA_TYPES)
def test_a_clean_csv_reads_back_as_the_rows(summer: Company, data_type: str) -> None:
    shape = SHAPES[data_type]
    header, *lines = csv.reader(io.StringIO(written(summer, shape, Style()).decode(), newline=""))
    assert header == list(shape.titles)
    rows = list(shape.rows(summer))
    assert len(lines) == len(rows)
    for line, row in zip(lines, rows, strict=True):
        for text, value, column in zip(line, row, shape.columns, strict=True):
            assert _read(text, column.kind, type(value)) == value


def _read(text: str, kind: Kind, wanted: type) -> Any:
    if wanted is type(None):
        return text or None
    if kind is Kind.INSTANT:
        assert len(text) == len("2025-01-01T00:00:00.0000000Z")
        return datetime.fromisoformat(text.replace("0Z", "+00:00"))
    if kind is Kind.DAY:
        return date.fromisoformat(text)
    return text == "True" if kind is Kind.FLAG else wanted(text)


@pytest.mark.parametrize("name", STYLES)
def test_every_style_writes_every_row_in_its_encoding_and_dialect(summer: Company, name: str) -> None:
    style = STYLES[name]
    text = written(summer, SHAPES["jobs"], style).decode(style.encoding)
    lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=style.delimiter))[len(style.title_lines) :]
    jobs = list(summer.jobs())
    assert [column.title for column in style.columns(SHAPES["jobs"])] == lines[0]
    assert len(lines) == 1 + len(jobs) + style.totals_line
    number, summary, status = (lines[0].index(title) for title in ("Job Number", "Summary", "Active"))
    assert [line[number] for line in lines[1 : len(jobs) + 1]] == [job.number for job in jobs]
    assert lines[1][number].startswith("00")
    assert [line[summary] for line in lines[1 : len(jobs) + 1]] == [job.summary for job in jobs]
    assert any("\n" in job.summary for job in jobs)
    assert {line[status] for line in lines[1 : len(jobs) + 1]} <= ({"Yes", "No"} if style.flags is Flags.YES_NO else {"True", "False"})


def test_a_report_has_titles_us_dates_dollars_and_totals(summer: Company) -> None:
    style = STYLES["report"]
    raw = written(summer, SHAPES["invoices"], style)
    assert raw.startswith(b"\xef\xbb\xbf")
    lines = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert [line[0] for line in lines[:3]] == ["Invoices report", "06/20/2025 to 07/09/2025", ""]
    header, invoices = lines[3], list(summer.invoices())
    assert header[1] == header[-1] == ""
    total, dated, created = (header.index(title) for title in ("Total", "Invoice Date", "Created On"))
    for line, invoice in zip(lines[4:-1], invoices, strict=True):
        assert line[total] == money_text(invoice.total, Money.DOLLARS)
        assert line[dated] == invoice.invoice_date.strftime("%m/%d/%Y")
        assert line[created] == invoice.created_on.astimezone(CENTRAL).strftime("%m/%d/%Y %I:%M %p")
    assert any(line[total].startswith("($") for line in lines[4:-1])
    assert lines[-1][0] == "Total"
    assert lines[-1][total] == money_text(sum((invoice.total for invoice in invoices), Decimal(0)), Money.DOLLARS)


def test_a_column_can_stand_there_twice(summer: Company) -> None:
    lines = csv.reader(io.StringIO(written(summer, SHAPES["jobs"], Style(repeated_title="Campaign")).decode(), newline=""))
    header = next(lines)
    assert header.count("Campaign") == 2
    assert all(line[header.index("Campaign")] == line[-1] for line in lines)


@pytest.mark.parametrize(
    ("amount", "style", "text"),
    [
        ("1234.50", Money.PLAIN, "1234.50"),
        ("1234.50", Money.DOLLARS, "$1,234.50"),
        ("-12.00", Money.DOLLARS, "($12.00)"),
        ("-12.00", Money.ACCOUNTING, "(12.00)"),
        ("0.00", Money.ACCOUNTING, "0.00"),
    ],
)
def test_amounts_are_written_as_reports_write_them(amount: str, style: Money, text: str) -> None:
    assert money_text(Decimal(amount), style) == text


@pytest.mark.parametrize("zone", ["America/Chicago", "Asia/Kathmandu", "Australia/Lord_Howe"])
def test_the_clock_agrees_with_the_slow_way_round_every_change_of_the_clocks(zone: str) -> None:
    clock, zone_info = Clock(ZoneInfo(zone)), ZoneInfo(zone)
    for number in range(0, 365 * 48, 7):
        instant = datetime.fromisoformat("2026-01-01T00:00:00+00:00") + timedelta(minutes=number * 30 + number % 17)
        assert clock.us(instant) == instant.astimezone(zone_info).strftime("%m/%d/%Y %I:%M %p")
        assert clock.iso(instant) == instant.strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"


@pytest.mark.parametrize("shared", [False, True])
def test_a_workbook_holds_numbers_dates_as_serials_and_texts(summer: Company, shared: bool) -> None:
    style = Style(shared_strings=shared, title_lines=("{label}",), totals_line=True)
    rows, book = sheet_of(summer, SHAPES["invoices"], style)
    assert ("xl/sharedStrings.xml" in book.namelist()) is shared
    letters = {title: letter for letter, title in rows[1].items()}
    invoices = list(summer.invoices())
    assert len(rows) == len(invoices) + 3
    for row, invoice in zip(rows[2:-1], invoices, strict=True):
        assert row[letters["Invoice Number"]] == invoice.number
        assert int(row[letters["Invoice ID"]]) == invoice.id
        assert Decimal(row[letters["Total"]]) == invoice.total
        assert date(1899, 12, 30) + timedelta(days=int(row[letters["Invoice Date"]])) == invoice.invoice_date
        local = datetime(1899, 12, 30, tzinfo=CENTRAL) + timedelta(days=float(row[letters["Created On"]]))
        assert abs(local.replace(tzinfo=None) - invoice.created_on.astimezone(CENTRAL).replace(tzinfo=None)) < timedelta(seconds=2)
        assert row[letters["Active"]] == str(int(invoice.active))
        assert row[letters["Summary"]] == invoice.summary
    assert Decimal(rows[-1][letters["Total"]]) == sum((invoice.total for invoice in invoices), Decimal(0))


@pytest.mark.parametrize("data_type", ["calls", "reviews", "materials"])
def test_a_workbook_of_a_report_is_well_formed(summer: Company, data_type: str) -> None:
    rows, _ = sheet_of(summer, SHAPES[data_type], STYLES["report"])
    assert len(rows) == sum(1 for _ in SHAPES[data_type].rows(summer)) + 5


class Watched(io.RawIOBase):
    """Throws away what is written, and watches the memory once so much has come."""

    def __init__(self, watch_from: int) -> None:
        self.written, self.watch_from = 0, watch_from

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.written += len(data)
        if self.written > self.watch_from and not tracemalloc.is_tracing():
            tracemalloc.start()
        return len(data)


def test_an_export_needs_no_more_memory_the_longer_it_is() -> None:
    """Fifty thousand calls: the last third of them takes a few megabytes, whatever came before."""
    company, out = Company(7, "America/Chicago", date(2025, 1, 1), date(2025, 7, 1), 5.6), Watched(1_900_000)
    try:
        count = write_csv(out, company, SHAPES["calls"].narrowed(("Call ID", "Received On", "Call Type", "Campaign")))  # type: ignore[arg-type]
        assert tracemalloc.is_tracing()
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()
    assert count > 50_000
    assert out.written < 4_500_000


def test_the_command_writes_the_files_that_were_asked_for(session_app: Flask, tmp_path: Any) -> None:
    run = session_app.test_cli_runner().invoke
    common = ["sample-company", "--from", "2026-03-01", "--to", "2026-03-08", "--scale", "0.3", "--out", str(tmp_path)]
    answer = run(args=[*common, "--data-type", "calls", "--data-type", "jobs", "--style", "semicolon"])
    assert answer.exit_code == 0, answer.output
    assert {path.name for path in tmp_path.iterdir()} == {"calls.csv", "jobs.csv"}
    assert run(args=[*common, "--data-type", "invoices", "--format", "xlsx", "--as-of", "2026-04-01"]).exit_code == 0
    assert zipfile.is_zipfile(tmp_path / "invoices.xlsx")
    answer = run(args=[*common, "--data-type", "calls", "--column", "Call ID", "--column", "Color"])
    assert answer.exit_code == 1
    assert "no column 'Color'" in answer.output


def test_two_exports_of_one_company_are_the_same_bytes() -> None:
    first, second = (Company(7, "America/Chicago", date(2025, 3, 1), date(2025, 3, 15), 0.3) for _ in range(2))
    for name, style in STYLES.items():
        assert written(first, SHAPES["calls"], style) == written(second, SHAPES["calls"], style), name
