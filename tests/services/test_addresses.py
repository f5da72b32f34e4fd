"""One mailbox, one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.addresses import normal_address, storable_address
from app.services.errors import InvalidField


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  Ana@Example.COM ", "ana@example.com"),
        ("ana@Bücher.example", "ana@xn--bcher-kva.example"),
        ("ana@xn--bcher-kva.example", "ana@xn--bcher-kva.example"),
        ("no address", "no address"),
        ("a@b@example.com", "a@b@example.com"),
        ("", ""),
        ("@", "@"),
    ],
)
def test_addresses_are_brought_into_one_form(typed: str, stored: str) -> None:
    assert normal_address(typed) == stored


@given(st.text(max_size=300))
def test_anything_can_be_looked_up(text: str) -> None:
    once = normal_address(text)
    assert isinstance(once, str)


@pytest.mark.parametrize("typed", ["añа@example.com", "a" * 250 + "@example.com"])
def test_an_address_that_no_mail_reaches_is_refused(typed: str) -> None:
    with pytest.raises(InvalidField) as caught:
        storable_address(typed)
    assert caught.value.field == "email"
