"""Encryption of files: AES-256-GCM in chunks, each file with a key of its own.

A chunk's number and whether it is the last one are associated data, so a file that was cut off, put together in another
order or mended with a piece of another one does not open. No two chunks of a key share a number, and a key seals one
file only, so the number serves as the nonce. The key itself is sealed by the ring (crypto.py) in the file's row: a new
key of the ring rewrites no file, and whoever removes the row has made the file unreadable.
"""

import base64
import secrets
import struct
from collections.abc import Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.security.crypto import KEY_BYTES, NONCE_BYTES, CryptoError

CHUNK_BYTES = 1024 * 1024
TAG_BYTES = 16
SEALED_CHUNK_BYTES = CHUNK_BYTES + TAG_BYTES
"""Length of every chunk but the last, which may be shorter."""


def new_file_key() -> str:
    """A key as text, so that the ring can seal it."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def encrypted(pieces: Iterable[bytes], key: str) -> Iterator[bytes]:
    """Seal what comes, in pieces of any length, as chunks. Nothing at all becomes one empty chunk."""
    cipher = _cipher(key)
    buffer = bytearray()
    number = 0
    for piece in pieces:
        buffer += piece
        while len(buffer) > CHUNK_BYTES:  # the last chunk is only known when nothing comes any more
            yield _seal(cipher, bytes(buffer[:CHUNK_BYTES]), number, is_last=False)
            del buffer[:CHUNK_BYTES]
            number += 1
    yield _seal(cipher, bytes(buffer), number, is_last=True)


def decrypted(chunks: Iterable[bytes], key: str) -> Iterator[bytes]:
    """Open sealed chunks in their order.

    :raises CryptoError: at the first that does not fit; what was yielded before it is not to be used
    """
    cipher = _cipher(key)
    number = 0
    waiting: bytes | None = None
    for chunk in chunks:
        if waiting is not None:
            yield _open(cipher, waiting, number, is_last=False)
            number += 1
        waiting = chunk
    if waiting is None:
        raise CryptoError("A stored file is empty: not even its first chunk is there.")
    yield _open(cipher, waiting, number, is_last=True)


def _cipher(key: str) -> AESGCM:
    return AESGCM(base64.b64decode(key))


def _seal(cipher: AESGCM, data: bytes, number: int, *, is_last: bool) -> bytes:
    return cipher.encrypt(_nonce(number), data, _associated(number, is_last=is_last))


def _open(cipher: AESGCM, chunk: bytes, number: int, *, is_last: bool) -> bytes:
    try:
        return cipher.decrypt(_nonce(number), chunk, _associated(number, is_last=is_last))
    except InvalidTag as exc:
        raise CryptoError("A stored file does not open: it was changed, cut off, or belongs to another row.") from exc


def _nonce(number: int) -> bytes:
    return number.to_bytes(NONCE_BYTES, "big")


def _associated(number: int, *, is_last: bool) -> bytes:
    return b"fivegate file\x1f" + struct.pack(">Q?", number, is_last)
