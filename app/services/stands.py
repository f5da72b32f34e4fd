"""How a configuration's checks stand, read in a handful of statements whatever lies behind them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.extensions import db
from app.models import (
    ConnectorConfiguration,
    ConnectorFacet,
    EvidenceDependency,
    ProviderAccount,
    ReadinessAcknowledgement,
    ReadinessCurrent,
    ReadinessEvidence,
    ReadinessWaiver,
)
from app.models.readiness import INSTALLATION_KEY
from app.readiness.check import Result
from app.readiness.facets import Vouched, approval_digest
from app.readiness.gates import CHECKS, CheckSpec, Gate
from app.readiness.standing import Evidence, GateStand, Stand, Standing, gates_of, next_check, stand_of
from app.services import configurations, readiness_clock

APPROVAL = "second-approval"


@dataclass(frozen=True)
class Facet:
    """What is written down of one."""

    digest: str
    revision: int
    changed_at: datetime
    cause: str
    actor_kind: str
    actor_id: str


@dataclass(frozen=True)
class Shown:
    """One check with all that its line and its page show."""

    spec: CheckSpec
    stand: Stand
    newest: ReadinessEvidence | None
    good: ReadinessEvidence | None
    rests_on: Mapping[str, str] = field(default_factory=dict)
    waiver: ReadinessWaiver | None = None
    """That counts today."""
    unacknowledged: tuple[str, ...] = ()

    @property
    def ever_stood(self) -> bool:
        return self.good is not None

    @property
    def items(self) -> tuple[str, ...]:
        return _items(self.newest)


@dataclass(frozen=True)
class Stands:
    """All checks of one configuration at one instant."""

    configuration: ConnectorConfiguration | None
    checks: Mapping[str, Shown]
    """In the registry's order."""
    gates: Sequence[GateStand]
    facets: Mapping[str, Facet]
    now: datetime

    @property
    def next_check(self) -> CheckSpec | None:
        return next_check(self.gates)

    @property
    def done(self) -> int:
        return sum(gate.done for gate in self.gates)

    @property
    def total(self) -> int:
        return len(self.checks)

    @property
    def is_all_open(self) -> bool:
        return all(shown.stand.standing.is_open for shown in self.checks.values())

    @property
    def gate(self) -> Gate:
        """The first that is not through; the last one where all are."""
        return next((each.gate for each in self.gates if not each.is_through), Gate.PROMOTE)

    def vouched(self) -> dict[str, Vouched]:
        """What an approval is for: every other check with its result and what it rests on."""
        return {key: _vouched(shown) for key, shown in self.checks.items() if key != APPROVAL}

    @property
    def approval_digest(self) -> str:
        return approval_digest(self.vouched())

    def missing(self, *, but: frozenset[str] = frozenset()) -> list[CheckSpec]:
        """Checks that do not let their gate through."""
        return [shown.spec for key, shown in self.checks.items() if key not in but and not shown.stand.standing.is_open]


def of(account: ProviderAccount, configuration: ConnectorConfiguration | None) -> Stands:
    """:param configuration: None: nothing was ever noted of the connector"""
    if configuration is None:
        return _nothing(readiness_clock.now())
    return of_each(account, [configuration])[0]


def of_each(account: ProviderAccount, configurations_: Sequence[ConnectorConfiguration]) -> list[Stands]:
    """Several configurations of one connector, read in as many statements as one."""
    now = readiness_clock.now()
    current = _current(configurations_)
    read = _Read(
        facets=_facets(configurations_),
        current=current,
        rests_on=_dependencies(current),
        acknowledged=_acknowledged(configurations_),
        waivers=_waivers(configurations_),
    )
    return [_stands(account, each, read, now) for each in configurations_]


def _nothing(now: datetime) -> Stands:
    return Stands(None, {spec.key: Shown(spec, Stand(Standing.NOT_RUN), None, None) for spec in CHECKS}, gates_of({}), {}, now)


def _stands(account: ProviderAccount, configuration: ConnectorConfiguration, read: "_Read", now: datetime) -> Stands:
    facets = _own_and_common(read.facets, configuration)
    current = _own_and_common(read.current, configuration)
    rests_on = read.rests_on
    waivers = read.waivers.get(configuration.id, {})
    acknowledged = read.acknowledged.get(configuration.id, frozenset())
    digests = {key: facet.digest for key, facet in facets.items()}
    today = now.astimezone(ZoneInfo(account.organization.time_zone)).date()
    shown = {}
    for spec in CHECKS:
        newest, good = current.get(spec.key, (None, None))
        waiver = waivers.get(spec.key)
        stand = stand_of(
            _evidence(newest, rests_on),
            _evidence(good, rests_on),
            facets=digests,
            now=now,
            acknowledged=acknowledged,
            waived_until=waiver.last_day if waiver else None,
            today=today,
        )
        shown[spec.key] = Shown(
            spec,
            stand,
            newest,
            good,
            rests_on.get(newest.id, {}) if newest else {},
            waiver if waiver is not None and today <= waiver.last_day else None,
            tuple(item for item in _items(newest) if item not in acknowledged),
        )
    gates = gates_of({key: each.stand for key, each in shown.items()}, passed_before=configurations.passed_gates(configuration))
    return Stands(configuration, shown, gates, facets, now)


def _vouched(shown: Shown) -> Vouched:
    result = Standing.WAIVED.value if shown.stand.standing is Standing.WAIVED else shown.newest.result if shown.newest else ""
    return Vouched(result, dict(shown.rests_on))


def _items(evidence: ReadinessEvidence | None) -> tuple[str, ...]:
    return tuple(json.loads(evidence.items)) if evidence is not None else ()


def _evidence(row: ReadinessEvidence | None, rests_on: Mapping[int, Mapping[str, str]]) -> Evidence | None:
    if row is None:
        return None
    return Evidence(Result(row.result), row.valid_until, rests_on.get(row.id, {}), _items(row))


T = TypeVar("T")
ById = Mapping[int, Mapping[str, T]]
"""Id of a configuration → key → what is known under it."""
Newest = tuple[ReadinessEvidence, ReadinessEvidence | None]
"""The newest evidence, and the newest that was good."""


@dataclass(frozen=True)
class _Read:
    """What was read of several configurations at once."""

    facets: ById[Facet]
    current: ById[Newest]
    rests_on: Mapping[int, Mapping[str, str]]
    acknowledged: Mapping[int, frozenset[str]]
    waivers: ById[ReadinessWaiver]


def _own_and_common(found: ById[T], configuration: ConnectorConfiguration) -> dict[str, T]:
    """What belongs to a configuration, and what to the installation: the ids of other configurations are not asked for."""
    own = found.get(configuration.id, {})
    return {**found.get(_COMMON, {}), **own}


_COMMON = 0
"""Stands for the installation's configuration, whose id nobody needs to know."""


def _owner() -> Any:
    """The configuration's id, or the one that stands for the installation's."""
    return sa.case((ConnectorConfiguration.status_key == INSTALLATION_KEY, _COMMON), else_=ConnectorConfiguration.id)


def _ours(configurations_: Sequence[ConnectorConfiguration]) -> Any:
    """The configurations, and the installation's."""
    ids = [each.id for each in configurations_]
    return sa.or_(ConnectorConfiguration.id.in_(ids), ConnectorConfiguration.status_key == INSTALLATION_KEY)


def _facets(configurations_: Sequence[ConnectorConfiguration]) -> ById[Facet]:
    row = ConnectorFacet
    query = (
        sa.select(_owner(), row.facet, row.digest, row.revision, row.changed_at, row.cause, row.actor_kind, row.actor_id)
        .join(ConnectorConfiguration, ConnectorConfiguration.id == row.configuration_id)
        .where(_ours(configurations_))
    )
    found: dict[int, dict[str, Facet]] = {}
    for owner, key, *rest in db.session.execute(query):
        found.setdefault(owner, {})[key] = Facet(*rest)
    return found


def _current(configurations_: Sequence[ConnectorConfiguration]) -> ById[Newest]:
    newest, good = sa.orm.aliased(ReadinessEvidence), sa.orm.aliased(ReadinessEvidence)
    query = (
        sa.select(_owner(), ReadinessCurrent.check_key, newest, good)
        .join(ConnectorConfiguration, ConnectorConfiguration.id == ReadinessCurrent.configuration_id)
        .join(newest, newest.id == ReadinessCurrent.evidence_id)
        .outerjoin(good, good.id == ReadinessCurrent.good_id)
        .where(_ours(configurations_))
    )
    found: dict[int, dict[str, Newest]] = {}
    for owner, key, first, second in db.session.execute(query):
        found.setdefault(owner, {})[key] = (first, second)
    return found


def _dependencies(current: ById[Newest]) -> dict[int, dict[str, str]]:
    """By the ids of the evidence that counts: a join with both its columns would read the dependencies of all connectors."""
    row = EvidenceDependency
    ids = {each.id for own in current.values() for pair in own.values() for each in pair if each is not None}
    query = sa.select(row.evidence_id, row.facet, row.digest).where(row.evidence_id.in_(sorted(ids)))
    found: dict[int, dict[str, str]] = {}
    for evidence_id, facet, digest in db.session.execute(query):
        found.setdefault(evidence_id, {})[facet] = digest
    return found


def _acknowledged(configurations_: Sequence[ConnectorConfiguration]) -> dict[int, frozenset[str]]:
    row = ReadinessAcknowledgement
    query = sa.select(row.configuration_id, row.item).where(row.configuration_id.in_([each.id for each in configurations_]))
    found: dict[int, set[str]] = {}
    for owner, item in db.session.execute(query):
        found.setdefault(owner, set()).add(item)
    return {owner: frozenset(items) for owner, items in found.items()}


def _waivers(configurations_: Sequence[ConnectorConfiguration]) -> ById[ReadinessWaiver]:
    """Approved ones that nobody ended."""
    query = sa.select(ReadinessWaiver).where(
        ReadinessWaiver.configuration_id.in_([each.id for each in configurations_]),
        ReadinessWaiver.approved_at.is_not(None),
        ReadinessWaiver.ended_at.is_(None),
    )
    found: dict[int, dict[str, ReadinessWaiver]] = {}
    for row in db.session.scalars(query.order_by(ReadinessWaiver.id)):
        found.setdefault(row.configuration_id, {})[row.check_key] = row
    return found
