"""Sealed values open only where they belong; errors and representations give no key and no secret away."""

import base64
import secrets
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.security.crypto import CryptoError, KeyRing, Place, Sealed

KEY = secrets.token_bytes(32)
ENCODED = base64.b64encode(KEY).decode()
RING = KeyRing.parse(f"k1:{ENCODED}")
PLACE = Place("integration_credentials", "sealed", "01890000-0000-7000-8000-000000000001")
SECRET = "wl7-plaintext-that-must-not-show"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=500))
def test_what_was_sealed_opens_again(text: str) -> None:
    assert RING.open(RING.seal(text, PLACE), PLACE) == text


def test_the_same_secret_is_never_sealed_alike_twice() -> None:
    assert RING.seal(SECRET, PLACE).data != RING.seal(SECRET, PLACE).data


@pytest.mark.parametrize(
    "elsewhere",
    [
        Place("outgoing_mails", PLACE.column, PLACE.public_id),
        Place(PLACE.table, "other", PLACE.public_id),
        Place(PLACE.table, PLACE.column, "01890000-0000-7000-8000-000000000002"),
        Place(f"{PLACE.table}\x1f{PLACE.column}", PLACE.public_id, ""),
    ],
    ids=["table", "column", "row", "borders moved"],
)
def test_a_ciphertext_that_was_moved_does_not_open(elsewhere: Place) -> None:
    sealed = RING.seal(SECRET, PLACE)
    with pytest.raises(CryptoError, match="belongs to another row"):
        RING.open(sealed, elsewhere)


def test_the_key_id_is_bound_too() -> None:
    ring = KeyRing.parse(f"k1:{ENCODED},k2:{ENCODED}")
    with pytest.raises(CryptoError):
        ring.open(Sealed("k2", ring.seal(SECRET, PLACE).data), PLACE)


def test_a_value_of_another_key_does_not_open() -> None:
    other = KeyRing.parse(f"k1:{base64.b64encode(secrets.token_bytes(32)).decode()}")
    with pytest.raises(CryptoError):
        other.open(RING.seal(SECRET, PLACE), PLACE)


def test_a_key_that_left_the_ring_is_named() -> None:
    with pytest.raises(CryptoError, match="sealed with key old, which is not in the key ring"):
        RING.open(Sealed("old", RING.seal(SECRET, PLACE).data), PLACE)


@pytest.mark.parametrize("length", [0, 1, 11, 12, 13, 27])
def test_a_truncated_value_is_refused_and_nothing_else_breaks(length: int) -> None:
    with pytest.raises(CryptoError):
        RING.open(Sealed("k1", RING.seal(SECRET, PLACE).data[:length]), PLACE)


@given(st.data())
def test_a_single_changed_bit_is_noticed(data: st.DataObject) -> None:
    sealed = RING.seal(SECRET, PLACE)
    position = data.draw(st.integers(0, len(sealed.data) * 8 - 1))
    changed = bytearray(sealed.data)
    changed[position // 8] ^= 1 << position % 8
    with pytest.raises(CryptoError):
        RING.open(Sealed("k1", bytes(changed)), PLACE)


def test_the_first_key_seals_and_every_key_opens() -> None:
    ring = KeyRing.parse(f"new:{base64.b64encode(secrets.token_bytes(32)).decode()}, k1:{ENCODED}")
    assert ring.seal(SECRET, PLACE).key_id == "new"
    assert ring.open(RING.seal(SECRET, PLACE), PLACE) == SECRET


@pytest.mark.parametrize(
    "text",
    [
        "",
        " , ",
        ENCODED,
        f":{ENCODED}",
        f"k1:{ENCODED},k1:{ENCODED}",
        f"k1:{ENCODED[:-4]}",
        f"k1:{ENCODED}{ENCODED}",
        f"k1:!{ENCODED}",
        f"k1:{ENCODED}é",
        f"a b:{ENCODED}",
        f"k\x1f1:{ENCODED}",
        f"{'x' * 41}:{ENCODED}",
        f"ключ:{ENCODED}",
    ],
    ids=[
        "empty",
        "commas",
        "no id",
        "empty id",
        "doubled",
        "short",
        "long",
        "alphabet",
        "not ascii",
        "space",
        "border",
        "long id",
        "letters",
    ],
)
def test_a_bad_key_ring_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(CryptoError) as caught:
        KeyRing.parse(text)
    said = "".join(traceback.format_exception(caught.value, chain=True))
    assert ENCODED[:12] not in said
    assert "key ring" in str(caught.value)


def test_no_representation_shows_a_key_or_a_ciphertext() -> None:
    sealed = RING.seal(SECRET, PLACE)
    for text in (repr(RING), str(RING), repr(sealed), repr(PLACE)):
        assert ENCODED not in text
        assert repr(KEY)[2:-1] not in text
        assert repr(sealed.data)[2:-1] not in text


def test_an_error_quotes_neither_key_nor_secret() -> None:
    with pytest.raises(CryptoError) as caught:
        RING.open(RING.seal(SECRET, PLACE), Place("a", "b", "c"))
    said = "".join(traceback.format_exception(caught.value, chain=True))
    assert SECRET not in said
    assert ENCODED not in said
