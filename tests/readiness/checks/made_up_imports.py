"""Made-up facts for the checks of maps and imports."""

from datetime import UTC, date, datetime
from typing import Any

from app.readiness.check import LONGEST_SENTENCE, Check, Outcome, Result
from app.readiness.facts import BatchFacts, ConnectorFacts, DataTypeFacts, FieldFacts, MetricFacts, PersonFacts

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OWNER = PersonFacts(id="p-1", is_active=True)


def connector(**changes: Any) -> ConnectorFacts:
    start: dict[str, Any] = {"now": NOW, "today": date(2026, 11, 20), "provider": "servicetitan", "mode": "manual", "source_label": "FSM"}
    return ConnectorFacts(**{**start, **changes})


def field(source: str = "Call ID", **changes: Any) -> FieldFacts:
    start = {"decision": "mapped", "target": "external_id", "table": "crm_leads", "label": "Call", "explanation": "Its number."}
    return FieldFacts(source, **{**start, "privacy": "internal", "owner": OWNER, **changes})


def ignored(source: str = "Memo", reason: str = "Nobody needs it.") -> FieldFacts:
    return FieldFacts(source, "ignored", reason=reason)


def kind(key: str = "calls", label: str = "Calls", **changes: Any) -> DataTypeFacts:
    start = {"home": "app", "is_home_decided": True, "mandatory": ("external_id",), "map_number": 3, "fields": (field(),)}
    return DataTypeFacts(key, label, **{**start, **changes})


JOBS = kind("jobs", "Jobs")
NO_MAP = kind("jobs", "Jobs", map_number=None, fields=(FieldFacts("Job ID", "undecided"),), unmapped=("Job type",))


def batch(id_: str = "b-1", **changes: Any) -> BatchFacts:
    start = {"data_type": "calls", "is_sample": True, "completed_at": NOW, "rows_read": 10, "rows_new": 10, "rows_changed": 0}
    return BatchFacts(id_, **{**start, **changes})


def metric(key: str = "booked_calls", **changes: Any) -> MetricFacts:
    start = {"title": "Booked calls", "unit": "calls", "source_label": "FSM", "window": "1–31 Oct 2026 (31 days)"}
    return MetricFacts(key, **{**start, **changes})


def assert_outcome(check: Check, facts: ConnectorFacts, result: str, *words: str) -> Outcome:
    """The result, with a sentence that has these words and could be shown."""
    outcome = check.ask(facts)
    assert outcome.result is Result(result), outcome
    for word in words:
        assert word in outcome.sentence
    assert outcome.sentence.endswith(".")
    assert len(outcome.sentence) <= LONGEST_SENTENCE
    assert check.ask(facts) == outcome
    return outcome
