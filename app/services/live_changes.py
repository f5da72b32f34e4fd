"""Changes to a live connector: none without an open rollback note, but for acts that only stop or protect, which open one."""

import json
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from app.audit import Noted
from app.extensions import db
from app.models import BatchKind, ConnectorFacet, ImportBatch, Promotion, ProviderAccount
from app.services import agreements, rollback_notes, rollback_reading, settling
from app.services.errors import NotPossible

NEEDS_NOTE = frozenset(
    {
        "connector.edited",
        "data_type.chosen",
        "data_type.edited",
        "failure_path.written",
        "field_map.activated",
        "lead_rules.restored",
        "lead_rules.saved",
        "metric.chosen",
        "metric.dropped",
        "metric.edited",
        "organization.edited",
        "retention.decided",
        "window_rule.chosen",
    }
)
PROTECTS = {
    "consent.withdrawn": "The customer's consent was withdrawn.",
    "credential.removed": "A secret was removed.",
    "credential.replaced": "A secret was replaced.",
    "person.deactivated": "Somebody who answers for this connector was deactivated.",
}
"""Acts that only stop or protect → what the note says that they open by themselves."""
OWNER_ONLY = frozenset({"owner", "owner_id"})
SHAPES_FIGURES = frozenset({"time_zone", "currency"})
"""Of an organization: name and brand change no number."""
REFUSAL = (
    "{label} is live, so a change to it needs a rollback note first. Write one on the connector's page under “Rollback notes”: "
    "what goes back, what stays, who is affected. Then change it. Nothing was changed."
)


def guard(account: ProviderAccount, events: Sequence[Noted]) -> None:
    """:raises NotPossible: if an act changes a live connector, and no note is open"""
    live = settling.live_promotion(account)
    if live is None or live.promoted_at is None:
        return
    protecting = [words for event in events if (words := _protects(event))]
    if any(_needs_note(event) for event in events) and rollback_reading.open_note(account, since=live.promoted_at) is None:
        raise NotPossible(REFUSAL.format(label=account.source_label))
    for words in dict.fromkeys(protecting):
        rollback_notes.incident(account, words, actor=events[-1].actor)


def on_complete_batch(account: ProviderAccount, events: Iterable[Noted]) -> bool:
    """What a complete batch brings: the next export is due later, and figures are not held any more once one came in under the
    promotion that was gone back to.

    :return: whether it shows a live connector's tests again
    """
    ids = [event.target.id for event in events]
    batches = db.session.scalars(
        sa.select(ImportBatch).where(ImportBatch.public_id.in_(ids), ImportBatch.kind == BatchKind.PRODUCTION)
    ).all()
    for batch in batches:
        agreements.export_came(account, batch.data_type)
    live = settling.live_promotion(account)
    if live is None or not any(batch.rows_read for batch in batches):
        return False
    if live.held_since is not None and any(_is_under(batch, live) for batch in batches):
        live.held_since = None
        db.session.flush()
    return True


def map_in_force(account: ProviderAccount, data_type: str) -> str | None:
    """Public id of the field map's version that a live connector's imports go by; None where it is not live or has none."""
    live = settling.live_promotion(account)
    return pinned_maps(live).get(data_type) if live is not None else None


def _is_under(batch: ImportBatch, live: Promotion) -> bool:
    return batch.field_map is not None and pinned_maps(live).get(batch.data_type) == batch.field_map.public_id


def pinned_maps(live: Promotion) -> dict[str, str]:
    """Data type → public id of the field map's version that a promotion froze."""
    query = sa.select(ConnectorFacet.content).where(
        ConnectorFacet.configuration_id == live.configuration_id, ConnectorFacet.facet == "maps"
    )
    content = db.session.scalar(query)
    versions = json.loads(content)["versions"] if content else {}
    return {data_type: public_id for data_type, (_number, public_id) in versions.items()}


def _needs_note(event: Noted) -> bool:
    if event.action not in NEEDS_NOTE:
        return False
    changed = frozenset(event.changes)
    if event.action == "connector.edited":
        return not changed <= OWNER_ONLY
    return event.action != "organization.edited" or bool(changed & SHAPES_FIGURES)


def _protects(event: Noted) -> str:
    if event.action == "connector.edited" and event.changes and frozenset(event.changes) <= OWNER_ONLY:
        return "The owner was changed."
    return PROTECTS.get(event.action, "")
