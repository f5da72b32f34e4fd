"""Looking at a file without importing it."""

from __future__ import annotations

from pathlib import Path

from app.imports.files.csv_files import inspect_csv
from app.imports.files.reading import XLSX, FileRefused, Inspection, Reading
from app.imports.files.recognizing import recognize
from app.imports.files.workbook import inspect_workbook


def inspect_file(path: Path, *, name: str = "", reading: Reading | None = None) -> Inspection:
    """Guess how a file is read, unless that is given, and what its columns hold.

    :raises FileRefused: if it is no table that can be read
    """
    kind = recognize(path, name=name or path.name)
    if reading is not None and reading.kind != kind:
        raise FileRefused(_other_kind(kind))
    return inspect_workbook(path, reading) if kind == XLSX else inspect_csv(path, reading)


def _other_kind(kind: str) -> str:
    found = "an Excel workbook" if kind == XLSX else "a text file"
    return f"This is {found}, but the field map was made for the other kind. Look at the file again and confirm how it is read."
