"""Random tokens for sessions and links. Only the SHA-256 is stored: 256 random bits need no slow hash."""

import hashlib
import secrets


def new_token() -> str:
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
