"""How many rows a file has, without holding it."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from app.imports.files.reading import FileRefused, Reading
from app.imports.files.text import UTF8, Text, records


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
    if text.encoding in UTF8 and text.is_uniform and is_plain_above and width > 1 and not reading.escape:
        try:
            return _by_duckdb(text, reading, skip, width)
        except duckdb.Error:
            pass  # it is stricter than need be about line ends and quotes; the slower reader has the last word
    return _by_reader(text, reading, skip, width)


def _by_duckdb(text: Text, reading: Reading, skip: int, width: int) -> Count:
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(width))
    statement = (
        f"SELECT count(*) FROM read_csv(?, delim = ?, quote = ?, escape = ?, skip = {skip:d}, columns = {{{columns}}}, header = false,"  # noqa: S608
        " auto_detect = false, store_rejects = true, rejects_limit = 100000)"
    )
    with (
        tempfile.TemporaryDirectory() as directory,
        duckdb.connect(config={"threads": 2, "memory_limit": "200MB", "temp_directory": directory}) as connection,
    ):
        options = [str(text.path), reading.delimiter, reading.quotechar, reading.quotechar]
        found = connection.execute(statement, options).fetchone()
        broken = connection.execute(
            "SELECT line, error_type, contains(trim(csv_line, chr(10) || chr(13)), chr(10)) FROM reject_errors ORDER BY line LIMIT 100000"
        ).fetchall()
    for line, kind, spans_lines in broken:
        if spans_lines and kind == "UNQUOTED VALUE":
            raise unclosed_quote(int(line))
    ragged = len({line for line, _, _ in broken})
    return Count((found[0] if found else 0) + ragged, ragged)


def _by_reader(text: Text, reading: Reading, skip: int, width: int) -> Count:
    rows = ragged = 0
    line = skip
    try:
        for line, cells in records_after(text, reading, skip):
            rows += 1
            if len(cells) != width:
                ragged += 1
                if any("\n" in cell or "\r" in cell for cell in cells):
                    raise unclosed_quote(line)
    except csv.Error as exc:
        raise unclosed_quote(line + 1) from exc
    if rows and _is_open_at_the_end(text, reading, line):
        raise unclosed_quote(line)
    return Count(rows, ragged)


def records_after(text: Text, reading: Reading, skip: int) -> Iterator[tuple[int, list[str]]]:
    """The rows after so many lines, each with the number of its line."""
    lines = text.lines()
    for _ in range(skip):
        next(lines, "")
    found = records(lines, delimiter=reading.delimiter, quotechar=reading.quotechar, escape=reading.escape)
    return ((skip + line, cells) for line, cells in found)


def _is_open_at_the_end(text: Text, reading: Reading, line: int) -> bool:
    """Whether the last row, which begins on that line, ends inside quotes."""
    if not reading.quotechar:
        return False
    last = (content for number, content in enumerate(text.lines(), start=1) if number >= line)
    try:
        for _ in csv.reader(
            last,
            delimiter=reading.delimiter,
            quotechar=reading.quotechar,
            escapechar=reading.escape or None,
            doublequote=not reading.escape,
            skipinitialspace=True,
            strict=True,
        ):
            pass
    except csv.Error as exc:
        return "end of data" in str(exc)
    return False


def unclosed_quote(line: int) -> FileRefused:
    return FileRefused(
        f"A quote that is opened on line {line:,} is never closed, or stands where none may, so the file is damaged or cut off there."
        " Export it again, or choose another quote character."
    )
