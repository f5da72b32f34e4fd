"""The way from a prepared file to shaped rows."""

# ruff: noqa: S608  # statements are put together from names, numbers and dates of ours

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from app.imports.field_map import MapSpec
from app.imports.files import FileRefused, Prepared
from app.imports.reasons import BY_NUMBER
from app.imports.shaping import reader
from app.imports.shaping.columns import PLACES, TEXTS
from app.imports.shaping.plan import Plan
from app.imports.shaping.result import Bounds, Shaped
from app.imports.shaping.values import quoted

if TYPE_CHECKING:
    import duckdb

MEMORY = "160MB"
THREADS = 2
ROW = ("external_id", "row_hash", "local_date", "occurred_at", "active", "amount")
REPEATED, LEFT_OUT, TOTAL = -1, -2, -3
"""In the place of a fault, for rows that do not count though nothing is wrong with them. Nothing is deleted: a row's number is its
place in the table."""
BEHIND_BROKEN_ROWS = (
    "CREATE TABLE shifts AS SELECT place + 1 - row_number() OVER (ORDER BY place) AS start, row_number() OVER (ORDER BY place) AS behind "
    "FROM broken",
    "CREATE TABLE spans AS SELECT start, max(behind) AS behind, lead(start, 1, 1000000000000) OVER (ORDER BY start) AS stop "
    "FROM shifts GROUP BY start",
    "UPDATE made SET shift = spans.behind FROM spans WHERE made.rowid >= spans.start AND made.rowid < spans.stop",
)
"""A row stands as many further down in the file as there are broken ones above it."""
BEATEN = (
    "CREATE TABLE beaten AS SELECT number FROM (SELECT rowid AS number, row_number() OVER (PARTITION BY external_id ORDER BY rowid DESC) "
    "AS age FROM made WHERE fault IS NULL AND hash(external_id) IN (SELECT digest FROM suspects)) WHERE age > 1"
)


def shape(prepared: Prepared, spec: MapSpec, *, zone: str, sealed_before: date | None, bounds: Bounds | None, directory: Path) -> Shaped:
    """Read the file by the map.

    :param zone: the organization's: days are days there
    :param sealed_before: rows of earlier days are refused
    :param bounds: of a test batch; None for all rows
    :param directory: private; what does not fit into memory goes there
    :raises FileRefused: if the file is broken as a whole, or lacks a column of the map
    """
    import duckdb  # when it is needed: most processes work without it

    plan = Plan.of(spec, prepared.titles, zone=zone, sealed_before=sealed_before, signs=reader.signs_in(prepared.path))
    known = {field.source for field in spec.fields}
    connection = open_database(directory)
    shaped = Shaped(connection, plan.titles(), unknown_titles=tuple(title for title in prepared.titles if title not in known))
    try:
        _make(shaped, plan, prepared)
        _count(shaped, bounds)
    except (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.InvalidInputException) as exc:
        shaped.close()
        raise FileRefused(unreadable(exc)) from exc
    except BaseException:
        shaped.close()
        raise
    return shaped


def open_database(directory: Path) -> duckdb.DuckDBPyConnection:
    """A database in memory that puts what is too much into files of the directory, which end with it."""
    import duckdb

    connection = duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"})
    connection.execute(f"SET memory_limit = '{MEMORY}'; SET threads = {THREADS}; SET TimeZone = 'UTC'; SET enable_progress_bar = false")
    connection.execute(f"SET temp_directory = {quoted(str(directory / 'duckdb'))}; SET preserve_insertion_order = true")
    # Lists of words would become joins, which need not keep the order of the file.
    connection.execute("SET disabled_optimizers = 'in_clause'")
    return connection


def _make(shaped: Shaped, plan: Plan, prepared: Prepared) -> None:
    """Tables ``made`` (every row that could be read, in the order of the file) and ``broken``, and the views over both."""
    run = shaped.connection.execute
    run(f"CREATE TABLE made AS {plan.select(reader.source(prepared))}")
    broken = reader.note_broken_rows(shaped.connection, prepared)
    if broken:
        for statement in BEHIND_BROKEN_ROWS:
            run(statement)
    first = prepared.first_row_number
    number = f"rowid + {first} + coalesce(shift, 0)"
    if prepared.totals_rows:
        _drop_totals(shaped, prepared.totals_rows, broken)
    columns = ", ".join((*ROW, f"{quoted(plan.kind.signal_kind)} AS signal_kind", *TEXTS, "attrs"))
    run(f"CREATE VIEW shaped AS SELECT {number} AS row_no, rowid AS place, {columns} FROM made WHERE fault IS NULL")
    parts = f"{number} AS row_no, fault // {PLACES} AS reason, fault % {PLACES} AS place, bad AS sample"
    others = f"SELECT place + {first}, reason, 0, sample FROM broken"
    run(f"CREATE VIEW rejected AS SELECT {parts} FROM made WHERE fault > 0 UNION ALL {others}")


def _drop_totals(shaped: Shaped, count: int, broken: int) -> None:
    """The last rows of the file, whether they could be read or not."""
    run = shaped.connection.execute
    read = _number(shaped, "SELECT count(*) FROM made")
    least = read + broken - count
    run(f"UPDATE made SET fault = {TOTAL} WHERE rowid + coalesce(shift, 0) >= {least}")
    run(f"DELETE FROM broken WHERE place >= {least}")


def _count(shaped: Shaped, bounds: Bounds | None) -> None:
    run = shaped.connection.execute
    shaped.rows_read = _number(
        shaped, f"SELECT (SELECT count(*) FROM made WHERE fault IS DISTINCT FROM {TOTAL}) + (SELECT count(*) FROM broken)"
    )
    counted = run("SELECT reason, count(*) FROM rejected GROUP BY reason ORDER BY reason").fetchall()
    shaped.reject_counts = {BY_NUMBER[number]: count for number, count in counted}
    shaped.rows_rejected = sum(shaped.reject_counts.values())
    shaped.rows_repeated = _drop_repeated(shaped)
    if bounds is not None:
        shaped.rows_left_out = _leave_out(shaped, bounds)
    row = run("SELECT count(*), min(local_date), max(local_date) FROM made WHERE fault IS NULL").fetchone()
    shaped.rows_kept, shaped.first_date, shaped.last_date = row or (0, None, None)


def _drop_repeated(shaped: Shaped) -> int:
    """An id that comes again: its last row wins. Digests are compared first, for ids hardly ever repeat."""
    run = shaped.connection.execute
    run("CREATE TABLE suspects AS SELECT hash(external_id) AS digest FROM made WHERE fault IS NULL GROUP BY digest HAVING count(*) > 1")
    dropped = 0
    if _number(shaped, "SELECT count(*) FROM suspects"):
        run(BEATEN)
        dropped = _number(shaped, "SELECT count(*) FROM beaten")
        run(f"UPDATE made SET fault = {REPEATED} WHERE rowid IN (SELECT number FROM beaten)")
    run("DROP TABLE suspects")
    return dropped


def _leave_out(shaped: Shaped, bounds: Bounds) -> int:
    """The newest rows stay; rows without a day come last."""
    run = shaped.connection.execute
    newest = run("SELECT max(local_date) FROM made WHERE fault IS NULL").fetchone()
    condition = ""
    if newest and newest[0]:
        condition = f" AND (local_date IS NULL OR local_date > DATE '{newest[0] - timedelta(days=bounds.days)}')"
    run(
        f"CREATE TABLE chosen AS SELECT rowid AS number FROM made WHERE fault IS NULL{condition} "
        f"ORDER BY local_date DESC NULLS LAST, rowid DESC LIMIT {int(bounds.rows)}"
    )
    before = _number(shaped, "SELECT count(*) FROM made WHERE fault IS NULL")
    run(f"UPDATE made SET fault = {LEFT_OUT} WHERE fault IS NULL AND rowid NOT IN (SELECT number FROM chosen)")
    return before - _number(shaped, "SELECT count(*) FROM chosen")


def _number(shaped: Shaped, query: str) -> int:
    row = shaped.connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def unreadable(error: duckdb.Error) -> str:
    """What DuckDB said names files and settings, and is for the log alone."""
    import duckdb

    if isinstance(error, duckdb.IOException | duckdb.OutOfMemoryException):
        return "There is not enough room to work on the file. Nothing of it was imported; make room on the disk and try again."
    return "The file cannot be read as a table. Look at how it is read: delimiter, quotes and header row."
