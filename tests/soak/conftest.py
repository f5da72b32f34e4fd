"""The same processes as the queue's tests use."""

from tests.queue.conftest import background, nursery

__all__ = ["background", "nursery"]
