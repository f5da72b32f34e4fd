"""How values look in templates."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from flask import Flask

from app.clock import utc_now

MINUTE, HOUR, DAY = 60, 3600, 86400


def init_app(app: Flask) -> None:
    app.add_template_filter(instant)
    app.add_template_filter(day)
    app.add_template_filter(local_day)
    app.add_template_filter(ago)
    app.add_template_filter(duration)
    app.add_template_filter(whole)


def instant(value: datetime | None, zone: str = "UTC") -> str:
    """``3 Oct 2026, 14:05 UTC``; a dash for nothing."""
    if value is None:
        return "–"
    local = value.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%b %Y, %H:%M} {local.tzname() if zone != 'UTC' else 'UTC'}"


def day(value: date | None) -> str:
    """``3 Oct 2026``; a dash for nothing."""
    return "–" if value is None else f"{value.day} {value:%b %Y}"


def local_day(value: datetime | None, zone: str) -> str:
    """The day on which an instant lies somewhere; a dash for nothing."""
    return "–" if value is None else day(value.astimezone(ZoneInfo(zone)).date())


def ago(value: datetime | None) -> str:
    """Distance to now in words; the exact instant belongs into the element's title."""
    if value is None:
        return "–"
    seconds = (utc_now() - value.astimezone(UTC)).total_seconds()
    if abs(seconds) < MINUTE:
        return "just now"
    past = seconds > 0
    seconds = abs(seconds)
    if seconds < HOUR:
        text = _count(int(seconds // MINUTE), "minute")
    elif seconds < DAY:
        text = _count(int(seconds // HOUR), "hour")
    else:
        text = _count(int(seconds // DAY), "day")
    return f"{text} ago" if past else f"in {text}"


def duration(seconds: float | None) -> str:
    """``1 h 5 min``, ``42 s``; a dash for nothing."""
    if seconds is None:
        return "–"
    total = max(0, int(seconds))
    if total < MINUTE:
        return f"{total} s"
    if total < HOUR:
        return f"{total // MINUTE} min {total % MINUTE} s"
    return f"{total // HOUR} h {total % HOUR // MINUTE} min"


def whole(value: int | None) -> str:
    """``12,345``; a dash for nothing, which is not zero."""
    return "–" if value is None else f"{value:,}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
