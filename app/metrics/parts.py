"""Parts that figures are added up from. Adding what is no one thing is an error, not a number."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal


class MixedKindsError(ValueError):
    """Figures of different signal kinds are never added under one name."""


class MixedCurrenciesError(ValueError):
    """Sums across currencies are refused."""


@dataclass(frozen=True)
class Parts:
    """What was counted of one signal kind: of a day, of a window, of one line of either."""

    signal_kind: str
    rows: int
    """Source rows behind it."""
    num: Decimal
    den: Decimal | None = None
    """Only a ratio has one."""
    currency: str = ""
    """ISO 4217 for money; empty for counts and ratios of counts."""

    def __add__(self, other: "Parts") -> "Parts":
        if self.signal_kind != other.signal_kind:
            raise MixedKindsError(f"{self.signal_kind} and {other.signal_kind} are different things; their figures are not added.")
        if self.currency != other.currency:
            raise MixedCurrenciesError(f"{self.currency or 'a count'} and {other.currency or 'a count'} are not added.")
        if (self.den is None) != (other.den is None):
            raise MixedKindsError("A ratio and a count are not added.")
        den = None if self.den is None or other.den is None else self.den + other.den
        return replace(self, rows=self.rows + other.rows, num=self.num + other.num, den=den)


def total(parts: Iterable[Parts]) -> Parts | None:
    """The sum, or None of nothing: nothing at all is not zero.

    :raises MixedKindsError: if they are of different signal kinds
    :raises MixedCurrenciesError: if they are of different currencies
    """
    found: Parts | None = None
    for part in parts:
        found = part if found is None else found + part
    return found
