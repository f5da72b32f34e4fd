"""Until when evidence counts. A shelf life is counted from when somebody signed, tried or imported, not from when the check
was asked once more: looking again at an old test must not make it a new one."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.readiness.check import Outcome, Value
from app.readiness.facts import ConnectorFacts
from app.readiness.gates import CHECKS
from app.readiness.recency import LIVE_DAYS

_SHELF_LIFE = {spec.key: spec.shelf_life_days for spec in CHECKS}
_OF_BATCHES = frozenset({"test-batch", "rejects-reviewed", "leads-separated", "repeatable"})
_SIGNED_OR_DRILLED = frozenset({"qa", "rollback-plan"})
_DATED_BY = {
    "access-tested": "tested_at",
    "scopes": "tested_at",
    "runtime-privileges": "tried_at",
    "qa": "signed_at",
    "rollback-plan": "drilled_at",
    "recent-test": "passed_at",
}
"""Check → the fact that says when what it rests on was done."""


def valid_until(key: str, outcome: Outcome, facts: ConnectorFacts, *, zone: str) -> datetime | None:
    """When evidence lapses.

    :param zone: IANA name: exports are due by the organization's day
    :return: None: not before something that it rests on changes
    """
    if key == "access-tested" and facts.mode == "manual":
        return _until_export_is_overdue(outcome, zone)
    days = _SHELF_LIFE[key]
    if days is None:
        return None
    if facts.is_live and key in _SIGNED_OR_DRILLED:
        days = LIVE_DAYS
    return counts_from(key, outcome, facts) + timedelta(days=days)


def counts_from(key: str, outcome: Outcome, facts: ConnectorFacts) -> datetime:
    """When that was done which the outcome rests on; the present instant where it rests on nothing dated."""
    if key in _OF_BATCHES:
        return _of_batches(outcome, facts)
    if key == "reconciled":
        entered = outcome.facts.get("entered_at")
        return min(_instants(entered.values() if isinstance(entered, dict) else ()), default=facts.now)
    return min(_instants([outcome.facts.get(_DATED_BY.get(key, ""))]), default=facts.now)


def _of_batches(outcome: Outcome, facts: ConnectorFacts) -> datetime:
    named = outcome.facts.get("batches")
    ids = set(named) if isinstance(named, list) else set()
    tested = min((batch.completed_at for batch in facts.batches if batch.id in ids), default=facts.now)
    if not facts.is_live:
        return tested
    # Once live, a complete production batch with rows shows again what the test showed.
    produced = max((batch.completed_at for batch in facts.batches if not batch.is_sample and batch.rows_read), default=tested)
    return max(tested, produced)


def _until_export_is_overdue(outcome: Outcome, zone: str) -> datetime | None:
    supplies = outcome.facts.get("supplies")
    found = [_last_day(each) for each in supplies if isinstance(each, dict)] if isinstance(supplies, list) else []
    if not found:
        return None
    return datetime.combine(min(found) + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)


def _last_day(supply: Mapping[str, Value]) -> date:
    """The last one on which an export is late and not yet overdue."""
    return date.fromisoformat(_text(supply, "next_due")) + timedelta(days=int(_text(supply, "every_days")))


def _text(supply: Mapping[str, Value], name: str) -> str:
    return str(supply[name])


def _instants(values: Iterable[Value]) -> list[datetime]:
    return [datetime.fromisoformat(value) for value in values if isinstance(value, str)]
