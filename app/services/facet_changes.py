"""Which act changes which facets: at the end of each transaction what was done in it is read from the audit trail's new events,
and the facets, tasks and states that follow are written with it.

An act is either here or in ``IRRELEVANT``; a test walks over all of them.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app import audit
from app.audit import Noted
from app.models import (
    Base,
    ConnectorConfiguration,
    FailurePath,
    FieldMap,
    FieldMapField,
    Organization,
    Promotion,
    ProviderAccount,
    ReadinessSignOff,
    User,
)
from app.services import check_runs, configurations, facets, live_changes, settling, stands
from app.services.facets import Cause

BATCH_COMPLETED = "batch.completed"
OF_BATCHES = ("test-batch", "rejects-reviewed", "leads-separated", "repeatable", "access-tested", "recent-test")
"""Checks that a complete production batch shows again once the connector is live."""
CHANGES_FACETS: dict[str, frozenset[str]] = {
    "baseline.frozen": frozenset({"baselines"}),
    "batch.requested": frozenset({"data-types", "data-homes"}),
    "connector.created": frozenset({"mode", "source-label", "owner"}),
    "connector.edited": frozenset({"mode", "source-label", "owner", "consent"}),
    "consent.recorded": frozenset({"consent"}),
    "consent.withdrawn": frozenset({"consent"}),
    "credential.removed": frozenset({"credential"}),
    "credential.replaced": frozenset({"credential"}),
    "credential.set": frozenset({"credential"}),
    "data_type.chosen": frozenset({"data-types", "data-homes"}),
    "data_type.edited": frozenset({"data-types", "data-homes"}),
    "export.agreed": frozenset({"supply"}),
    "export.not_agreed": frozenset({"supply"}),
    "failure_path.written": frozenset({"failure-path"}),
    "field_map.activated": frozenset({"maps"}),
    "lead_rules.restored": frozenset({"lead-rules"}),
    "lead_rules.saved": frozenset({"lead-rules"}),
    "metric.chosen": frozenset({"metrics", "formulas"}),
    "metric.dropped": frozenset({"metrics", "formulas"}),
    "metric.edited": frozenset({"metrics"}),
    "organization.edited": frozenset({"zone"}),
    "person.deactivated": frozenset({"owner", "maps", "failure-path"}),
    "person.reactivated": frozenset({"owner", "maps", "failure-path"}),
    "reconciliation.entered": frozenset({"reconciliations"}),
    "retention.decided": frozenset({"retention"}),
    "rollback_note.written": frozenset({"rollback"}),
    "window_rule.chosen": frozenset({"windows"}),
}
"""Act → facets that it may change."""
PEOPLE = frozenset({"person.deactivated", "person.reactivated"})
SIGNED = ("qa", "explained", "second-approval")
"""Checks that somebody stands behind by name: asked again when a person comes or goes."""


def follow(session: Session) -> None:
    """Write what follows from the open transaction's acts.

    :raises NotPossible: if one of them changes a live connector, and no rollback note is open
    """
    done = [event for event in audit.noted(session) if event.action in CHANGES_FACETS or event.action == BATCH_COMPLETED]
    if not done:
        return
    session.flush()
    by_account: dict[int, list[Noted]] = {}
    for event in done:
        for account_id in accounts_of(session, event):
            by_account.setdefault(account_id, []).append(event)
    for account_id in sorted(by_account):
        _follow_for(session.get_one(ProviderAccount, account_id), by_account[account_id])


def _follow_for(account: ProviderAccount, events: Sequence[Noted]) -> None:
    live_changes.guard(account, events)
    last = events[-1]
    completed = [event for event in events if event.action == BATCH_COMPLETED]
    if len(completed) < len(events):
        by_facet = {key: Cause(event.action, event.actor) for event in events for key in CHANGES_FACETS.get(event.action, ())}
        facets.refresh(account, Cause(last.action, last.actor), by_facet=by_facet, only=by_facet.keys())
    if completed and live_changes.on_complete_batch(account, completed):
        check_runs.run(account, [key for key in OF_BATCHES if _was_run(account, key)], actor=last.actor)
    elif any(event.action in PEOPLE for event in events):
        check_runs.run(account, [key for key in SIGNED if _was_run(account, key)], actor=last.actor)
    else:
        settling.settle(account, actor=last.actor)


def _was_run(account: ProviderAccount, key: str) -> bool:
    return any(stands.of(account, each).checks[key].newest is not None for each in configurations.open_ones(account))


def accounts_of(session: Session, event: Noted) -> Iterable[int]:
    """Ids of the connectors that an act is about."""
    target = event.target
    if target.type == ProviderAccount.__tablename__:
        return session.scalars(sa.select(ProviderAccount.id).where(ProviderAccount.public_id == target.id)).all()
    if target.type == User.__tablename__:
        return _involving(session, target.id)
    named = event.changes.get("connector")
    if isinstance(named, str):
        return session.scalars(sa.select(ProviderAccount.id).where(ProviderAccount.public_id == named)).all()
    found = _through_its_row(session, target.type, target.id)
    if found is not None:
        return [found]
    return _of_organization(session, target.organization) if target.organization is not None else []


def _through_its_row(session: Session, table_name: str, public_id: str) -> int | None:
    table = Base.metadata.tables.get(table_name)
    if table is None or "account_id" not in table.c or "public_id" not in table.c:
        return None
    return session.scalar(sa.select(table.c.account_id).where(table.c.public_id == public_id))


def _of_organization(session: Session, organization: Organization) -> Iterable[int]:
    return session.scalars(sa.select(ProviderAccount.id).where(ProviderAccount.organization_id == organization.id)).all()


def _involving(session: Session, public_id: str) -> Iterable[int]:
    """Connectors that a person owns, explains a field of, or signed for: every one that knows the person's id."""
    person = session.scalar(sa.select(User.id).where(User.public_id == public_id))
    owned = sa.select(ProviderAccount.id).where(ProviderAccount.owner_id == person)
    explained = sa.select(FieldMap.account_id).join(FieldMapField, FieldMapField.map_id == FieldMap.id)
    explained = explained.where(FieldMapField.owner_id == person, FieldMap.active_key.is_not(None))
    return session.scalars(sa.union(owned, explained, *_standing_behind(person, public_id))).all()


def _standing_behind(person: int | None, public_id: str) -> Iterable[sa.Select[Any]]:
    yield sa.select(FailurePath.account_id).where(FailurePath.told.contains(public_id))
    signed = sa.select(ConnectorConfiguration.account_id).join(
        ReadinessSignOff, ReadinessSignOff.configuration_id == ConnectorConfiguration.id
    )
    yield signed.where(ReadinessSignOff.person_id == person, ConnectorConfiguration.account_id.is_not(None))
    yield sa.select(Promotion.account_id).where(sa.or_(Promotion.approved_by_id == person, Promotion.requested_by_id == person))


def unmentioned(actions: Iterable[str]) -> frozenset[str]:
    """Acts of which nobody said whether they change anything."""
    return frozenset(actions) - CHANGES_FACETS.keys() - IRRELEVANT


IRRELEVANT = frozenset(
    {
        "access.checked",
        "access.granted",
        "access.withdrawn",
        "access_request.canceled",
        "access_request.opened",
        "access_request.sent",
        "batch.completed",
        "batch.failed",
        "batch.reversal_requested",
        "batch.reversed",
        "batch.sample_removed",
        "change.logged",
        "channel.added",
        "channel.edited",
        "channel.removed",
        "channel.tested",
        "check.acknowledged",
        "check.signed",
        "checks.run",
        "connector.retired",
        "connector.state_changed",
        "field_map.copied",
        "field_map.discarded",
        "field_map.drafted",
        "field_map.edited",
        "file.reading_changed",
        "file.removed",
        "file.uploaded",
        "finding.changed",
        "finding.opened",
        "finding.over",
        "invitation.accepted",
        "invitation.sent",
        "job.canceled",
        "job.failed",
        "job.parked",
        "job.requested",
        "job.succeeded",
        "keys.rotated",
        "lead.revealed",
        "leads.overruled",
        "logo.removed",
        "logo.set",
        "mail_choice.changed",
        "organization.created",
        "password.set",
        "password_reset.requested",
        "person.added",
        "person.reset_link_sent",
        "person.role_changed",
        "promotion.approved",
        "promotion.live",
        "promotion.requested",
        "promotion.rolled_back",
        "promotion.voided",
        "question.answered",
        "question.asked",
        "recovery_code.used",
        "recovery_codes.renewed",
        "report_note.taken_back",
        "report_note.written",
        "retention.purged",
        "second_factor.disabled",
        "second_factor.enabled",
        "second_factor.moved",
        "second_factor.refused",
        "second_factor.reset",
        "session.ended",
        "session.started",
        "sessions.ended",
        "sign_in.refused",
        "task.changed",
        "task.closed",
        "task.opened",
        "waiver.approved",
        "waiver.ended",
        "waiver.requested",
    }
)
"""Acts that change nothing that evidence rests on."""
