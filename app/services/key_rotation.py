"""Sealing every stored secret anew with the current key of the ring.

Works in pieces with a short transaction each, so that nobody waits; killed anywhere it goes on where it stopped,
because a row that is done no longer names an old key. A secret that somebody replaces meanwhile is never overwritten:
a row is written only if it still holds the ciphertext that was opened.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from app import audit
from app.audit import Actor, Target
from app.extensions import db, will_write
from app.models import AccountCredential, AlertChannel, ClientCredential, OutgoingMail, StaffCredential, StoredFile
from app.models.base import Base, HasPublicId
from app.security.crypto import CryptoError, KeyRing, Place, Sealed

PIECE = 50
TRIES = 5


@dataclass(frozen=True)
class SealedColumn:
    """A column that holds ciphertexts, and the one beside it that says which key sealed them."""

    table: sa.Table
    sealed: str
    key_id: str

    @property
    def name(self) -> str:
        return f"{self.table.name}.{self.sealed}"

    @property
    def value(self) -> sa.Column[Any]:
        return self.table.c[self.sealed]

    @property
    def key(self) -> sa.Column[Any]:
        return self.table.c[self.key_id]


def _column(model: type[Base], sealed: str, key_id: str) -> SealedColumn:
    assert issubclass(model, HasPublicId), "a ciphertext is bound to its row's public id"  # noqa: S101
    return SealedColumn(Base.metadata.tables[model.__tablename__], sealed, key_id)


SEALED_COLUMNS = (
    _column(AccountCredential, "sealed", "key_id"),
    _column(StaffCredential, "totp_sealed", "totp_key_id"),
    _column(ClientCredential, "totp_sealed", "totp_key_id"),
    _column(OutgoingMail, "sealed", "key_id"),
    _column(StoredFile, "sealed", "key_id"),
    _column(AlertChannel, "sealed", "key_id"),
)
"""Every encrypted column. A new one that is missing here fails a test: its rows would be lost with the old key."""


@dataclass
class Rotation:
    """What one run did."""

    resealed: dict[str, int] = field(default_factory=dict)
    """Column → rows."""
    replaced_meanwhile: int = 0
    """Rows that somebody else wrote or removed in the same moment; they are sealed with the writer's current key."""
    unopened: list[str] = field(default_factory=list)
    """Rows that do not open, as ``table.column public-id``; they were left as they are."""
    left: dict[str, int] = field(default_factory=dict)
    """Key id → rows that are still sealed with it."""

    @property
    def total(self) -> int:
        return sum(self.resealed.values())


def rows_by_key(connection: sa.Connection) -> dict[str, int]:
    """How many rows each key seals."""
    counts: dict[str, int] = {}
    for column in SEALED_COLUMNS:
        query = sa.select(column.key, sa.func.count()).where(column.key.is_not(None)).group_by(column.key)
        for key_id, number in connection.execute(query):
            counts[key_id] = counts.get(key_id, 0) + number
    return counts


def rotate_keys(ring: KeyRing, *, tell: Callable[[str], None] = lambda _line: None, piece: int = PIECE) -> Rotation:
    """Seal with ``ring.current`` whatever another key sealed. Commits by itself, piece by piece.

    :param tell: called with a line of progress after each piece
    """
    rotation = Rotation()
    for column in SEALED_COLUMNS:
        for done in _reseal_column(column, ring, rotation, piece):
            rotation.resealed[column.name] = rotation.resealed.get(column.name, 0) + done
            tell(f"{column.name}: {rotation.resealed[column.name]} done")
    with db.engines[None].connect() as connection:
        rotation.left = {key_id: number for key_id, number in rows_by_key(connection).items() if key_id != ring.current}
    return rotation


def record_rotation(rotation: Rotation, ring: KeyRing, *, actor: Actor) -> None:
    """Note in the audit trail what was sealed anew."""
    target = Target("key_ring", ring.current)
    audit.record(db.session(), actor, "keys.rotated", target, {**rotation.resealed, "unopened": len(rotation.unopened)})


def _reseal_column(column: SealedColumn, ring: KeyRing, rotation: Rotation, piece: int) -> Iterator[int]:
    last = 0
    while True:
        rows = _next_rows(column, ring.current, after=last, limit=piece)
        if not rows:
            return
        last = rows[-1].id
        # Opened and sealed before the transaction begins: it only writes, and is over in milliseconds.
        fresh = [(row, sealed) for row in rows if (sealed := _sealed_anew(column, ring, row, rotation)) is not None]
        written = _write(column, fresh)
        rotation.replaced_meanwhile += len(fresh) - written
        yield written


def _next_rows(column: SealedColumn, current: str, *, after: int, limit: int) -> Sequence[Any]:
    table = column.table
    query = (
        sa.select(table.c.id, table.c.public_id, column.key.label("key_id"), column.value.label("sealed"))
        .where(table.c.id > after, column.key.is_not(None), column.key != current)
        .order_by(table.c.id)
        .limit(limit)
    )
    with db.engines[None].connect() as connection:
        return connection.execute(query).all()


def _sealed_anew(column: SealedColumn, ring: KeyRing, row: Any, rotation: Rotation) -> Sealed | None:
    place = Place(column.table.name, column.sealed, row.public_id)
    try:
        return ring.seal(ring.open(Sealed(row.key_id, row.sealed), place), place)
    except CryptoError:
        rotation.unopened.append(f"{column.name} {row.public_id} (key {row.key_id})")
        return None


def _write(column: SealedColumn, fresh: Sequence[tuple[Any, Sealed]]) -> int:
    """Write a piece; again if the server chose it as the victim of a deadlock or a lock took too long."""
    before = will_write.set(True)
    try:
        for remaining in reversed(range(TRIES)):
            try:
                with db.engines[None].begin() as connection:
                    return sum(_compare_and_set(connection, column, row, sealed) for row, sealed in fresh)
            except OperationalError:
                if not remaining:
                    raise
    finally:
        will_write.reset(before)
    return 0


def _compare_and_set(connection: sa.Connection, column: SealedColumn, row: Any, sealed: Sealed) -> int:
    values: dict[str, Any] = {column.sealed: sealed.data, column.key_id: sealed.key_id}
    if "updated_at" in column.table.c:
        values["updated_at"] = column.table.c.updated_at  # the secret is as old as it was
    found = connection.execute(
        sa.update(column.table).where(column.table.c.id == row.id, column.key == row.key_id, column.value == row.sealed).values(values)
    )
    return found.rowcount
