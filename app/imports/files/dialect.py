"""Which character parts the cells, and which one quotes them."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from itertools import islice

from app.imports.files.text import lines_of, records
from app.imports.files.values import EMPTY, TEXT, kind_of

DELIMITERS = (",", ";", "\t", "|")
SAMPLE_CHARACTERS, SAMPLE_ROWS = 100_000, 300


@dataclass(frozen=True)
class Dialect:
    delimiter: str
    quotechar: str
    escape: str = ""


@dataclass(frozen=True)
class _Trial:
    dialect: Dialect
    score: float


def guess_dialect(sample: str) -> Dialect:
    """Try every dialect and take the one in which most rows have the same width and most cells look like values."""
    sample = sample[:SAMPLE_CHARACTERS]
    trials = [_tried(sample, dialect) for dialect in _candidates(sample)]
    best = max(trials, key=lambda trial: trial.score, default=None)
    if best is None or best.score <= 0:
        return Dialect(next((d for d in DELIMITERS if d not in sample), "\x1f"), '"')
    return best.dialect


def _candidates(sample: str) -> list[Dialect]:
    quotes = ['"']
    if "'" in sample:
        quotes.append("'")
    found = [Dialect(delimiter, quote) for quote in quotes for delimiter in DELIMITERS if delimiter in sample]
    if '\\"' in sample:
        found += [Dialect(delimiter, '"', "\\") for delimiter in DELIMITERS if delimiter in sample]
    return found


def _tried(sample: str, dialect: Dialect) -> _Trial:
    try:
        found = records(lines_of(sample), delimiter=dialect.delimiter, quotechar=dialect.quotechar, escape=dialect.escape)
        rows = [cells for _, cells in islice(found, SAMPLE_ROWS)]
    except csv.Error:
        return _Trial(dialect, 0)
    return _Trial(dialect, _score(rows, dialect))


def _score(rows: list[list[str]], dialect: Dialect) -> float:
    widths = Counter(len(cells) for cells in rows)
    width, often = max(widths.items(), key=lambda item: (item[1] * (item[0] > 1), item[0]))
    if width < 2:
        return 0
    cells = [cell for row in rows if len(row) == width for cell in row]
    sound = sum(_soundness(cell, dialect) for cell in cells) / len(cells)
    quoted = 0.02 if dialect.quotechar == '"' else 0
    return (often / len(rows)) ** 2 * sound * (1 - 1 / (width + 1)) + quoted


def _soundness(cell: str, dialect: Dialect) -> float:
    """How much a cell looks like one value."""
    kind = kind_of(cell)
    if kind not in {TEXT, EMPTY}:
        return 1
    if cell[:1] == '"' or cell[-1:] == '"' or cell[-1:] == "\\":
        return 0.1
    if any(other in cell for other in ";\t|" if other != dialect.delimiter):
        return 0.4
    return 0.9 if "," in cell else 0.95
