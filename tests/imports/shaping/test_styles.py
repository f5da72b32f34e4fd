"""Whole exports of the sample company: the same data is the same rows, however the file is written, and figures are the company's."""

from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.sample_company import Company, oracle
from app.sample_company.csv_files import write_csv
from app.sample_company.shapes import SHAPES, Kind
from app.sample_company.styles import STYLES, Dates, Flags, Money, Style
from app.sample_company.xlsx_files import write_xlsx
from tests.imports.shaping.shaping import imported, rows_of

ZONE = "America/Chicago"
WAYS = {
    "clean": Style(),
    "dollars": Style(
        encoding="utf-8-sig",
        money=Money.DOLLARS,
        flags=Flags.YES_NO,
        title_lines=("{label}", ""),
        totals_line=True,
        empty_columns=2,
    ),
    "semicolon": Style(encoding="cp1252", delimiter=";", money=Money.ACCOUNTING, line_end="\n", totals_line=True),
    "utf-16": Style(encoding="utf-16", delimiter="\t", flags=Flags.YES_NO, dates=Dates.US),
    "xlsx": Style(),
    "shared": Style(shared_strings=True, flags=Flags.YES_NO, title_lines=("{label}", ""), totals_line=True),
}
"""Ways of writing that lose nothing of days, amounts and flags."""


@pytest.fixture(scope="module")
def company() -> Company:
    return Company(7, ZONE, date(2025, 10, 20), date(2025, 11, 20), 0.1)


def written(company: Company, data_type: str, style: Style, path: Path, titles: list[str] | None = None) -> Path:
    shape = SHAPES[data_type] if titles is None else SHAPES[data_type].narrowed(titles)
    with path.open("wb") as file:
        (write_xlsx if path.suffix == ".xlsx" else write_csv)(file, company, shape, style)
    return path


def test_the_same_data_has_the_same_digests_in_any_style_of_file(company: Company, tmp_path: Path) -> None:
    titles = [column.title for column in SHAPES["invoices"].columns if column.kind is not Kind.INSTANT]
    found = {}
    for name, style in WAYS.items():
        directory = tmp_path / name
        directory.mkdir()
        path = written(company, "invoices", style, directory / ("a.xlsx" if name in {"xlsx", "shared"} else "a.csv"), titles)
        with imported(directory, path, "invoices", ZONE) as result:
            assert result.reject_counts == {}
            found[name] = {row["external_id"]: row["row_hash"] for row in rows_of(result)}
    assert len(found["clean"]) > 50
    assert {name for name, rows in found.items() if rows != found["clean"]} == set()


def test_the_digest_of_a_row_outlives_releases(tmp_path: Path) -> None:
    """Another digest for the same row would make every row of every client count as changed."""
    path = tmp_path / "a.csv"
    path.write_text(
        "Invoice ID,Invoice Date,Total,Customer Name,Created On,Balance,Active,Brand\n"
        '0012,10/05/2026,"$1,234.505",Zoë,2026-10-05T12:00:00.5Z,(0.10),Yes," a ""b"" "\n'
    )
    with imported(tmp_path, path, "invoices", ZONE) as result:
        (row,) = rows_of(result)
    assert row["attrs"] == '{"balance":"-0.1000","brand":"a \\"b\\"","created_on":"2026-10-05T12:00:00.5Z"}'
    assert row["row_hash"] == "6b88456b06c5f91fc16514956cc8268a"


@pytest.mark.parametrize("data_type", sorted(set(SHAPES) - {"business_units", "job_types", "technicians", "employees"}))
@pytest.mark.parametrize("style", ["clean", "report"])
def test_every_export_of_the_company_comes_in_whole(company: Company, tmp_path: Path, data_type: str, style: str) -> None:
    path = written(company, data_type, STYLES[style], tmp_path / "export.csv")
    with imported(tmp_path, path, data_type, ZONE) as result:
        assert result.reject_counts == {}
        assert result.rows_kept == len(list(getattr(company, data_type)()))


@pytest.mark.parametrize(("style", "zone"), [("report", "America/Chicago"), ("clean", "Pacific/Auckland")])
def test_days_statuses_and_amounts_are_those_of_the_company(tmp_path: Path, style: str, zone: str) -> None:
    company = Company(11, zone, date(2025, 10, 20), date(2025, 11, 20), 0.1)
    info = ZoneInfo(zone)
    rows = {}
    for data_type in ("calls", "jobs", "invoices"):
        directory = tmp_path / data_type
        directory.mkdir()
        path = written(company, data_type, STYLES[style], directory / "export.csv")
        with imported(directory, path, data_type, zone) as result:
            rows[data_type] = [row for row in rows_of(result) if row["active"]]
    booked = Counter(row["local_date"] for row in rows["calls"] if row["status"] == "booked")
    assert booked == oracle.booked_calls(company.calls(), info)
    outcomes = Counter((row["local_date"], row["status"]) for row in rows["jobs"] if row["status"] in {"completed", "canceled"})
    assert outcomes == oracle.job_outcomes(company.jobs(), info)
    revenue: dict[date, Decimal] = {}
    for row in rows["invoices"]:
        revenue[row["local_date"]] = revenue.get(row["local_date"], Decimal(0)) + row["amount"]
    assert revenue == oracle.revenue_invoiced(company.invoices())


def test_a_later_export_changes_the_digests_of_changed_rows_alone(company: Company, tmp_path: Path) -> None:
    later = company.restated(datetime(2026, 1, 1, tzinfo=UTC), share=0.1)
    found = []
    for number, each in enumerate((company, later)):
        directory = tmp_path / str(number)
        directory.mkdir()
        with imported(directory, written(each, "jobs", STYLES["clean"], directory / "export.csv"), "jobs", ZONE) as result:
            found.append({row["external_id"]: row["row_hash"] for row in rows_of(result)})
    before = {str(job.id): job for job in company.jobs()}
    after = {str(job.id): job for job in later.jobs()}
    changed = {key for key in before.keys() & after.keys() if found[0][key] != found[1][key]}
    assert changed == {key for key in before.keys() & after.keys() if before[key] != after[key]}
    assert changed
