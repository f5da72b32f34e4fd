"""Excel workbooks (.xlsx)."""

from __future__ import annotations

from pathlib import Path

from app.imports.files.reading import FileRefused, Inspection, Prepared, Reading


def inspect_workbook(path: Path, given: Reading | None) -> Inspection:
    raise FileRefused(f"{path.name} is a workbook.")


def prepare_workbook(path: Path, reading: Reading, copy: Path) -> Prepared:
    raise FileRefused(f"{path.name} is a workbook.")
