"""What moved between two figures, in numbers and words. Asked only after the verdict."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum

from app.metrics.comparability import Judgement
from app.metrics.metric import Metric, Unit

DASH = "–"
_TENTH = Decimal("0.1")
_HUNDRED = Decimal(100)


class Arrow(StrEnum):
    UP = "up"
    DOWN = "down"
    SAME = "same"


@dataclass(frozen=True)
class Movement:
    arrow: Arrow
    difference: Decimal
    """In the metric's unit; of a ratio a difference of ratios."""
    percent: Decimal | None
    """Of the baseline, to a tenth; None where there is none to be told."""
    words: str


def movement(
    metric: Metric, judgement: Judgement, *, current: Decimal | None, baseline: Decimal | None, currency: str = ""
) -> Movement | None:
    """None where the windows are not comparable or a figure is not known: no arrow and no percentage then."""
    if not judgement.allows_percentage or current is None or baseline is None:
        return None
    difference = current - baseline
    arrow = Arrow.SAME if difference == 0 else Arrow.UP if difference > 0 else Arrow.DOWN
    percent = _percent(difference, baseline)
    words = _words(metric, arrow, current, baseline, percent=percent, currency=currency)
    return Movement(arrow, difference, percent, words)


def in_words(metric: Metric, value: Decimal | None, *, currency: str = "") -> str:
    """A figure as people read it: ``1,234``, ``43.1 %``, ``1,234.50 USD``, or a dash."""
    if value is None:
        return DASH
    match metric.unit:
        case Unit.COUNT:
            return f"{value:,.0f}"
        case Unit.RATIO:
            return f"{_round(value * _HUNDRED)} %"
        case Unit.MONEY:
            return f"{value:,.2f} {currency}".rstrip()


def _percent(difference: Decimal, baseline: Decimal) -> Decimal | None:
    """A share of nothing says nothing, and neither does one of a figure below zero."""
    return _round(difference / baseline * _HUNDRED) if baseline > 0 else None


def _words(metric: Metric, arrow: Arrow, current: Decimal, baseline: Decimal, *, percent: Decimal | None, currency: str) -> str:
    now, then = in_words(metric, current, currency=currency), in_words(metric, baseline, currency=currency)
    if arrow is Arrow.SAME:
        return f"{now}, as before"
    if percent is None:
        why = "zero" if baseline == 0 else "below zero"
        return f"{arrow.value} from {then} to {now}; no percentage, because the baseline is {why}"
    if metric.unit is Unit.RATIO:
        return f"{arrow.value} from {then} to {now}, by {abs(_round((current - baseline) * _HUNDRED))} percentage points"
    return f"{arrow.value} {abs(percent)} %, from {then} to {now}"


def _round(value: Decimal) -> Decimal:
    return value.quantize(_TENTH, rounding=ROUND_HALF_EVEN)
