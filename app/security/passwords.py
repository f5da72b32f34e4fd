"""Passwords: hashing with argon2id (the library's current defaults: RFC 9106, second recommended option), and which
ones are refused. Length counts for more than signs, so there is no rule about capitals and digits."""

import math
import re
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 12
MAX_LENGTH = 200
HINT = f"At least {MIN_LENGTH} characters. Four or five words that do not belong together are easy to keep and hard to guess."

_hasher = PasswordHasher()


def _made_up_hash() -> str:
    """What a hash of the same cost looks like. No password has it, and making it costs a process that starts nothing."""
    salt, digest = ("A" * math.ceil(size * 4 / 3) for size in (_hasher.salt_len, _hasher.hash_len))
    cost = f"m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}"
    return f"$argon2id$v=19${cost}${salt}${digest}"


_decoy = _made_up_hash()

_OBVIOUS = frozenset(
    {
        "password",
        "passwort",
        "passphrase",
        "letmein",
        "welcome",
        "changeme",
        "changeit",
        "iloveyou",
        "sunshine",
        "princess",
        "football",
        "baseball",
        "superman",
        "trustno",
        "fivegate",
        "administrator",
        "admin",
        "secret",
        "default",
        "login",
        "signin",
        "please",
        "openup",
        "company",
        "spring",
        "summer",
        "autumn",
        "winter",
        "monday",
        "friday",
    }
)
"""Words that guesses begin with. A password made of them and digits alone is none."""
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiop",
    "qwertzuiop",
    "azertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "yxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
)
"""Rows of the keyboard and the alphabet; refused forwards and backwards."""
_LEET = str.maketrans("013457@$!", "oieastasi")


def hash_password(password: str) -> str:
    return _hasher.hash(_normal(password))


def verify_password(stored: str | None, password: str) -> bool:
    """Whether the password fits. Takes as long when there is no stored hash, so that time tells nobody who exists."""
    try:
        fits = _hasher.verify(stored or _decoy, _normal(password))
    except (VerificationError, InvalidHashError):
        return False
    return fits and stored is not None


def needs_rehash(stored: str) -> bool:
    return _hasher.check_needs_rehash(stored)


def password_problem(password: str, *, email: str, name: str) -> str:
    """Why this password cannot be taken, as a sentence for the person; empty if it can.

    :param email: the person's address, and
    :param name: their name: who guesses tries both first
    """
    text = _normal(password)
    if len(text) < MIN_LENGTH:
        return f"Use at least {MIN_LENGTH} characters: this has {len(text)}."
    if len(text) > MAX_LENGTH:
        return f"Use at most {MAX_LENGTH} characters."
    if any(unicodedata.category(c) == "Cc" for c in text):
        return "Remove the control characters: a keyboard could not type them again."
    if len(set(text.lower())) < 5:
        return "Use more different characters: one that repeats itself is guessed at once."
    if _is_about_the_person(text, email=email, name=name):
        return "Choose something that holds neither your name nor your address: those are tried first."
    if _is_obvious(text):
        return "Choose something less common: this is among the first guesses. Four or five unrelated words are good."
    return ""


def _normal(password: str) -> str:
    """One spelling for what looks the same, whatever keyboard it came from (NIST SP 800-63B, section 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def _letters(text: str) -> str:
    return re.sub(r"[\W\d_]", "", text.lower().translate(_LEET))


def _is_about_the_person(text: str, *, email: str, name: str) -> bool:
    """Whether little is left once the person's own words are taken away."""
    rest = text.lower()
    words = [email.lower(), *re.split(r"[@.+_\-\s]+", email.lower()), *name.lower().split(), re.sub(r"\s+", "", name.lower())]
    for word in sorted(set(words), key=len, reverse=True):
        if len(word) > 2:
            rest = rest.replace(word, "")
    return rest != text.lower() and len(re.sub(r"[\W\d_]", "", rest)) < 6


def _is_obvious(text: str) -> bool:
    low = text.lower()
    for size in range(1, len(low) // 2 + 1):  # the same piece again and again
        if size <= 6 and low == (low[:size] * (len(low) // size + 1))[: len(low)]:
            return True
    rest = low
    for run in _RUNS:
        for row in (run, run[::-1]):
            rest = _without_runs(rest, row)
    rest = _letters(rest)
    for word in sorted(_OBVIOUS, key=len, reverse=True):
        rest = rest.replace(word, "")
    return len(rest) < 4


def _without_runs(text: str, row: str, shortest: int = 4) -> str:
    """``text`` without pieces of ``row`` that are at least ``shortest`` long."""
    out, at = "", 0
    while at < len(text):
        length = shortest - 1
        while at + length < len(text) and text[at : at + length + 1] in row:
            length += 1
        if length >= shortest:
            at += length
        else:
            out += text[at]
            at += 1
    return out
