"""Asking for jobs, canceling them, running them again."""

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.audit import Actor, ActorKind
from app.extensions import db
from app.models import AdminTask, AuditEvent, JobStatus, ProviderAccount, SyncJob, TaskStatus
from app.nudge import redis_client, rq_queue
from app.queue import JobKind, QueueClass
from app.services import jobs
from app.services.errors import NotPossible
from app.services.jobs import parked_task_key
from app.unit_of_work import transaction
from tests.support import factories

ACTOR = Actor(ActorKind.STAFF, "somebody")


def ask(account: ProviderAccount) -> tuple[SyncJob, bool]:
    with transaction():
        return jobs.request_job(JobKind.CHECK_ACCESS, account=account, requested_by=None, actor=ACTOR)


def actions() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)))


def test_a_job_that_is_asked_for_twice_is_one_job(app: Flask) -> None:
    account = factories.connector()
    first, first_is_new = ask(account)
    second, second_is_new = ask(account)
    assert (first_is_new, second_is_new) == (True, False)
    assert first.id == second.id
    assert actions() == ["job.requested"]


def test_jobs_of_two_connectors_do_not_stand_in_each_others_way(app: Flask) -> None:
    organization = factories.organization()
    one, _ = ask(factories.connector(of=organization))
    other, _ = ask(factories.connector(of=organization))
    assert one.id != other.id


def test_asking_leaves_one_small_message_that_holds_the_queue_and_nothing_else(app: Flask) -> None:
    ask(factories.connector())
    (message,) = rq_queue(QueueClass.INTERACTIVE, redis_client()).get_jobs()
    assert message.func_name == "app.jobs.entry.drain"
    assert message.args == ["interactive"]
    assert message.kwargs == {}


def test_messages_do_not_pile_up_while_no_worker_is_there(app: Flask) -> None:
    for _ in range(30):
        ask(factories.connector())
    assert rq_queue(QueueClass.INTERACTIVE, redis_client()).count == 20


@pytest.mark.parametrize("status", [JobStatus.QUEUED, JobStatus.RETRYING, JobStatus.PARKED])
def test_what_does_not_run_can_be_canceled(app: Flask, status: JobStatus) -> None:
    job = factories.job(status=status)
    with transaction():
        jobs.cancel_job(job, actor=ACTOR)
    db.session.refresh(job)
    assert job.status is JobStatus.CANCELED
    assert job.open_key is None
    assert job.finished_at is not None
    assert actions() == ["job.canceled"]


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (JobStatus.RUNNING, "A worker has just taken this job, so it cannot be canceled any more. It ends by itself."),
        (JobStatus.SUCCEEDED, "This job is over, so there is nothing left to cancel."),
    ],
)
def test_what_runs_or_is_over_cannot_be_canceled(app: Flask, status: JobStatus, sentence: str) -> None:
    job = factories.job(status=status)
    with pytest.raises(NotPossible) as refusal, transaction():
        jobs.cancel_job(job, actor=ACTOR)
    assert str(refusal.value) == sentence


def test_a_canceled_job_makes_room_for_a_new_one(app: Flask) -> None:
    account = factories.connector()
    job, _ = ask(account)
    with transaction():
        jobs.cancel_job(job, actor=ACTOR)
    _, is_new = ask(account)
    assert is_new


def test_running_again_makes_a_new_row_and_closes_the_task_of_the_parked_one(app: Flask) -> None:
    parked = factories.job(status=JobStatus.PARKED, open_key=None)
    task = factories.task(open_key=parked_task_key(parked))
    with transaction():
        again, is_new = jobs.run_again(parked, requested_by=None, actor=ACTOR)
    assert is_new
    assert again.id != parked.id
    assert again.account_id == parked.account_id
    db.session.expire_all()
    assert db.session.get_one(AdminTask, task.id).status is TaskStatus.DONE
    assert db.session.get_one(SyncJob, parked.id).status is JobStatus.PARKED


def test_an_open_job_is_not_run_again(app: Flask) -> None:
    job = factories.job(status=JobStatus.RUNNING)
    with pytest.raises(NotPossible), transaction():
        jobs.run_again(job, requested_by=None, actor=ACTOR)


def test_a_periodic_slot_is_filled_once(app: Flask) -> None:
    filled = []
    for _ in range(2):
        with transaction():
            filled.append(jobs.request_slot(JobKind.VERIFY_AUDIT, slot="verify_audit:86400:1"))
    assert filled == [True, False]


def test_a_slot_waits_while_the_former_job_is_open(app: Flask) -> None:
    with transaction():
        jobs.request_slot(JobKind.VERIFY_AUDIT, slot="verify_audit:86400:1")
    with transaction():
        assert not jobs.request_slot(JobKind.VERIFY_AUDIT, slot="verify_audit:86400:2")


@pytest.mark.parametrize(
    ("choice", "found"),
    [
        ({}, 3),
        ({"status": JobStatus.FAILED}, 1),
        ({"kind": JobKind.VERIFY_AUDIT}, 1),
        ({"search": "rthsi"}, 1),
        ({"search": "100%"}, 0),
    ],
)
def test_the_list_is_narrowed_by_state_kind_and_organization(app: Flask, choice: dict[str, Any], found: int) -> None:
    factories.job(account=factories.connector(of=factories.organization(name="Northside Heating")), status=JobStatus.FAILED, open_key=None)
    factories.job()
    with transaction():
        jobs.request_slot(JobKind.VERIFY_AUDIT, slot="verify_audit:86400:1")
    page = jobs.list_jobs(**{"status": None, "kind": None, "search": "", "page": 1, **choice})
    assert page.total == found
