"""What shaping hands on: a DuckDB table of good rows, the counts, and the rejects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import TracebackType
from typing import TYPE_CHECKING, Self

from app.imports.reasons import BY_NUMBER
from app.imports.shaping.masking import masked

if TYPE_CHECKING:
    import duckdb

FETCH_ROWS = 1_000


@dataclass(frozen=True)
class Bounds:
    """How much of a file a test batch takes: the newest rows within so many days of the newest one."""

    rows: int = 1_000
    days: int = 92


@dataclass(frozen=True)
class Reject:
    """A row that was refused."""

    row_number: int
    """As a person counts in the file: the header's line included, a row with line breaks in its cells as one."""
    field: str
    """Title of the column; empty where the whole row is meant."""
    reason: str
    """Key of ``app.imports.reasons``."""
    sample: str
    """The value, masked; of a row with too few or too many cells, how many it has."""


@dataclass
class Shaped:
    """Rows ready to be staged, in ``shaped`` of a database that goes with this object.

    ``shaped(row_no, external_id, row_hash, local_date, occurred_at, active, amount, signal_kind, status, campaign,
    business_unit, job_type, employee, customer, attrs, place)``: `row_hash` as 32 hexadecimal digits, `occurred_at` in UTC
    without zone, `attrs` as canonical JSON. An id stands there once: the last row of the file that has it.
    Whoever wants some of the rows names them by `place`, a number in the order of the file that finds them without reading all.
    """

    connection: duckdb.DuckDBPyConnection
    """Others may have cursors of it, in other threads too."""
    titles: Mapping[int, str]
    """Titles of the mapped columns by their numbers in faults."""
    rows_read: int = 0
    rows_kept: int = 0
    rows_rejected: int = 0
    rows_repeated: int = 0
    rows_left_out: int = 0
    reject_counts: dict[str, int] = field(default_factory=dict)
    first_date: date | None = None
    last_date: date | None = None
    unknown_titles: tuple[str, ...] = ()
    """Columns of the file that the map does not know."""

    def rejects(self, limit: int) -> Iterator[Reject]:
        """Refused rows in the order of the file, samples masked."""
        cursor = self.connection.cursor()
        cursor.execute("SELECT row_no, reason, place, sample FROM rejected ORDER BY row_no LIMIT ?", [limit])
        while rows := cursor.fetchmany(FETCH_ROWS):
            for row_no, number, place, sample in rows:
                reason = BY_NUMBER[number]
                yield Reject(row_no, self.titles.get(place, ""), reason, masked(reason, sample or ""))

    def close(self) -> None:
        """Close the database and give back its memory and its files."""
        self.connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
