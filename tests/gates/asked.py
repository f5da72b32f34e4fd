"""A connector whose promotion is asked for, and what is looked at once it is, or is not, live."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Self

import sqlalchemy as sa

from app.audit import Actor, ActorKind
from app.clock import utc_now
from app.extensions import db
from app.jobs import scheduler
from app.models import (
    AuditEvent,
    ConfigurationStatus,
    ConnectorConfiguration,
    ConnectorState,
    JobStatus,
    Promotion,
    PromotionStatus,
    ProviderAccount,
    SyncJob,
    User,
)
from app.queue import JobKind
from app.services import configurations, promotion_packets, promotions, settling
from app.unit_of_work import transaction
from tests.gates.live import at_the_door
from tests.gates.walking import People, go
from tests.support import factories
from tests.support.kept import Keeper

A_WHILE = timedelta(minutes=5)


@dataclass(frozen=True)
class Asked:
    """A connector whose promotion one admin asked for, by public ids: rows are read anew."""

    people: People
    account_id: str

    @classmethod
    def after_all(cls, keeper: Keeper) -> Self:
        """In empty tables."""
        door = at_the_door(keeper)
        asked = cls(door.people, door.account_id)
        factories.credential(asked.person(asked.people.approver))  # an admin who can sign in is left, whoever is deactivated
        go([door.walk.ask_for_promotion])
        return asked

    @property
    def account(self) -> ProviderAccount:
        return db.session.scalars(sa.select(ProviderAccount).where(ProviderAccount.public_id == self.account_id)).one()

    @property
    def promotion(self) -> Promotion:
        """The newest."""
        db.session.rollback()
        db.session.expire_all()
        query = sa.select(Promotion).where(Promotion.account_id == self.account.id).order_by(Promotion.id.desc())
        return db.session.scalars(query.limit(1)).one()

    @property
    def job(self) -> SyncJob:
        """The newest that promotes."""
        db.session.rollback()
        query = sa.select(SyncJob).where(SyncJob.account_id == self.account.id, SyncJob.kind == JobKind.PROMOTE.value)
        return db.session.scalars(query.order_by(SyncJob.id.desc()).limit(1).execution_options(populate_existing=True)).one()

    def person(self, public_id: str) -> User:
        return db.session.scalars(sa.select(User).where(User.public_id == public_id)).one()

    @property
    def admin(self) -> Actor:
        return Actor(ActorKind.STAFF, self.people.admin)

    @property
    def approver(self) -> Actor:
        return Actor(ActorKind.STAFF, self.people.approver)

    def approve(self) -> promotions.Decision:
        with transaction():
            return promotions.approve(self.open, by=self.person(self.people.approver), actor=self.approver)

    @property
    def open(self) -> Promotion:
        found = promotions.open_promotion(self.account)
        assert found is not None
        return found

    def check_live_once(self) -> None:
        """One live promotion, with one sound packet; one live configuration; one event that says so."""
        db.session.rollback()
        account, of_this = self.account, Promotion.account_id == self.account.id
        assert account.state is ConnectorState.LIVE
        live = db.session.scalars(sa.select(Promotion).where(of_this, Promotion.status == PromotionStatus.LIVE)).one()
        assert promotion_packets.verify(live) == []
        assert db.session.scalars(sa.select(Promotion.id).where(of_this, Promotion.packet_hash != "")).all() == [live.id]
        statuses = {
            status: db.session.scalars(
                sa.select(ConnectorConfiguration.id).where(
                    ConnectorConfiguration.account_id == account.id, ConnectorConfiguration.status == status
                )
            ).all()
            for status in ConfigurationStatus
        }
        assert statuses[ConfigurationStatus.LIVE] == [live.configuration_id]
        assert len(statuses[ConfigurationStatus.DRAFT]) == 1
        assert _count_of_events("promotion.live", live) == 1

    def check_not_live(self) -> None:
        db.session.rollback()
        assert settling.live_promotion(self.account) is None
        assert configurations.find(self.account, ConfigurationStatus.LIVE) is None
        assert self.account.state is ConnectorState.PREPARING


def _count_of_events(action: str, promotion: Promotion) -> int:
    query = sa.select(sa.func.count()).where(AuditEvent.action == action, AuditEvent.target_id == promotion.public_id)
    return db.session.scalars(query).one()


def let_lease_run_out(job: SyncJob) -> None:
    """The sweep puts the job back, and it is due."""
    job_id = job.id
    if job.status is JobStatus.RUNNING:
        with transaction():
            db.session.execute(sa.update(SyncJob).where(SyncJob.id == job_id).values(leased_until=utc_now() - A_WHILE))
        scheduler.sweep()
    with transaction():
        db.session.execute(sa.update(SyncJob).where(SyncJob.id == job_id).values(due_at=utc_now() - A_WHILE))
