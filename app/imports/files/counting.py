"""How many rows a file has, without holding it."""

from __future__ import annotations

import csv
import tempfile
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from app.imports.files.reading import FileRefused, Reading
from app.imports.files.text import UTF8, Text, csv_reader, tail_lines

LARGE = 8 << 20
"""Below it, starting DuckDB costs more than it saves."""
MOST_REJECTS = 50_000
REJECTS = """
    SELECT
        count(DISTINCT line),
        count(*) FILTER (error_type = 'UNQUOTED VALUE'),
        min(line) FILTER (error_type = 'UNQUOTED VALUE' AND contains(trim(csv_line, chr(10) || chr(13)), chr(10)))
    FROM reject_errors
"""
"""How many lines were refused, how many of them for a stray quote, and the first one that took others with it."""


@dataclass(frozen=True)
class Count:
    rows: int
    """All after the titles, totals included."""
    ragged: int
    """How many have another number of cells, or a stray quote."""


def count_records(text: Text, reading: Reading, *, skip: int, is_plain_above: bool, width: int) -> Count:
    """Count all rows.

    :param is_plain_above: no title has a line break, so that lines are rows there
    :raises FileRefused: if a quote is never closed
    """
    import duckdb  # when it is needed: most processes work without it

    is_large = text.path.stat().st_size > LARGE
    if is_large and text.encoding in UTF8 and text.is_uniform and is_plain_above and width > 1 and not reading.escape:
        try:
            return _by_duckdb(text, reading, skip, width)
        except duckdb.Error:
            pass  # it is stricter than need be about line ends and quotes; the slower reader has the last word
    return _by_reader(text, reading, skip, width)


def _by_duckdb(text: Text, reading: Reading, skip: int, width: int) -> Count:
    import duckdb

    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(width))
    statement = (
        f"SELECT count(*) FROM read_csv(?, delim = ?, quote = ?, escape = ?, skip = {skip:d}, columns = {{{columns}}}, header = false,"  # noqa: S608
        f" auto_detect = false, store_rejects = true, rejects_limit = {MOST_REJECTS:d})"
    )
    with (
        tempfile.TemporaryDirectory() as directory,
        duckdb.connect(config={"threads": 2, "memory_limit": "200MB", "temp_directory": directory}) as connection,
    ):
        options = [str(text.path), reading.delimiter, reading.quotechar, reading.quotechar]
        [(count,)] = connection.execute(statement, options).fetchall()  # all of it: only then are the rejects there
        [(ragged, stray, swallowing)] = connection.execute(REJECTS).fetchall()
    if ragged >= MOST_REJECTS or stray:  # the slower reader counts more, and knows the line
        found = _by_reader(text, reading, skip, width)
        if swallowing is not None:
            raise unclosed_quote(int(swallowing))
        return found
    return Count(count + ragged, ragged)


def _by_reader(text: Text, reading: Reading, skip: int, width: int) -> Count:
    rows = ragged = begin = before = 0
    with text.opened() as file:
        lines = after(file, skip)
        reader = csv_reader(lines, delimiter=reading.delimiter, quotechar=reading.quotechar, escape=reading.escape)
        try:
            for cells in reader:
                if len(cells) != width and cells:
                    ragged += 1
                    if any("\n" in cell or "\r" in cell for cell in cells):
                        raise unclosed_quote(skip + begin + 1)
                rows += bool(cells)
                before, begin = begin, reader.line_num
        except csv.Error as exc:
            raise unclosed_quote(skip + begin + 1) from exc
    if rows and _ends_inside_quotes(text, reading, begin - before):
        raise unclosed_quote(skip + before + 1)
    return Count(rows, ragged)


def _ends_inside_quotes(text: Text, reading: Reading, length: int) -> bool:
    """Whether the last row, of so many lines, goes on behind the end of the file."""
    if not reading.quotechar:
        return False
    last = tail_lines(text)
    if length > len(last):
        return True
    raw = (f"{line}\n" for line in last[-length:])
    try:
        deque(csv_reader(raw, delimiter=reading.delimiter, quotechar=reading.quotechar, escape=reading.escape, is_strict=True), maxlen=0)
    except csv.Error as exc:
        return "end of data" in str(exc)
    return False


def after(file: Iterator[str], skip: int) -> Iterator[str]:
    """The lines after so many."""
    for _ in range(skip):
        next(file, "")
    return file


def unclosed_quote(line: int) -> FileRefused:
    return FileRefused(
        f"A quote that is opened on line {line:,} is never closed, or stands where none may, so the file is damaged or cut off there."
        " Export it again, or choose another quote character."
    )
