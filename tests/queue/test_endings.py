"""What each kind of ending means for a job, carried out in this process."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask, current_app

from app.connectors import registry as connectors
from app.extensions import db
from app.jobs import entry
from app.jobs import registry as handlers
from app.jobs.handle import JobHandle, Outcome, Stop
from app.models import AuditEvent, JobStatus, OutgoingMail, ProcessBeat, SyncJob
from app.queue import JobKind
from tests.support import factories
from tests.support.fake_provider import CANARY, FakeProvider


@pytest.fixture(autouse=True)
def fake_provider() -> Iterator[None]:
    before = connectors.OPENERS["manual"]
    connectors.OPENERS["manual"] = FakeProvider
    yield
    connectors.OPENERS["manual"] = before
    Stop.requested = False


def drain() -> int:
    """As a work-horse does: with a session of its own."""
    with current_app.app_context():
        return entry.drain("interactive")


def drained(label: str) -> SyncJob:
    job = factories.job(account=factories.connector(source_label=label))
    assert drain() == 1
    return again(job)


def again(job: SyncJob) -> SyncJob:
    db.session.rollback()
    db.session.refresh(job)
    return job


def events() -> list[str]:
    return list(db.session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)))


def test_a_good_end_writes_sentence_counts_and_effect(app: Flask) -> None:
    job = drained("slow:3:0")
    assert job.status is JobStatus.SUCCEEDED
    assert job.result_note == "Access works. Step 1 passed. Step 2 passed. Step 3 passed."
    assert job.counts == '{"passed":3,"warnings":0}'
    assert (job.rows_done, job.rows_expected) == (3, 3)
    assert (job.open_key, job.lease_token, job.leased_until, job.connection_id) == (None, None, None, None)
    assert events() == ["access.checked", "job.succeeded"]


def test_a_busy_provider_is_tried_again_later(app: Flask) -> None:
    job = drained("busy")
    assert job.status is JobStatus.RETRYING
    assert job.error_note == "The provider is busy."
    assert job.open_key is not None
    assert events() == []


def test_a_refusal_ends_the_job_with_its_sentence(app: Flask) -> None:
    job = drained("refused")
    assert job.status is JobStatus.FAILED
    assert job.error_note == "The provider refuses the key. Ask the customer for a new one."
    assert events() == ["job.failed"]


def test_a_programming_error_tells_the_reference_and_no_secret(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    job = drained("broken")
    assert job.status is JobStatus.FAILED
    assert job.public_id in job.error_note
    assert CANARY not in job.error_note
    assert any("job.broken" in record.getMessage() for record in caplog.records)


def test_a_mode_that_cannot_be_checked_yet_says_so(app: Flask) -> None:
    job = factories.job(account=factories.connector(mode="api"))
    drain()
    assert again(job).status is JobStatus.FAILED
    assert job.error_note.startswith("ServiceTitan cannot be reached by API from here yet.")


def test_one_failure_does_not_stop_those_behind_it(app: Flask) -> None:
    jobs = [factories.job(account=factories.connector(source_label=label)) for label in ("broken", "refused", "slow:1:0")]
    assert drain() == 3
    assert [again(job).status for job in jobs] == [JobStatus.FAILED, JobStatus.FAILED, JobStatus.SUCCEEDED]


def test_a_worker_that_is_being_stopped_gives_its_job_back(app: Flask) -> None:
    job = factories.job(account=factories.connector(source_label="slow:1:0"))

    def stopped_meanwhile(handle: JobHandle) -> Outcome:
        Stop.requested = True
        handle.progress(1, 2, "half")
        raise AssertionError("it went on")

    before = handlers.HANDLERS[JobKind.CHECK_ACCESS]
    handlers.HANDLERS[JobKind.CHECK_ACCESS] = stopped_meanwhile
    try:
        drain()
    finally:
        handlers.HANDLERS[JobKind.CHECK_ACCESS] = before
    assert again(job).status is JobStatus.QUEUED
    assert job.attempts == 0


def test_an_effect_that_cannot_be_written_leaves_nothing_behind(app: Flask) -> None:
    job = factories.job(account=factories.connector(source_label="slow:1:0"))
    wanted = factories.connector().source_label

    def half_written(_handle: JobHandle) -> Outcome:
        def effect() -> None:
            db.session.execute(sa.update(SyncJob).values(progress_note=wanted))
            raise ValueError("the second half fails")

        return Outcome("Done.", effect=effect)

    before = handlers.HANDLERS[JobKind.CHECK_ACCESS]
    handlers.HANDLERS[JobKind.CHECK_ACCESS] = half_written
    try:
        drain()
    finally:
        handlers.HANDLERS[JobKind.CHECK_ACCESS] = before
    assert again(job).status is JobStatus.FAILED
    assert job.progress_note == ""


def test_draining_shows_that_a_worker_is_there_and_takes_mails_along(app: Flask) -> None:
    factories.job(account=factories.connector(source_label="slow:1:0"))
    entry._Beat.last = -entry.BEAT_SECONDS
    drain()
    assert db.session.scalars(sa.select(ProcessBeat.role)).all() == ["worker"]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(OutgoingMail)) == 0
