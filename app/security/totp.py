"""One-time codes by time (RFC 6238): six digits, thirty seconds, SHA-1, as every authenticator app reads them."""

import hmac
import re
from datetime import datetime
from io import BytesIO

import pyotp
import segno

SECONDS = 30
DRIFT = 1
"""Steps that a phone's clock may be off, each way."""
ISSUER = "Fivegate"
_CODE = re.compile(r"\d{6}", re.ASCII)


def new_secret() -> str:
    """160 random bits in base32 (RFC 4226, section 4)."""
    return pyotp.random_base32(32)


def matching_step(secret: str, code: str, *, now: datetime) -> int | None:
    """The time step whose code this is, within the drift; None if it is of none."""
    digits = re.sub(r"\s", "", code)
    if not _CODE.fullmatch(digits):
        return None
    otp = pyotp.TOTP(secret, interval=SECONDS)
    current = int(now.timestamp()) // SECONDS
    found = None
    for step in range(current - DRIFT, current + DRIFT + 1):
        if hmac.compare_digest(otp.generate_otp(step), digits):
            found = step
    return found


def provisioning_uri(secret: str, *, account: str) -> str:
    return pyotp.TOTP(secret, interval=SECONDS).provisioning_uri(name=account, issuer_name=ISSUER)


def qr_svg(text: str) -> str:
    """A QR code to stand inside a page: no inline style, which the policy forbids, and black on white in dark mode too."""
    out = BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=False, nl=False, omitsize=True, svgclass=None, lineclass=None, dark="#000", light="#fff"
    )
    return out.getvalue().decode()


def in_groups(secret: str) -> str:
    """The secret for typing, in groups of four."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
