"""How many rows a file has, without holding it."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass

from app.imports.files.reading import FileRefused, Reading
from app.imports.files.text import Text, records


@dataclass(frozen=True)
class Count:
    rows: int
    """All after the titles, totals included."""
    ragged: int
    """How many have another number of cells, or a stray quote."""


def count_records(text: Text, reading: Reading, skip: int, width: int) -> Count:
    return _by_reader(text, reading, skip, width)


def _by_reader(text: Text, reading: Reading, skip: int, width: int) -> Count:
    widths: Counter[int] = Counter()
    line = 0
    try:
        lines = text.lines()
        for _ in range(skip):
            next(lines, "")
        for line, cells in records(lines, delimiter=reading.delimiter, quotechar=reading.quotechar, escape=reading.escape):
            widths[len(cells)] += 1
    except csv.Error as exc:
        raise unclosed_quote(skip + line + 1) from exc
    return Count(widths.total(), widths.total() - widths[width])


def unclosed_quote(line: int) -> FileRefused:
    return FileRefused(
        f"A quote that is opened on or after line {line:,} is never closed, so the file is damaged or cut off there."
        " Export it again, or choose another quote character."
    )
