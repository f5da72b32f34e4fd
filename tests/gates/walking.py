"""Bringing a connector through the gates as the demo does, with the jobs carried out in this process."""

from collections.abc import Sequence
from datetime import date

from app.extensions import db
from app.jobs import entry
from app.models import JobStatus, ProviderAccount, StaffRole, SyncJob
from app.queue import QueueClass
from app.readiness.gates import Gate
from app.services.demo_exports import PAYMENTS, Export, company_of
from app.services.demo_path import Step, Walk
from app.unit_of_work import transaction
from tests.support import factories


class People:
    """Two admins and a supporter, by their public ids: a drained queue leaves no session that rows would belong to."""

    def __init__(self) -> None:
        admin = factories.staff(with_password=False)
        self.owner_id = admin.id
        self.admin = admin.public_id
        self.approver = factories.staff(with_password=False).public_id
        self.supporter = factories.staff(StaffRole.SUPPORT, with_password=False).public_id


def walk_of(
    account: ProviderAccount, people: People, *, exports: Sequence[Export] = (PAYMENTS,), metrics: Sequence[str] = ("payments_received",)
) -> Walk:
    today = date.today()  # noqa: DTZ011  # the organization's own day is the services' affair
    company = company_of(seed=5, time_zone=account.organization.time_zone, today=today)
    return Walk(
        account_id=account.public_id,
        company=company,
        exports=exports,
        metrics=metrics,
        admin=people.admin,
        approver=people.approver,
        supporter=people.supporter,
    )


def go(steps: Sequence[Step]) -> None:
    """Take the steps one after the other, each with its job to the end."""
    for step in steps:
        take(step)


def take(step: Step) -> SyncJob | None:
    """:return: the job that it asked for, once it is over"""
    with transaction():
        job = step()
        job_id = job.id if job is not None else None
    drain()
    if job_id is None:
        return None
    done = db.session.get_one(SyncJob, job_id, populate_existing=True)
    assert done.status is JobStatus.SUCCEEDED, f"{done.kind}: {done.error_note or done.status}"
    return done


def drain() -> None:
    """Carry out all work that is due."""
    db.session.rollback()
    for queue in (QueueClass.INTERACTIVE, QueueClass.IMPORT):
        entry.drain(queue.value)


def live_connector(people: People) -> ProviderAccount:
    """A connector that went the whole way."""
    account = factories.connector(owner_id=people.owner_id, may_import=False)
    walk = walk_of(account, people)
    go(walk.steps(through=Gate.PROMOTE))
    return walk.account
