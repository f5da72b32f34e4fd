"""What can go wrong while rows are brought in, in sentences for people."""

import errno
import sqlite3

from sqlalchemy.exc import DBAPIError

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
NO_ROOM_WORDS = ("no space left", "file too large", "disk quota", "not enough disk space", "database or disk is full")
SERVER_HAS_NO_ROOM = frozenset({3, 28, 1021, 1114, 3675})
"""Writing a temporary file failed, no space, disk full, table full, the tablespace cannot grow."""

HERE_IS_NO_ROOM = (
    "The disk of this machine is full, so the file could not be worked on. Nothing of it was saved. Make room in the data "
    "directory and import the file again."
)
THERE_IS_NO_ROOM = (
    "The disk of the database is full, so the rows could not be saved. Nothing of the file was kept. Make room on the "
    "database server and import the file again."
)
NO_MEMORY = (
    "The rows of this file are too long to be worked on in the memory that an import may use. Nothing of it was saved. "
    "Split the file into smaller ones and import them one after the other."
)


class SupersededError(Exception):
    """Another attempt of the same batch has begun: whoever gets this writes nothing more."""


class LoadError(Exception):
    """The database did not take the rows as they were sent. Nothing of the piece was kept."""


def sentence_of(exc: BaseException) -> str:
    """What to tell people about an error that another attempt would meet again; empty if that cannot be said."""
    import duckdb  # when it is needed: most processes work without it

    if isinstance(exc, DBAPIError):
        return THERE_IS_NO_ROOM if _database_is_full(exc) else ""
    if isinstance(exc, OSError) and exc.errno in NO_ROOM:
        return HERE_IS_NO_ROOM
    if isinstance(exc, duckdb.Error):
        text = str(exc).lower()
        if any(words in text for words in NO_ROOM_WORDS):
            return HERE_IS_NO_ROOM
        if isinstance(exc, duckdb.OutOfMemoryException):
            return NO_MEMORY
    if isinstance(exc, LoadError):
        return str(exc)
    return ""


def _database_is_full(exc: DBAPIError) -> bool:
    cause = exc.orig
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    number = cause.args[0] if cause is not None and cause.args else None
    return number in SERVER_HAS_NO_ROOM
