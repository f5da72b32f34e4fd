"""CSV for LOAD DATA: the one dialect that survives every value."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def write_csv(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    """Write what a query gives as CSV: comma, every value in quotes, quotes doubled, NULL unquoted, lines end in a line feed.

    The dialect of ``FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '"' ESCAPED BY ''``.
    """
    raise FileNotFoundError(connection, query, path)
