"""Which window cards compare with their baseline. A rule, not dates: what was shown of it holds on the next day too."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from app.metrics.windows import Window

DAYS_28 = timedelta(days=28)


class WindowRule(StrEnum):
    """Keys outlive releases: never rename one."""

    MONTH = "month"
    DAYS_28 = "days_28"

    @property
    def label(self) -> str:
        return {"month": "The last whole month", "days_28": "The last 28 days"}[self.value]


DEFAULT = WindowRule.MONTH


@dataclass(frozen=True)
class Current:
    """The window that a rule gives, or why there is none."""

    window: Window | None
    why_not: str = ""


def current_window(rule: WindowRule, *, data_through: date | None, baseline: Window) -> Current:
    """The newest window of the rule that data reaches to the end of, behind the baseline's.

    :param data_through: the last day whose figures may be shown; None: nothing is known
    """
    if data_through is None:
        return Current(None, "Nothing was imported yet that could be compared with the baseline.")
    end = data_through + timedelta(days=1)
    if rule is WindowRule.MONTH:
        month = Window.month(data_through.year, data_through.month)
        window = month if month.end == end else _month_before(data_through)
    else:
        window = Window(end - DAYS_28, end)
    if window.start < baseline.end:
        return Current(
            None,
            f"{rule.label}, {window.label}, is not behind the baseline, {baseline.label}. Import later days, or freeze a baseline "
            "of earlier ones.",
        )
    return Current(window)


def _month_before(day: date) -> Window:
    last = day.replace(day=1) - timedelta(days=1)
    return Window.month(last.year, last.month)
