"""The one place that asks what time it is. UTC, always with its zone."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

_ahead: ContextVar[timedelta] = ContextVar("ahead", default=timedelta(0))


def utc_now() -> datetime:
    """The present instant, in UTC, with microseconds."""
    return datetime.now(UTC) + _ahead.get()


def moved() -> timedelta:
    """How far this context's clock is moved: zero but inside :func:`moved_by`."""
    return _ahead.get()


@contextmanager
def moved_by(span: timedelta) -> Iterator[None]:
    """Let what the block does happen at another time: for made-up companies and for tests. Leases of jobs do not follow, for
    several processes compare them."""
    before = _ahead.set(span)
    try:
        yield
    finally:
        _ahead.reset(before)
