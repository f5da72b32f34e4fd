"""Encryption of files: what was cut, moved, mixed or changed does not open."""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.security import file_cipher
from app.security.crypto import CryptoError
from app.security.file_cipher import CHUNK_BYTES, SEALED_CHUNK_BYTES, TAG_BYTES, decrypted, encrypted, new_file_key

KEY = new_file_key()


def opened(chunks: Iterable[bytes], key: str = KEY) -> bytes:
    return b"".join(decrypted(chunks, key))


def sealed(content: bytes, key: str = KEY) -> list[bytes]:
    return list(encrypted([content], key))


@pytest.mark.parametrize("length", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES])
def test_a_file_of_any_length_comes_back(length: int) -> None:
    content = bytes(range(256)) * (length // 256 + 1)
    chunks = sealed(content[:length])
    assert opened(chunks) == content[:length]
    assert {len(chunk) for chunk in chunks[:-1]} <= {SEALED_CHUNK_BYTES}
    assert TAG_BYTES <= len(chunks[-1]) <= SEALED_CHUNK_BYTES


@given(pieces=st.lists(st.binary(max_size=40), max_size=20), chunk=st.integers(min_value=1, max_value=16))
@settings(max_examples=100)
def test_pieces_of_any_length_come_back_as_one(pieces: list[bytes], chunk: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file_cipher, "CHUNK_BYTES", chunk)
        assert opened(encrypted(pieces, KEY)) == b"".join(pieces)


@pytest.fixture
def three(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Three chunks."""
    monkeypatch.setattr(file_cipher, "CHUNK_BYTES", 4)
    return sealed(b"aaaabbbbcc")


def test_what_was_tampered_with_does_not_open(three: list[bytes]) -> None:
    first, second, last = three
    others = list(encrypted([b"ddddeeee", b"ff"], new_file_key()))
    flipped = bytes([second[0] ^ 1]) + second[1:]
    for chunks in (
        [first, second],  # cut off between two chunks
        [first],
        [first, second, last[:-1]],  # cut off inside one
        [first, second, last[:3]],
        [second, first, last],  # another order
        [first, last],  # one left out
        [first, first, second, last],  # one repeated
        [first, second, last, last],  # something added
        [first, second, second],
        [first, flipped, last],
        [first, others[1], last],  # mended with a piece of another file
        [],
    ):
        with pytest.raises(CryptoError):
            opened(chunks)


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(CryptoError, match="does not open"):
        opened(sealed(b"calls"), new_file_key())


def test_nothing_readable_is_in_the_chunks() -> None:
    assert b"customer" not in b"".join(sealed(b"customer" * 100))
    assert sealed(b"customer", new_file_key()) != sealed(b"customer", new_file_key())
