"""Numbers of a workbook as texts: which of them are dates tells the cell's format."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation

from app.imports.files.package import Package, local

DATE_FORMATS = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
TIME_ONLY = frozenset({18, 19, 20, 21, 45, 46, 47})
_NOT_MEANT = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\]]*\]')
_DATE_LETTERS = re.compile("[dmyhs]", re.IGNORECASE)
_DAY_LETTERS = re.compile("[dy]|mmm", re.IGNORECASE)
_TIME_LETTERS = re.compile("[hs]", re.IGNORECASE)
FROM_1900, FROM_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001  # spreadsheets know no zones
LAST_SERIAL = 2_958_466
DIGITS = 15
"""So many digits of a number are kept by spreadsheets."""
NUMBER, DAY, MOMENT, CLOCK = 0, 1, 2, 3
DAY_FORMATS = frozenset({14, 15, 16, 17, *range(27, 32), 36, *range(50, 59)})


def formats_of(package: Package) -> list[int]:
    """For each cell format whether its numbers are numbers, days, moments or times of day."""
    if not package.has("xl/styles.xml"):
        return []
    codes: dict[int, str] = {}
    used: list[int] = []
    inside = False

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        name = local(tag)
        if name == "numFmt":
            codes[_number(attributes.get("numFmtId"))] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            inside = True
        elif name == "xf" and inside:
            used.append(_number(attributes.get("numFmtId")))

    def end(tag: str) -> None:
        nonlocal inside
        if local(tag) == "cellXfs":
            inside = False

    package.parse("xl/styles.xml", start, end)
    return [_meaning(number, codes.get(number)) for number in used]


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0


def _meaning(number: int, code: str | None) -> int:
    if code is None:
        return NUMBER if number not in DATE_FORMATS else CLOCK if number in TIME_ONLY else DAY if number in DAY_FORMATS else MOMENT
    plain = _NOT_MEANT.sub("", code.split(";")[0])
    if plain.strip().lower() == "general" or not _DATE_LETTERS.search(plain):
        return NUMBER
    if not _DAY_LETTERS.search(plain):
        return CLOCK
    return MOMENT if _TIME_LETTERS.search(plain) else DAY


def moment_text(raw: str, meaning: int, *, counts_from_1904: bool) -> str:
    """A serial number as ISO text; the number itself where it can be no date."""
    try:
        serial = float(raw)
    except ValueError:
        return raw
    if not 0 <= serial < LAST_SERIAL:
        return raw
    day, seconds = divmod(round(serial * 86_400), 86_400)
    if meaning == CLOCK and day == 0:
        return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    if not counts_from_1904 and day < 60:
        day += 1
    moment = (FROM_1904 if counts_from_1904 else FROM_1900) + timedelta(days=day, seconds=seconds)
    return moment.date().isoformat() if meaning == DAY and seconds == 0 else moment.isoformat()


def number_text(raw: str) -> str:
    """As the spreadsheet shows it, without the noise of binary fractions. Numbers too long for it keep their exponent: digits are lost."""
    if len(raw) <= DIGITS and "E" not in raw and "e" not in raw:
        return raw
    try:
        value = Decimal(raw)
    except InvalidOperation:
        return raw
    if not value.is_finite() or abs(value) >= Decimal(10) ** DIGITS:
        return raw
    short = Decimal(f"{value:.{DIGITS}g}")
    text = f"{short:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
