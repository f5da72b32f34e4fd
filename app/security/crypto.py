"""Encryption of stored secrets: AES-256-GCM, bound to the place where the ciphertext belongs.

Associated data is table, column, the row's public id and the key id, so a ciphertext that was moved to another
row, column or table does not open. Layout of a sealed value: 12 bytes nonce (random, NIST SP 800-38D section 8.2.2),
then ciphertext and 16 bytes tag. The key id stands in a column beside it.
"""

import base64
import re
import secrets
from dataclasses import dataclass, field
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
KEY_BYTES = 32
_KEY_ID = re.compile(r"[A-Za-z0-9._-]{1,40}")
"""What fits the column beside a sealed value, and holds nothing that could be taken for a border in associated data."""


class CryptoError(Exception):
    """A sealed value cannot be opened, or the key ring cannot be read. The text holds no secret."""


@dataclass(frozen=True)
class Place:
    """Where a sealed value belongs."""

    table: str
    column: str
    public_id: str

    def associated_data(self, key_id: str) -> bytes:
        return "\x1f".join((self.table, self.column, self.public_id, key_id)).encode()


@dataclass(frozen=True)
class Sealed:
    key_id: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class KeyRing:
    """Keys by id; the first one seals, each one opens."""

    current: str
    keys: dict[str, bytes] = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``id:base64[,id:base64…]``.

        :raises CryptoError: if an entry is malformed, doubled or not 32 bytes long; its text quotes nothing of the
            setting, not even an id: where the colon is missing, that is the key
        """
        keys: dict[str, bytes] = {}
        for number, part in enumerate(filter(None, (piece.strip() for piece in text.split(","))), start=1):
            key_id, _, encoded = part.partition(":")
            try:
                key = base64.b64decode(encoded, validate=True)
            except ValueError as exc:  # binascii.Error, or a character outside of ASCII
                raise CryptoError(f"Entry {number} of the key ring is not id:base64.") from exc
            if not _KEY_ID.fullmatch(key_id) or len(key) != KEY_BYTES:
                raise CryptoError(
                    f"Entry {number} of the key ring is not an id of letters, digits, dots and hyphens and 32 bytes in base64."
                )
            if key_id in keys:
                raise CryptoError(f"Entry {number} of the key ring repeats the id of an earlier one.")
            keys[key_id] = key
        if not keys:
            raise CryptoError("The key ring is empty: set FIVEGATE_KEY_RING to the output of `flask new-key`.")
        return cls(current=next(iter(keys)), keys=keys)

    def seal(self, plaintext: str, place: Place) -> Sealed:
        nonce = secrets.token_bytes(NONCE_BYTES)
        cipher = AESGCM(self.keys[self.current])
        return Sealed(self.current, nonce + cipher.encrypt(nonce, plaintext.encode(), place.associated_data(self.current)))

    def open(self, sealed: Sealed, place: Place) -> str:
        """Decrypt.

        :raises CryptoError: if the key is not in the ring, or the value was changed or moved here from another place
        """
        key = self.keys.get(sealed.key_id)
        if key is None:
            raise CryptoError(f"A value of {place.table} is sealed with key {sealed.key_id}, which is not in the key ring.")
        nonce, body = sealed.data[:NONCE_BYTES], sealed.data[NONCE_BYTES:]
        try:
            return AESGCM(key).decrypt(nonce, body, place.associated_data(sealed.key_id)).decode()
        except (InvalidTag, ValueError) as exc:
            raise CryptoError(f"A value of {place.table} does not open: it was changed, or belongs to another row.") from exc
