"""Signed webhooks after the Standard Webhooks specification: https://www.standardwebhooks.com.

The receiver computes HMAC-SHA256 over ``id.timestamp.body`` with the shared secret and compares; the timestamp lets it refuse
what is sent again later, the id what it has taken already.
"""

import base64
import hashlib
import hmac
import secrets

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> str:
    """``whsec_`` and 32 random bytes in base64."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def headers_of(body: bytes, *, message_id: str, timestamp: int, secret: str) -> dict[str, str]:
    """What goes with a message."""
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature(body, message_id=message_id, timestamp=timestamp, secret=secret)}",
    }


def signature(body: bytes, *, message_id: str, timestamp: int, secret: str) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256)
    return base64.b64encode(signed.digest()).decode()
