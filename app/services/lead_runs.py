"""What the jobs about leads do: class all leads again, apply overrules, say what came of it."""

import json
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from app.audit import canonical_json
from app.extensions import db
from app.imports.leads.desk import Scope
from app.imports.leads.judging import Moves
from app.models import JobStatus, LeadOverrule, LeadRules, Organization, ProviderAccount, SyncJob
from app.queue import JobKind

SLACK = timedelta(minutes=1)


@dataclass(frozen=True)
class Opening:
    """What a job begins with, as plain values."""

    scope: Scope
    rules_id: int | None
    number: int
    """Of the version in force; 0 where nobody saved one."""


def opening_of(organization_id: int) -> Opening:
    organization = db.session.get_one(Organization, organization_id)
    version = db.session.execute(sa.select(LeadRules.id, LeadRules.number).where(LeadRules.active_key == organization_id)).one_or_none()
    scope = Scope(organization.id, organization.public_id)
    return Opening(scope, version.id if version else None, version.number if version else 0)


def note_moves(rules_id: int | None, moves: Moves) -> None:
    """Add to the version what moved by it."""
    if rules_id is None or not moves:
        return
    row = db.session.scalars(sa.select(LeadRules).where(LeadRules.id == rules_id).with_for_update()).one()
    counts = Counter(json.loads(row.counts))
    counts.update(counted(moves))
    row.counts = canonical_json(dict(counts))


def counted(moves: Moves) -> dict[str, int]:
    """For keeping: ``genuine>spam`` → how many."""
    return {f"{before.value}>{after.value}": count for (before, after), count in moves.items() if count}


def sentence_of(moves: Moves, rows: int) -> str:
    changed = sum(moves.values())
    if not changed:
        return f"{rows:,} leads were looked at; every one kept its class."
    went = ", ".join(f"{count:,} from {a.value} to {b.value}" for (a, b), count in sorted(moves.items(), key=lambda item: -item[1]))
    return f"{rows:,} leads were looked at; {changed:,} changed their class: {went}."


def overrules_to_apply(job_id: int, organization_id: int) -> list[tuple[str, str, str]]:
    """Leads (connector, data type, external id) of which somebody said something since the last such job that succeeded."""
    mine = db.session.get_one(SyncJob, job_id)
    since = db.session.scalar(
        sa.select(sa.func.max(SyncJob.created_at)).where(
            SyncJob.organization_id == organization_id,
            SyncJob.kind == JobKind.OVERRULE_LEADS.value,
            SyncJob.status == JobStatus.SUCCEEDED,
            SyncJob.created_at < mine.created_at,
        )
    )
    query = sa.select(ProviderAccount.public_id, LeadOverrule.data_type, LeadOverrule.external_id).join(
        ProviderAccount, ProviderAccount.id == LeadOverrule.account_id
    )
    query = query.where(ProviderAccount.organization_id == organization_id)
    if since is not None:
        query = query.where(LeadOverrule.updated_at >= since - SLACK)
    return [(account, data_type, external_id) for account, data_type, external_id in db.session.execute(query.order_by(LeadOverrule.id))]
