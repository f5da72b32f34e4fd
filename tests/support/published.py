"""What is published to clients, written straight into its tables: words and turns exactly as ``app/services/cards.py`` reads them."""

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from itertools import count
from typing import Any

import sqlalchemy as sa

from app.audit import canonical_json
from app.clock import utc_now
from app.extensions import db
from app.models import ConnectorState, ProviderAccount, PublishedCard, PublishedSource
from tests.support import factories

_number = count(1)


def words(**changes: Any) -> dict[str, Any]:
    """Everything that a card shows but its state."""
    return {
        "title": "Booked calls",
        "unit": "calls",
        "source_label": "ServiceTitan",
        "value": "128",
        "value_note": "",
        "movement": "12 more than before (+10.3 %)",
        "arrow": "up",
        "verdict": "Comparable",
        "reasons": [],
        "windows": "1–31 Oct 2026 (31 days) against 1–30 Sep 2026 (30 days), America/Chicago",
        "data_through": "31 Oct 2026",
        "figures_on": "1 Nov 2026",
        "lines": [],
        "notes": [],
        "answers": [],
        "how": "Calls that led to a booking, counted by the day on which they came in.",
        "versions": ["Formula 1", "Field map 3"],
        "details": details(),
        **changes,
    }


def details(**changes: Any) -> dict[str, Any]:
    """What a metric's own page needs beside."""
    return {
        "zone": "America/Chicago",
        "currency": "",
        "week_start": 1,
        "formula_version": 1,
        "known": [["2026-09-01", "2026-11-01"]],
        "maps": {"calls": [{"number": 3, "first": "2026-09-01", "last": "2026-10-31"}]},
        "changes": [{"on": "2026-10-12", "kind": "Campaign", "title": "Autumn offer"}],
        "window": ["2026-10-01", "2026-11-01"],
        "baseline": ["2026-09-01", "2026-10-01"],
        **changes,
    }


def line(name: str, value: str, *, kind: str = "Phone calls", movement: str = "", arrow: str = "") -> dict[str, str]:
    return {"kind": kind, "name": name, "value": value, "movement": movement, "arrow": arrow}


def turn(
    state: ConnectorState = ConnectorState.LIVE,
    *,
    at: datetime | None = None,
    sentence: str = "",
    action: str = "",
    owner: str = "",
    by: date | None = None,
) -> dict[str, Any]:
    return {
        "at": (at or utc_now()).isoformat(),
        "state": state.value,
        "sentence": sentence or f"In words: {state.client_label}.",
        "action": action,
        "owner": owner,
        "by": by.isoformat() if by else None,
    }


def source(*, account: ProviderAccount | None = None, **changes: Any) -> PublishedSource:
    account = account or factories.connector()
    values = {"revision": 1, "words": "{}", "published_at": utc_now(), **changes}
    row = PublishedSource(account_id=account.id, organization_id=account.organization_id, **values)
    factories._save(row)
    return row


def card(
    *,
    account: ProviderAccount | None = None,
    turns: Sequence[dict[str, Any]] = (),
    revision: int = 1,
    metric_key: str | None = None,
    position: int = 0,
    **changes: Any,
) -> PublishedCard:
    """A card of the source's revision; the source is published with the first one.

    :param turns: the earliest first; one that is live, unless it is told otherwise
    :param changes: of :func:`words`
    """
    account = account or factories.connector()
    if db.session.scalar(sa.select(PublishedSource.id).where(PublishedSource.account_id == account.id)) is None:
        source(account=account, revision=revision)
    text = canonical_json(words(**{"source_label": account.source_label, **changes}))
    steps = canonical_json(list(turns) or [turn()])
    first = (list(turns) or [turn()])[0]
    row = PublishedCard(
        account_id=account.id,
        organization_id=account.organization_id,
        revision=revision,
        points_revision=revision,
        metric_key=f"metric_{next(_number)}" if metric_key is None else metric_key,
        position=position,
        state=ConnectorState(first["state"]),
        words=text,
        turns=steps,
        hash=hashlib.sha256(f"{text}{steps}".encode()).hexdigest(),
        published_at=utc_now(),
    )
    factories._save(row)
    return row
