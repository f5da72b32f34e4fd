"""What must be true before anything is started. Standard library only: the set-up asks too, before there is a virtual environment."""

import errno
import fcntl
import os
import socket
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
PRIVATE_DIR = 0o700
PRIVATE_FILE = 0o600


class CannotStartError(Exception):
    """The text is one sentence for the person at the terminal."""


def data_dir() -> Path:
    """Where databases, keys, logs and mails of this installation are."""
    return Path(os.environ.get("FIVEGATE_DATA_DIR") or ROOT / "var").absolute()


def private_directory(path: Path) -> Path:
    path.mkdir(mode=PRIVATE_DIR, parents=True, exist_ok=True)
    return path


def open_log(path: Path) -> IO[bytes]:
    """A log that only its owner reads: it may hold addresses of pages that somebody asked for."""
    private_directory(path.parent)
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, PRIVATE_FILE), "ab", buffering=0)


def parse_port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise CannotStartError(f"PORT={text} is not a port: choose a number from 1 to 65535, for instance make run PORT=9000.")
    return int(text)


def require_free_port(port: int) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError as exc:
            if exc.errno == errno.EADDRINUSE:
                other = 9000 if port != 9000 else 9001
                raise CannotStartError(
                    f"Port {port} is taken by another program: stop it, or choose another port, make run PORT={other}."
                ) from None
            if exc.errno == errno.EACCES:
                raise CannotStartError(
                    f"Port {port} is reserved for the system: choose one from 1024 on, for instance make run PORT=9000."
                ) from None
            raise


def claim(directory: Path) -> IO[bytes]:
    """Make sure that nobody else runs from this data directory, for as long as the returned file is open.

    :raises CannotStartError: if somebody does
    """
    lock = open_log(private_directory(directory) / "run.lock")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise CannotStartError(
            f"Fivegate runs already with the data in {shown(directory)}: use that one, or stop it first with Ctrl-C in its window."
        ) from None
    return lock


def shown(path: Path) -> str:
    """A path as short as it can be said."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)
