"""The scheduler's rounds, in this process."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask, current_app

from app import nudge as nudging
from app.clock import utc_now
from app.extensions import db
from app.jobs.schedule import PERIODIC, Periodic
from app.jobs.scheduler import Scheduler
from app.models import JobStatus, ProcessLease, SyncJob
from app.nudge import redis_client, rq_queue
from app.queue import JobKind, QueueClass
from app.services import jobs
from app.unit_of_work import transaction
from tests.support import factories


def round_of(scheduler: Scheduler) -> bool:
    """As its process does: with a session of its own."""
    with current_app.app_context():
        return scheduler.round()


def kinds() -> list[str]:
    db.session.rollback()
    return sorted(db.session.scalars(sa.select(SyncJob.kind)))


def test_one_of_two_acts_until_its_lease_runs_out(app: Flask) -> None:
    first, second = Scheduler("first"), Scheduler("second")
    assert round_of(first)
    assert not round_of(second)
    assert round_of(first)
    with transaction():
        db.session.execute(sa.update(ProcessLease).values(leased_until=utc_now() - timedelta(seconds=1)))
    assert round_of(second)
    assert not round_of(first)
    assert kinds() == sorted(periodic.kind.value for periodic in PERIODIC)


def test_a_slot_belongs_to_its_interval(app: Flask) -> None:
    daily = Periodic(JobKind.VERIFY_AUDIT, timedelta(days=1))
    evening, midnight = datetime(2026, 11, 1, 23, 59, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC)
    assert daily.slot(evening) != daily.slot(midnight)
    assert daily.slot(midnight) == daily.slot(midnight + timedelta(hours=23))


def test_a_slot_waits_for_the_job_of_the_former_one(app: Flask) -> None:
    yearly = (Periodic(JobKind.VERIFY_AUDIT, timedelta(days=365)),)
    scheduler = Scheduler("only", periodic=yearly)
    open_key = jobs.open_key_of(JobKind.VERIFY_AUDIT, account=None)
    former = factories.job(kind=JobKind.VERIFY_AUDIT.value, account=None, open_key=open_key)
    round_of(scheduler)
    assert len(kinds()) == 1
    former = db.session.get_one(SyncJob, former.id)
    former.status, former.open_key = JobStatus.SUCCEEDED, None
    factories._save(former)
    round_of(scheduler)
    assert len(kinds()) == 2


def test_a_slot_that_has_its_job_is_not_asked_for_again(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    request = jobs.request_slot

    def counted(kind: JobKind, *, slot: str) -> bool:
        asked.append(slot)
        return request(kind, slot=slot)

    monkeypatch.setattr(jobs, "request_slot", counted)
    yearly = (Periodic(JobKind.VERIFY_AUDIT, timedelta(days=365)),)
    first, restarted = Scheduler("only", periodic=yearly), Scheduler("only", periodic=yearly)
    for scheduler in (first, first, restarted, restarted):
        round_of(scheduler)
    assert len(asked) == 2
    assert len(kinds()) == 1


def test_a_lost_nudge_is_sent_again(app: Flask) -> None:
    factories.job(due_at=utc_now() - timedelta(minutes=1))
    scheduler = Scheduler("only", periodic=())
    round_of(scheduler)
    assert rq_queue(QueueClass.INTERACTIVE, redis_client()).count == 1
    round_of(scheduler)
    assert rq_queue(QueueClass.INTERACTIVE, redis_client()).count == 1


@pytest.fixture
def valkey_away(app: Flask) -> Iterator[None]:
    before = app.extensions[nudging.EXTENSION]
    app.extensions[nudging.EXTENSION] = nudging.connect("unix:///nonexistent/valkey.sock")
    yield
    app.extensions[nudging.EXTENSION] = before


def test_valkey_being_away_ends_no_round(app: Flask, valkey_away: None) -> None:
    lapsed = factories.job(
        status=JobStatus.RUNNING, lease_token="gone", started_at=utc_now(), leased_until=utc_now() - timedelta(minutes=1)
    )
    assert round_of(Scheduler("only"))
    db.session.refresh(lapsed)
    assert lapsed.status is JobStatus.RETRYING


def test_the_database_being_away_ends_no_round(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    scheduler = Scheduler("only")

    def away(*_arguments: object, **_options: object) -> None:
        raise sa.exc.OperationalError("SELECT 1", {}, Exception("server has gone away"))

    with monkeypatch.context() as broken:
        broken.setattr(sa.orm.Session, "execute", away)
        broken.setattr(sa.orm.Session, "scalar", away)
        assert not round_of(scheduler)
    assert round_of(scheduler)
