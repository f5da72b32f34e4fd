"""Finding what is new and what changed, and bringing just that in. Nobody sees any of it before the commit point."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from app.homes import Home
from app.imports.engine import sifting
from app.imports.engine.columns import KEYS, LEAD, RECORD
from app.imports.engine.errors import LoadError
from app.imports.engine.keys import KeyMaker, with_keys
from app.imports.engine.loading import Loader, Piece, Source
from app.imports.engine.sifting import Span
from app.imports.engine.states import State, hold, without_effect
from app.models import DirtyCause, StateOfBatch

if TYPE_CHECKING:
    import duckdb

ENDED_AT_ONCE = 5_000
FETCH_ROWS = 10_000
MEMORY = "100MB"

Step = Callable[[int], None]


@dataclass
class Merge:
    """One batch on its way in: the shaped rows and what is known about them so far."""

    home: Home
    state: State
    shaped: duckdb.DuckDBPyConnection
    """Has the table ``shaped``."""
    rows: int
    """How many it has."""
    directory: Path
    key_maker: KeyMaker | None = None
    """For leads: contact keys and what the row rules say."""
    there: list[Span] = field(default_factory=list)
    """Where the rows are that count already."""
    fresh: int | None = None
    """Rows whose digest is not there yet, once that was looked at: their places stand in the table ``fresh``."""
    new: int = 0
    changed: int = 0
    days: dict[DirtyCause, set[date]] = field(default_factory=dict)

    @property
    def table(self) -> sa.Table:
        model = self.home.record if self.key_maker is None else self.home.lead
        return model.__table__  # type: ignore[return-value]

    @property
    def is_first(self) -> bool:
        """No row of the stream counts yet: all are new, and there is nothing to compare with."""
        return not self.there

    @property
    def to_compare(self) -> int:
        """Rows that the database has to look up."""
        return self.rows if self.fresh is None else self.fresh

    @property
    def unchanged(self) -> int:
        return self.rows - self.new - self.changed


def look(merge: Merge) -> None:
    """Find out what is there already. From here on the shaped rows are only read: a piece needs little memory."""
    merge.shaped.execute(f"SET memory_limit = '{MEMORY}'")
    merge.there = sifting.spans_of(merge.home, merge.table, merge.state)


def is_worth_sifting(merge: Merge) -> bool:
    """Whether reading all digests that are there is the quicker way to find out what is unchanged."""
    return sifting.is_worth_it(merge.there, rows=merge.rows)


def sift(merge: Merge, loader: Loader, *, step: Step) -> None:
    """Leave out what is unchanged, by digests alone."""
    merge.fresh = sifting.sift(loader, merge.table, merge.state, merge.shaped, merge.there, step=step)


def stage(merge: Merge, loader: Loader, *, step: Step) -> None:
    """Send keys and digests, for the database to compare."""
    name, tables = ("shaped", "shaped s") if merge.fresh is None else ("fresh", "shaped s JOIN fresh f USING (place)")
    source = Source(merge.shaped, KEYS, tables)
    pieces = [
        Piece(f"s.place BETWEEN {first} AND {last}", rows) for first, last, rows in _ranges(merge.shaped, name, 2 * loader.piece_rows)
    ]
    staged: Any = merge.home.staged.__table__
    loader.load(staged, source, {"batch_id": merge.state.id}, pieces, step=step)


def compare(merge: Merge, loader: Loader, *, step: Step) -> set[date]:
    """Join what was sent with the current rows. What is new or changed stands in the table ``picks`` afterwards.

    :return: days of the versions that will end
    """
    path = merge.directory / "picks.csv"
    old_days: set[date] = set()
    with path.open("w", newline="") as file, loader.reading() as connection:
        writer = csv.writer(file, lineterminator="\n")
        options = {"stream_results": True, "max_row_buffer": FETCH_ROWS}
        rows = connection.execute(_differences(merge), execution_options=options)
        seen = 0
        for part in rows.partitions(FETCH_ROWS):
            writer.writerows((place, "" if old_id is None else old_id) for place, old_id, _ in part)
            old_days.update(day for _, old_id, day in part if old_id is not None and day is not None)
            seen += len(part)
            step(seen)
    merge.shaped.execute(
        "CREATE OR REPLACE TABLE picks AS SELECT * FROM read_csv(?, header = false, auto_detect = false, delim = ',', quote = '\"', "
        "nullstr = '', columns = {'place': 'BIGINT', 'old_id': 'BIGINT'})",
        [str(path)],
    )
    path.unlink()
    merge.new, merge.changed = _one(merge.shaped, "SELECT count(*) - count(old_id), count(old_id) FROM picks")
    return old_days


def _differences(merge: Merge) -> sa.Select[Any]:
    staged: Any = merge.home.staged.__table__
    rows = merge.table
    with merge.home.reading() as session:
        void = without_effect(session, merge.home, merge.state.stream_id)
    is_current = sa.and_(
        rows.c.stream_id == merge.state.stream_id,
        rows.c.external_id == staged.c.external_id,
        rows.c.batch_id.not_in(void),
        sa.or_(rows.c.ended_by.is_(None), rows.c.ended_by.in_(void)),
    )
    return (
        sa.select(staged.c.row_no, rows.c.id, rows.c.local_date)
        .select_from(staged.outerjoin(rows, is_current))
        .where(staged.c.batch_id == merge.state.id, sa.or_(rows.c.id.is_(None), rows.c.row_hash != staged.c.row_hash))
    )


def note_days(merge: Merge, *, old_days: set[date], is_new_map: bool) -> None:
    """Which days have to be counted again, and why: where another version of the map shaped the rows, changes are its."""
    if not merge.new + merge.changed:
        return
    cause = DirtyCause.MAP if is_new_map else DirtyCause.SOURCE
    if merge.is_first:
        new, changed = _days(merge.shaped, "SELECT DISTINCT local_date FROM shaped"), set[date]()
    else:
        query = "SELECT DISTINCT s.local_date FROM shaped s JOIN picks p USING (place) WHERE p.old_id IS"
        new, changed = _days(merge.shaped, f"{query} NULL"), _days(merge.shaped, f"{query} NOT NULL")
    changed |= old_days
    merge.days = {cause: changed}
    merge.days[DirtyCause.SOURCE] = merge.days.get(DirtyCause.SOURCE, set()) | (new - changed)


def load_rows(merge: Merge, loader: Loader, *, step: Step) -> None:
    """Load what is new or changed straight into the table."""
    merge.shaped.execute("SET threads = 1")
    constants = {"stream_id": merge.state.stream_id, "batch_id": merge.state.id}
    tables = "shaped s" if merge.is_first else "shaped s JOIN picks p USING (place)"
    pieces: Iterator[Piece] = _row_pieces(merge, loader.piece_rows)
    columns = RECORD
    if merge.key_maker is not None:
        columns, pieces = LEAD, with_keys(merge.key_maker, merge.shaped, tables, pieces, directory=merge.directory)
    loaded = loader.load(merge.table, Source(merge.shaped, columns, tables), constants, pieces, step=step)
    if loaded != merge.new + merge.changed:
        raise LoadError(f"{loaded:,} rows were loaded where {merge.new + merge.changed:,} were to be. Nothing of the file was saved.")


def _row_pieces(merge: Merge, size: int) -> Iterator[Piece]:
    name = "shaped" if merge.is_first else "picks"
    for first, last, rows in _ranges(merge.shaped, name, size):
        yield Piece(f"s.place BETWEEN {first} AND {last}", rows)


def end_old_rows(merge: Merge, *, step: Step) -> None:
    """Say of every version that has a next one which batch brought that. Without effect until the commit point."""
    rows = merge.table
    cursor = merge.shaped.cursor()
    cursor.execute("SELECT old_id FROM picks WHERE old_id IS NOT NULL ORDER BY old_id")
    ended = 0
    while part := cursor.fetchmany(ENDED_AT_ONCE):
        with merge.home.writing() as session:
            hold(session, merge.home, merge.state.id, StateOfBatch.LOADING)
            update = sa.update(rows).where(rows.c.id.in_([row[0] for row in part])).values(ended_by=merge.state.id)
            result: Any = session.execute(update)
            ended += result.rowcount
        step(ended)
    if ended != merge.changed:
        raise LoadError(f"{ended:,} versions were ended where {merge.changed:,} were to be. Nothing of the file was saved.")


def _ranges(connection: duckdb.DuckDBPyConnection, table: str, size: int) -> list[tuple[int, int, int]]:
    """Parts of about ``size`` rows in the order of the file: first and last place, and how many rows there are between."""
    if table == "shaped":  # hardly a place is missing, and counting them would cost a sort
        parts = f"SELECT place, place // {int(size)} AS part FROM shaped"  # noqa: S608  # a number
    else:
        parts = f"SELECT place, (row_number() OVER (ORDER BY place) - 1) // {int(size)} AS part FROM {table}"  # noqa: S608  # names of ours
    return connection.execute(f"SELECT min(place), max(place), count(*) FROM ({parts}) GROUP BY part ORDER BY part").fetchall()  # noqa: S608


def _days(connection: duckdb.DuckDBPyConnection, query: str) -> set[date]:
    return {row[0] for row in connection.execute(query).fetchall() if row[0] is not None}


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> Any:
    return connection.execute(query).fetchone()
