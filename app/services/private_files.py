"""Directories for plain copies of customers' files: nobody else can look into them, and none outlives its process.

Each is held by a lock that the system lets go when the process dies, however it dies. Whoever makes the next one
removes those that nobody holds any more.
"""

import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.services.errors import NotPossible
from app.services.installation import settings

_FRESH = "new-"
_PREFIX = "plain-"
_LOCK = ".held"
NO_ROOM = "The disk of this installation is full, so nothing was kept. Make room in the data directory, then try again."
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def private_directory() -> Iterator[Path]:
    """A new directory that is gone with all it holds at the end of the block."""
    area = work_area()
    sweep(area)
    fresh = Path(tempfile.mkdtemp(prefix=_FRESH, dir=area))  # mode 0700
    held = os.open(fresh / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(held, fcntl.LOCK_EX)
    directory = fresh.rename(area / fresh.name.replace(_FRESH, _PREFIX, 1))  # named so once it is held, or a sweep takes it
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)
        os.close(held)


def work_area() -> Path:
    """Where such directories are, and where a web server keeps an upload while it arrives."""
    area: Path = settings().data_dir / "work"
    area.mkdir(mode=0o700, parents=True, exist_ok=True)
    return area


def sweep(area: Path) -> int:
    """Remove what killed processes left.

    :return: how many directories
    """
    return sum(_removed(directory) for directory in area.glob(f"{_PREFIX}*"))


def _removed(directory: Path) -> bool:
    """Remove a directory that nobody holds. One without a lock was being removed when its process was killed."""
    try:
        held = os.open(directory / _LOCK, os.O_RDWR)
    except FileNotFoundError:
        shutil.rmtree(directory, ignore_errors=True)
        return not directory.exists()
    except OSError:
        return False
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # somebody works in it
        return False
    else:
        shutil.rmtree(directory, ignore_errors=True)
        return True
    finally:
        os.close(held)


@contextmanager
def room_needed() -> Iterator[None]:
    """Say a full disk in words.

    :raises NotPossible: instead of the system's error
    """
    try:
        yield
    except OSError as exc:
        if exc.errno in _FULL:
            raise NotPossible(NO_ROOM) from exc
        raise
