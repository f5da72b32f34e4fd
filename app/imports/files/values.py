"""What a cell looks like: a number, an amount, a date, a flag or words. Looks only; nothing is converted here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

TEXT, INTEGER, DECIMAL, MONEY, DATE, DATETIME, FLAG, EMPTY = "text", "integer", "decimal", "money", "date", "datetime", "flag", "empty"
NUMBERS = frozenset({INTEGER, DECIMAL, MONEY})
ENOUGH = 0.9
"""This share of the filled cells makes a type: some bad cells are the rule, not the exception."""

_SIGN = "[$€£¥]"
_MONTH = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_DAY = "(?:0?[1-9]|[12][0-9]|3[01])"
_DATE = (
    r"(?:(?:\d{4}([-/.])(?:0?[1-9]|1[0-2])\1" + _DAY + ")"
    "|(?:" + _DAY + "([-/.])" + _DAY + r"\2(?:\d{4}|\d{2}))"
    "|(?:" + _DAY + "[- ]" + _MONTH + r"[-, ]{1,2}(?:\d{4}|\d{2}))"
    "|(?:(?:[a-z]{3,9},? )?" + _MONTH + " " + _DAY + r",? \d{4}))"
)
_TIME = r"(?:[01]?\d|2[0-4]):[0-5]\d(?::[0-5]\d(?:[.,]\d{1,9})?)?(?: ?[ap]\.?m\.?)?(?: ?(?:z|utc|gmt|[+-]\d{2}:?\d{2}))?"
_GROUPS = r"\d{1,3}(?:[, .']\d{3})+"
_AMOUNT = r"(?:\d+|" + _GROUPS + r")?(?:[.,]\d+)?"

_INTEGER = re.compile(r"[+-]?(?:0|[1-9]\d{0,18})")
_DECIMAL = re.compile(r"[+-]?(?:0|[1-9]\d*)?[.,]\d+|[+-]?\d+(?:[.,]\d+)?e[+-]?\d+", re.IGNORECASE)
_MONEY = re.compile(
    rf"\(?[+-]?\s?{_SIGN}\s?[+-]?(?=[\d.,]){_AMOUNT}\)?|\([+-]?(?=[\d.,]){_AMOUNT}\)|[+-]?(?=\d){_AMOUNT}\s?{_SIGN}"
    rf"|[+-]?{_GROUPS}(?:[.,]\d+)?|[+-]?(?=[\d.,]){_AMOUNT}-"
)
_DATE_ONLY = re.compile(_DATE, re.IGNORECASE)
_DATE_TIME = re.compile(_DATE + "(?:t|,? )" + _TIME, re.IGNORECASE)
_FLAG = re.compile("true|false|yes|no|y|n|t|f", re.IGNORECASE)
MONEY_TITLE = re.compile(
    r"\b(amount|price|total|subtotal|cost|revenue|balance|paid|payments?|tax|fees?|spend|budget|sales|billed|invoiced)\b", re.IGNORECASE
)
NUMBER_LIKE = re.compile(rf"[(+-]*\s?{_SIGN}?\s?[\d.,' ]+\s?[{_SIGN[1:-1]}%)-]*")


def kind_of(cell: str) -> str:
    """The type of one cell."""
    cell = cell.strip()
    if not cell:
        return EMPTY
    first = cell[0]
    if first.isdigit() or first in "+-.,($€£¥":
        if _INTEGER.fullmatch(cell):
            return INTEGER
        if _DECIMAL.fullmatch(cell):
            return DECIMAL
        if _DATE_ONLY.fullmatch(cell):
            return DATE
        if _MONEY.fullmatch(cell):
            return MONEY
    elif _FLAG.fullmatch(cell):
        return FLAG
    elif len(cell) < 40 and _DATE_ONLY.fullmatch(cell):
        return DATE
    return DATETIME if 10 < len(cell) < 50 and _DATE_TIME.fullmatch(cell) else TEXT


def type_of(cells: Sequence[str], title: str = "") -> str:
    """The type of a column."""
    found = Counter(kind_of(cell) for cell in cells)
    filled = len(cells) - found.pop(EMPTY, 0)
    if not filled:
        return EMPTY
    enough = filled * ENOUGH
    for kind in (INTEGER, DATE, FLAG):
        if found[kind] >= enough:
            return kind
    if found[DATE] + found[DATETIME] >= enough:
        return DATETIME
    if found[INTEGER] + found[DECIMAL] + found[MONEY] < enough:
        return TEXT
    if found[MONEY] or (found[DECIMAL] and MONEY_TITLE.search(title)):
        return MONEY
    return DECIMAL


def masked(cell: str) -> str:
    """The shape of a value without the value."""
    shown = cell if len(cell) <= MOST_SHOWN else f"{cell[: MOST_SHOWN - 1]}…"
    return "".join(map(_mask, shown))


def _mask(letter: str) -> str:
    if letter.isdigit():
        return "9"
    if letter.isalpha():
        return "X" if letter.isupper() else "x"
    return letter if letter.isprintable() else " "


MOST_SHOWN = 40
