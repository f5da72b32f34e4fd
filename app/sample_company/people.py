"""Made-up people by number: what is known of the n-th one, without making the others.

Phone numbers are of the kind that is reserved for made-up people (555-01xx), in all area codes; when those are used up the rest of the
exchange 555 follows, which is given to nobody either. Mail addresses are at hosts that are reserved for examples.
"""

import unicodedata
from typing import NamedTuple

from app.sample_company.randomness import mixed
from app.sample_company.words import BUSINESSES, FIRST_NAMES, LAST_NAMES, MAIL_HOSTS, STATE, STREET_KINDS, STREETS, TOWNS

TOLL_FREE = frozenset({800, 822, 833, 844, 855, 866, 877, 888, 900})
AREAS = tuple(f"{n}" for n in range(201, 990) if n % 100 != 11 and n // 10 % 10 != 9 and n not in TOLL_FREE)
OWN_AREA, SPAM_AREA, *PEOPLE_AREAS = AREAS
RESERVED = len(PEOPLE_AREAS) * 100
FURTHER = len(PEOPLE_AREAS) * 9_700
OFFICE_LINES, TEST_HANDSETS = 10, 2
BUSINESSES_IN_100 = 6

ASCII = {ord(letter): unicodedata.normalize("NFKD", letter)[0] for letter in "éäöüñëúó"} | {ord("'"): None}


class Address(NamedTuple):
    street: str
    city: str
    zip: str


class People:
    """Everybody whom the company ever hears of, by number."""

    def __init__(self, seed: int) -> None:
        self._salt = mixed(seed, 11)
        self._offset = mixed(seed, 12) % RESERVED

    def is_business(self, number: int) -> bool:
        return (mixed(number, self._salt) >> 50) % 100 < BUSINESSES_IN_100

    def name(self, number: int) -> str:
        bits = mixed(number, self._salt)
        last = LAST_NAMES[(bits >> 20) % len(LAST_NAMES)]
        if (bits >> 50) % 100 < BUSINESSES_IN_100:
            return f"{last} {BUSINESSES[bits % len(BUSINESSES)]}"
        return f"{FIRST_NAMES[bits % len(FIRST_NAMES)]} {last}"

    def phone(self, number: int) -> str:
        """Ten digits, different for each of the first 6.8 million people."""
        if number < RESERVED:
            place = (number * 7919 + self._offset) % RESERVED
            return f"{PEOPLE_AREAS[place // 100]}55501{place % 100:02d}"
        place = ((number - RESERVED) * 7919 + self._offset) % FURTHER
        return f"{PEOPLE_AREAS[place // 9_700]}555{place % 9_700 + 300:04d}"

    def email(self, number: int) -> str:
        local = self.name(number).lower().replace(" ", ".").translate(ASCII)
        return f"{local}.{number}@{MAIL_HOSTS[number % len(MAIL_HOSTS)]}"

    def address(self, number: int) -> Address:
        bits = mixed(number, self._salt + 1)
        street = f"{bits % 9800 + 100} {STREETS[(bits >> 16) % len(STREETS)]} {STREET_KINDS[(bits >> 32) % len(STREET_KINDS)]}"
        town, code = TOWNS[(bits >> 44) % len(TOWNS)]
        return Address(street, town, code)

    @property
    def state(self) -> str:
        return STATE


def office_phone(number: int) -> str:
    return f"{OWN_AREA}55501{number % OFFICE_LINES:02d}"


def handset_phone(number: int) -> str:
    """What the company makes its test calls with."""
    return f"{OWN_AREA}55501{OFFICE_LINES + number % TEST_HANDSETS:02d}"


def campaign_phone(number: int) -> str:
    """The tracking number of a campaign."""
    return f"{OWN_AREA}55501{20 + number:02d}"


def spam_phone(number: int) -> str:
    return f"{SPAM_AREA}55501{number % 40:02d}"
