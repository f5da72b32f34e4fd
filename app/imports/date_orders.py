"""In which order a date of three numbers is written."""

from __future__ import annotations

import re

NUMERIC_DATE = re.compile(r"^\s*(\d{1,4})([/.\-])(\d{1,2})\2(\d{1,4})\b")


def order_of(text: str) -> str:
    """``mdy``, ``dmy`` or ``ymd``; empty if the text could be read in several ways, or is no such date.

    Dots between the parts mean that the day comes first, as where people write so.
    """
    match = NUMERIC_DATE.match(text)
    if match is None:
        return ""
    first, mark, second, _ = match.groups()
    if len(first) == 4:
        return "ymd"
    if mark == "." or int(first) > 12:
        return "dmy"
    return "mdy" if int(second) > 12 else ""
