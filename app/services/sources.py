"""A client's data sources in the client's words: no id, no name of staff, nothing internal."""

from dataclasses import dataclass

import sqlalchemy as sa

from app.extensions import db
from app.models import ConnectorState, Organization, ProviderAccount


@dataclass(frozen=True)
class Source:
    """A connector as its client sees it."""

    label: str
    state: ConnectorState
    next_step: str
    """What happens next and who does it."""
    turn: str
    """Whose turn it is: ``your agency``, ``you``, or empty where nothing is to be done."""


_NEXT: dict[ConnectorState, tuple[str, str]] = {
    ConnectorState.PREPARING: ("your agency", "Your agency is preparing this source. Next: access and field map."),
    ConnectorState.NEEDS_CUSTOMER: (
        "you",
        "This source waits for you: an access or an export of yours is missing. Ask your agency what it needs to go on.",
    ),
    ConnectorState.NEEDS_ATTENTION: (
        "your agency",
        "Your agency is looking into this source. The last figures that were good stay until it is sure of the new ones.",
    ),
    ConnectorState.LATE: ("your agency", "Newer figures are on their way. Nothing is asked of you."),
    ConnectorState.LIVE: ("", "This source is live and is checked again and again. Nothing is asked of you."),
    ConnectorState.RETIRED: ("", "This source is no longer read. What it brought before stays as it was."),
}

_ORDER = (
    ConnectorState.NEEDS_CUSTOMER,
    ConnectorState.NEEDS_ATTENTION,
    ConnectorState.LATE,
    ConnectorState.LIVE,
    ConnectorState.PREPARING,
    ConnectorState.RETIRED,
)
"""What the client can act on comes first, what is over comes last."""


def sources_of(organization: Organization) -> list[Source]:
    query = sa.select(ProviderAccount.source_label, ProviderAccount.state).where(ProviderAccount.organization_id == organization.id)
    found = sorted(db.session.execute(query), key=lambda row: (_ORDER.index(row[1]), row[0].lower()))
    return [Source(label, state, next_step=_NEXT[state][1], turn=_NEXT[state][0]) for label, state in found]
