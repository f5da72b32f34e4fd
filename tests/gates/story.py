"""One transaction around everything that an example does, undone at its end; and a reading of the tables that knows nothing of
the program's own."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import scoped_session, sessionmaker

from app.extensions import db
from app.models import (
    AdminTask,
    Authorization,
    ConfigurationStatus,
    ConnectorConfiguration,
    ConnectorFacet,
    EvidenceDependency,
    FailurePath,
    Promotion,
    PromotionStatus,
    ProviderAccount,
    ReadinessAcknowledgement,
    ReadinessCurrent,
    ReadinessEvidence,
    ReadinessWaiver,
    Reconciliation,
    TaskStatus,
    User,
)
from app.readiness.gates import CHECKS
from app.services import facet_contents, readiness_clock

DATA_TYPES = ("payments",)
"""What the connector of the story brings."""
WAIVABLE = {"rejects-reviewed", "reconciled"}
OF_INSTALLATION = {"runtime-privileges"}


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is committed inside is there inside, and nowhere afterwards."""
    own = db.session
    with db.engine.connect() as connection:
        outer = connection.begin()
        db.session = scoped_session(sessionmaker(bind=connection, join_transaction_mode="create_savepoint"))
        try:
            yield
        finally:
            db.session.remove()
            db.session = own
            outer.rollback()


def holes_in(
    configuration: ConnectorConfiguration, account: ProviderAccount, *, now: datetime, present: dict[str, Any] | None = None
) -> list[str]:
    """Why what is stored does not carry a live connector, by reading the tables one by one."""
    common = db.session.scalars(sa.select(ConnectorConfiguration).where(ConnectorConfiguration.account_id.is_(None))).one()
    contents = {**facet_contents.contents_of(configuration, account, present), **facet_contents.of_installation(None)}
    digests = {key: _digest(content) for key, content in contents.items()}
    digests["privileges"] = db.session.scalars(
        sa.select(ConnectorFacet.digest).where(ConnectorFacet.configuration_id == common.id, ConnectorFacet.facet == "privileges")
    ).one()
    seen = set(
        db.session.scalars(sa.select(ReadinessAcknowledgement.item).where(ReadinessAcknowledgement.configuration_id == configuration.id))
    )
    kept = {
        (owner_id, key): evidence
        for owner_id, key, evidence in db.session.execute(
            sa.select(ReadinessCurrent.configuration_id, ReadinessCurrent.check_key, ReadinessEvidence)
            .join(ReadinessEvidence, ReadinessEvidence.id == ReadinessCurrent.evidence_id)
            .where(ReadinessCurrent.configuration_id.in_([common.id, configuration.id]))
        )
    }
    rests: dict[int, list[EvidenceDependency]] = {}
    ids = [evidence.id for evidence in kept.values()]
    for row in db.session.scalars(sa.select(EvidenceDependency).where(EvidenceDependency.evidence_id.in_(ids))):
        rests.setdefault(row.evidence_id, []).append(row)
    found = []
    for spec in CHECKS:
        owner = common if spec.key in OF_INSTALLATION else configuration
        evidence = kept.get((owner.id, spec.key))
        if evidence is None:
            found.append(f"{spec.key}: missing")
            continue
        why = _why_not(evidence, rests.get(evidence.id, []), digests, seen, now)
        if why and not (spec.key in WAIVABLE and is_waived(configuration, spec.key, now)):
            found.append(f"{spec.key}: {why}")
    return found


def _why_not(evidence: ReadinessEvidence, rests: list[EvidenceDependency], digests: dict[str, str], seen: set[str], now: datetime) -> str:
    if evidence.result not in {"passed", "warning", "not_applicable"}:
        return evidence.result
    if evidence.result == "warning" and not set(json.loads(evidence.items)) <= seen:
        return "nobody acknowledged it"
    if evidence.valid_until is not None and evidence.valid_until <= now:
        return "stale"
    if not rests:
        return "rests on nothing"
    changed = [each.facet for each in rests if digests.get(each.facet) != each.digest]
    return f"foreign: {changed} changed" if changed else ""


def is_waived(configuration: ConnectorConfiguration, key: str, now: datetime) -> bool:
    rows = db.session.scalars(
        sa.select(ReadinessWaiver).where(ReadinessWaiver.configuration_id == configuration.id, ReadinessWaiver.check_key == key)
    )
    return any(
        row.approved_by_id is not None
        and row.approved_by_id != row.requested_by_id
        and row.ended_at is None
        and now.date() <= row.last_day  # a day early or late by the zone: the story never waits for the very day
        for row in rows
    )


def facts_against(account: ProviderAccount) -> list[str]:
    """What of the world speaks against calling it live, whatever its evidence says."""
    found = []
    if account.owner is None or not account.owner.is_active:
        found.append("nobody active owns it")
    path = db.session.scalar(sa.select(FailurePath).where(FailurePath.account_id == account.id))
    told = json.loads(path.told) if path is not None else []
    if not any(person(each).is_active for each in told):
        found.append("nobody active is told of a failure")
    consent = db.session.scalar(sa.select(Authorization).where(Authorization.current_key == account.public_id))
    if consent is None or consent.withdrawn_on is not None:
        found.append("no consent")
    elif set(consent.reads.split(",")) != set(DATA_TYPES):
        found.append("consent to something else")
    totals = db.session.scalar(
        sa.select(Reconciliation).where(Reconciliation.account_id == account.id).order_by(Reconciliation.id.desc()).limit(1)
    )
    if totals is None or totals.our_rows != totals.source_rows:
        found.append("totals differ")
    return found


def self_approved(promotion: Promotion) -> bool:
    return promotion.approved_by_id is None or promotion.approved_by_id == promotion.requested_by_id


def live_of(account_id: int) -> tuple[ProviderAccount, Promotion | None, ConnectorConfiguration | None]:
    """What is live, by the tables."""
    db.session.expire_all()
    account = db.session.get_one(ProviderAccount, account_id)
    promotion = db.session.scalar(sa.select(Promotion).where(Promotion.account_id == account_id, Promotion.status == PromotionStatus.LIVE))
    configuration = db.session.scalar(
        sa.select(ConnectorConfiguration).where(
            ConnectorConfiguration.account_id == account_id, ConnectorConfiguration.status == ConfigurationStatus.LIVE
        )
    )
    return account, promotion, configuration


def falls_without_task(account_id: int, *, now: datetime) -> list[str]:
    """Ticks that stood once, do not any more, and of which no open task with a reason tells."""
    open_keys = {
        task.open_key: task.detail
        for task in db.session.scalars(sa.select(AdminTask).where(AdminTask.account_id == account_id, AdminTask.status == TaskStatus.OPEN))
    }
    account = db.session.get_one(ProviderAccount, account_id)
    present = facet_contents.settings_of(account)
    found = []
    statuses = (ConfigurationStatus.DRAFT, ConfigurationStatus.LIVE)
    for configuration in db.session.scalars(
        sa.select(ConnectorConfiguration).where(
            ConnectorConfiguration.account_id == account_id, ConnectorConfiguration.status.in_(statuses)
        )
    ).all():
        closed = {line.partition(":")[0] for line in holes_in(configuration, account, now=now, present=present)}
        for row in db.session.scalars(sa.select(ReadinessCurrent).where(ReadinessCurrent.configuration_id == configuration.id)).all():
            if row.good_id is None or row.check_key not in closed:
                continue
            detail = open_keys.get(f"tick:{configuration.public_id}:{row.check_key}", "")
            if len(detail) < 40:
                found.append(f"{row.check_key}: {detail or 'no task'}")
    return found


def person(public_id: str) -> User:
    return db.session.scalars(sa.select(User).where(User.public_id == public_id)).one()


def instant() -> datetime:
    return readiness_clock.now()


def _digest(content: object) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
