"""Mail addresses in the one form that is stored and looked up."""

import idna

from app.services.errors import InvalidField

MAX_LENGTH = 254
"""RFC 5321, section 4.5.3.1.3, without the angle brackets."""


def normal_address(text: str) -> str:
    """Lower case, the domain as it stands in a mail's envelope (``bücher.example`` → ``xn--bcher-kva.example``), so that
    one mailbox has one spelling and a domain that only looks like another one shows. Never raises: an address that is
    none comes back in lower case and is found nowhere."""
    local, at, domain = text.strip().lower().rpartition("@")
    try:
        return local + at + idna.encode(domain, uts46=True).decode() if at else domain
    except (idna.IDNAError, UnicodeError):
        return local + at + domain


def storable_address(text: str) -> str:
    """The normal form of an address that is to be kept.

    :raises InvalidField: if no mail could be sent there
    """
    address = normal_address(text)
    if len(address) > MAX_LENGTH:
        raise InvalidField("email", f"Use at most {MAX_LENGTH} characters.")
    if not address.isascii():
        raise InvalidField("email", "Use Latin letters, digits and signs in the address: mail servers refuse others before the @.")
    return address
