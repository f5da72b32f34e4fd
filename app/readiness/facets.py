"""Facets: the things that evidence rests on. One digest each, so that a change drops exactly the ticks that rest on it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class FacetScope(StrEnum):
    SHARED = "shared"
    """The draft and what runs have it in common: a change touches both."""
    CONFIGURATION = "configuration"
    """Each configuration has its own: work on the draft leaves what runs alone."""
    INSTALLATION = "installation"
    """One for all connectors."""


@dataclass(frozen=True)
class Facet:
    key: str
    """Outlives releases: never rename one."""
    words: str
    """As the subject of a sentence about its change."""
    scope: FacetScope


FACETS: dict[str, Facet] = {
    facet.key: facet
    for facet in (
        Facet("mode", "How data comes in", FacetScope.SHARED),
        Facet("source-label", "The source label", FacetScope.CONFIGURATION),
        Facet("owner", "The owner", FacetScope.SHARED),
        Facet("data-types", "The choice of data types", FacetScope.CONFIGURATION),
        Facet("data-homes", "The home of a data type", FacetScope.CONFIGURATION),
        Facet("supply", "The agreement on exports", FacetScope.SHARED),
        Facet("access", "The test of access", FacetScope.SHARED),
        Facet("credential", "A secret", FacetScope.SHARED),
        Facet("scopes", "The granted scopes", FacetScope.SHARED),
        Facet("consent", "The customer's consent", FacetScope.SHARED),
        Facet("privileges", "The database account's rights", FacetScope.INSTALLATION),
        Facet("maps", "A field map", FacetScope.CONFIGURATION),
        Facet("metrics", "The choice of metrics", FacetScope.CONFIGURATION),
        Facet("formulas", "A formula", FacetScope.SHARED),
        Facet("zone", "The organization's time zone", FacetScope.SHARED),
        Facet("windows", "The rule for windows", FacetScope.CONFIGURATION),
        Facet("lead-rules", "The lead rules", FacetScope.SHARED),
        Facet("baselines", "The baselines", FacetScope.CONFIGURATION),
        Facet("reconciliations", "The source's totals", FacetScope.SHARED),
        Facet("retention", "The retention rules", FacetScope.CONFIGURATION),
        Facet("failure-path", "The failure path", FacetScope.CONFIGURATION),
        Facet("rollback", "The rollback plan", FacetScope.CONFIGURATION),
    )
}


CHECK_PREFIX = "check:"
"""Before a check's key: the facet of the check itself, whose version a release may raise."""


def facet_of_check(key: str) -> str:
    return f"{CHECK_PREFIX}{key}"


def in_words(facet: str) -> str:
    """As the subject of a sentence about its change."""
    if facet.startswith(CHECK_PREFIX):
        return "The check itself"
    return FACETS[facet].words if facet in FACETS else facet


def canonical(content: Any) -> str:
    """JSON that is the same text for the same content: sorted keys, no white space.

    Stricter than the audit trail's, which writes out whatever comes: a set comes out in another order each time, and would
    drop ticks by chance.

    :raises TypeError: for what JSON does not know
    :raises ValueError: for a number that is none
    """
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest_of(content: Any) -> str:
    """SHA-256, in hex, of the canonical text."""
    return hashlib.sha256(canonical(content).encode()).hexdigest()


@dataclass(frozen=True)
class Vouched:
    """A check's result as an approval or a packet vouches for it: without ids and without dates."""

    result: str
    rests_on: Mapping[str, str]
    """Facet → its digest when the evidence was made."""


def approval_digest(checks: Mapping[str, Vouched]) -> str:
    """What an approval is for. Renewed evidence with the same result keeps it; any change voids it.

    SHA-256, in hex, over the sorted (check, result, facets with digests).
    """
    return digest_of([[key, checks[key].result, sorted(checks[key].rests_on.items())] for key in sorted(checks)])


def differences(approved: Mapping[str, Vouched], found: Mapping[str, Vouched], titles: Mapping[str, str]) -> list[str]:
    """What changed between two states that were to be the same, a sentence each.

    :param titles: check → its title
    """
    lines = []
    for key in sorted(approved.keys() | found.keys()):
        before, after = approved.get(key), found.get(key)
        name = f"“{titles.get(key, key)}”"
        if before is None or after is None:
            lines.append(f"{name} was not part of it." if before is None else f"{name} is no longer there.")
            continue
        if before.result != after.result:
            lines.append(f"{name} came to {after.result.replace('_', ' ')}; it was {before.result.replace('_', ' ')}.")
        changed = sorted(
            facet for facet in before.rests_on.keys() | after.rests_on.keys() if before.rests_on.get(facet) != after.rests_on.get(facet)
        )
        lines += [f"{in_words(facet)} changed, on which {name} rests." for facet in changed]
    return lines
