"""Uploaded files: taken in pieces, encrypted at once, opened for the time that something reads them, and removed.

Taking a file has two halves, because nobody may hold a transaction while a file arrives: ``arriving`` writes and measures
it with no row and no lock, ``keep`` gives it its row.
"""

import hashlib
import os
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import joinedload

from app import audit
from app.audit import Actor, Target
from app.clock import utc_now
from app.extensions import db
from app.ids import new_public_id
from app.models import ImportBatch, ProviderAccount, StoredFile, User
from app.security.crypto import CryptoError, Place, Sealed
from app.security.file_cipher import SEALED_CHUNK_BYTES, decrypted, encrypted, new_file_key
from app.services import blobs
from app.services.errors import InvalidField, NotPossible
from app.services.installation import settings
from app.services.keys import key_ring
from app.services.private_files import private_directory, room_needed

log = structlog.get_logger(__name__)

NOT_OPENED = "The uploaded file cannot be opened any more: it is missing where files are kept, or it was changed there. Upload it again."
UNUSED_FOR = timedelta(days=1)
"""How long a file may wait for its import."""
NAME_LENGTH = 255
PIECE = 256 * 1024
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Arrived:
    """A file that is here, encrypted, and has no row yet."""

    public_id: str
    name: str
    size: int
    sha256: str
    path: Path
    key: str = field(repr=False)

    @contextmanager
    def plain(self) -> Iterator[Path]:
        """What it holds, as long as the block runs."""
        with self.path.open("rb") as file, _plain(iter(lambda: file.read(SEALED_CHUNK_BYTES), b""), self.key) as path:
            yield path


@contextmanager
def arriving(stream: BinaryIO, *, name: str) -> Iterator[Arrived]:
    """Take a file in. Slow: no transaction may be open. What is not kept within the block is removed.

    :raises InvalidField: of ``file``, if it is larger than this installation takes
    :raises NotPossible: if the disk is full
    """
    public_id, key = new_public_id(), new_file_key()
    path = blobs.directory_store().arriving(public_id)
    meter = _Meter(stream, limit=settings().upload_limit_bytes)
    try:
        with room_needed(), os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for chunk in encrypted(meter.pieces(), key):
                file.write(chunk)
        yield Arrived(public_id, clean_name(name), meter.size, meter.digest.hexdigest(), path, key)
    finally:
        path.unlink(missing_ok=True)


def keep(arrived: Arrived, *, account: ProviderAccount, uploaded_by: User | None, actor: Actor) -> StoredFile:
    """Give a file that arrived its row; a day later it is removed if nothing was imported from it."""
    sealed = key_ring().seal(arrived.key, place_of(arrived.public_id))
    stored = StoredFile(
        public_id=arrived.public_id,
        account_id=account.id,
        name=arrived.name,
        size=arrived.size,
        sha256=arrived.sha256,
        sealed=sealed.data,
        key_id=sealed.key_id,
        uploaded_by_id=uploaded_by.id if uploaded_by else None,
        remove_after=utc_now() + UNUSED_FOR,
    )
    db.session.add(stored)
    db.session.flush()
    with room_needed():
        blobs.blob_store().put(stored, arrived.path)
    changes = {"size": stored.size, "sha256": stored.sha256}  # a file's name may name a person
    audit.record(db.session(), actor, "file.uploaded", _target(stored, account), changes)
    return stored


def receive(stream: BinaryIO, *, name: str, account: ProviderAccount, uploaded_by: User | None, actor: Actor) -> StoredFile:
    """Both halves in one, for callers whose open transaction stands in nobody's way.

    :raises InvalidField: of ``file``, if it is larger than this installation takes
    :raises NotPossible: if the disk is full
    """
    with arriving(stream, name=name) as arrived:
        return keep(arrived, account=account, uploaded_by=uploaded_by, actor=actor)


@contextmanager
def plain(stored: StoredFile) -> Iterator[Path]:
    """A plain copy that only this account of the system can read, gone at the end of the block or of the process.

    :raises NotPossible: if the file is not what was stored, or is not there, or the disk is full
    """
    try:
        key = key_ring().open(Sealed(stored.key_id, stored.sealed), place_of(stored.public_id))
    except CryptoError as exc:
        log.exception("file.not_opened", reason=str(exc))
        raise NotPossible(NOT_OPENED) from exc
    with _plain(blobs.read_chunks(stored), key) as path:
        yield path


def get_file(account: ProviderAccount, public_id: str) -> StoredFile:
    """:raises sqlalchemy.exc.NoResultFound: if the connector has no such file"""
    return db.session.scalars(sa.select(StoredFile).where(StoredFile.account_id == account.id, StoredFile.public_id == public_id)).one()


def waiting_files(account: ProviderAccount, *, limit: int = 10) -> list[StoredFile]:
    """The newest files of a connector that are still here."""
    query = sa.select(StoredFile).where(StoredFile.account_id == account.id)
    return list(db.session.scalars(query.order_by(StoredFile.id.desc()).limit(limit)))


def batches_of(stored: StoredFile) -> list[ImportBatch]:
    """What was imported from a file, the newest first."""
    query = sa.select(ImportBatch).where(ImportBatch.file_id == stored.id).options(joinedload(ImportBatch.field_map))
    return list(db.session.scalars(query.order_by(ImportBatch.id.desc())))


def uploaded_by(stored: StoredFile) -> str:
    """Name of the person; empty where a command brought it."""
    return db.session.scalar(sa.select(User.name).where(User.id == stored.uploaded_by_id)) or ""


def is_in_use(stored: StoredFile) -> bool:
    """Whether an import that is not over still reads it."""
    query = sa.select(ImportBatch.id).where(
        ImportBatch.file_id == stored.id, ImportBatch.completed_at.is_(None), ImportBatch.open_key.is_not(None)
    )
    return db.session.scalar(query.limit(1)) is not None


def remove(stored: StoredFile, *, account: ProviderAccount, actor: Actor, because: str = "asked") -> None:
    """Make a file unreadable for good: its key goes with its row. The room is freed by the daily clean-up.

    :raises NotPossible: while an import reads it
    """
    if is_in_use(stored):
        raise NotPossible("An import is reading this file just now. Wait until it is over, then remove the file.")
    blobs.forget(stored)
    audit.record(db.session(), actor, "file.removed", _target(stored, account), {"because": because})
    db.session.execute(sa.update(ImportBatch).where(ImportBatch.file_id == stored.id).values(file_id=None))
    db.session.delete(stored)
    db.session.flush()


def place_of(public_id: str) -> Place:
    return Place(StoredFile.__tablename__, "sealed", public_id)


def clean_name(name: str) -> str:
    """A file's name as people know it: without folders and without what cannot be shown."""
    last = name.replace("\\", "/").rsplit("/", 1)[-1]
    shown = "".join(c for c in last if unicodedata.category(c)[0] != "C").strip()
    return shown[-NAME_LENGTH:] or "file"


def _target(stored: StoredFile, account: ProviderAccount) -> Target:
    return Target.of(stored, account.organization)


@contextmanager
def _plain(chunks: Iterator[bytes], key: str) -> Iterator[Path]:
    with private_directory() as directory:
        path = directory / "content"
        try:
            with room_needed(), path.open("wb") as file:
                for piece in decrypted(chunks, key):
                    file.write(piece)
        except CryptoError as exc:
            log.exception("file.not_opened", reason=str(exc))
            raise NotPossible(NOT_OPENED) from exc
        yield path


class _Meter:
    """Reads a stream in pieces, and knows afterwards how long it was and what its digest is."""

    def __init__(self, stream: BinaryIO, *, limit: int) -> None:
        self._stream = stream
        self._limit = limit
        self.size = 0
        self.digest = hashlib.sha256()

    def pieces(self) -> Iterator[bytes]:
        while piece := self._stream.read(PIECE):
            self.size += len(piece)
            if self.size > self._limit:
                megabytes = self._limit // MEGABYTE
                raise InvalidField(
                    "file",
                    f"This file is larger than {megabytes:,} MB, the most that this installation takes. Export a shorter time range.",
                )
            self.digest.update(piece)
            yield piece
