"""An organization's rules that tell leads apart: versions, saving one, putting a former one in force again."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app import audit
from app.audit import Actor, Target
from app.extensions import db
from app.imports.leads.classifier import rules_in_force
from app.imports.leads.defaults import default_rules
from app.imports.leads.rules import RuleSet, difference
from app.models import JobStatus, LeadClass, LeadRules, Organization, SyncJob, User
from app.queue import JobKind
from app.services import jobs
from app.services.errors import InvalidField, NotPossible, StaleVersion

SHOWN_VERSIONS = 20


@dataclass(frozen=True)
class Move:
    """How many leads went from one class to another."""

    before: LeadClass
    after: LeadClass
    leads: int


@dataclass(frozen=True)
class VersionLine:
    """A saved version, as a list shows it."""

    public_id: str
    number: int
    is_active: bool
    saved_at: datetime
    saved_by: str
    """Empty for what the organization began with."""
    changes: Sequence[str]
    """What it changed, as sentences."""
    moves: Sequence[Move]
    job: SyncJob | None


def rules_of(organization: Organization) -> RuleSet:
    """The rules in force."""
    return rules_in_force(db.session(), organization.id)


def save_rules(organization: Organization, rules: RuleSet, *, seen_number: int, saved_by: User, actor: Actor) -> LeadRules:
    """Make the rules a new version, put it in force and have all leads classed by it.

    :raises StaleVersion: if another version is in force than the person saw
    :raises InvalidField: if a rule cannot be used as it is
    :raises NotPossible: if nothing was changed, or leads are being classed at this moment
    """
    former = _lock(organization)
    before = rules_of(organization)
    if before.number != seen_number:
        raise StaleVersion(f"Somebody saved version {before.number} of these rules while you were changing them.")
    if rules.problems:
        raise InvalidField("rules", rules.problems[0])
    if rules.rules == before.rules:
        raise NotPossible("Nothing was changed, so there is nothing to save.")
    _demand_rest(organization)
    if former is None:
        former = _add(organization, 1, default_rules(), None)
    former.active_key = None
    db.session.flush()
    newest = int(db.session.scalar(sa.select(sa.func.max(LeadRules.number)).where(LeadRules.organization_id == organization.id)) or 0)
    try:
        with db.session.begin_nested():
            saved = _add(organization, newest + 1, rules, saved_by)
    except IntegrityError as exc:
        raise StaleVersion("Somebody else saved these rules at the same moment.") from exc
    _put_in_force(organization, saved, saved_by, actor)
    audit.record(
        db.session(),
        actor,
        "lead_rules.saved",
        Target.of(saved, organization),
        {"number": [former.number, saved.number], "rules": len(rules.rules)},
    )
    return saved


def restore_rules(organization: Organization, public_id: str, *, seen_number: int, restored_by: User, actor: Actor) -> LeadRules:
    """Put a saved version in force again and have all leads classed by it: their classes are exactly what they were.

    :raises sqlalchemy.exc.NoResultFound: if the organization has no such version
    :raises StaleVersion: if another version is in force than the person saw
    :raises NotPossible: if it is in force, or leads are being classed at this moment
    """
    former = _lock(organization)
    wanted = db.session.scalars(
        sa.select(LeadRules).where(LeadRules.organization_id == organization.id, LeadRules.public_id == public_id)
    ).one()
    if former is None or former.number != seen_number:
        raise StaleVersion("Another version of these rules came in force while you were looking.")
    if wanted is former:
        raise NotPossible(f"Version {wanted.number} is in force already.")
    _demand_rest(organization)
    number = former.number
    former.active_key = None
    db.session.flush()
    _put_in_force(organization, wanted, restored_by, actor)
    audit.record(db.session(), actor, "lead_rules.restored", Target.of(wanted, organization), {"number": [number, wanted.number]})
    return wanted


def versions_of(organization: Organization) -> Sequence[VersionLine]:
    """The newest saved versions, the newest first."""
    query = sa.select(LeadRules, User.name, SyncJob).outerjoin(User, User.id == LeadRules.saved_by_id)
    query = query.outerjoin(SyncJob, SyncJob.id == LeadRules.job_id).where(LeadRules.organization_id == organization.id)
    rows = db.session.execute(query.order_by(LeadRules.number.desc()).limit(SHOWN_VERSIONS + 1)).all()
    sets = [RuleSet.from_text(version.rules, number=version.number) for version, _name, _job in rows]
    former = [*sets[1:], None][: len(sets)]
    return [
        VersionLine(
            public_id=version.public_id,
            number=version.number,
            is_active=version.active_key is not None,
            saved_at=version.created_at,
            saved_by=name or "",
            changes=difference(before, rules) if before is not None else (),
            moves=moves_of(json.loads(version.counts)),
            job=job,
        )
        for (version, name, job), rules, before in zip(rows, sets, former, strict=True)
    ][:SHOWN_VERSIONS]


def moves_of(counts: Mapping[str, int]) -> list[Move]:
    """``genuine>spam`` → how many, as kept with a version."""
    moves = [Move(LeadClass(before), LeadClass(after), count) for key, count in counts.items() for before, _, after in [key.partition(">")]]
    return sorted(moves, key=lambda move: (-move.leads, move.before, move.after))


def open_job(organization: Organization) -> SyncJob | None:
    """The job that classes the organization's leads, while there is one."""
    key = jobs.open_key_of(JobKind.RECLASSIFY_LEADS, account=None, organization=organization)
    return db.session.scalar(sa.select(SyncJob).where(SyncJob.open_key == key))


def _lock(organization: Organization) -> LeadRules | None:
    """The version in force; whoever saves at the same time waits."""
    db.session.execute(sa.select(Organization.id).where(Organization.id == organization.id).with_for_update())
    query = sa.select(LeadRules).where(LeadRules.active_key == organization.id).execution_options(populate_existing=True)
    return db.session.scalars(query).one_or_none()


def _demand_rest(organization: Organization) -> None:
    job = open_job(organization)
    if job is not None and job.status is not JobStatus.QUEUED:
        raise NotPossible("Leads are being classed by the version in force at this moment. Wait until the job is over, then save again.")


def _add(organization: Organization, number: int, rules: RuleSet, saved_by: User | None) -> LeadRules:
    row = LeadRules(organization_id=organization.id, number=number, rules=rules.to_text(), saved_by_id=saved_by.id if saved_by else None)
    db.session.add(row)
    db.session.flush()
    return row


def _put_in_force(organization: Organization, version: LeadRules, by: User, actor: Actor) -> None:
    job, _ = jobs.request_job(JobKind.RECLASSIFY_LEADS, account=None, organization=organization, requested_by=by, actor=actor)
    version.active_key, version.job_id, version.counts = organization.id, job.id, "{}"
    db.session.flush()
