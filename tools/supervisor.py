"""Keeps processes running, and ends all of them."""

import math
import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tools.preflight import ROOT, open_log, shown
from tools.processes import ENDING, ROUND, Signals, adopt_orphans, children, die_with_parent, end_all

LOG_BYTES = 5 * 1024 * 1024
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
STEADY_AFTER = 60.0
"""A process that ran so long has no history of crashes any more."""


def say(text: str) -> None:
    """Tell the person at the terminal; one that went away must not stop the stopping."""
    with suppress(OSError, ValueError):
        print(text, flush=True)


@dataclass
class Child:
    """One process that is to run all the time."""

    name: str
    command: list[str]
    log: Path
    grace: float = 8.0
    """Seconds to end by itself."""
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    crashes: int = 0
    again_at: float = 0.0
    is_over_once_done: bool = False
    """It has an end: once it got there, it is not started again."""

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self, environment: dict[str, str]) -> None:
        with open_log(self.log) as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                process_group=0,  # a Ctrl-C at the terminal is for the supervisor alone
                preexec_fn=partial(die_with_parent, os.getpid(), signal.SIGTERM),  # noqa: PLW1509  # there are no threads here
            )
        self.started_at = time.monotonic()

    def tell(self, number: int) -> None:
        if self.process is not None and self.process.poll() is None:
            with suppress(OSError):
                os.killpg(self.process.pid, number)


class StoppedError(Exception):
    """Somebody asked for the end while something was being waited for."""


@dataclass
class Supervisor:
    """Starts children in the order in which they were added and ends them in the opposite one."""

    log_dir: Path
    environment: dict[str, str]
    children: list[Child] = field(default_factory=list)

    def __post_init__(self) -> None:
        adopt_orphans()
        self._parent = os.getppid()
        self.signals = Signals(*ENDING)

    @property
    def is_told_to_stop(self) -> bool:
        return bool(self.signals.received) or os.getppid() != self._parent

    def add(self, name: str, command: list[str], *, grace: float = 8.0, is_over_once_done: bool = False) -> Child:
        """Start a process and keep it running from now on, or until its work is done."""
        child = Child(name, command, self.rotated(name), grace, is_over_once_done=is_over_once_done)
        child.start(self.environment)
        self.children.append(child)
        return child

    def rotated(self, name: str) -> Path:
        """The log of that name; a long one is put aside first."""
        path = self.log_dir / f"{name}.log"
        with suppress(FileNotFoundError):
            if path.stat().st_size > LOG_BYTES:
                path.replace(path.with_suffix(".log.1"))
        return path

    def run_once(self, name: str, command: list[str]) -> bool:
        """Run a command to its end.

        :return: whether it succeeded
        :raises StoppedError: if the end was asked for meanwhile
        """
        child = Child(name, command, self.rotated(name))
        child.start(self.environment)
        while child.is_running:
            if self.is_told_to_stop:
                raise StoppedError
            self.signals.wait(ROUND)
        return child.process is not None and child.process.returncode == 0

    def pause(self, seconds: float) -> None:
        """Wait a little.

        :raises StoppedError: if the end was asked for
        """
        if self.is_told_to_stop:
            raise StoppedError
        self.signals.wait(seconds)

    def watch(self) -> None:
        """Keep everything running until the end is asked for."""
        while not self.is_told_to_stop:
            for child in self.children:
                self._look_after(child)
            self.signals.wait(ROUND)

    def _look_after(self, child: Child) -> None:
        if child.is_running:
            return
        now = time.monotonic()
        if child.process is not None and child.is_over_once_done and child.process.returncode == 0:
            child.process, child.again_at = None, math.inf
        elif child.process is not None:
            self._note_crash(child, child.process.returncode, now)
        elif now >= child.again_at:
            child.start(self.environment)

    def _note_crash(self, child: Child, status: int, now: float) -> None:
        if now - child.started_at > STEADY_AFTER:
            child.crashes = 0
        wait = min(FIRST_PAUSE * 2**child.crashes, LONGEST_PAUSE)
        child.crashes, child.again_at, child.process = child.crashes + 1, now + wait, None
        how = f"by signal {-status}" if status < 0 else f"with status {status}"
        say(f"{child.name} ended by itself {how} and is started again in {wait:g} s; its log is {shown(child.log)}.")
        end_all(self._orphans, grace=0)

    def _orphans(self) -> set[int]:
        """What a dead child left running: nobody would ever stop it."""
        return children() - {child.process.pid for child in self.children if child.process is not None}

    def stop(self) -> None:
        """End all, the last one first; a second signal ends the waiting."""
        self.signals.received.clear()
        *first, last = reversed(self.children) if self.children else [None]
        for group in (first, [last]):
            self._stop([child for child in group if child is not None])
        end_all(children, grace=0)

    def _stop(self, group: list[Child]) -> None:
        for child in group:
            child.tell(signal.SIGTERM)
        began = time.monotonic()
        while running := [child for child in group if child.is_running]:
            for child in running:
                if self.signals.received or time.monotonic() - began > child.grace:
                    child.tell(signal.SIGKILL)
            self.signals.wait(0.05)
