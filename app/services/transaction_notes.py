"""What one use case notes for another one at the end of the same transaction. What an earlier transaction noted counts no more,
however it ended."""

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy.orm import Session

T = TypeVar("T")


def note_of(session: Session, key: str, make: Callable[[], T]) -> T:
    """What the open transaction noted under a key; made where nothing was.

    :param key: of the session's ``info``
    """
    transaction: Any = session.get_transaction()
    found: tuple[Any, T] | None = session.info.get(key)
    if found is None or found[0] is not transaction:
        found = session.info[key] = (transaction, make())
    return found[1]
