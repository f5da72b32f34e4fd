"""Real workers, real schedulers, a real Valkey, and what happens when one of them dies."""

import os
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.extensions import db
from app.models import AdminTask, AuditEvent, JobStatus, ProcessBeat, ProviderAccount, SyncJob, User
from app.nudge import nudge, redis_client, rq_queue
from app.queue import JobKind, QueueClass
from app.services.jobs import parked_task_key
from tests.support import factories
from tests.support.fake_provider import times_asked
from tests.support.processes import Background, Process, eventually, is_alive

Reaches = Callable[..., SyncJob]
SLOW = "slow:8:0.15"


def check(client: FlaskClient, label: str) -> SyncJob:
    """Press the button of a new connector."""
    account = factories.connector(source_label=label)
    response = client.post(f"/admin/connectors/{account.public_id}/access-checks")
    assert response.status_code == 303
    return job_of(account)


def job_of(account: ProviderAccount) -> SyncJob:
    db.session.rollback()
    return db.session.scalars(sa.select(SyncJob).where(SyncJob.account_id == account.id)).one()


def effects(job: SyncJob) -> int:
    """How often the job's effect is there."""
    query = sa.select(sa.func.count()).select_from(AuditEvent)
    return int(db.session.scalar(query.where(AuditEvent.action == "access.checked", AuditEvent.actor_id == job.public_id)) or 0)


def horse_at_work(worker: Process, job: SyncJob, reaches: Reaches) -> int:
    reaches(job, JobStatus.RUNNING)
    eventually(lambda: job_of(job.account).rows_done > 0)  # type: ignore[arg-type]
    (horse,) = worker.horses
    return horse


def test_a_pressed_button_is_worked_on_at_once_and_shows_its_progress(
    as_admin: FlaskClient, background: Background, reaches: Reaches
) -> None:
    background.worker()
    job = check(as_admin, SLOW)
    seen = set()
    eventually(lambda: seen.add(job_of(job.account).rows_done) or job_of(job.account).status is JobStatus.SUCCEEDED)  # type: ignore[func-returns-value,arg-type]
    assert len(seen) > 3
    assert effects(job) == 1
    assert "rq" not in background.said().lower()


def test_a_message_cannot_choose_what_runs(as_admin: FlaskClient, background: Background, reaches: Reaches) -> None:
    made = background.directory / "made-by-a-message"
    rq_queue(QueueClass.WATCH, redis_client()).enqueue("os.mkdir", str(made))
    background.worker()
    reaches(check(as_admin, "slow:1:0"), JobStatus.SUCCEEDED)
    eventually(lambda: rq_queue(QueueClass.WATCH, redis_client()).count == 0)
    job = factories.job(account=factories.connector(source_label="slow:1:0"), queue=QueueClass.WATCH.value)
    nudge(QueueClass.WATCH)
    reaches(job, JobStatus.SUCCEEDED)
    assert not made.exists()


def test_a_killed_work_horse_is_replaced_and_the_effect_is_there_once(
    as_admin: FlaskClient, background: Background, reaches: Reaches
) -> None:
    worker = background.worker()
    background.scheduler()
    job = check(as_admin, SLOW)
    os.kill(horse_at_work(worker, job, reaches), signal.SIGKILL)
    job = reaches(job, JobStatus.SUCCEEDED)
    assert job.attempts == 2
    assert effects(job) == 1
    assert times_asked(background.settings.data_dir, job.account.public_id) == 2  # type: ignore[union-attr]


def test_a_killed_worker_takes_its_work_horse_along_and_another_worker_goes_on(
    as_admin: FlaskClient, background: Background, reaches: Reaches
) -> None:
    worker = background.worker()
    background.scheduler()
    job = check(as_admin, SLOW)
    horse = horse_at_work(worker, job, reaches)
    worker.kill()
    eventually(lambda: not is_alive(horse), within=5)
    background.worker()
    job = reaches(job, JobStatus.SUCCEEDED)
    assert effects(job) == 1


def test_what_a_dead_worker_left_running_in_the_database_is_ended_first(
    as_admin: FlaskClient, background: Background, reaches: Reaches
) -> None:
    worker = background.worker()
    job = check(as_admin, "statement:60")
    running = sa.text("SELECT COUNT(*) FROM information_schema.processlist WHERE id = :id AND info LIKE 'SELECT SLEEP%'")

    def is_sleeping() -> bool:
        number = job_of(job.account).connection_id  # type: ignore[arg-type]
        return bool(db.session.scalar(running, {"id": number}))

    eventually(is_sleeping)
    zombie = job_of(job.account).connection_id  # type: ignore[arg-type]
    worker.kill()
    assert is_sleeping()
    background.scheduler()
    background.worker()
    job = reaches(job, JobStatus.SUCCEEDED)
    assert effects(job) == 1
    assert not db.session.scalar(running, {"id": zombie})


def test_a_paused_worker_cannot_write_once_its_lease_is_lost(as_admin: FlaskClient, background: Background, reaches: Reaches) -> None:
    worker = background.worker()
    background.scheduler()
    job = check(as_admin, SLOW)
    horse = horse_at_work(worker, job, reaches)
    os.kill(horse, signal.SIGSTOP)
    background.worker()
    job = reaches(job, JobStatus.SUCCEEDED)
    ended_at = job.finished_at
    os.kill(horse, signal.SIGCONT)
    eventually(lambda: "job.lease_lost" in background.said())
    assert effects(job) == 1
    assert reaches(job, JobStatus.SUCCEEDED).finished_at == ended_at


def test_a_worker_that_is_told_to_stop_gives_its_job_back_and_ends(as_admin: FlaskClient, background: Background, reaches: Reaches) -> None:
    worker = background.worker()
    job = check(as_admin, "slow:100:0.1")
    horse = horse_at_work(worker, job, reaches)
    worker.send(signal.SIGTERM)
    eventually(lambda: not worker.is_alive)
    assert not is_alive(horse)
    assert "worker.stopped" in background.said()
    job = reaches(job, JobStatus.QUEUED)
    assert job.attempts == 0


def test_a_request_commits_while_valkey_is_away_and_the_job_is_done_later(
    as_admin: FlaskClient, background: Background, reaches: Reaches
) -> None:
    background.worker()
    eventually(lambda: "worker.started" in background.said())
    background.valkey.kill()
    job = check(as_admin, "slow:1:0")
    assert job.status is JobStatus.QUEUED
    background.scheduler()
    eventually(lambda: "scheduler.acting" in background.said("scheduler"))
    background.restart_valkey()
    job = reaches(job, JobStatus.SUCCEEDED)
    assert effects(job) == 1


def test_two_workers_share_the_work_and_no_job_is_done_twice(as_admin: FlaskClient, background: Background, reaches: Reaches) -> None:
    jobs = [factories.job(account=factories.connector(source_label="slow:2:0.02")) for _ in range(12)]
    background.worker()
    background.worker()
    for _ in range(4):
        nudge(QueueClass.INTERACTIVE)
    for job in jobs:
        assert effects(reaches(job, JobStatus.SUCCEEDED)) == 1
        assert times_asked(background.settings.data_dir, job.account.public_id) == 1  # type: ignore[union-attr]


def test_an_organization_never_runs_more_than_its_cap(as_admin: FlaskClient, background: Background, reaches: Reaches) -> None:
    crowded = factories.organization()
    jobs = [factories.job(account=factories.connector(of=crowded, source_label=f"slow:3:0.05#{number}")) for number in range(5)]
    for _ in range(3):
        background.worker()
        nudge(QueueClass.INTERACTIVE)
    running: list[int] = []
    by_status = sa.select(sa.func.count()).select_from(SyncJob)

    def all_done() -> bool:
        db.session.rollback()
        running.append(db.session.scalar(by_status.where(SyncJob.status == JobStatus.RUNNING)) or 0)
        return db.session.scalar(by_status.where(SyncJob.status == JobStatus.SUCCEEDED)) == len(jobs)

    eventually(all_done)
    assert max(running) <= background.settings.job_cap_per_organization


def test_a_button_pressed_twice_at_once_asks_once(app: Flask, background: Background, sign_in: Callable[[User], FlaskClient]) -> None:
    account = factories.connector(source_label="slow:1:0")
    clients = [sign_in(factories.staff()) for _ in range(4)]
    tokens = [client.form_token() for client in clients]  # type: ignore[attr-defined]
    url = f"/admin/connectors/{account.public_id}/access-checks"

    def press(number: int) -> int:
        return clients[number].post(url, data={"csrf_token": tokens[number]}, with_token=False).status_code

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(press, range(4))) == {303}
    assert job_of(account).status is JobStatus.QUEUED


def test_a_provider_that_stays_busy_ends_in_a_parked_job_with_a_task(
    as_admin: FlaskClient, background: Background, reaches: Reaches
) -> None:
    background.worker()
    background.scheduler()
    stays, gets_over_it = check(as_admin, "busy"), check(as_admin, "busy:2")
    parked = reaches(stays, JobStatus.PARKED)
    assert parked.attempts == background.settings.job_max_attempts
    assert db.session.scalars(sa.select(AdminTask).where(AdminTask.open_key == parked_task_key(parked))).one()
    done = reaches(gets_over_it, JobStatus.SUCCEEDED)
    assert done.attempts == 3
    assert effects(done) == 1


def test_of_two_schedulers_one_acts_and_the_other_takes_over(app: Flask, background: Background) -> None:
    first = background.scheduler()
    eventually(lambda: "scheduler.acting" in background.said("scheduler"))
    background.scheduler()
    eventually(lambda: background.said("scheduler").count("scheduler.started") == 2)
    periodic = sa.select(sa.func.count()).select_from(SyncJob).where(SyncJob.kind == JobKind.VERIFY_AUDIT.value)

    def found() -> int:
        db.session.rollback()
        return db.session.scalar(periodic) or 0

    eventually(lambda: found() == 1)
    first.kill()
    eventually(lambda: background.said("scheduler").count("scheduler.acting") == 2)
    assert found() == 1
    assert set(db.session.scalars(sa.select(ProcessBeat.role))) == {"scheduler"}
