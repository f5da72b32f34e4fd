"""Codes by time, against the vectors of the standard; recovery codes; the picture."""

from datetime import UTC, datetime

import pytest
from bs4 import BeautifulSoup

from app.security import totp
from app.security.tokens import new_recovery_code, recovery_code_hash

RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""RFC 6238, appendix B: the SHA-1 seed 12345678901234567890 in base32; the codes are the last six of its eight digits."""


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_codes_of_the_standard(seconds: int, code: str) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    assert totp.matching_step(RFC_SECRET, code, now=now) == seconds // 30
    assert totp.matching_step(RFC_SECRET, f" {code[:3]} {code[3:]} ", now=now) == seconds // 30


@pytest.mark.parametrize(("off", "fits"), [(-60, False), (-30, True), (30, True), (60, False)])
def test_a_clock_may_be_one_step_off(off: int, fits: bool) -> None:
    now = datetime.fromtimestamp(1111111111 + off, UTC)
    assert (totp.matching_step(RFC_SECRET, "050471", now=now) is not None) is fits


@pytest.mark.parametrize("code", ["", "05047", "0504711", "abcdef", "٠٥٠٤٧١", "-50471", "050471\x00"])
def test_what_is_no_code(code: str) -> None:
    assert totp.matching_step(RFC_SECRET, code, now=datetime.fromtimestamp(1111111111, UTC)) is None


def test_the_picture_needs_no_style() -> None:
    svg = totp.qr_svg(totp.provisioning_uri(totp.new_secret(), account="ana@example.com"))
    picture = BeautifulSoup(svg, "html.parser").select_one("svg")
    assert picture is not None
    assert picture["viewbox" if picture.has_attr("viewbox") else "viewBox"]
    assert "style" not in svg
    assert "class" not in svg
    assert "<?xml" not in svg


def test_recovery_codes_differ_and_forgive_how_they_are_typed() -> None:
    codes = {new_recovery_code() for _ in range(50)}
    assert len(codes) == 50
    code = codes.pop()
    assert recovery_code_hash(code) == recovery_code_hash(f" {code.upper().replace('-', ' ')} ")
