"""The two kinds of work on the installation, carried out in this process."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask, current_app

from app import audit
from app.audit import Actor, ActorKind, Target
from app.clock import utc_now
from app.extensions import db
from app.jobs import entry
from app.jobs.handle import StoppingError
from app.models import REALMS, AdminTask, AuditEvent, ClientSession, JobStatus, LinkPurpose, StaffLinkToken, StaffSession, SyncJob
from app.queue import JobKind
from app.services import jobs, sign_in_remains
from app.unit_of_work import transaction
from tests.support import factories
from tests.support.databases import Accounts

ACTOR = Actor(ActorKind.COMMAND, "test")


def carried_out(kind: JobKind) -> SyncJob:
    with transaction():
        job, _ = jobs.request_job(kind, account=None, requested_by=None, actor=ACTOR)
    job_id = job.id
    with current_app.app_context():
        entry.drain(kind.queue.value)
    db.session.expire_all()
    return db.session.get_one(SyncJob, job_id, populate_existing=True)


def write_events(number: int) -> None:
    organization = factories.organization()
    with transaction():
        for _ in range(number):
            audit.record(db.session(), ACTOR, "thing.done", Target.of(organization, organization))


def test_a_sound_trail_is_said_to_be_sound(app: Flask) -> None:
    write_events(3)
    job = carried_out(JobKind.VERIFY_AUDIT)
    assert job.status is JobStatus.SUCCEEDED
    assert job.result_note == "The audit trail is sound: 4 events in 2 chains."
    assert job.counts == '{"bad":0,"chains":2,"events":4}'


def test_a_long_trail_is_read_in_batches(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "VERIFY_BATCH", 2)
    write_events(7)
    assert carried_out(JobKind.VERIFY_AUDIT).result_note == "The audit trail is sound: 8 events in 2 chains."


def test_an_edited_event_opens_one_task_however_often_it_is_found(app: Flask, accounts: Accounts) -> None:
    write_events(3)
    engine = sa.create_engine(accounts.admin[0])
    with engine.begin() as connection:  # the application's own account could not
        connection.execute(sa.update(AuditEvent).where(AuditEvent.seq == 2).values(action="thing.undone"))
    engine.dispose()
    for _ in range(2):
        job = carried_out(JobKind.VERIFY_AUDIT)
        assert job.status is JobStatus.SUCCEEDED
        assert job.result_note.startswith("1 of 2 chains do not verify")
    (task,) = db.session.scalars(sa.select(AdminTask)).all()
    assert "event 2 was edited" in task.detail


def leave_remains(number: int, *, days: int) -> None:
    staff, client = factories.staff(), factories.member()
    then = utc_now() - timedelta(days=days)
    with transaction():
        for each in range(number):
            for user in (staff, client):
                db.session.add(
                    REALMS[user.kind].session(user_id=user.id, token_hash=f"{user.id}-{days}-{each}", started_at=then, expires_at=then)
                )
        db.session.add(
            StaffLinkToken(
                user_id=staff.id,
                purpose=LinkPurpose.INVITATION,
                token_hash=f"{staff.id}-{days}",
                created_at=then,
                expires_at=utc_now() + timedelta(days=1),
                used_at=then,
            )
        )


def rows(model: type[StaffSession | ClientSession | StaffLinkToken]) -> int:
    return int(db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0)


def test_what_is_over_for_30_days_is_removed_and_the_rest_stays(app: Flask) -> None:
    leave_remains(3, days=31)
    leave_remains(2, days=29)
    job = carried_out(JobKind.PURGE_SIGN_INS)
    assert job.counts == '{"removed":7}'
    assert (rows(StaffSession), rows(ClientSession), rows(StaffLinkToken)) == (2, 2, 1)


def test_nothing_to_remove_is_said(app: Flask) -> None:
    assert carried_out(JobKind.PURGE_SIGN_INS).result_note == "Nothing was over for 30 days, so nothing was removed."


def test_a_purge_that_was_stopped_goes_on_and_counts_every_row_once(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    leave_remains(5, days=31)
    monkeypatch.setattr(sign_in_remains, "PIECE", 2)
    whole = sign_in_remains.remove_some
    calls: list[int] = []

    def stops_at_the_third(remains: sign_in_remains.Remains) -> int:
        calls.append(1)
        if len(calls) == 3:
            raise StoppingError
        return whole(remains)

    monkeypatch.setattr(sign_in_remains, "remove_some", stops_at_the_third)
    job = carried_out(JobKind.PURGE_SIGN_INS)
    assert job.status is JobStatus.SUCCEEDED
    assert job.counts == '{"removed":11}'
    assert rows(StaffSession) == 0
