"""Sentences of checks, and names and days in them: short whatever people called their things."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from app.readiness.check import LONGEST_SENTENCE, Value

LONGEST_NAME = 40
"""Five names of this length leave room for what is said of them."""
MOST_KEPT = 50
"""Names in stored facts; their number stands beside them."""


def shortened(text: str, *, at_most: int) -> str:
    return text if len(text) <= at_most else f"{text[: at_most - 1].rstrip()}…"


def short(name: str) -> str:
    """On one line: titles of columns may hold line breaks."""
    return shortened(" ".join(name.split()), at_most=LONGEST_NAME)


def named(names: Iterable[str], *, at_most: int = 5) -> str:
    """``“a”``, ``“a” and “b”``, ``“a”, “b” and 3 more``. There has to be at least one name."""
    told = [f"“{short(name)}”" for name in names]
    shown, rest = told[:at_most], len(told) - at_most
    if rest > 0:
        return f"{', '.join(shown)} and {rest} more"
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1])))


def listed(names: Iterable[str]) -> str:
    """Three at most, for sentences that hold a list or two."""
    return named(names, at_most=3)


def kept(names: Iterable[str]) -> list[Value]:
    """For the facts of an outcome."""
    return [short(name) for name in sorted(names)[:MOST_KEPT]]


def count(number: int, thing: str) -> str:
    """``1 row``, ``1,200 rows``."""
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def found_and_to_do(found: Sequence[str], to_do: str) -> str:
    """Everything that was found as one sentence, and what to do as another. What to do is never cut off.

    :param found: clauses without a full stop, the most important first
    """
    said = "; ".join(found)
    return f"{shortened(f'{said[:1].upper()}{said[1:]}.', at_most=LONGEST_SENTENCE - len(to_do) - 1)} {to_do}"


def day_in_words(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def on_day(at: datetime) -> str:
    """``22 Oct 2026 (UTC)``: the zone is said, because the organization's own day may be another one."""
    return f"{day_in_words(at)} (UTC)"


def spoken(key: str) -> str:
    """A key that nobody gave a label, as words."""
    return key.replace("_", " ")
