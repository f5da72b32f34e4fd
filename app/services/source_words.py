"""What a client reads of a connector as a whole: what is connected, since when, what may be read, and why."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.connectors.registry import PROVIDERS
from app.extensions import db
from app.imports.catalog import label_of
from app.metrics.registry import metric_of
from app.models import AccessMode, AccountDataType, Authorization, Promotion, PromotionStatus, ProviderAccount, ReportNote
from app.services import access_requests, card_remarks, promotion_packets, report_metrics
from app.services.card_figures import Words

MODES = {
    AccessMode.MANUAL: ("Supplied exports", "Files that you or your staff export are brought in by hand."),
    AccessMode.API: ("Direct reading", "Your agency reads from the source itself, with the access that you granted."),
    AccessMode.WEBHOOK: ("Messages from the source", "The source sends what happens by itself."),
}
MOST_NOTES = 20
"""The newest; a page has room for no more."""


def words_of(account: ProviderAccount, live: Promotion | None, notes: Sequence[ReportNote]) -> Words:
    """:param live: the promotion that it runs under
    :param notes: that count, the newest first, of all metrics: also of those that show on no card
    """
    provider = PROVIDERS.get(account.provider)
    return {
        "label": account.source_label,
        "provider": provider.label if provider is not None else account.provider,
        "since": _since(account),
        "state_words": account.state.client_label,
        "data_types": _data_types(account),
        "consent": _consent(account),
        "capabilities": _capabilities(account, live),
        "promotion": {"number": live.number, "on": _local_day(account, live.promoted_at)} if live and live.promoted_at else None,
        "owner": account.owner.name if account.owner is not None and account.owner.is_active else "",
        "notes": [_note(each) for each in notes[:MOST_NOTES]],
    }


def packet_of(live: Promotion) -> dict[str, Any]:
    """The client edition of what it was promoted with."""
    return promotion_packets.client_edition(promotion_packets.read(live)) if live.packet else {}


def _note(row: ReportNote) -> Words:
    return {**card_remarks.note_in_words(row), "metric": _title(row.metric_key)}


def _title(metric_key: str) -> str:
    return report_metrics.title_of(metric_key) if metric_key else ""


def _since(account: ProviderAccount) -> str | None:
    first = db.session.scalar(
        sa.select(sa.func.min(Promotion.promoted_at)).where(
            Promotion.account_id == account.id, Promotion.status.in_([PromotionStatus.LIVE, PromotionStatus.FORMER])
        )
    )
    return _local_day(account, first) if first is not None else None


def _local_day(account: ProviderAccount, at: datetime) -> str:
    """Where the client is."""
    return at.astimezone(ZoneInfo(account.organization.time_zone)).date().isoformat()


def _data_types(account: ProviderAccount) -> list[Words]:
    """Each with the figures that are made of it: that is why it is read."""
    metrics = [metric_of(key) for key in sorted(report_metrics.chosen_keys(account))]
    kinds = db.session.scalars(
        sa.select(AccountDataType.data_type).where(AccountDataType.account_id == account.id).order_by(AccountDataType.data_type)
    )
    found = []
    for key in kinds:
        titles = [metric.title for metric in metrics if key in metric.data_types]
        why = f"For {', '.join(titles)}." if titles else "To be prepared: no figure is made of it yet."
        found.append({"key": key, "label": label_of(key), "why": why})
    return found


def _consent(account: ProviderAccount) -> Words | None:
    row = db.session.scalar(sa.select(Authorization).where(Authorization.current_key == account.public_id))
    if row is None:
        return None
    return {
        "reads": access_requests.labels_of(row.reads),
        "writes": access_requests.labels_of(row.writes),
        "given_on": row.given_on.isoformat(),
        "by_portal": row.by_portal,
        "withdrawn_on": row.withdrawn_on.isoformat() if row.withdrawn_on else None,
    }


def _capabilities(account: ProviderAccount, live: Promotion | None) -> list[Words]:
    title, today = MODES[account.mode]
    reads = {
        "title": title,
        "state": "Live" if live is not None else "Being prepared",
        "today": today,
        "next": "" if live is not None else "It goes live once your agency has shown that the figures are right.",
    }
    writes = {
        "title": "Writing to the source",
        "state": "Not used",
        "today": "Nothing is ever written to the source.",
        "next": "It would need your consent, apart from reading.",
    }
    return [reads, writes]
