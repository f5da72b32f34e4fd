"""What the columns hold, told from the first thousands of rows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice

from app.imports.date_orders import order_of
from app.imports.files.reading import ColumnProfile
from app.imports.files.values import DATE, DATETIME, FLAG, MOST_SHOWN, TEXT, masked, type_of

MOST_EXAMPLES = 3
MOST_WORDS = 12
"""A column of so few different values, repeated, is a list of kinds, not of people."""
_PERSONAL = re.compile(
    r"name|phone|mobile|e-?mail|address|street|city|zip|postal|customer|client|contact|person|employee|technician|tech\b|agent|by\b|owner"
    r"|caller|from\b|to\b|note|comment|summary|message|memo|user|staff|driver|crew|recipient|signature|birth|ssn|account",
    re.IGNORECASE,
)


def profile(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[ColumnProfile, ...]:
    return tuple(_column(title, [row[place] if place < len(row) else "" for row in rows]) for place, title in enumerate(titles))


def _column(title: str, cells: Sequence[str]) -> ColumnProfile:
    filled = [cell.strip() for cell in cells if cell.strip()]
    kind = type_of(cells, title)
    values = dict.fromkeys(filled)
    examples = _telling_dates(filled, values) if kind in {DATE, DATETIME} else list(islice(values, MOST_EXAMPLES))
    if not _may_be_shown(title, kind, values, len(filled)):
        examples = list(dict.fromkeys(masked(value) for value in examples))
    return ColumnProfile(title, kind, len(cells) - len(filled), len(values), tuple(value[:MOST_SHOWN] for value in examples))


def _telling_dates(cells: Sequence[str], values: dict[str, None]) -> list[str]:
    """The first ones, with one among them that tells the order in which most are written, and none that is written otherwise.

    A few dates such as 31/02/2026 must not make a whole column of months read as days.
    """
    orders = {value: order_of(value) for value in values}
    votes = Counter(orders[cell] for cell in cells if orders[cell])
    if not votes:
        return list(islice(values, MOST_EXAMPLES))
    [(usual, _)] = votes.most_common(1)
    fitting = [value for value, order in orders.items() if order in {"", usual}]
    first = fitting[:MOST_EXAMPLES]
    if not any(orders[value] == usual for value in first):
        first[-1] = next(value for value in fitting if orders[value] == usual)
    return first


def _may_be_shown(title: str, kind: str, values: dict[str, None], filled: int) -> bool:
    """Dates, flags, and words of which there are few kinds, unless the title speaks of people."""
    if kind in {DATE, DATETIME, FLAG}:
        return not re.search("birth", title, re.IGNORECASE)
    if kind != TEXT or _PERSONAL.search(title):
        return False
    return len(values) <= MOST_WORDS and filled >= 4 * len(values) and not any(re.search(r"\d|@", value) for value in values)
