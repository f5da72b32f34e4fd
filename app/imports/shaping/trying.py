"""A look at the first rows through the very SQL that imports them."""

from __future__ import annotations

from pathlib import Path

from app.imports.field_map import MapSpec
from app.imports.files import FileRefused, Prepared
from app.imports.files.values import masked
from app.imports.reasons import BY_NUMBER, sentence
from app.imports.shaping import reader
from app.imports.shaping.columns import PLACES
from app.imports.shaping.plan import Plan
from app.imports.shaping.run import open_database, unreadable
from app.models.field_maps import PrivacyClass

ROW, DAY, REFUSED = "Row", "Counts on", "Refused"
HIDDEN = {PrivacyClass.PERSONAL, PrivacyClass.SECRET}


def try_out(prepared: Prepared, spec: MapSpec, *, zone: str, directory: Path, rows: int = 20) -> list[dict[str, str]]:
    """The first rows that can be read, by the labels of the map, as they would be kept; what is personal is masked.

    :raises FileRefused: as ``shape`` does
    """
    import duckdb  # when it is needed: most processes work without it

    plan = Plan.of(spec, prepared.titles, zone=zone, sealed_before=None, signs=reader.signs_in(prepared.path))
    head = f"SELECT * FROM ({reader.source(prepared)}) LIMIT {int(rows)}"  # noqa: S608  # a number
    texts = [column.n("y") for column in plan.columns]
    connection = open_database(directory)
    try:
        found = connection.execute(
            f"SELECT fault, CAST(local_date AS VARCHAR), {', '.join(texts)} FROM ({plan.select(head, with_texts=True)})"  # noqa: S608
        ).fetchall()
    except (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.InvalidInputException) as exc:
        raise FileRefused(unreadable(exc)) from exc
    finally:
        connection.close()
    return [_shown(plan, prepared.first_row_number + place, *row) for place, row in enumerate(found)]


def _shown(plan: Plan, number: int, fault: int | None, day: str | None, *texts: str | None) -> dict[str, str]:
    shown = {ROW: str(number)}
    for column, text in sorted(zip(plan.columns, texts, strict=True), key=lambda pair: pair[0].mapped.position):
        name = column.mapped.label or column.mapped.source
        shown[name] = masked(text or "") if column.mapped.privacy in HIDDEN else text or ""
    shown[DAY] = day or ""
    shown[REFUSED] = _why(plan, fault)
    return shown


def _why(plan: Plan, fault: int | None) -> str:
    if fault is None:
        return ""
    title = plan.titles().get(fault % PLACES, "")
    said = sentence(BY_NUMBER[fault // PLACES])
    return f"{title}: {said}" if title else said
