"""Dates that people choose for figures: typed inclusively, kept half-open."""

from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Any, Self

from flask import request
from wtforms import ValidationError
from wtforms.form import BaseForm

from app.metrics.windows import DAY, LONGEST, Window
from app.web.fields import DayField, Form, Required

EARLIEST, LATEST = date(2000, 1, 1), date(2199, 12, 31)
"""Days that figures can be asked for."""


class FirstDay(DayField):
    """The first day of a window."""

    def pre_validate(self, form: BaseForm) -> None:  # noqa: ARG002  # the name is wtforms's
        check_day(self.data)


class LastDay(DayField):
    """The last day of a window, which belongs to it."""

    def __init__(self, label: str, validators: Any = None, *, first: str, **options: Any) -> None:
        super().__init__(label, validators, **options)
        self.first = first

    def pre_validate(self, form: BaseForm) -> None:
        check_day(self.data)
        first = form[self.first].data
        if self.data is None or first is None:
            return
        if self.data < first:
            raise ValidationError(f"Choose {first.isoformat()} or a later day: a window does not end before it begins.")
        if (self.data - first).days >= LONGEST:
            raise ValidationError(f"Choose an earlier day: a window is at most {LONGEST:,} days long.")


def check_day(day: date | None) -> None:
    if day is not None and not EARLIEST <= day <= LATEST:
        raise ValidationError(f"Choose a day between {EARLIEST.isoformat()} and {LATEST.isoformat()}.")


def typed_day(text: str | None) -> date | None:
    """A day in an address; None for what is none, or none that figures have."""
    try:
        day = date.fromisoformat(text or "")
    except ValueError:
        return None
    return day if EARLIEST <= day <= LATEST else None


def first_day(label: str = "From") -> FirstDay:
    return FirstDay(label, [Required("Enter the first day.")])


def last_day(label: str = "Until and including", *, first: str = "first") -> LastDay:
    return LastDay(label, [Required("Enter the last day.")], first=first)


def window_of(first: FirstDay, last: LastDay) -> Window:
    """What two valid fields say."""
    if first.data is None or last.data is None:
        raise ValueError("the validators demand both")
    return Window(first.data, last.data + DAY)


class AskedForm(Form):
    """A form that only asks: it is sent by its address, which can be kept and passed on."""

    class Meta(Form.Meta):
        csrf = False

    @classmethod
    def asked(cls) -> Self:
        """What the address asks for, looked at already."""
        form = cls(formdata=request.args)
        if form.is_sent:
            form.validate()
        return form

    @property
    def is_sent(self) -> bool:
        return any(field.raw_data for field in self)

    @property
    def is_good(self) -> bool:
        return not self.errors

    @property
    def status(self) -> HTTPStatus:
        return HTTPStatus.OK if self.is_good else HTTPStatus.UNPROCESSABLE_ENTITY


class WindowForm(AskedForm):
    first = first_day()
    last = last_day()

    @property
    def window(self) -> Window:
        return window_of(self.first, self.last)


@dataclass(frozen=True)
class Preset:
    """Two windows that people compare often."""

    label: str
    current: Window
    baseline: Window

    @property
    def arguments(self) -> dict[str, str]:
        return {
            "first": self.current.start.isoformat(),
            "last": self.current.last_day.isoformat(),
            "baseline_first": self.baseline.start.isoformat(),
            "baseline_last": self.baseline.last_day.isoformat(),
        }


def latest_month(through: date) -> Window:
    """The last month that is over on that day."""
    after = through + DAY
    this_month = Window.month(after.year, after.month)
    return this_month.before


def window_after(window: Window) -> Window:
    """The month after a calendar month, else as many days right after."""
    return Window.month(window.end.year, window.end.month) if window.is_month else Window(window.end, window.end + DAY * window.days)


def presets(through: date, *, week_start: int) -> list[Preset]:
    """:param through: the last day that is known"""
    month = latest_month(through)
    year_before = Window.month(month.start.year - 1, month.start.month)
    after = through + DAY
    week_end = after - DAY * ((after.isoweekday() - week_start) % 7)
    week = Window(week_end - 7 * DAY, week_end)
    days = Window(after - 28 * DAY, after)
    return [
        Preset("The last full month against the one before", month, month.before),
        Preset("The last full month against the same month a year before", month, year_before),
        Preset("The last full week against the one before", week, week.before),
        Preset("The last 28 known days against the 28 before", days, days.before),
    ]
