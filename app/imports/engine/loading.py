"""Getting rows into a table fast: LOAD DATA LOCAL INFILE, INSERTs of many rows where a server forbids it, executemany on
SQLite. Each piece is one transaction, and none is believed before its counts agree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from app.extensions import engine_options, prepare_engine, will_write
from app.homes import Home
from app.imports.engine.columns import Column, Form
from app.imports.engine.errors import LoadError
from app.imports.engine.states import hold

if TYPE_CHECKING:
    import duckdb

log = structlog.get_logger(__name__)

LOAD_ROWS = 100_000
"""Rows of a transaction on a server: about a second and a half."""
INSERT_ROWS = 10_000
"""The same where each row goes through the driver; on SQLite everybody else who writes waits for it."""
FETCH_ROWS = 2_000
FORBIDDEN = frozenset({1148, 3948, 3950, 4166, 2068})
"""What servers say (and the driver) where LOCAL is switched off."""

Step = Callable[[int], None]


@dataclass(frozen=True)
class Source:
    """Where the rows of one table come from: columns of a query over the shaped rows."""

    connection: duckdb.DuckDBPyConnection
    columns: Sequence[Column]
    tables: str
    """What follows FROM."""


@dataclass(frozen=True)
class Piece:
    """Rows that are loaded in one transaction."""

    condition: str
    rows: int
    tables: str = ""
    """What follows FROM where a piece has tables of its own."""


@dataclass
class Loader:
    """Loads pieces into one table of a home, on a connection of its own."""

    home: Home
    state_id: int
    directory: Path
    _connection: sa.Connection
    _is_refused: bool = False
    _numbers: count[int] = field(default_factory=count)

    @property
    def is_server(self) -> bool:
        return self._connection.dialect.name != "sqlite"

    @property
    def is_fast(self) -> bool:
        """Whether files are loaded, as far as is known."""
        return self.is_server and not self._is_refused

    @property
    def piece_rows(self) -> int:
        return LOAD_ROWS if self.is_server else INSERT_ROWS

    def load(self, table: sa.Table, source: Source, constants: Mapping[str, int], pieces: Iterable[Piece], *, step: Step) -> int:
        """Load all pieces, each with a commit; the next one is written while the database works on the former.

        :param step: called with the rows so far after each piece; what it raises ends the loading
        :raises LoadError: if the database did not take a piece as it was
        :raises SupersededError: if another attempt of the batch has begun
        """
        done = 0
        waiting = iter(pieces)
        with ThreadPoolExecutor(1) as writer:
            written = writer.submit(self._write_next, source, waiting)
            while (ready := written.result()) is not None:
                piece, path = ready
                written = writer.submit(self._write_next, source, waiting)
                self._load_piece(table, source, constants, piece, path)
                if path is not None:
                    path.unlink(missing_ok=True)
                done += piece.rows
                step(done)
        return done

    def _write_next(self, source: Source, pieces: Iterator[Piece]) -> tuple[Piece, Path | None] | None:
        """Runs beside the loading, in a thread of its own."""
        piece = next(pieces, None)
        if piece is None or not self.is_fast:
            return None if piece is None else (piece, None)
        path = self.directory / f"piece-{next(self._numbers)}.csv"
        return piece, _write(source.connection.cursor(), source, piece, path)

    def _load_piece(self, table: sa.Table, source: Source, constants: Mapping[str, int], piece: Piece, path: Path | None) -> None:
        if path is not None and self.is_fast:
            try:
                self._load_file(table, source.columns, constants, piece, path)
            except DBAPIError as exc:
                if not _is_forbidden(exc):
                    raise
                log.warning("import.local_infile_refused", home=self.home.key.value)
                self._is_refused = True
            else:
                return
        self._insert(table, source, constants, piece)

    def _load_file(self, table: sa.Table, columns: Sequence[Column], constants: Mapping[str, int], piece: Piece, path: Path) -> None:
        with self._transaction() as connection:
            loaded = connection.exec_driver_sql(_load_statement(table, columns, constants), (str(path),)).rowcount
            warnings = connection.exec_driver_sql("SELECT @@warning_count").scalar()
            if loaded != piece.rows or warnings:
                log.error("import.rows_not_taken", table=table.name, sent=piece.rows, taken=loaded, warnings=warnings)
                raise LoadError(_not_taken(piece.rows, loaded, int(warnings or 0)))

    def _insert(self, table: sa.Table, source: Source, constants: Mapping[str, int], piece: Piece) -> None:
        sqlite = not self.is_server
        given = [str(int(value)) for value in constants.values()]
        expressions = ", ".join([*given, *(column.for_parameter(sqlite=sqlite) for column in source.columns)])
        cursor = source.connection.cursor()
        cursor.execute(_select(expressions, source, piece))
        statement = _insert_statement(table, source.columns, constants, mark="?" if sqlite else "%s")
        loaded = 0
        with self._transaction() as connection:
            while rows := cursor.fetchmany(FETCH_ROWS):
                loaded += connection.exec_driver_sql(statement, rows).rowcount
            if loaded != piece.rows:
                log.error("import.rows_not_taken", table=table.name, sent=piece.rows, taken=loaded)
                raise LoadError(_not_taken(piece.rows, loaded, 0))

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """The same connection, to read with: a long result may come in pieces while the pool serves others."""
        before = will_write.set(False)
        try:
            with self._connection.begin():
                yield self._connection
        finally:
            will_write.reset(before)

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        before = will_write.set(True)
        try:
            with self._connection.begin():
                hold(self._connection, self.home, self.state_id)
                yield self._connection
        finally:
            will_write.reset(before)


@contextmanager
def loader(home: Home, state_id: int, directory: Path) -> Iterator[Loader]:
    """A loader on a connection of its own: only this one may read files of this machine for the server."""
    # Beside the pool, whose only connection a worker needs for saying how far it is.
    with _loading_engine(home.engine.url.render_as_string(hide_password=False)).connect() as connection:
        yield Loader(home, state_id, directory, connection)


@lru_cache(maxsize=4)
def _loading_engine(url: str) -> sa.Engine:
    options: dict[str, Any] = {name: value for name, value in engine_options(url).items() if name in {"connect_args", "isolation_level"}}
    if not url.startswith("sqlite"):
        options["connect_args"] = {**options["connect_args"], "local_infile": True}
    engine = sa.create_engine(url, poolclass=NullPool, **options)
    prepare_engine(engine)
    return engine


def _write(cursor: duckdb.DuckDBPyConnection, source: Source, piece: Piece, path: Path) -> Path:
    """The only dialect that survives every value: see ADR 5."""
    expressions = ", ".join(f"{column.for_server()} AS {column.name}" for column in source.columns)
    texts = ", ".join(column.name for column in source.columns if column.form is Form.TEXT)
    target = str(path).replace("'", "''")
    cursor.execute(
        f"COPY ({_select(expressions, source, piece)}) TO '{target}' "
        f"(FORMAT csv, HEADER false, QUOTE '\"', ESCAPE '\"', NULLSTR 'NULL', FORCE_QUOTE ({texts}))"
    )
    return path


def _select(expressions: str, source: Source, piece: Piece) -> str:
    return f"SELECT {expressions} FROM {piece.tables or source.tables} WHERE {piece.condition}"  # noqa: S608  # no value of a person


def _load_statement(table: sa.Table, columns: Sequence[Column], constants: Mapping[str, int]) -> str:
    names = ", ".join(f"@{column.name}" if column.form is Form.DIGEST else column.name for column in columns)
    digests = [f"{column.name} = UNHEX(@{column.name})" for column in columns if column.form is Form.DIGEST]
    given = [f"{name} = {int(value)}" for name, value in constants.items()]
    return (
        f"LOAD DATA LOCAL INFILE %s INTO TABLE {table.name} CHARACTER SET utf8mb4 "
        "FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"' ESCAPED BY '' LINES TERMINATED BY '\\n' "
        f"({names}) SET {', '.join([*given, *digests])}"
    )


def _insert_statement(table: sa.Table, columns: Sequence[Column], constants: Mapping[str, int], *, mark: str) -> str:
    """Nothing but marks among the values: only such a statement is sent with many rows at once by the driver."""
    names = [*constants, *(column.name for column in columns)]
    return f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({', '.join(mark for _ in names)})"  # noqa: S608  # names of ours


def _is_forbidden(exc: DBAPIError) -> bool:
    arguments = exc.orig.args if exc.orig is not None else ()
    return bool(arguments) and arguments[0] in FORBIDDEN


def _not_taken(sent: int, taken: int, warnings: int) -> str:
    return (
        f"The database took {taken:,} of {sent:,} rows as they were sent"
        + (f" and would have altered {warnings:,} values" if warnings else "")
        + ", so nothing of the file was saved. The log tells more; this has to be mended on our side."
    )
