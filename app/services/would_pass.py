"""Would it pass today? The checks of everything that is live, and what lapses soon: a handful of statements, however many connectors
there are.

What stands beyond doubt (passed, in date, nothing changed) is left out by the statements themselves; how the rest stands is told by the
same function as everywhere.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.extensions import db
from app.models import (
    ConfigurationStatus,
    ConnectorConfiguration,
    ConnectorFacet,
    EvidenceDependency,
    ReadinessAcknowledgement,
    ReadinessCurrent,
    ReadinessEvidence,
    ReadinessWaiver,
)
from app.models.readiness import INSTALLATION_KEY
from app.readiness.check import Result
from app.readiness.facets import CHECK_PREFIX, in_words
from app.readiness.gates import CHECKS, CheckSpec
from app.readiness.standing import Evidence, Stand, Standing, stand_of
from app.readiness.wording import day_in_words
from app.services import readiness_clock
from app.services.audit_words import action_in_words
from app.services.check_keys import OF_INSTALLATION, WAIVABLE
from app.services.live_connectors import LiveConnector, live_connectors

HORIZON = timedelta(days=14)
SOUND = (Result.PASSED.value, Result.NOT_APPLICABLE.value)
SPECS = {spec.key: spec for spec in CHECKS}
NEVER_ASKED = "It was never asked of what runs."
ANOTHER = "another"
"""Stands for the digest of a facet that is another one now: which one it was makes no difference."""


@dataclass(frozen=True)
class NotStanding:
    """A check that does not stand, and why."""

    spec: CheckSpec
    standing: Standing
    sentence: str


@dataclass(frozen=True)
class WouldFail:
    connector: LiveConnector
    checks: Sequence[NotStanding]


@dataclass(frozen=True)
class Lapsing:
    """A check that stands and will not by itself."""

    connector: LiveConnector | None
    """None: it counts for every connector."""
    spec: CheckSpec
    until: datetime
    is_waived: bool
    """It is let through by a waiver, which ends then."""


@dataclass(frozen=True)
class Today:
    """All that is live, at one instant."""

    now: datetime
    live: Sequence[LiveConnector]
    failing: Sequence[WouldFail]
    lapsing: Sequence[Lapsing]

    @property
    def failing_ids(self) -> frozenset[str]:
        return frozenset(each.connector.public_id for each in self.failing)


def look() -> Today:
    """Everything that the page shows but what an event would do."""
    now = readiness_clock.now()
    live, common_asked = live_connectors()
    rows = _rows(now + HORIZON, _changed()) if live else []
    judged = _judge(rows, {each.configuration_id: each for each in live}, now)
    common_never = [] if common_asked or not live else [NotStanding(SPECS[key], Standing.NOT_RUN, NEVER_ASKED) for key in OF_INSTALLATION]
    return Today(now, live, _failing(judged, live, common_never), _lapsing(judged))


@dataclass(frozen=True)
class _Part:
    """Evidence, as far as it is needed here."""

    id: int
    result: str
    sentence: str
    valid_until: datetime | None
    items: str


@dataclass(frozen=True)
class _Row:
    """What is known of one check that may not stand, or not for long."""

    configuration_id: int
    is_common: bool
    check: str
    newest: _Part
    good: _Part | None
    changed: Mapping[int, Mapping[str, str]]
    """Evidence → facets that it rests on and that changed, each with the act that did it."""

    def stand(self, now: datetime, today: date, *, acknowledged: frozenset[str], waived_until: date | None) -> Stand:
        return stand_of(
            self._evidence(self.newest),
            self._evidence(self.good),
            facets={},
            now=now,
            acknowledged=acknowledged,
            waived_until=waived_until,
            today=today,
        )

    def _evidence(self, part: _Part | None) -> Evidence | None:
        if part is None:
            return None
        rests_on = dict.fromkeys(self.changed.get(part.id, {}), ANOTHER)
        return Evidence(Result(part.result), part.valid_until, rests_on, _items(part))

    @property
    def counting(self) -> _Part:
        """While the check itself breaks, its last good evidence counts."""
        return self.good if self.newest.result == Result.ERROR.value and self.good is not None else self.newest

    def why(self, stand: Stand) -> str:
        if stand.standing is Standing.CHANGED:
            causes = self.changed.get(self.counting.id, {})
            return " ".join(_change_in_words(facet, causes.get(facet, "")) for facet in stand.changed)
        if stand.standing is Standing.LAPSED and self.counting.valid_until is not None:
            return f"Its time was over on {day_in_words(self.counting.valid_until)}."
        return self.newest.sentence


def _change_in_words(facet: str, cause: str) -> str:
    return f"{in_words(facet)} changed{f' ({action_in_words(cause)})' if cause else ''}."


def _items(part: _Part) -> tuple[str, ...]:
    return tuple(json.loads(part.items))


def _changed() -> dict[int, dict[str, str]]:
    """Evidence of what is live → facets that it rests on and that are others now, each with the act that changed it."""
    current, rests, facet, configuration = ReadinessCurrent, EvidenceDependency, ConnectorFacet, ConnectorConfiguration
    common = sa.select(configuration.id).where(configuration.status_key == INSTALLATION_KEY).scalar_subquery()
    own = sa.case((rests.facet.startswith(CHECK_PREFIX), common), (rests.facet == "privileges", common), else_=current.configuration_id)

    def differing(evidence_id: Any) -> Any:
        return (
            sa.select(rests.evidence_id, rests.facet, sa.func.coalesce(facet.cause, ""))
            .select_from(configuration)
            .join(current, current.configuration_id == configuration.id)
            .join(rests, rests.evidence_id == evidence_id)
            .outerjoin(facet, sa.and_(facet.configuration_id == own, facet.facet == rests.facet))
            .where(configuration.status == ConfigurationStatus.LIVE, sa.or_(facet.digest.is_(None), facet.digest != rests.digest))
        )

    behind_an_error = differing(current.good_id).where(current.good_id != current.evidence_id)
    found: dict[int, dict[str, str]] = {}
    for evidence_id, key, cause in db.session.execute(sa.union_all(differing(current.evidence_id), behind_an_error)):
        found.setdefault(evidence_id, {})[key] = cause
    return found


def _rows(horizon: datetime, changed: Mapping[int, Mapping[str, str]]) -> list[_Row]:
    """Checks of what is live that do not stand beyond doubt until then."""
    current, configuration = ReadinessCurrent, ConnectorConfiguration
    newest, good = sa.orm.aliased(ReadinessEvidence), sa.orm.aliased(ReadinessEvidence)
    parts = [getattr(each, name) for each in (newest, good) for name in ("id", "result", "sentence", "valid_until", "items")]
    query: Any = (
        sa.select(configuration.id, configuration.account_id.is_(None), current.check_key, *parts)
        .select_from(configuration)
        .join(current, current.configuration_id == configuration.id)
        .join(newest, newest.id == current.evidence_id)
        .outerjoin(good, good.id == current.good_id)
        .where(
            configuration.status == ConfigurationStatus.LIVE,
            current.check_key.in_(list(SPECS)),
            sa.or_(newest.result.not_in(SOUND), newest.valid_until <= horizon, newest.id.in_(sorted(changed))),
        )
    )
    return [
        _Row(values[0], bool(values[1]), values[2], _Part(*values[3:8]), _Part(*values[8:13]) if values[8] is not None else None, changed)
        for values in db.session.execute(query)
    ]


@dataclass(frozen=True)
class _Judged:
    """How a check stands now, and at the end of the days that are looked ahead."""

    row: _Row
    connector: LiveConnector | None
    stand: Stand
    stands_then: bool
    waived_until: date | None


def _judge(rows: Sequence[_Row], live: Mapping[int, LiveConnector], now: datetime) -> list[_Judged]:
    meant = [row for row in rows if row.is_common or row.configuration_id in live]
    acknowledged = _acknowledged(row.configuration_id for row in meant if row.newest.result == Result.WARNING.value)

    def judged(row: _Row, waived_until: date | None) -> _Judged:
        connector = live.get(row.configuration_id)
        seen = acknowledged.get(row.configuration_id, frozenset())
        days = [connector.day_at(at) if connector is not None else at.date() for at in (now, now + HORIZON)]
        stand = row.stand(now, days[0], acknowledged=seen, waived_until=waived_until)
        then = row.stand(now + HORIZON, days[1], acknowledged=seen, waived_until=waived_until)
        return _Judged(row, connector, stand, then.standing.is_open, waived_until)

    bare = [judged(row, None) for row in meant]
    doubtful = {each.row.configuration_id for each in bare if not each.stands_then and each.row.check in WAIVABLE}
    waivers = _waivers(doubtful)
    return [
        judged(each.row, until) if (until := waivers.get((each.row.configuration_id, each.row.check))) is not None else each
        for each in bare
    ]


def _acknowledged(configuration_ids: Iterable[int]) -> dict[int, frozenset[str]]:
    ids, row = sorted(set(configuration_ids)), ReadinessAcknowledgement
    found: dict[int, set[str]] = {}
    for owner, item in db.session.execute(sa.select(row.configuration_id, row.item).where(row.configuration_id.in_(ids))) if ids else ():
        found.setdefault(owner, set()).add(item)
    return {owner: frozenset(items) for owner, items in found.items()}


def _waivers(configuration_ids: Iterable[int]) -> dict[tuple[int, str], date]:
    """Last days of approved ones that nobody ended."""
    ids, row = sorted(configuration_ids), ReadinessWaiver
    if not ids:
        return {}
    query = sa.select(row.configuration_id, row.check_key, row.last_day).where(
        row.configuration_id.in_(ids), row.approved_at.is_not(None), row.ended_at.is_(None)
    )
    return {(owner, check): last_day for owner, check, last_day in db.session.execute(query.order_by(row.id))}


def _failing(judged: Sequence[_Judged], live: Sequence[LiveConnector], common: Sequence[NotStanding]) -> list[WouldFail]:
    """What counts for every connector stands with each of them: none would pass."""
    closed = [each for each in judged if not each.stand.standing.is_open]
    told = [(each.row, NotStanding(SPECS[each.row.check], each.stand.standing, each.row.why(each.stand))) for each in closed]
    for_all = [*common, *(check for row, check in told if row.is_common)]
    own: dict[int, list[NotStanding]] = {}
    for row, check in told:
        own.setdefault(row.configuration_id, []).append(check)
    order = {key: number for number, key in enumerate(SPECS)}
    found = []
    for connector in live:
        missing = [key for key in SPECS if key not in connector.asked and key not in OF_INSTALLATION]
        never = [NotStanding(SPECS[key], Standing.NOT_RUN, NEVER_ASKED) for key in missing]
        checks = [*for_all, *own.get(connector.configuration_id, ()), *never]
        if checks:
            found.append(WouldFail(connector, sorted(checks, key=lambda each: order[each.spec.key])))
    return found


def _lapsing(judged: Iterable[_Judged]) -> list[Lapsing]:
    found = [_lapse(each) for each in judged if each.stand.standing.is_open and not each.stands_then]
    # What counts for every connector touches all clients, so it comes first.
    return sorted(found, key=lambda each: (each.connector is not None, each.connector.rank if each.connector else (), each.until))


def _lapse(judged: _Judged) -> Lapsing:
    """Evidence and a waiver may follow each other: the later end counts."""
    by_evidence = judged.row.counting.valid_until if judged.stand.standing is not Standing.WAIVED else None
    by_waiver = _end_of(judged.waived_until, judged.connector) if judged.waived_until is not None else None
    until = max(each for each in (by_evidence, by_waiver) if each is not None)
    return Lapsing(judged.connector, SPECS[judged.row.check], until, is_waived=until is by_waiver)


def _end_of(day: date, connector: LiveConnector | None) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(connector.zone if connector is not None else "UTC"))
