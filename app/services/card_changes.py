"""After which acts cards are published anew: the last that follows from an act, in the same transaction."""

from sqlalchemy.orm import Session

from app import audit
from app.models import ConnectorState, ProviderAccount
from app.services import configurations, facet_changes, settled_days
from app.services.publishing import publish

TOUCHES = frozenset(
    {
        "connector.created",
        "connector.edited",
        "connector.retired",
        "connector.state_changed",
        "consent.recorded",
        "consent.withdrawn",
        "data_type.chosen",
        "metric.chosen",
        "metric.dropped",
        "metric.edited",
        "organization.edited",
        "person.deactivated",
        "person.reactivated",
        "promotion.live",
        "promotion.rolled_back",
        "question.answered",
        "report_note.taken_back",
        "report_note.written",
    }
)
"""Acts after which a card may say something else, whatever state the connector is in."""
TOUCHES_WHAT_RUNS = frozenset(
    {
        "batch.completed",
        "batch.reversed",
        "change.logged",
        "check.signed",
        "checks.run",
        "export.agreed",
        "failure_path.written",
        "task.changed",
        "waiver.approved",
        "waiver.ended",
    }
)
"""Acts after which a card of a connector that was promoted may. While one is being prepared they change how far it is, which is
noted where a gate is passed."""


def follow(session: Session) -> None:
    """Publish what the open transaction changed: after everything else that follows from it."""
    settled = settled_days.of(session)
    touched = {account_id for account_id, _data_type in settled} | configurations.newly_passed(session)
    of_what_runs: set[int] = set()
    for event in audit.noted(session):
        if event.action in TOUCHES:
            touched.update(facet_changes.accounts_of(session, event))
        elif event.action in TOUCHES_WHAT_RUNS:
            of_what_runs.update(facet_changes.accounts_of(session, event))
    touched |= {account_id for account_id in of_what_runs if _was_promoted(session, account_id)}
    if not touched:
        return
    session.flush()
    for account_id in sorted(touched):
        days = {day for (owner, _data_type), found in settled.items() if owner == account_id for day in found.days}
        publish(session.get_one(ProviderAccount, account_id), days=days)


def _was_promoted(session: Session, account_id: int) -> bool:
    return session.get_one(ProviderAccount, account_id).state is not ConnectorState.PREPARING
