"""What is known of a file: how it is read, what its columns hold, and the refusal of one that cannot be read."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CSV, XLSX = "csv", "xlsx"
MOST_COLUMNS = 500
MOST_LINE = 1_000_000
"""Characters in one line: more is no table, and nobody could hold it."""


class FileRefused(Exception):
    """The whole file is refused. The sentence says what is wrong, where, and what to do."""


@dataclass(frozen=True)
class Reading:
    """How a file is read. It is guessed, shown, and may be changed by hand."""

    kind: str
    """csv (with whatever delimiter) or xlsx."""
    encoding: str
    delimiter: str
    quotechar: str
    """Empty: nothing is quoted."""
    header_row: int
    """Line of the titles as a person counts, from 1; 0 for none."""
    totals_rows: int
    """Rows at the end that are no records: totals, remarks, empty ones."""
    sheet: str = ""
    escape: str = ""
    """What stands before a quote inside quotes where it is not doubled."""

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Reading:
        """:raises ValueError: if the text is not of a reading"""
        found = json.loads(text)
        try:
            reading = cls(**found)
        except TypeError as exc:
            raise ValueError("This does not say how a file is read.") from exc
        for field in dataclasses.fields(cls):
            wanted = int if field.type == "int" else str
            if type(getattr(reading, field.name)) is not wanted:
                raise ValueError(f"{field.name} has a value of the wrong kind.")
        return reading


def check_signs(reading: Reading) -> None:
    """:raises FileRefused: if no file can be read with this delimiter and these quotes"""
    signs = [sign for sign in (reading.delimiter, reading.quotechar, reading.escape) if sign]
    is_one_each = all(len(sign) == 1 and sign not in "\r\n\0" for sign in signs) and len(set(signs)) == len(signs)
    if not reading.delimiter or not is_one_each:
        raise FileRefused("The delimiter, the quote and the escape must be single characters, each a different one. Choose others.")


@dataclass(frozen=True)
class ColumnProfile:
    """What the first thousands of rows show of a column."""

    title: str
    type: str
    """text, integer, decimal, money, date, datetime, flag or empty."""
    empties: int
    distinct: int
    examples: tuple[str, ...]
    """Masked."""


@dataclass(frozen=True)
class Inspection:
    """What was found in a file without importing anything."""

    reading: Reading
    columns: tuple[ColumnProfile, ...]
    rows: int
    """Between the titles and the totals."""
    notes: tuple[str, ...] = ()
    sampled: int = 0
    """How many rows the profile rests on."""

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self), sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Inspection:
        found: dict[str, Any] = json.loads(text)
        columns = tuple(ColumnProfile(**{**column, "examples": tuple(column["examples"])}) for column in found["columns"])
        return cls(Reading(**found["reading"]), columns, found["rows"], tuple(found["notes"]), found["sampled"])


@dataclass(frozen=True)
class Prepared:
    """A CSV file in UTF-8 whose lines all end in a line feed, for DuckDB with exactly these parameters."""

    path: Path
    delimiter: str
    quotechar: str
    skip: int
    """Lines before the first row of data."""
    titles: tuple[str, ...]
    """One for every column, each different."""
    first_row_number: int
    """Number of the first row as a person counts in the original file."""
    totals_rows: int
    """Rows at the end that are no data."""
    escape: str = '"'
    """For DuckDB: what stands before a quote inside quotes."""


def unique_titles(cells: list[str], width: int) -> tuple[str, ...]:
    """Titles that tell columns apart: a repeated one gets a number, an empty one its place."""
    titles: list[str] = []
    seen: set[str] = set()
    for place in range(width):
        cell = " ".join(cells[place].split()) if place < len(cells) else ""
        base = (cell or f"Column {place + 1}")[:MOST_TITLE]
        title, number = base, 1
        while title.casefold() in seen:
            number += 1
            title = f"{base} ({number})"
        seen.add(title.casefold())
        titles.append(title)
    return tuple(titles)


MOST_TITLE = 180
