"""A clock that stands still, for tests in which codes change every thirty seconds."""

from collections.abc import Iterator

import pytest
import time_machine

from app.clock import utc_now
from app.security.totp import SECONDS


@pytest.fixture
def steady_clock() -> Iterator[None]:
    """The middle of a time step: otherwise a test that meets its end fails once in a while."""
    middle = int(utc_now().timestamp()) // SECONDS * SECONDS + SECONDS / 2
    with time_machine.travel(middle, tick=False):
        yield
