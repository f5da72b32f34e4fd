"""What an import or a reversal does one after the other: said on the live panel, kept with the batch."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from app.jobs.handle import JobHandle
from app.services import import_work
from app.services.import_work import Order

TELLS_EVERY_SECONDS = 0.5


@dataclass
class Stage:
    """One of them while it is being done."""

    handle: JobHandle
    words: str
    expected: int | None
    rows: int = 0
    unit: str = "rows"
    """What is counted in ``rows``."""
    counts: dict[str, Any] = field(default_factory=dict)
    """Columns of the batch that are known at its end."""
    _told_at: float = field(default_factory=time.monotonic)

    def step(self, rows: int) -> None:
        """Say how far it is, not more often than anybody could read; also finds out whether to go on at all."""
        self.rows = rows
        if time.monotonic() - self._told_at >= TELLS_EVERY_SECONDS:
            self.tell()

    def say(self, words: str) -> None:
        """Say what is being done just now."""
        if time.monotonic() - self._told_at >= TELLS_EVERY_SECONDS:
            self.handle.progress(self.rows, self.expected, words)
            self._told_at = time.monotonic()

    def tell(self) -> None:
        self.handle.progress(self.rows, self.expected, self.words)
        self._told_at = time.monotonic()


class Stages:
    """All of them, in their order."""

    def __init__(self, handle: JobHandle, order: Order, *, keeps_former: bool = False) -> None:
        """:param keeps_former: what the batch says already stays before them: the import, where this is its reversal"""
        self._handle = handle
        self._order = order
        self.done: list[dict[str, object]] = list(order.stages) if keeps_former else []

    @contextmanager
    def stage(self, words: str, *, expected: int | None = None) -> Iterator[Stage]:
        """Do one; at its end the batch says so."""
        started = time.monotonic()
        stage = Stage(self._handle, words, expected)
        stage.tell()
        yield stage
        self.note(stage, seconds=time.monotonic() - started)
        with self._handle.piece() as piece:
            piece.done, piece.note = stage.rows, words
            import_work.note_stages(self._order, self.done, **stage.counts)

    def note(self, stage: Stage, *, seconds: float) -> None:
        unit = {} if stage.unit == "rows" else {"unit": stage.unit}
        self.done.append({"stage": stage.words, "rows": stage.rows, "seconds": round(seconds, 2), **unit})
