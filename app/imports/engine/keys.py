"""Leads on their way in: contact keys and what the row rules say, made in Python and joined to the shaped rows."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from app.imports.engine.loading import Piece

if TYPE_CHECKING:
    import duckdb

FETCH_ROWS = 5_000
ASKED = "s.place, s.signal_kind, s.attrs, s.occurred_at, s.customer, s.campaign"
KEYS_OF = (
    "read_csv('{path}', header = false, auto_detect = false, delim = ',', quote = '\"', escape = '\"', nullstr = '\\N', columns = "
    "{{'place': 'BIGINT', 'phone_key': 'VARCHAR', 'mail_key': 'VARCHAR', 'row_class': 'VARCHAR', 'row_rule': 'VARCHAR'}})"
)


class LeadColumns(Protocol):
    """What is kept about a lead beside its row."""

    @property
    def phone_key(self) -> bytes | None: ...
    @property
    def mail_key(self) -> bytes | None: ...
    @property
    def row_class(self) -> str | None: ...
    @property
    def row_rule(self) -> str: ...


class KeyMaker(Protocol):
    """Makes them: see ``RowClassifier`` in app/imports/leads."""

    def __call__(
        self, *, signal_kind: str, attrs: Mapping[str, str], occurred_at: datetime | None, customer: str | None, campaign: str | None
    ) -> LeadColumns: ...


def with_keys(
    make: KeyMaker, connection: duckdb.DuckDBPyConnection, tables: str, pieces: Iterator[Piece], *, directory: Path
) -> Iterator[Piece]:
    """The same pieces, each joined with a table ``k`` of its rows' keys and classes."""
    former: Path | None = None
    for number, piece in enumerate(pieces):
        path = directory / f"keys-{number}.csv"
        cursor = connection.cursor()
        cursor.execute(f"SELECT {ASKED} FROM {tables} WHERE {piece.condition}")  # noqa: S608  # expressions of ours
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            while rows := cursor.fetchmany(FETCH_ROWS):
                writer.writerows(_line(make, row) for row in rows)
        target = KEYS_OF.format(path=str(path).replace("'", "''"))
        yield replace(piece, tables=f"{tables} JOIN {target} k ON k.place = s.place")
        if former is not None:
            former.unlink(missing_ok=True)  # the one before may be read until this one is asked for
        former = path


def _line(make: KeyMaker, row: Any) -> tuple[Any, ...]:
    place, signal_kind, attrs, occurred_at, customer, campaign = row
    columns = make(
        signal_kind=signal_kind or "",
        attrs=json.loads(attrs) if attrs else {},
        occurred_at=occurred_at,
        customer=customer,
        campaign=campaign,
    )
    return place, _hex(columns.phone_key), _hex(columns.mail_key), columns.row_class or r"\N", columns.row_rule


def _hex(key: bytes | None) -> str:
    return r"\N" if key is None else key.hex()
