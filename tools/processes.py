"""Processes that leave none of theirs behind.

A child dies with its parent (``PR_SET_PDEATHSIG``), but a grandchild does not: a worker's job process lives on to its
end when the worker is killed. So whoever starts processes also becomes their *subreaper*: orphans below it become
its own children, and it can find and end them. Elsewhere than on Linux neither exists; process groups do there.
"""

import ctypes
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import FrameType

_ON_LINUX = sys.platform.startswith("linux")
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True) if _ON_LINUX else None


def adopt_orphans() -> None:
    """Become the parent of every process below this one that loses its own."""
    if _libc is not None:
        _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def die_with_parent(parent: int, number: int) -> None:
    """Have the kernel send ``number`` to this process when its parent is gone."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:  # it went before we asked
            os._exit(1)


def children() -> set[int]:
    """Processes whose parent is this one; those that ended and were not waited for are among them."""
    own = os.getpid()
    return {pid for pid, parent in _all_parents() if parent == own}


def _all_parents() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError, IndexError):
            # The name in parentheses may hold anything; the parent is the second word after it.
            yield int(entry.name), int((entry / "stat").read_text(errors="replace").rpartition(")")[2].split()[1])


def end_all(pids: Callable[[], set[int]], *, grace: float) -> None:
    """End every process that ``pids`` names, asking first, and those that become ours meanwhile."""
    deadline = time.monotonic() + grace
    asked: set[int] = set()
    while found := pids():
        late = time.monotonic() > deadline
        for pid in found:
            if late or pid not in asked:
                with suppress(OSError):
                    os.kill(pid, signal.SIGKILL if late else signal.SIGTERM)
                asked.add(pid)
            with suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
        time.sleep(0.02)


def catches_interrupts(pid: int) -> bool:
    """Whether a process does something of its own when it is interrupted.

    ``make`` does, until it was: a script that interrupts make alone, and not everybody at a terminal, makes it wait
    for us with the default handling put back. That is how to notice.
    """
    with suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("SigCgt:"):
                return bool(int(line.split()[1], 16) & (1 << (signal.SIGINT - 1)))
    return False


class Signals:
    """Signals as something to wait for, instead of something that interrupts."""

    def __init__(self, *numbers: int) -> None:
        self.received: list[int] = []
        self._read, write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(write, False)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, self._wake)
        for number in numbers:
            if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:
                continue  # nohup
            signal.signal(number, self._receive)

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        self.received.append(number)

    def _wake(self, _number: int, _frame: FrameType | None) -> None:
        """The pipe wakes whoever waits."""

    def wait(self, seconds: float) -> None:
        """Wait until something happens, or for ``seconds``."""
        select.select([self._read], [], [], seconds)
        with suppress(BlockingIOError):
            os.read(self._read, 4096)


ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
ROUND = 0.25
KILLED_GRACE = 3.0


def guarded(work: Callable[[], int], *, ends_with_parent: bool) -> int:
    """Do ``work`` in a process of its own and, whatever becomes of that, leave no process behind.

    It is in a process group of its own, so that a Ctrl-C comes to it once, from here.

    :param ends_with_parent: end, too, when the process that started this one ends or was interrupted
    :return: its exit status
    """
    parent, guard = os.getppid(), os.getpid()
    adopt_orphans()
    if ends_with_parent:
        die_with_parent(parent, signal.SIGTERM)
    signals = Signals(*ENDING)
    worker = os.fork()
    if worker == 0:
        os.setpgid(0, 0)
        die_with_parent(guard, signal.SIGTERM)
        sys.exit(work())
    told, waits_for_interrupt = False, catches_interrupts(parent)
    while True:
        ended, status = os.waitpid(worker, os.WNOHANG)
        if ended:
            break
        parent_ends = os.getppid() != parent or (waits_for_interrupt and not catches_interrupts(parent))
        if ends_with_parent and parent_ends and not told:
            signals.received.append(signal.SIGTERM)
        while signals.received:
            told = True
            with suppress(ProcessLookupError):
                os.kill(worker, signals.received.pop(0))
        signals.wait(ROUND)
    end_all(children, grace=KILLED_GRACE)
    return os.waitstatus_to_exitcode(status) if not os.WIFSIGNALED(status) else 128 + os.WTERMSIG(status)
