"""Every export of the sample company is understood as it was written."""

from datetime import date
from pathlib import Path

import pytest

from app.imports.files import inspect_file
from app.imports.files.reading import Reading, unique_titles
from app.sample_company import Company
from app.sample_company.csv_files import write_csv
from app.sample_company.shapes import SHAPES, Kind
from app.sample_company.styles import STYLES, Style
from app.sample_company.xlsx_files import write_xlsx

TYPES = {
    Kind.ID: {"integer"},
    Kind.INSTANT: {"datetime"},
    Kind.DAY: {"date"},
    Kind.MONEY: {"money"},
    Kind.FLAG: {"flag"},
    Kind.NUMBER: {"integer", "decimal"},
    Kind.TEXT: {"text", "integer"},
}
"""Texts may be numbers only, as phone numbers are."""


@pytest.fixture(scope="module")
def company() -> Company:
    return Company(7, "America/Chicago", date(2026, 1, 1), date(2026, 1, 18), scale=0.6)


def titles_of(style: Style, data_type: str) -> list[str]:
    return [column.title for column in style.columns(SHAPES[data_type])]


@pytest.mark.parametrize("style", STYLES.values(), ids=STYLES)
@pytest.mark.parametrize("data_type", SHAPES)
def test_csv_files(tmp_path: Path, company: Company, data_type: str, style: Style) -> None:
    path = tmp_path / "export.csv"
    with path.open("wb") as out:
        rows = write_csv(out, company, SHAPES[data_type], style)
    found = inspect_file(path)
    encoding = "utf-8" if path.read_bytes().isascii() else style.encoding
    totals = int(style.totals_line)
    assert found.reading == Reading("csv", encoding, style.delimiter, '"', len(style.title_lines) + 1, totals)
    assert found.rows == rows
    titles = titles_of(style, data_type)
    assert [column.title for column in found.columns] == list(unique_titles(titles, len(titles)))
    for column, profile in zip(style.columns(SHAPES[data_type]), found.columns, strict=True):
        assert profile.type in TYPES[column.kind] | {"empty"}, column.title


@pytest.mark.parametrize("style", ["clean", "report"])
@pytest.mark.parametrize("data_type", SHAPES)
def test_workbooks(tmp_path: Path, company: Company, data_type: str, style: str) -> None:
    written = STYLES[style]
    path = tmp_path / "export.xlsx"
    with path.open("wb") as out:
        rows = write_xlsx(out, company, SHAPES[data_type], written)
    found = inspect_file(path)
    assert found.reading == Reading(
        "xlsx", "utf-8", ",", '"', len(written.title_lines) + 1, int(written.totals_line), SHAPES[data_type].label
    )
    assert found.rows == rows
    titles = titles_of(written, data_type)
    while not titles[-1]:
        titles.pop()
    assert [column.title for column in found.columns] == list(unique_titles(titles, len(titles)))
    for column, profile in zip(written.columns(SHAPES[data_type]), found.columns, strict=False):
        assert profile.type in TYPES[column.kind] | {"empty"}, column.title
