"""Small files shaped by a suggested map, and what came of them."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from app.imports.field_map import MapSpec, Transform, problems, suggest
from app.imports.files import ColumnProfile, Prepared, inspect_file, prepare
from app.imports.shaping import Bounds, Shaped, shape

CHICAGO = "America/Chicago"
Row = dict[str, Any]


def text_of(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([titles, *rows])
    return out.getvalue()


def map_of(data_type: str, titles: Sequence[str], how: Mapping[str, Transform] | None = None) -> MapSpec:
    """The suggested map of columns of which only the titles are known, with other transforms for some of them."""
    fields = suggest(data_type, [ColumnProfile(title, "text", 0, 1, ()) for title in titles])
    given = how or {}
    spec = MapSpec(data_type, 1, tuple(replace(field, transform=given.get(field.source, field.transform)) for field in fields))
    assert not problems(spec)
    return spec


@contextmanager
def shaped(
    directory: Path,
    data_type: str,
    text: str,
    *,
    how: Mapping[str, Transform] | None = None,
    zone: str = CHICAGO,
    sealed_before: date | None = None,
    bounds: Bounds | None = None,
    totals_rows: int = 0,
) -> Iterator[Shaped]:
    path = directory / "rows.csv"
    path.write_text(text, encoding="utf-8", newline="")
    titles = next(csv.reader(io.StringIO(text)))
    prepared = Prepared(path, ",", '"', 1, tuple(titles), 2, totals_rows)
    with shape(
        prepared, map_of(data_type, titles, how), zone=zone, sealed_before=sealed_before, bounds=bounds, directory=directory
    ) as result:
        yield result


def rows_of(result: Shaped) -> list[Row]:
    found = result.connection.execute("SELECT * FROM shaped ORDER BY row_no")
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def rejects_of(result: Shaped) -> list[tuple[int, str, str, str]]:
    return [(one.row_number, one.field, one.reason, one.sample) for one in result.rejects(100)]


@contextmanager
def imported(directory: Path, path: Path, data_type: str, zone: str) -> Iterator[Shaped]:
    """A file on the whole way that a command takes: inspected, its map suggested, prepared, shaped."""
    found = inspect_file(path)
    spec = MapSpec(data_type, 1, suggest(data_type, found.columns))
    assert not problems(spec)
    prepared = prepare(path, found.reading, directory)
    with shape(prepared, spec, zone=zone, sealed_before=None, bounds=None, directory=directory) as result:
        yield result
