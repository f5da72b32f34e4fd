"""One use case, one transaction: commit what it did, then nudge the queue for what it asked for."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import structlog
from sqlalchemy.orm import Session

from app import audit
from app.extensions import db, will_write
from app.nudge import nudge
from app.queue import QueueClass

log = structlog.get_logger(__name__)

before_commit: list[Callable[[Session], None]] = []
"""What has to follow, in the same transaction, from what was done in it; the factory registers it."""

_wanted: ContextVar[set[QueueClass] | None] = ContextVar("wanted_nudges", default=None)


@contextmanager
def transaction() -> Iterator[None]:
    """Commit what the block did, then nudge; undo both on an error.

    Entry points open it, use cases never do. A nudge that cannot be sent is no error: the rows are committed, and
    the sweep sends it later.
    """
    if _wanted.get() is not None:
        raise RuntimeError("a transaction is open already: only entry points open one")
    wanted: set[QueueClass] = set()
    reset_wanted = _wanted.set(wanted)
    reset_write = will_write.set(True)
    try:
        try:
            yield
            for follow in before_commit:
                follow(db.session())
            audit.write_pending(db.session())
            db.session.commit()
        except BaseException:
            audit.forget_pending(db.session())
            db.session.rollback()
            raise
    finally:
        _wanted.reset(reset_wanted)
        will_write.reset(reset_write)
    for queue in sorted(wanted):
        nudge(queue)


def release() -> None:
    """End the reads so far before something slow begins: hashing a password, talking to a server.

    A form's first SELECT takes SQLite's write lock, and whoever holds it during the slow part stops every other
    writer. What was read is read again in the transaction that follows.
    """
    if _wanted.get() is not None:
        raise RuntimeError("a transaction is open: nothing slow belongs into it")
    db.session.rollback()


def nudge_after_commit(queue: QueueClass) -> None:
    """Ask for a worker once the open transaction is committed."""
    wanted = _wanted.get()
    if wanted is None:
        raise RuntimeError("no transaction is open")
    wanted.add(queue)
