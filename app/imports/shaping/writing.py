"""CSV for LOAD DATA: the one dialect that survives every value."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.imports.shaping.values import quoted

if TYPE_CHECKING:
    import duckdb

DIALECT = "FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '\"' ESCAPED BY '' LINES TERMINATED BY '\\n'"
"""The same in words of MySQL and MariaDB."""


def write_csv(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> int:
    """Write what a query gives as CSV: commas, every value in quotes, quotes doubled, NULL as a bare word, lines ended by a line feed.

    The word NULL in quotes is a text, and the empty text in quotes is one too: nothing else than NULL becomes NULL.

    :param connection: of this thread alone: a cursor where others work with the same database
    :return: how many rows there are
    """
    with_quotes = "FORMAT csv, HEADER false, DELIMITER ',', QUOTE '\"', ESCAPE '\"', NULLSTR 'NULL', FORCE_QUOTE *"
    row = connection.execute(f"COPY ({query}) TO {quoted(str(path))} ({with_quotes})").fetchone()
    return int(row[0]) if row else 0
