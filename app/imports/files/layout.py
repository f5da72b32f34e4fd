"""Where the table begins and ends: titles above the header, the header, totals and remarks at the end."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from app.imports.files.values import EMPTY, FLAG, INTEGER, NUMBERS, TEXT, kind_of, type_of

Row = tuple[int, list[str]]
"""Number of its line, its cells."""
MOST_ABOVE = 40
"""Rows that may stand above the header."""
MOST_TOTALS = 20
COMPARED = 200
MOST_HEADER_ROWS = 4
"""Titles may go on below their first row: what stands there tells no types."""

_TOTALS = re.compile(
    r"(?:grand |sub-?|report |overall )?(?:totals?|sum|summe|gesamt|somme|totale)\s*(?:\([^)]*\))?\s*:?"
    r"|(?:total |number of )?(?:records|rows|count|results)\s*(?:exported|found)?\s*:?\s*[\d,.]*|[\d,]+ (?:records|rows|results)"
    r"|totals?\s*(?:for [^,]*|records|rows|count)?\s*:?\s*[$(]*[\d,.]*\)?",
    re.IGNORECASE,
)
_REMARK = re.compile(
    r"(?:report )?(?:generated|created|exported|printed|run)\s+(?:on|by|at|date|from)\b.*|page \d+ of \d+|end of (?:report|file).*"
    r"|©.*|note:.*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Layout:
    header_row: int
    titles: list[str]
    width: int
    first: int
    """Place of the first row of data among the rows that were looked at."""


def width_of(rows: Sequence[Row]) -> int:
    """How many cells most rows have."""
    widths = Counter(len(cells) for _, cells in rows)
    return max(widths.items(), key=lambda item: (item[1], item[0]), default=(0, 0))[0]


def find_header(rows: Sequence[Row]) -> int:
    """The line of the titles, looked for among the first rows; 0 where there are none."""
    place = _first_full(rows, width_of(rows))
    if place is None:
        return 0
    line, cells = rows[place]
    below = [row for _, row in rows[place + 1 : place + 1 + COMPARED]]
    return line if _is_header(cells, below) else 0


def layout_with(rows: Sequence[Row], header_row: int) -> Layout:
    """The table below these titles; without any, from the first row that is as full as the others."""
    if header_row:
        for place, (line, cells) in enumerate(rows):
            if line >= header_row:
                return Layout(line, cells, width_of(rows[place + 1 :]) or len(cells), place + 1)
        return Layout(header_row, [], 0, len(rows))
    width = width_of(rows)
    return Layout(0, [], width, _first_full(rows, width) or 0)


def always_filled(data: Sequence[Sequence[str]], width: int, *, whole: bool) -> list[bool]:
    """Which columns have a value in nearly every row, as ids do; the last rows, which may be totals, aside."""
    rows = data[:-3] if whole and len(data) > 4 else data[:1] if whole else data
    return [sum(1 for row in rows if place >= len(row) or not row[place].strip()) <= len(rows) // 50 for place in range(width)]


def _filled(cells: Sequence[str]) -> int:
    return sum(1 for cell in cells if cell.strip())


def _first_full(rows: Sequence[Row], width: int) -> int | None:
    """The first row that is as full as the table: lines above it have one or two cells."""
    usual = median([_filled(cells) for _, cells in rows[:COMPARED] if len(cells) == width] or [0])
    for place, (_, cells) in enumerate(rows[:MOST_ABOVE]):
        filled = _filled(cells)
        if filled and (width < 2 or (filled >= 2 and filled >= 0.6 * usual and len(cells) >= 0.5 * width)):
            return place
    return next((place for place, (_, cells) in enumerate(rows) if _filled(cells)), None)


def _is_header(cells: Sequence[str], below: Sequence[Sequence[str]]) -> bool:
    """Titles differ in kind from what stands below them."""
    kinds = [kind_of(cell) for cell in cells]
    if not below:
        return all(kind in {TEXT, EMPTY} for kind in kinds)
    settled = below[MOST_HEADER_ROWS:] if len(below) > 4 * MOST_HEADER_ROWS else below
    yes = no = 0
    for place, (cell, kind) in enumerate(zip(cells, kinds, strict=True)):
        column = [row[place] for row in settled if place < len(row)]
        type_below = type_of(column)
        if type_below in {TEXT, EMPTY}:
            no += kind == TEXT and type_below == TEXT and column.count(cell) * 20 >= len(column) and len(set(column)) > 1
            continue
        if kind == TEXT:
            yes += 1
        elif kind != EMPTY and not _is_year(cell, kind):
            no += 1 if kind == type_below or {kind, type_below} <= NUMBERS or kind != FLAG else 0
    if yes or no:
        return yes > no
    return not any(kind not in {TEXT, EMPTY, INTEGER} for kind in kinds)


def _is_year(cell: str, kind: str) -> bool:
    return kind == INTEGER and len(cell.strip()) == 4 and cell.strip()[:2] in {"19", "20"}


def count_totals(last: Sequence[Sequence[str]], types: Sequence[str], is_key: Sequence[bool]) -> int:
    """How many of the last rows are no records."""
    count = 0
    for cells in reversed(last[-MOST_TOTALS:]):
        if _filled(cells) and not _is_totals(cells, types, is_key):
            break
        count += 1
    return count


def _is_totals(cells: Sequence[str], types: Sequence[str], is_key: Sequence[bool]) -> bool:
    filled = [(place, cell.strip()) for place, cell in enumerate(cells) if cell.strip()]
    place, first = filled[0]
    own = types[place] if place < len(types) else EMPTY
    if _TOTALS.fullmatch(first) and kind_of(first) == TEXT:
        return all(kind_of(cell) in NUMBERS or _TOTALS.fullmatch(cell) for _, cell in filled[1:])
    if len(filled) == 1 and len(types) > 1 and kind_of(first) == TEXT:
        return bool(_REMARK.fullmatch(first)) or (len(types) > 2 and place == 0 and own not in {TEXT, EMPTY} and " " in first)
    if place and is_key[:1] == [True] and len(types) > 2:
        return all(kind_of(cell) in NUMBERS and (types[at] if at < len(types) else EMPTY) in NUMBERS for at, cell in filled)
    return False
