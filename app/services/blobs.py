"""Where encrypted files are kept: a directory (of one machine, or shared by all), or the application's database.

Stores see ciphertext alone. Reading looks in both places, so that a changed setting loses nothing.
"""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from app.config import BlobStoreKind
from app.extensions import db
from app.models import StoredFile, StoredFileChunk
from app.security.crypto import CryptoError
from app.security.file_cipher import SEALED_CHUNK_BYTES
from app.services.installation import settings

ARRIVING = ".arriving"
STRAY_AFTER = 24 * 3600.0
"""Seconds after which a blob without a row belongs to an upload that never came to its end."""
PIECE = 200


class BlobStore(Protocol):
    """One way to keep encrypted files."""

    def put(self, stored: StoredFile, sealed: Path) -> None:
        """Take over an encrypted file. Its row is flushed."""

    def chunks(self, stored: StoredFile) -> Iterator[bytes]:
        """The sealed chunks in order; none if it does not have the file."""

    def forget(self, stored: StoredFile) -> None:
        """Remove what belongs to the row, in the row's own transaction where that is possible."""


class DirectoryStore:
    """A file each, named by public id."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, stored: StoredFile, sealed: Path) -> None:
        target = self.path_of(stored.public_id)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        sealed.replace(target)

    def chunks(self, stored: StoredFile) -> Iterator[bytes]:
        try:
            with self.path_of(stored.public_id).open("rb") as file:
                while chunk := file.read(SEALED_CHUNK_BYTES):
                    yield chunk
        except FileNotFoundError:
            return

    def forget(self, stored: StoredFile) -> None:
        """Nothing yet: the transaction may still be undone. Without its row the file is unreadable already, since its
        key is gone; :meth:`clear` makes the room free."""

    def clear(self, public_ids: Sequence[str]) -> None:
        """Remove the files of rows that are gone."""
        for public_id in public_ids:
            self.path_of(public_id).unlink(missing_ok=True)

    def path_of(self, public_id: str) -> Path:
        return self.root / public_id[-2:] / public_id

    def arriving(self, name: str) -> Path:
        """Where an upload is written before it has a row: on the same disk, so that keeping it is a new name."""
        directory = self.root / ARRIVING
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return directory / name

    def without_row(self) -> Iterator[Path]:
        """Files that no row knows and nobody is just bringing."""
        before = time.time() - STRAY_AFTER
        for directory in sorted(self.root.iterdir()) if self.root.is_dir() else ():
            if not directory.is_dir():
                continue
            paths = {path.name: path for path in directory.iterdir()}
            known = _known(list(paths)) if directory.name != ARRIVING else set()
            for name, path in paths.items():
                if name not in known and _age_allows(path, before):
                    yield path


class DatabaseStore:
    """Chunks in a table, for machines that share no directory."""

    def put(self, stored: StoredFile, sealed: Path) -> None:
        with sealed.open("rb") as file:
            number = 0
            while chunk := file.read(SEALED_CHUNK_BYTES):
                db.session.execute(sa.insert(StoredFileChunk).values(file_id=stored.id, number=number, content=chunk))
                number += 1
        sealed.unlink()

    def chunks(self, stored: StoredFile) -> Iterator[bytes]:
        number = 0
        while True:
            query = sa.select(StoredFileChunk.content).where(StoredFileChunk.file_id == stored.id, StoredFileChunk.number == number)
            chunk = db.session.scalar(query)
            if chunk is None:
                return
            yield chunk
            number += 1

    def forget(self, stored: StoredFile) -> None:
        db.session.execute(sa.delete(StoredFileChunk).where(StoredFileChunk.file_id == stored.id))


def directory_store() -> DirectoryStore:
    return DirectoryStore(settings().blobs)


def blob_store() -> BlobStore:
    """The one that takes new files."""
    return DatabaseStore() if settings().blob_store is BlobStoreKind.DATABASE else directory_store()


def read_chunks(stored: StoredFile) -> Iterator[bytes]:
    """The sealed chunks of a file, wherever it is kept.

    :raises CryptoError: if it is kept nowhere
    """
    found = False
    for store in (directory_store(), DatabaseStore()):
        for chunk in store.chunks(stored):
            found = True
            yield chunk
        if found:
            return
    raise CryptoError(
        "A stored file is not in the blob store any more. If several machines work on this installation, they have to share "
        "FIVEGATE_BLOB_DIR, or keep files in the database."
    )


def forget(stored: StoredFile) -> None:
    """Remove what both places have of a file, as far as that belongs into the open transaction."""
    for store in (directory_store(), DatabaseStore()):
        store.forget(stored)


def _known(public_ids: list[str]) -> set[str]:
    known: set[str] = set()
    for start in range(0, len(public_ids), PIECE):
        piece = public_ids[start : start + PIECE]
        known.update(db.session.scalars(sa.select(StoredFile.public_id).where(StoredFile.public_id.in_(piece))))
    return known


def _age_allows(path: Path, before: float) -> bool:
    try:
        return path.stat().st_mtime < before
    except FileNotFoundError:
        return False
