"""A connector for the tests of gate 1: two data types, everything else as little as possible."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.readiness.check import LONGEST_SENTENCE, Outcome
from app.readiness.facts import ConnectorFacts, DataTypeFacts
from app.readiness.gates import CHECKS

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)


def data_type(key: str, label: str, **changes: Any) -> DataTypeFacts:
    return replace(DataTypeFacts(key=key, label=label, home="app", is_home_decided=True), **changes)


CALLS = data_type("calls", "Calls")
COSTS = data_type("campaign_costs", "Campaign Costs")
MANY = tuple(data_type(f"type_{number}", f"{'Very long ' * 30}{number}") for number in range(200))
"""More than any sentence has room for."""


def connector(**changes: Any) -> ConnectorFacts:
    bare = ConnectorFacts(
        now=NOW, today=TODAY, provider="servicetitan", mode="manual", source_label="ServiceTitan", data_types=(CALLS, COSTS)
    )
    return replace(bare, **changes)


def fits(outcome: Outcome) -> bool:
    return 0 < len(outcome.sentence) <= LONGEST_SENTENCE


def shelf_life(key: str) -> timedelta:
    (days,) = (spec.shelf_life_days for spec in CHECKS if spec.key == key)
    assert days is not None
    return timedelta(days=days)
