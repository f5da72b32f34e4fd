"""How a configuration's checks stand, read in a handful of statements whatever lies behind them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
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
    now = readiness_clock.now()
    if configuration is None:
        return Stands(None, {spec.key: Shown(spec, Stand(Standing.NOT_RUN), None, None) for spec in CHECKS}, gates_of({}), {}, now)
    facets = _facets(configuration)
    current = _current(configuration)
    rests_on = _dependencies(configuration)
    acknowledged = _acknowledged(configuration)
    waivers = _waivers(configuration)
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


def _ours(configuration: ConnectorConfiguration) -> Any:
    """The configuration's id and the installation's."""
    return sa.select(ConnectorConfiguration.id).where(
        sa.or_(ConnectorConfiguration.id == configuration.id, ConnectorConfiguration.status_key == INSTALLATION_KEY)
    )


def _facets(configuration: ConnectorConfiguration) -> dict[str, Facet]:
    row = ConnectorFacet
    query = sa.select(row.facet, row.digest, row.revision, row.changed_at, row.cause, row.actor_kind, row.actor_id)
    found = db.session.execute(query.where(row.configuration_id.in_(_ours(configuration))))
    return {each[0]: Facet(*each[1:]) for each in found}


def _current(configuration: ConnectorConfiguration) -> dict[str, tuple[ReadinessEvidence, ReadinessEvidence | None]]:
    newest, good = sa.orm.aliased(ReadinessEvidence), sa.orm.aliased(ReadinessEvidence)
    query = (
        sa.select(ReadinessCurrent.check_key, newest, good)
        .join(newest, newest.id == ReadinessCurrent.evidence_id)
        .outerjoin(good, good.id == ReadinessCurrent.good_id)
        .where(ReadinessCurrent.configuration_id.in_(_ours(configuration)))
    )
    return {key: (first, second) for key, first, second in db.session.execute(query)}


def _dependencies(configuration: ConnectorConfiguration) -> dict[int, dict[str, str]]:
    row = EvidenceDependency
    query = (
        sa.select(row.evidence_id, row.facet, row.digest)
        .join(ReadinessCurrent, sa.or_(ReadinessCurrent.evidence_id == row.evidence_id, ReadinessCurrent.good_id == row.evidence_id))
        .where(ReadinessCurrent.configuration_id.in_(_ours(configuration)))
    )
    found: dict[int, dict[str, str]] = {}
    for evidence_id, facet, digest in db.session.execute(query):
        found.setdefault(evidence_id, {})[facet] = digest
    return found


def _acknowledged(configuration: ConnectorConfiguration) -> frozenset[str]:
    query = sa.select(ReadinessAcknowledgement.item).where(ReadinessAcknowledgement.configuration_id == configuration.id)
    return frozenset(db.session.scalars(query))


def _waivers(configuration: ConnectorConfiguration) -> dict[str, ReadinessWaiver]:
    """Approved ones that nobody ended."""
    query = sa.select(ReadinessWaiver).where(
        ReadinessWaiver.configuration_id == configuration.id,
        ReadinessWaiver.approved_at.is_not(None),
        ReadinessWaiver.ended_at.is_(None),
    )
    return {row.check_key: row for row in db.session.scalars(query.order_by(ReadinessWaiver.id))}
