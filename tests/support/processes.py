"""Real worker and scheduler processes on the tests' database and a Valkey of their own."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from app.config import ROOT, Settings
from tests.support.valkey import Valkey

PATIENCE = 60.0
"""Long: the machine may be busy with other things. A test that waits for it is about to fail."""


@dataclass
class Nursery:
    """Starts processes fast: it has imported everything and forks."""

    process: subprocess.Popen[str]

    @classmethod
    def start(cls, module: str = "tests.support.worker") -> Self:
        command = [sys.executable, "-m", module]
        return cls(subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))

    def fork(self, **order: object) -> "Process":
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return Process(int(self.process.stdout.readline()))

    def stop(self) -> None:
        self.process.communicate(timeout=PATIENCE)


@dataclass(frozen=True)
class Process:
    """A process that was started for a test."""

    pid: int

    def send(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it as a crash would, and wait until it is gone."""
        self.send(signal.SIGKILL)
        eventually(lambda: not self.is_alive)

    @property
    def is_alive(self) -> bool:
        return is_alive(self.pid)

    @property
    def horses(self) -> list[int]:
        """Work-horses of a worker."""
        with suppress(FileNotFoundError):
            return [int(pid) for pid in Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()]
        return []


@dataclass
class Background:
    """Processes that work behind the pages; all of them end with the test."""

    settings: Settings
    valkey: Valkey
    directory: Path
    nursery: Nursery
    started: list[Process] = field(default_factory=list)

    def worker(self, queues: str = "interactive,import,watch") -> Process:
        return self._start("worker", queues)

    def scheduler(self) -> Process:
        return self._start("scheduler", "")

    def _start(self, role: str, queues: str) -> Process:
        log = str(self.directory / f"{role}.log")
        process = self.nursery.fork(role=role, queues=queues, environment=environment(self.settings), log=log)
        self.started.append(process)
        return process

    def restart_valkey(self) -> None:
        """Another one at the same place, with nothing in it."""
        self.valkey = type(self.valkey).start(self.valkey.directory)

    def said(self, role: str = "worker") -> str:
        log = self.directory / f"{role}.log"
        return log.read_text() if log.exists() else ""

    def stop(self) -> None:
        for process in self.started:
            process.send(signal.SIGKILL)
        for process in self.started:
            process.kill()
        self.valkey.stop()


def environment(settings: Settings) -> dict[str, str]:
    """What a process of this installation is started with."""
    return {f"FIVEGATE_{name.upper()}": _text(value) for name, value in settings if value is not None}


def _text(value: object) -> str:
    reveal = getattr(value, "get_secret_value", None)
    return str(reveal() if reveal else value)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def eventually(look: Callable[[], object], *, within: float = PATIENCE) -> None:
    """Wait until ``look`` finds what it looks for."""
    deadline = time.monotonic() + within
    while not look():
        assert time.monotonic() < deadline, f"not within {within:.0f} seconds"
        time.sleep(0.03)
