"""When reports by mail are due: on Monday, or on the 1st, from seven in the morning where the organization is."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.models import DigestFrequency

BEGINS = time(7)


@dataclass(frozen=True)
class Period:
    """What one report is for; it is due from its beginning until the next one's."""

    frequency: DigestFrequency
    first_day: date
    zone: str

    @property
    def key(self) -> str:
        """``2026-W47`` by the ISO calendar, or ``2026-11``."""
        if self.frequency is DigestFrequency.WEEKLY:
            year, week, _day = self.first_day.isocalendar()
            return f"{year}-W{week:02}"
        return f"{self.first_day:%Y-%m}"

    @property
    def begins_at(self) -> datetime:
        """In UTC: two instants of one zone would be compared by what clocks on the wall say."""
        return datetime.combine(self.first_day, BEGINS, ZoneInfo(self.zone)).astimezone(UTC)

    @property
    def after(self) -> "Period":
        return Period(self.frequency, self._moved(1), self.zone)

    @property
    def before(self) -> "Period":
        return Period(self.frequency, self._moved(-1), self.zone)

    def _moved(self, by: int) -> date:
        if self.frequency is DigestFrequency.WEEKLY:
            return self.first_day + by * timedelta(weeks=1)
        middle = self.first_day.replace(day=15) + by * timedelta(days=30)  # always in the month beside
        return middle.replace(day=1)


def newest(frequency: DigestFrequency, *, zone: str, now: datetime) -> Period:
    """The last period that has begun. After a long silence those between are left out: nobody wants a pile of old reports."""
    today = now.astimezone(ZoneInfo(zone)).date()
    is_weekly = frequency is DigestFrequency.WEEKLY
    period = Period(frequency, today - timedelta(days=today.weekday()) if is_weekly else today.replace(day=1), zone)
    return period if period.begins_at <= now else period.before
