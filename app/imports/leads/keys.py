"""Phone numbers and mail addresses in one spelling, and the digests by which repeats are found.

A digest is no protection (numbers can be guessed one by one): it spares a wide index and keeps values out of joins. It is
bound to the organization, so the same caller has another key at every client.
"""

import hashlib
import re
import unicodedata

LEAST_DIGITS = 7
MOST_DIGITS = 15
_EXTENSION = re.compile(r"(?:ext\.?|x|#)\s*\d*\s*$", re.IGNORECASE)
_MAIL = re.compile(r"[^@\s]+@([^@\s]+\.[^@\s.]+)\Z")


def normal_phone(text: str) -> str:
    """Digits alone, without the country code of North America, an extension or the signs of an international call.

    :return: empty for what is no number that tells anybody from anybody else: too short, too long, or one digit over and over
    """
    if not text:
        return ""
    if not (text.isascii() and text.isdigit()):
        text = _EXTENSION.sub("", unicodedata.normalize("NFKC", text))
        text = "".join(c for c in text if c in "0123456789")
        text = text.removeprefix("00")
    if len(text) == 11 and text[0] == "1":
        text = text[1:]
    if not LEAST_DIGITS <= len(text) <= MOST_DIGITS or len(set(text)) == 1:
        return ""
    return text


def normal_mail(text: str) -> str:
    """Lower case, without ``mailto:``; empty for what is no mail address."""
    if not text or "@" not in text:
        return ""
    text = unicodedata.normalize("NFKC", text).strip().casefold().removeprefix("mailto:").strip("<> ").rstrip(".")
    return text if _MAIL.match(text) else ""


def domain_of(mail: str) -> str:
    return mail.rpartition("@")[2]


def normal_domain(text: str) -> str:
    """``@Acme.com`` and ``ana@acme.com`` are ``acme.com``."""
    return unicodedata.normalize("NFKC", text).strip().casefold().rpartition("@")[2].strip(".")


def normal_words(text: str) -> str:
    """Lower case, one space between words: how texts and the words of rules are compared."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return " ".join(text.casefold().split())


def contact_key(scope: str, text: str) -> bytes:
    """16 bytes for a normalised number or address.

    :param scope: public id of the organization
    """
    return hashlib.blake2b(text.encode(), digest_size=16, key=scope.encode()[:64]).digest()


def phone_key(scope: str, phone: str) -> bytes | None:
    return contact_key(scope, f"phone:{phone}") if phone else None


def mail_key(scope: str, mail: str) -> bytes | None:
    return contact_key(scope, f"mail:{mail}") if mail else None
