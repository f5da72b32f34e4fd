"""Starting programs of ours from outside, and finding whatever they leave behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

ROOT = Path(__file__).resolve().parents[2]
MARK = "FIVEGATE_TEST_MARK"


class Marked:
    """A program and all that comes of it: they inherit a mark in their environment."""

    def __init__(self, command: list[str], *, log: Path, **environment: str) -> None:
        self.mark = uuid4().hex
        self.log = log
        # The settings of whoever runs the tests are none of the program's business.
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("FIVEGATE_", "FLASK_", "MAKE"))}
        with log.open("ab") as out:
            # As from a terminal: a suite that was started in the background ignores SIGINT, and so would its children.
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**inherited, **environment, MARK: self.mark},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  # no other thread forks here
            )

    @classmethod
    def python(cls, *arguments: str, log: Path, **environment: str) -> "Marked":
        return cls([sys.executable, *arguments], log=log, **environment)

    @property
    def said(self) -> str:
        return self.log.read_text()

    def wait_until_it_says(self, text: str, *, seconds: float = 150) -> None:
        deadline = time.monotonic() + seconds
        while text not in self.said:
            assert self.process.poll() is None, f"it ended with status {self.process.returncode} and said:\n{self.said}"
            assert time.monotonic() < deadline, f"it did not say {text!r}, but:\n{self.said}"
            time.sleep(0.05)

    def left(self) -> dict[int, str]:
        """Processes that carry the mark, by number, with their command lines."""
        needle = f"{MARK}={self.mark}".encode()
        found = {}
        for pid in _process_ids():
            with suppress(OSError):
                if needle in Path(f"/proc/{pid}/environ").read_bytes():
                    found[pid] = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        return found

    def assert_nothing_is_left(self, *, seconds: float = 30) -> None:
        """Reap the program itself, then wait for the others to be gone."""
        deadline = time.monotonic() + seconds
        while (left := self.left()) or self.process.poll() is None:
            assert time.monotonic() < deadline, f"still there: {left}; it said:\n{self.said}"
            time.sleep(0.05)

    def end(self) -> None:
        """Whatever the test came to, leave nothing."""
        while left := self.left():
            for pid in left:
                with suppress(OSError):
                    os.kill(pid, 9)
            self.process.poll()
            time.sleep(0.05)
        self.process.wait()


def _process_ids() -> Iterator[int]:
    for entry in Path("/proc").glob("[0-9]*"):
        yield int(entry.name)
