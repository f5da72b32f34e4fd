"""What clients are shown and what they did, as rows for tests."""

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from app.audit import canonical_json
from app.clock import utc_now
from app.extensions import db
from app.models import (
    AccessRequest,
    AccountDataType,
    ClientAct,
    ClientActKind,
    ClientQuestion,
    ConnectorState,
    HealthSignal,
    ProviderAccount,
    PublishedCard,
    PublishedSource,
    ReportNote,
    User,
)
from app.security.tokens import new_token, token_hash
from tests.support import factories

EDITION: dict[str, Any] = {
    "connector": {"organization": "Acme", "source_label": "Field service", "currency": "USD", "time_zone": "America/Chicago"},
    "number": 2,
    "promoted_at": "2026-10-03T14:05:00+00:00",
    "owner": "Olga Owner",
    "gates": [
        {
            "number": 1,
            "title": "Access",
            "sentence": "Somebody owns it.",
            "checks": [{"title": "The customer agreed", "result": "Passed", "on": "2026-10-02T10:00:00+00:00"}],
        }
    ],
    "data_types": ["Calls"],
    "fields": [{"data_type": "Calls", "fields": [{"label": "Date", "explanation": "The day of the call.", "privacy": "public"}]}],
    "metrics": [{"title": "Booked calls", "explanation": "Calls that became a job.", "formula_version": 1}],
    "windows": "the last full month against the one before",
    "retention": {"Rows": 365},
    "failure": "Held figures.",
    "rollback": "We go back.",
}
CALLS = {"key": "calls", "label": "Calls", "why": "For the card “Booked calls”."}
JOBS = {"key": "jobs", "label": "Jobs", "why": "For the card “Jobs completed”."}


def words_of(account: ProviderAccount, **changes: Any) -> dict[str, Any]:
    """As the publishing writes them."""
    words = {
        "label": account.source_label,
        "provider": "ServiceTitan, by supplied exports",
        "since": None,
        "state_words": "Being prepared.",
        "data_types": [CALLS, JOBS],
        "consent": None,
        "capabilities": [{"title": "Revenue proof", "state": "Manual", "today": "Supplied exports", "next": "Invoices"}],
        "promotion": None,
        "owner": "Olga Owner",
    }
    return {**words, **changes}


def published_source(account: ProviderAccount, *, packet: Any = None, **words: Any) -> PublishedSource:
    """What is published of a connector, in place of what was."""
    row = db.session.scalar(sa.select(PublishedSource).where(PublishedSource.account_id == account.id))
    row = row or PublishedSource(account_id=account.id, organization_id=account.organization_id, revision=1)
    row.words, row.packet, row.published_at = (
        canonical_json(words_of(account, **words)),
        canonical_json(packet) if packet else "",
        utc_now(),
    )
    factories._save(row)
    return row


def published_card(account: ProviderAccount, metric_key: str = "booked_calls") -> PublishedCard:
    """A card with little on it, of the revision that its source shows."""
    now = utc_now()
    turn = {"at": now.isoformat(), "state": ConnectorState.LIVE.value, "sentence": "Live.", "action": "", "owner": "", "by": None}
    texts = (
        "title",
        "unit",
        "source_label",
        "value",
        "value_note",
        "movement",
        "arrow",
        "verdict",
        "windows",
        "data_through",
        "figures_on",
    )
    words: dict[str, Any] = {**dict.fromkeys(texts, ""), "how": "", "details": {}, "title": "Booked calls", "value": "12"}
    words |= {key: [] for key in ("reasons", "lines", "notes", "answers", "versions")}
    row = PublishedCard(
        account_id=account.id,
        organization_id=account.organization_id,
        revision=1,
        metric_key=metric_key,
        state=ConnectorState.LIVE,
        words=canonical_json(words),
        turns=canonical_json([turn]),
        points_revision=1,
        hash="0" * 64,
        published_at=now,
    )
    factories._save(row)
    return row


def shown_connector(**changes: Any) -> ProviderAccount:
    """A connector of two data types that its clients see."""
    account = factories.connector(**changes)
    factories._save(*[AccountDataType(account_id=account.id, data_type=key) for key in ("calls", "jobs")])
    published_source(account)
    return account


def act(account: ProviderAccount, by: User, kind: ClientActKind = ClientActKind.GRANT, **changes: Any) -> ClientAct:
    reads = {"reads": "calls,jobs"} if kind is ClientActKind.GRANT else {}
    row = ClientAct(account_id=account.id, kind=kind, made_by_id=by.id, **{"made_at": utc_now(), **reads, **changes})
    factories._save(row)
    return row


def question(account: ProviderAccount, by: User, text: str = "Why did it fall?", **changes: Any) -> ClientQuestion:
    row = ClientQuestion(account_id=account.id, text=text, asked_by_id=by.id, **{"asked_at": utc_now(), **changes})
    factories._save(row)
    return row


def access_request(account: ProviderAccount, to: User, by: User, **changes: Any) -> tuple[AccessRequest, str]:
    """:return: the request and its token"""
    token, now = new_token(), utc_now()
    values = {"reads": "calls,jobs", "why": "For your cards.", "sent_at": now, "expires_at": now + timedelta(days=14), **changes}
    row = AccessRequest(account_id=account.id, to_id=to.id, requested_by_id=by.id, token_hash=token_hash(token), **values)
    factories._save(row)
    return row, token


def health_signal(
    account: ProviderAccount, title: str = "Booked calls", *, metric_key: str = "booked_calls", **changes: str
) -> HealthSignal:
    words = {
        "title": title,
        "figure": "128",
        "movement": "Up 10.3 %, from 116 to 128.",
        "verdict": "Comparable",
        "windows": "1–31 Oct 2026 (31 days) against 1–30 Sep 2026 (30 days), America/Chicago",
        "data_through": "31 Oct 2026",
        "tone": "good",
        **changes,
    }
    row = HealthSignal(account_id=account.id, metric_key="booked_calls", words=canonical_json(words), at=utc_now())
    factories._save(row)
    return row


def report_note(account: ProviderAccount, by: User | None, text: str = "A storm.", **changes: Any) -> ReportNote:
    """:param by: None: it was written by itself"""
    day = utc_now().date() - timedelta(days=3)
    values = {"first_day": day, "last_day": day, "written_at": utc_now(), **changes}
    row = ReportNote(account_id=account.id, text=text, written_by_id=by.id if by is not None else None, **values)
    factories._save(row)
    return row
