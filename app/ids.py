"""Public ids: what stands in addresses, commands and associated data of ciphers."""

from uuid6 import uuid7


def new_public_id() -> str:
    """A UUIDv7 (RFC 9562, section 5.7) as 36 characters: sortable by the time that it was made."""
    return str(uuid7())
