"""The key ring, for use cases that seal or open something."""

from functools import lru_cache

from app.security.crypto import KeyRing
from app.services.installation import settings


def key_ring() -> KeyRing:
    """The process's keys.

    :raises app.security.crypto.CryptoError: if the setting cannot be read
    """
    return _parsed(settings().key_ring.get_secret_value())


@lru_cache(maxsize=2)
def _parsed(text: str) -> KeyRing:
    return KeyRing.parse(text)
