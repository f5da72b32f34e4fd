"""The way from a prepared file to shaped rows."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from app.imports.field_map import MapSpec
from app.imports.shaping.result import Bounds, Shaped

if TYPE_CHECKING:
    from app.imports.files import Prepared


def shape(prepared: Prepared, spec: MapSpec, *, zone: str, sealed_before: date | None, bounds: Bounds | None, directory: Path) -> Shaped:
    """Read the file by the map.

    :param directory: private, for the working database
    :raises FileRefused: if the file is broken
    """
    raise FileNotFoundError(prepared, spec, zone, sealed_before, bounds, directory)


def try_out(prepared: Prepared, spec: MapSpec, *, zone: str, directory: Path, rows: int = 20) -> list[dict[str, str]]:
    """The first rows as they would be kept."""
    raise FileNotFoundError(prepared, spec, zone, directory, rows)
