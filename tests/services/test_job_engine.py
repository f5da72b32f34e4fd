"""Claiming, keeping and ending a job, without worker processes."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from app.clock import utc_now
from app.config import Settings
from app.extensions import db
from app.models import AdminTask, AuditEvent, JobStatus, SyncJob, TaskStatus
from app.queue import QueueClass
from app.services import job_engine, job_sweep
from app.services.installation import settings
from app.services.job_engine import Claim, LeaseLostError
from app.services.jobs import parked_task_key
from app.unit_of_work import transaction
from tests.support import factories


def claim_next(queue: QueueClass = QueueClass.INTERACTIVE) -> Claim | None:
    with transaction():
        due = job_engine.find_due(queue)
        return None if due is None else job_engine.claim(due, queue=queue)


def claim_of_new_job(**changes: object) -> tuple[SyncJob, Claim]:
    job = factories.job(**changes)
    claim = claim_next()
    assert claim is not None
    db.session.refresh(job)
    return job, claim


def fresh(job: SyncJob) -> SyncJob:
    db.session.rollback()
    db.session.refresh(job)
    return job


def test_a_claim_runs_the_job_under_a_lease_and_names_the_connection(app: Flask) -> None:
    job, claim = claim_of_new_job()
    assert job.status is JobStatus.RUNNING
    assert job.lease_token == claim.token
    assert job.attempts == 1
    assert job.leased_until is not None
    assert job.leased_until > utc_now()
    assert job.connection_id is not None


def test_nothing_is_claimed_twice_or_before_it_is_due(app: Flask) -> None:
    factories.job(due_at=utc_now() + timedelta(minutes=1))
    assert claim_next() is None
    factories.job()
    assert claim_next() is not None
    assert claim_next() is None


def test_the_oldest_due_job_comes_first(app: Flask) -> None:
    late = factories.job(due_at=utc_now() - timedelta(seconds=5))
    early = factories.job(due_at=utc_now() - timedelta(seconds=50))
    claims = [claim_next(), claim_next()]
    assert [claim.job_id for claim in claims if claim] == [early.id, late.id]


def test_an_organization_at_its_cap_lets_others_pass(app: Flask) -> None:
    crowded = factories.organization()
    for _ in range(settings().job_cap_per_organization + 1):
        factories.job(account=factories.connector(of=crowded), due_at=utc_now() - timedelta(minutes=1))
    other = factories.job()
    for _ in range(settings().job_cap_per_organization):
        claim = claim_next()
        assert claim is not None
        assert claim.organization_id == crowded.id
    last = claim_next()
    assert last is not None
    assert last.job_id == other.id
    assert claim_next() is None


def test_the_cap_counts_each_queue_by_itself(app: Flask) -> None:
    crowded = factories.organization()
    for _ in range(settings().job_cap_per_organization):
        factories.job(account=factories.connector(of=crowded), status=JobStatus.RUNNING, queue=QueueClass.IMPORT.value)
    factories.job(account=factories.connector(of=crowded))
    assert claim_next() is not None


def test_whoever_lost_the_lease_can_write_nothing(app: Flask) -> None:
    job, stale = claim_of_new_job()
    with transaction():
        db.session.execute(sa.update(SyncJob).values(lease_token="somebody-else"))
    for write in (
        lambda: job_engine.progress(stale, done=1, expected=2, note=""),
        lambda: job_engine.succeed(stale, sentence="", counts={}),
        lambda: job_engine.fail(stale, sentence=""),
        lambda: job_engine.put_back(stale, sentence=""),
        lambda: job_engine.hand_back(stale),
        lambda: job_engine.renew(stale, db.session()),
    ):
        with pytest.raises(LeaseLostError), transaction():
            write()
    assert fresh(job).status is JobStatus.RUNNING


def test_a_job_that_can_be_retried_waits_twice_as_long_each_time_and_is_parked_with_a_task(app: Flask) -> None:
    owner = factories.staff()
    job = factories.job(account=factories.connector(owner_id=owner.id))
    waits = []
    for _ in range(settings().job_max_attempts - 1):
        claim = claim_next()
        assert claim is not None
        with transaction():
            job_engine.put_back(claim, sentence="The provider was busy.")
        assert fresh(job).status is JobStatus.RETRYING
        waits.append(round((job.due_at - utc_now()).total_seconds()))
        with transaction():
            job.due_at = utc_now() - timedelta(seconds=1)
    first = settings().job_backoff_seconds
    assert waits == [first * 2**number for number in range(len(waits))]
    claim = claim_next()
    assert claim is not None
    with transaction():
        job_engine.put_back(claim, sentence="The provider was busy.")
    assert fresh(job).status is JobStatus.PARKED
    assert job.error_note == "The provider was busy."
    assert job.open_key is None
    task = db.session.scalars(sa.select(AdminTask).where(AdminTask.open_key == parked_task_key(job))).one()
    assert task.owner_id == owner.id
    assert task.account_id == job.account_id


def test_a_success_closes_the_task_of_the_same_work_that_was_parked(app: Flask) -> None:
    account = factories.connector()
    parked = factories.job(account=account, status=JobStatus.PARKED, open_key=None)
    task = factories.task(open_key=parked_task_key(parked))
    _, claim = claim_of_new_job(account=account)
    with transaction():
        job_engine.succeed(claim, sentence="Done.", counts={"passed": 4})
    db.session.expire_all()
    assert db.session.get_one(AdminTask, task.id).status is TaskStatus.DONE


def test_a_job_that_is_handed_back_has_lost_no_attempt(app: Flask) -> None:
    job, claim = claim_of_new_job()
    with transaction():
        job_engine.hand_back(claim)
    assert fresh(job).status is JobStatus.QUEUED
    assert job.attempts == 0
    assert job.lease_token is None


def test_effect_status_and_audit_stand_or_fall_together(app: Flask) -> None:
    job, claim = claim_of_new_job()

    def end_and_break() -> None:
        with transaction():
            job_engine.succeed(claim, sentence="Done.", counts={})
            raise RuntimeError("the effect could not be written")

    with pytest.raises(RuntimeError):
        end_and_break()
    assert fresh(job).status is JobStatus.RUNNING
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AuditEvent)) == 0


@pytest.fixture
def zombie(app: Flask) -> Iterator[sa.Connection]:
    """A connection of the same account that no process looks after any more."""
    engine = sa.create_engine(app_settings(app).database_url.get_secret_value())
    left = engine.connect()
    yield left
    left.invalidate()
    engine.dispose()


def number_of(connection: sa.Connection) -> int:
    return int(connection.execute(sa.text("SELECT CONNECTION_ID()")).scalar_one())


def lapse(job: SyncJob) -> None:
    with transaction():
        job.leased_until = utc_now() - timedelta(seconds=1)


def test_a_job_whose_lease_ran_out_is_put_back_with_a_sentence_once_its_workers_connection_is_ended(zombie: sa.Connection) -> None:
    job, _ = claim_of_new_job()
    lapse(job)
    with transaction():
        job.connection_id = number_of(zombie)
    with transaction():
        (lapsed,) = job_sweep.lapsed_jobs()
    with transaction():
        assert job_sweep.recover(lapsed)
    assert fresh(job).status is JobStatus.RETRYING
    assert job.error_note == job_sweep.DIED
    with pytest.raises(sa.exc.OperationalError):
        zombie.execute(sa.text("SELECT 1"))


def test_a_worker_that_was_only_slow_keeps_its_job(app: Flask) -> None:
    job, claim = claim_of_new_job()
    lapse(job)
    with transaction():
        (lapsed,) = job_sweep.lapsed_jobs()
    with transaction():
        job_engine.renew(claim, db.session())
    with transaction():
        assert not job_sweep.recover(lapsed)
    assert fresh(job).status is JobStatus.RUNNING


def test_the_sweep_ends_the_connection_that_a_dead_worker_left(zombie: sa.Connection) -> None:
    number = number_of(zombie)
    with transaction():
        assert job_sweep.end_connection(number, since=utc_now())
    with pytest.raises(sa.exc.OperationalError):
        zombie.execute(sa.text("SELECT 1"))


def test_a_number_from_before_a_restart_of_the_server_belongs_to_somebody_else(app: Flask) -> None:
    engine = sa.create_engine(app_settings(app).database_url.get_secret_value())
    try:
        with engine.connect() as innocent:
            number = innocent.scalar(sa.text("SELECT CONNECTION_ID()"))
            with transaction():
                assert job_sweep.end_connection(number, since=utc_now() - timedelta(days=1))
            assert innocent.scalar(sa.text("SELECT 1")) == 1
    finally:
        engine.dispose()


def test_queues_with_forgotten_work_are_named(app: Flask) -> None:
    factories.job(due_at=utc_now() - timedelta(minutes=1))
    factories.job(queue=QueueClass.WATCH.value)
    assert job_sweep.forgotten_queues() == [QueueClass.INTERACTIVE]


def app_settings(app: Flask) -> Settings:
    found: Settings = app.extensions["fivegate.settings"]
    return found
