"""What an event would hold, told from what the evidence of live connectors really rests on, not from what checks usually rest on.

Only what happens at once is told: the watch asks again afterwards, and what needs nobody then comes back by itself.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from app.extensions import db
from app.models import (
    AccountCredential,
    ConfigurationStatus,
    ConnectorConfiguration,
    ConnectorFacet,
    ConnectorState,
    EvidenceDependency,
    ProviderAccount,
    ReadinessCurrent,
    ReadinessEvidence,
    User,
    UserKind,
)
from app.readiness.gates import CHECKS, CheckSpec
from app.services.facet_changes import CHANGES_FACETS, SIGNED
from app.services.facet_contents import PEOPLE
from app.services.live_connectors import LiveConnector
from app.services.stands import APPROVAL

SIGNATURES = ("signed_by", "approved_by")
"""Facts of a check that somebody stands behind by name."""
Touched = Mapping[int, frozenset[str]]
"""Live configuration → facets that would become others."""


class Happens(StrEnum):
    CREDENTIAL = "credential_expires"
    PERSON = "person_leaves"
    CUSTOMER = "customer_withdraws"

    @property
    def act(self) -> str:
        """Of the audit trail: what is done when it happens."""
        return {
            "credential_expires": "credential.replaced",
            "person_leaves": "person.deactivated",
            "customer_withdraws": "consent.withdrawn",
        }[self.value]


@dataclass(frozen=True)
class Choice:
    """Something that it can happen to."""

    public_id: str
    words: str
    connector: str = ""
    """Of a secret: public id of its connector."""


@dataclass(frozen=True)
class Held:
    """A connector that would be held, and by which checks."""

    connector: LiveConnector
    checks: Sequence[CheckSpec]
    becomes: ConnectorState


def choices(live: Sequence[LiveConnector]) -> dict[Happens, Sequence[Choice]]:
    """To whom or what each of them can happen."""
    organizations = {each.organization_id: Choice(each.organization_id, each.organization) for each in live}
    return {
        Happens.CREDENTIAL: _credentials({each.public_id: each for each in live}) if live else [],
        Happens.PERSON: _staff() if live else [],
        Happens.CUSTOMER: sorted(organizations.values(), key=lambda each: (each.words, each.public_id)),
    }


def _credentials(live: Mapping[str, LiveConnector]) -> list[Choice]:
    row, account, configuration = AccountCredential, ProviderAccount, ConnectorConfiguration
    query = (
        sa.select(row.public_id, row.name, account.public_id)
        .join(account, account.id == row.account_id)
        .join(configuration, configuration.account_id == account.id)
        .where(configuration.status == ConfigurationStatus.LIVE)
    )
    found = [
        Choice(public_id, f"{live[connector].label} ({live[connector].organization}): {name.replace('_', ' ')}", connector)
        for public_id, name, connector in db.session.execute(query)
        if connector in live
    ]
    return sorted(found, key=lambda each: (each.words, each.public_id))


def _staff() -> list[Choice]:
    query = sa.select(User.public_id, User.name).where(User.kind == UserKind.STAFF, User.is_active.is_(True))
    return [Choice(public_id, name) for public_id, name in db.session.execute(query.order_by(User.name, User.id))]


def would_hold(happens: Happens, whom: Choice, live: Sequence[LiveConnector]) -> list[Held]:
    """Connectors that would be held at once, in the order in which they are given."""
    match happens:
        case Happens.CREDENTIAL:
            touched = {each.configuration_id: CHANGES_FACETS[happens.act] for each in live if each.public_id == whom.connector}
            found = _resting_on(touched)
        case Happens.CUSTOMER:
            found = _resting_on(_with_consent([each for each in live if each.organization_id == whom.public_id]))
        case Happens.PERSON:
            found = _without(whom.public_id)
    becomes = ConnectorState.NEEDS_CUSTOMER if happens is Happens.CUSTOMER else ConnectorState.NEEDS_ATTENTION
    return [
        Held(each, [spec for spec in CHECKS if spec.key in keys], becomes)
        for each in live
        if (keys := found.get(each.configuration_id, frozenset()))
    ]


def _with_consent(live: Iterable[LiveConnector]) -> Touched:
    """Where there is a consent that could be withdrawn."""
    ids = [each.configuration_id for each in live]
    query = sa.select(ConnectorFacet.configuration_id, ConnectorFacet.content).where(
        ConnectorFacet.configuration_id.in_(ids), ConnectorFacet.facet == "consent"
    )
    changed = CHANGES_FACETS[Happens.CUSTOMER.act]
    return {owner: changed for owner, text in db.session.execute(query) if (content := json.loads(text)) and not content["is_withdrawn"]}


def _without(person: str) -> dict[int, frozenset[str]]:
    """Who leaves is named in some facets; and what they signed or approved is asked anew at once, and has nobody behind it."""
    found = {owner: set(keys - {APPROVAL}) for owner, keys in _resting_on(_naming(person)).items()}
    for owner, check in _signed_by(person):
        found.setdefault(owner, set()).add(check)
    return {owner: frozenset(keys) for owner, keys in found.items()}


def _naming(person: str) -> Touched:
    """Facets of live configurations in which somebody answers for something."""
    row, configuration = ConnectorFacet, ConnectorConfiguration
    query = (
        sa.select(row.configuration_id, row.facet, row.content)
        .join(configuration, configuration.id == row.configuration_id)
        .where(
            configuration.status == ConfigurationStatus.LIVE,
            row.facet.in_(sorted(CHANGES_FACETS[Happens.PERSON.act])),
            row.content.contains(person),
        )
    )
    found: dict[int, set[str]] = {}
    for owner, facet, text in db.session.execute(query):
        if _counts_on(json.loads(text), person):
            found.setdefault(owner, set()).add(facet)
    return {owner: frozenset(keys) for owner, keys in found.items()}


def _counts_on(content: Any, person: str) -> bool:
    """Whether the content would be another one without them."""
    if content.get("id") == person:
        return bool(content.get("is_active"))
    return bool(content.get(PEOPLE, {}).get(person))


def _signed_by(person: str) -> list[tuple[int, str]]:
    """Live configuration and check that somebody stands behind by name."""
    current, evidence, configuration = ReadinessCurrent, ReadinessEvidence, ConnectorConfiguration
    query = (
        sa.select(current.configuration_id, current.check_key, evidence.facts)
        .join(configuration, configuration.id == current.configuration_id)
        .join(evidence, evidence.id == current.evidence_id)
        .where(configuration.status == ConfigurationStatus.LIVE, current.check_key.in_(SIGNED), evidence.facts.contains(person))
    )
    return [
        (owner, check)
        for owner, check, facts in db.session.execute(query)
        if person in {json.loads(facts).get(name) for name in SIGNATURES}
    ]


def _resting_on(touched: Touched) -> dict[int, frozenset[str]]:
    """Live configuration → checks whose evidence rests on a facet that would be another one."""
    if not touched:
        return {}
    current, rests = ReadinessCurrent, EvidenceDependency
    query = (
        sa.select(current.configuration_id, current.check_key, rests.facet)
        .join(rests, rests.evidence_id == current.evidence_id)
        .where(current.configuration_id.in_(sorted(touched)), rests.facet.in_(sorted(frozenset().union(*touched.values()))))
    )
    found: dict[int, set[str]] = {}
    for owner, check, facet in db.session.execute(query):
        if facet in touched[owner]:
            found.setdefault(owner, set()).add(check)
    return {owner: frozenset(keys) for owner, keys in found.items()}
