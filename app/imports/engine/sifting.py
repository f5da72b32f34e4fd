"""Leaving out what is there already. A digest covers a row's id and all its values, so a row whose digest is among those of
the current rows is unchanged, and nothing has to be sent or looked up for it. What is left is mostly little."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

import sqlalchemy as sa

from app.homes import Home
from app.imports.engine.loading import Loader, Step
from app.imports.engine.states import State, without_effect
from app.models import StateOfBatch

if TYPE_CHECKING:
    import duckdb

READ_AT_ONCE = 5_000
"""Numbers of rows that one statement goes through; its answer is one text of 33 bytes a row."""
WORTH = 4
"""Reading so many rows for each one of the file still costs less than looking each one up."""
ALWAYS_WORTH = 20_000


@dataclass(frozen=True)
class Span:
    """Where the rows of a batch lie: they were loaded together, so there is little else between them."""

    batch_id: int
    first: int
    last: int

    @property
    def rows(self) -> int:
        return self.last - self.first + 1


def spans_of(home: Home, table: sa.Table, state: State) -> list[Span]:
    """Where the rows of the batches of a stream are that count."""
    with home.reading() as session:
        counting = sa.select(home.state.id).where(home.state.stream_id == state.stream_id, home.state.state == StateOfBatch.COMPLETE)
        batches = session.scalars(counting.order_by(home.state.id)).all()
        query = sa.select(table.c.batch_id, sa.func.min(table.c.id), sa.func.max(table.c.id)).where(table.c.batch_id.in_(batches))
        return [Span(*row) for row in session.execute(query.group_by(table.c.batch_id).order_by(table.c.batch_id))]


def is_worth_it(spans: list[Span], *, rows: int) -> bool:
    """Whether reading all that is there costs less than looking up each of so many rows."""
    return sum(span.rows for span in spans) <= max(ALWAYS_WORTH, WORTH * rows)


def sift(loader: Loader, table: sa.Table, state: State, shaped: duckdb.DuckDBPyConnection, spans: list[Span], *, step: Step) -> int:
    """Leave places of rows whose digest is not among the current rows in the table ``fresh``.

    :param step: called with the rows read so far
    :return: how many rows are fresh
    """
    path = loader.directory / "digests.txt"
    with loader.home.reading() as session:
        void = without_effect(session, loader.home, state.stream_id)
    with path.open("w") as file, loader.reading() as connection:
        _write_digests(file, connection, table, spans, list(void), step=step)
    shaped.execute(
        "CREATE OR REPLACE TABLE known AS SELECT CAST(digest AS UUID) AS digest FROM "
        "read_csv(?, header = false, auto_detect = false, delim = ',', quote = '', escape = '', columns = {'digest': 'VARCHAR'})",
        [str(path)],
    )
    path.unlink()
    shaped.execute("CREATE OR REPLACE TABLE fresh AS SELECT s.place FROM shaped s ANTI JOIN known k ON CAST(s.row_hash AS UUID) = k.digest")
    shaped.execute("DROP TABLE known")
    row: Any = shaped.execute("SELECT count(*) FROM fresh").fetchone()
    return int(row[0])


def _write_digests(file: TextIO, connection: sa.Connection, table: sa.Table, spans: list[Span], void: list[int], *, step: Step) -> None:
    is_server = connection.dialect.name != "sqlite"
    digests: Any = table.c.row_hash
    if is_server:
        connection.exec_driver_sql("SET SESSION group_concat_max_len = 1048576")
        digests = sa.func.aggregate_strings(sa.func.hex(table.c.row_hash), "\n")
    read = 0
    for span in spans:
        for first, last in _steps(span):
            query = sa.select(digests).where(
                table.c.id.between(first, last),
                table.c.batch_id == span.batch_id,
                sa.or_(table.c.ended_by.is_(None), table.c.ended_by.in_(void)),
            )
            hint = "FORCE INDEX (PRIMARY)"
            found = connection.execute(query.with_hint(table, hint, "mysql").with_hint(table, hint, "mariadb")).scalars().all()
            lines = [line if is_server else line.hex() for line in found if line is not None]
            if lines:
                file.write("\n".join(lines) + "\n")
            read += last - first + 1
            step(read)


def _steps(span: Span) -> Iterator[tuple[int, int]]:
    for first in range(span.first, span.last + 1, READ_AT_ONCE):
        yield first, min(first + READ_AT_ONCE - 1, span.last)
