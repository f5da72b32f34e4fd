"""The one place that asks what time it is. UTC, always with its zone."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The present instant, in UTC, with microseconds."""
    return datetime.now(UTC)
