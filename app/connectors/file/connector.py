"""Access to supplied exports: is there a place for them, can it be used, and is the source named?"""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Self

from app.connectors.base import CheckStep, Opening, RefusedError, RetryableError

ROOM_WANTED = 1024**3
"""Less free space than this is a warning: an import stages its rows before it replaces any."""
ROOM_NEEDED = 64 * 1024**2
_GIGABYTE = 1024**3


class FileConnector:
    """The upload area of one connector."""

    steps = (
        "The upload area is there",
        "Files can be written, read and removed",
        "There is room for exports",
        "The source has a name",
    )

    def __init__(self, upload_area: Path, *, source_label: str) -> None:
        self.upload_area = upload_area
        self.source_label = source_label

    @classmethod
    def of(cls, opening: Opening) -> Self:
        return cls(opening.upload_area, source_label=opening.source_label)

    def check(self) -> Iterator[CheckStep]:
        yield self._area_is_there()
        yield self._files_can_be_used()
        yield self._there_is_room()
        yield self._source_is_named()

    def _area_is_there(self) -> CheckStep:
        try:
            self.upload_area.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as exc:
            raise RefusedError(
                "The upload area cannot be made: the data directory is missing, is not a directory or may not be written to. "
                "Check FIVEGATE_DATA_DIR and who owns that directory."
            ) from exc
        return CheckStep("area", "The upload area is there.")

    def _files_can_be_used(self) -> CheckStep:
        probe = self.upload_area / f".probe-{secrets.token_hex(8)}"
        content = secrets.token_bytes(64)
        try:
            with os.fdopen(os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
            found = probe.read_bytes()
            probe.unlink()
        except OSError as exc:
            raise RefusedError(
                "A file in the upload area could not be written, read back and removed. "
                "Check who owns the data directory and whether its disk is full."
            ) from exc
        finally:
            with suppress(OSError):
                probe.unlink(missing_ok=True)
        if found != content:
            raise RetryableError(
                "A file in the upload area read back differently from what was written. Check the disk of the data directory."
            )
        return CheckStep("probe", "A file was written, read back and removed.")

    def _there_is_room(self) -> CheckStep:
        try:
            free = shutil.disk_usage(self.upload_area).free
        except OSError as exc:
            raise RetryableError("The free space of the upload area could not be read. Check the disk of the data directory.") from exc
        if free < ROOM_NEEDED:
            raise RefusedError("The disk of the upload area is full. Make room there, then check again.")
        if free < ROOM_WANTED:
            return CheckStep("room", "Less than 1 GB is free for exports.", is_warning=True)
        return CheckStep("room", f"{free // _GIGABYTE:,} GB are free for exports.")

    def _source_is_named(self) -> CheckStep:
        if not self.source_label.strip():
            raise RefusedError("The source has no name. Give the connector a source label that the client will recognise.")
        return CheckStep("source", f"The source is named “{self.source_label}”.")
