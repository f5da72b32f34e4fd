"""CSV files of every dialect: looked at, and made ready for DuckDB."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from app.imports.files.counting import Count, count_records
from app.imports.files.dialect import Dialect, guess_dialect
from app.imports.files.layout import MOST_TOTALS, Layout, Row, always_filled, count_totals, find_header, layout_with
from app.imports.files.profile import profile
from app.imports.files.reading import CSV, MOST_COLUMNS, ColumnProfile, FileRefused, Inspection, Reading, check_signs, unique_titles
from app.imports.files.text import Text, lines_of, read_text, records, tail_lines
from app.imports.files.values import EMPTY

HEAD_CHARACTERS = 4_000_000
SAMPLE_ROWS = 5_000


@dataclass(frozen=True)
class Head:
    """The beginning of a file, read."""

    layout: Layout
    titles: tuple[str, ...]
    rows: list[list[str]]
    """The first rows of data."""
    whole: bool
    """There are no others."""
    skip: int
    """Lines before the first row of data."""
    is_plain_above: bool
    """No cell above the first row of data has a line break, so that lines are rows there."""


def inspect_csv(path: Path, given: Reading | None) -> Inspection:
    if given:
        check_signs(given)
    text = read_text(path, given.encoding if given else "")
    sample, whole = text.head(HEAD_CHARACTERS)
    dialect = Dialect(given.delimiter, given.quotechar, given.escape) if given else guess_dialect(sample)
    head = read_head(sample, dialect, whole=whole, header_row=given.header_row if given else None)
    columns = profile(head.titles, head.rows)
    totals = given.totals_rows if given else totals_of(text, dialect, head, columns)
    reading = Reading(CSV, text.encoding, dialect.delimiter, dialect.quotechar, head.layout.header_row, totals, escape=dialect.escape)
    count = count_records(text, reading, skip=head.skip, is_plain_above=head.is_plain_above, width=head.layout.width)
    rows = max(0, count.rows - totals)
    if whole and totals:
        head = replace(head, rows=head.rows[:rows])
        columns = profile(head.titles, head.rows)
    return Inspection(reading, columns, rows, tuple(notes(text, reading, count, columns, rows)), len(head.rows))


def read_head(sample: str, dialect: Dialect, *, whole: bool, header_row: int | None) -> Head:
    """Parse the beginning.

    :raises FileRefused: if it is no table
    """
    rows = _rows(sample, dialect, whole=whole)
    if not rows:
        raise FileRefused("The file has no row that could be read. Export it again, and look whether the report has rows.")
    layout = layout_with(rows, find_header(rows) if header_row is None else header_row)
    if not layout.width and header_row:
        layout = replace(layout, width=len(layout.titles))
    titles = list(layout.titles)
    while len(titles) > layout.width and not titles[-1].strip():
        titles.pop()
    width = max(layout.width, len(titles))
    if width > MOST_COLUMNS:
        raise FileRefused(
            f"The file has {width:,} columns, and at most {MOST_COLUMNS} are read. Export only the columns that are needed,"
            " or choose another delimiter if this is not one table."
        )
    data = [cells for _, cells in rows[layout.first :]]
    skip = rows[layout.first][0] - 1 if layout.first < len(rows) else _line_count(sample)
    is_plain = not any(sign in cell for _, cells in rows[: layout.first] for cell in cells for sign in "\r\n")
    return Head(layout, unique_titles(titles, width), data, whole and len(data) < SAMPLE_ROWS, skip, is_plain)


def _rows(sample: str, dialect: Dialect, *, whole: bool) -> list[Row]:
    found = records(lines_of(sample), delimiter=dialect.delimiter, quotechar=dialect.quotechar, escape=dialect.escape)
    try:
        rows = list(islice(found, SAMPLE_ROWS + 50))
    except csv.Error as exc:
        raise FileRefused(f"The file cannot be read with this delimiter and quote: {exc}. Choose others, or export it again.") from exc
    if not whole and len(rows) < SAMPLE_ROWS + 50:
        rows.pop()
    return rows


def _line_count(sample: str) -> int:
    return sum(1 for _ in lines_of(sample))


def totals_of(text: Text, dialect: Dialect, head: Head, columns: Sequence[ColumnProfile]) -> int:
    """Rows at the end that are no records."""
    last = tail_rows(text, dialect)
    if head.whole:
        last = last[-len(head.rows) :] if head.rows else []
    filled = always_filled(head.rows, len(columns), whole=head.whole)
    return count_totals(last, [column.type for column in columns], filled)


def tail_rows(text: Text, dialect: Dialect) -> list[list[str]]:
    """The last rows, as far as each stands on a line of its own."""
    rows: list[list[str]] = []
    for line in reversed(tail_lines(text)):
        quotes = line.count(dialect.quotechar) if dialect.quotechar else 0
        if quotes % 2 or len(rows) == MOST_TOTALS:
            break
        rows += [
            cells for _, cells in records(iter([line]), delimiter=dialect.delimiter, quotechar=dialect.quotechar, escape=dialect.escape)
        ]
    return rows[::-1]


def notes(text: Text, reading: Reading, count: Count, columns: Sequence[ColumnProfile], rows: int) -> list[str]:
    """What a person should know before going on."""
    found = []
    if not rows:
        found.append("The file has titles but no rows.")
    if not reading.header_row:
        found.append("No row of titles was found, so the columns are numbered.")
    elif reading.header_row > 1:
        found.append(f"The titles are on line {reading.header_row:,}; what stands above them is left out.")
    if reading.totals_rows:
        found.append(f"{reading.totals_rows:,} {'row' if reading.totals_rows == 1 else 'rows'} at the end (totals or remarks) left out.")
    if count.ragged:
        have = "row has" if count.ragged == 1 else "rows have"
        found.append(f"{count.ragged:,} {have} more or fewer cells than there are columns, or a stray quote.")
    if not text.is_uniform:
        found.append("The lines end in different ways.")
    empty = sum(1 for column in columns if column.type == EMPTY)
    if empty and rows:
        found.append(f"{empty:,} {'column has' if empty == 1 else 'columns have'} no values.")
    return found
