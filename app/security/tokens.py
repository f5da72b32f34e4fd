"""Random tokens for sessions and links, and recovery codes. Only the SHA-256 is stored: so many random bits need no
slow hash."""

import hashlib
import re
import secrets

TOKEN_LENGTH = 43
"""32 random bytes in URL-safe base64."""
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_CODE_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without characters that are read for others: i and l and 1, o and 0."""
_CODE_LENGTH = 16
"""79 bits."""


def new_token() -> str:
    return secrets.token_urlsafe(32)


def looks_like_a_token(text: str) -> bool:
    return _TOKEN.fullmatch(text) is not None


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def new_recovery_code() -> str:
    """Four groups of four, for paper."""
    text = "".join(secrets.choice(_CODE_ALPHABET) for _ in range(_CODE_LENGTH))
    return "-".join(text[at : at + 4] for at in range(0, _CODE_LENGTH, 4))


def recovery_code_hash(code: str) -> str:
    """Hash of a code as somebody typed it: case, spaces and dashes do not count."""
    return token_hash(re.sub(r"[\s\-–]", "", code).lower())
