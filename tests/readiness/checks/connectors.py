"""A connector of which hardly anything is known, for tests of checks to say what matters to them."""

from datetime import UTC, date, datetime
from typing import Any

from app.readiness.facts import ConnectorFacts

NOW = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)


def connector(**changes: Any) -> ConnectorFacts:
    return ConnectorFacts(
        **{
            "now": NOW,
            "today": date(2026, 11, 22),
            "provider": "servicetitan",
            "mode": "manual",
            "source_label": "Acme exports",
            **changes,
        }
    )
