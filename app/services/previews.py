"""The first rows of a file as a map would keep them: the very code that imports them, on a few rows."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.imports.field_map import MapSpec
from app.imports.files import FileRefused, Reading, prepare
from app.imports.shaping import try_out
from app.models import StoredFile
from app.services import uploads
from app.services.errors import NotPossible

ROWS = 20


@dataclass(frozen=True)
class Preview:
    """Rows by column, as text."""

    columns: tuple[str, ...]
    rows: Sequence[dict[str, str]]


@contextmanager
def opened(stored: StoredFile) -> Iterator[Path]:
    """The plain file, for :func:`preview`."""
    with uploads.plain(stored) as path:
        yield path


def preview(path: Path, reading: Reading, spec: MapSpec, *, zone: str) -> Preview:
    """Slow for a large file.

    :raises NotPossible: if the file cannot be read that way
    """
    try:
        prepared = prepare(path, reading, path.parent)
        rows = try_out(prepared, spec, zone=zone, directory=path.parent, rows=ROWS)
    except FileRefused as exc:
        raise NotPossible(str(exc)) from exc
    return Preview(tuple(dict.fromkeys(name for row in rows for name in row)), rows)
