"""Excel workbooks (.xlsx): looked at, and streamed into a CSV file for DuckDB."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from app.imports.files.cell_formats import formats_of
from app.imports.files.layout import MOST_TOTALS, Layout, Row, always_filled, count_totals, find_header, layout_with
from app.imports.files.package import Sheet, contents_of, open_package
from app.imports.files.private import private
from app.imports.files.profile import profile
from app.imports.files.reading import MOST_COLUMNS, XLSX, FileRefused, Inspection, Prepared, Reading, unique_titles
from app.imports.files.sheets import SheetRows, Strings, too_wide

SAMPLE_ROWS = 5_000
SAMPLE_CHARACTERS = 4_000_000
MUCH_LARGER = 20
"""A sheet so much larger than the first one is the report, and the first its cover."""


@contextmanager
def _open_sheet(path: Path, wanted: str) -> Iterator[tuple[Sheet, list[str], SheetRows]]:
    with open_package(path) as package:
        contents = contents_of(package)
        sheet = _chosen(contents.sheets, wanted)
        with Strings.of(package) as strings:
            rows = SheetRows(package, sheet.part, strings, formats_of(package), counts_from_1904=contents.counts_from_1904)
            yield sheet, [other.name for other in contents.sheets if other is not sheet], rows


def _chosen(sheets: list[Sheet], wanted: str) -> Sheet:
    if wanted:
        for sheet in sheets:
            if sheet.name == wanted:
                return sheet
        names = ", ".join(f"“{sheet.name}”" for sheet in sheets[:10])
        raise FileRefused(f"The workbook has no sheet “{wanted}”; it has {names}. Choose one of them.")
    visible = [sheet for sheet in sheets if not sheet.is_hidden] or sheets
    largest = max(visible, key=lambda sheet: sheet.size)
    return largest if largest.size > MUCH_LARGER * visible[0].size else visible[0]


def _first_of(rows: Iterator[Row]) -> list[Row]:
    """Rows to tell the table by: thousands, but never much text."""
    first: list[Row] = []
    size = 0
    for row in rows:
        first.append(row)
        size += sum(map(len, row[1]))
        if len(first) == SAMPLE_ROWS or size > SAMPLE_CHARACTERS:
            break
    return first


def inspect_workbook(path: Path, given: Reading | None) -> Inspection:
    """:raises FileRefused: if there is no table in it"""
    with _open_sheet(path, given.sheet if given else "") as (sheet, others, rows):
        found = iter(rows)
        first = _first_of(found)
        last = deque((cells for _, cells in first), maxlen=MOST_TOTALS)
        further = 0
        for _, cells in found:
            further += 1
            last.append(cells)
    if not first:
        raise FileRefused(f"The sheet “{sheet.name}” is empty. Choose another one, or export the report again.")
    layout, titles = _table(first, given.header_row if given else None)
    data = [cells for _, cells in first[layout.first :]]
    columns = profile(titles, data)
    total = len(data) + further
    filled = always_filled(data, len(columns), whole=not further)
    totals = given.totals_rows if given else count_totals(list(last)[-total:] if total else [], [each.type for each in columns], filled)
    count = max(0, total - totals)
    if totals and not further:
        data = data[:count]
        columns = profile(titles, data)
    reading = Reading(XLSX, "utf-8", ",", '"', layout.header_row, totals, sheet.name)
    return Inspection(reading, columns, count, tuple(_notes(reading, others, count)), len(data))


def _table(first: list[Row], header_row: int | None) -> tuple[Layout, tuple[str, ...]]:
    """Sheets leave empty cells out, so the widest row tells the width."""
    width = max(len(cells) for _, cells in first)
    if width > MOST_COLUMNS:
        raise too_wide(width)
    padded = [(number, cells + [""] * (width - len(cells))) for number, cells in first]
    layout = layout_with(padded, find_header(padded) if header_row is None else header_row)
    data = [cells for _, cells in first[layout.first :]]
    width = max([len(cells) for cells in data] + [len(_stripped(layout.titles))])
    return layout, unique_titles(layout.titles, width)


def _stripped(titles: list[str]) -> list[str]:
    titles = list(titles)
    while titles and not titles[-1].strip():
        titles.pop()
    return titles


def prepare_workbook(path: Path, reading: Reading, copy: Path) -> Prepared:
    """Write the rows of the sheet as CSV."""
    with _open_sheet(path, reading.sheet) as (_, _, rows):
        found = iter(rows)
        first = _first_of(found)
        if not first:
            raise FileRefused("The sheet is empty. Choose another one, or export the report again.")
        layout, titles = _table(first, reading.header_row)
        start = first[layout.first][0] if layout.first < len(first) else first[-1][0] + 1
        with private(copy) as out:
            writer = csv.writer(out, lineterminator="\n")
            expected = start
            for number, cells in _all_but_last(chain(first[layout.first :], found), reading.totals_rows):
                writer.writerows([""] * len(titles) for _ in range(min(number - expected, MOST_GAP)))
                writer.writerow(_fitted(cells, len(titles)))
                expected = number + 1
    return Prepared(copy, ",", '"', 0, titles, start, 0)


def _all_but_last(rows: Iterable[Row], count: int) -> Iterator[Row]:
    held: deque[Row] = deque()
    for row in rows:
        held.append(row)
        if len(held) > count:
            yield held.popleft()


MOST_GAP = 1_000
"""So many empty rows in between are written, to keep the numbers of rows right."""


def _fitted(cells: list[str], width: int) -> list[str]:
    if len(cells) > MOST_COLUMNS:
        raise too_wide(len(cells))
    return cells + [""] * (width - len(cells))


def _notes(reading: Reading, others: list[str], rows: int) -> list[str]:
    found = []
    if others:
        names = ", ".join(f"“{name}”" for name in others[:10])
        found.append(f"The workbook has several sheets: “{reading.sheet}” is read, {names} {'is' if len(others) == 1 else 'are'} not.")
    if not rows:
        found.append("The sheet has titles but no rows.")
    if not reading.header_row:
        found.append("No row of titles was found, so the columns are numbered.")
    elif reading.header_row > 1:
        found.append(f"The titles are in row {reading.header_row:,}; what stands above them is left out.")
    if reading.totals_rows:
        found.append(f"{reading.totals_rows:,} {'row' if reading.totals_rows == 1 else 'rows'} at the end (totals or remarks) left out.")
    return found
