"""Granting and withdrawing: what is written, what a worker makes of it, and what counts before."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, current_app

from app.audit import Actor, ActorKind
from app.clock import utc_now
from app.extensions import db
from app.jobs import entry, scheduler
from app.models import (
    AdminTask,
    AuditEvent,
    Authorization,
    BatchKind,
    BatchStatus,
    ClientAct,
    ClientActKind,
    ConnectorState,
    ImportBatch,
    JobStatus,
    MemberRole,
    ProviderAccount,
    TaskStatus,
    User,
)
from app.queue import QueueClass
from app.services import agreements, client_acts, client_consent, configurations, import_rights, people, stands, tasks
from app.services.errors import InvalidField, NotPossible, StaleVersion
from app.unit_of_work import transaction
from tests.support import clients, factories

pytestmark = pytest.mark.usefixtures("app")


@pytest.fixture
def account(app: Flask) -> ProviderAccount:
    return clients.shown_connector(owner_id=factories.staff(with_password=False).id)


@pytest.fixture
def client_admin(account: ProviderAccount) -> User:
    return factories.member(MemberRole.ADMIN, of=account.organization, with_password=False, name="Ana Client")


def actor_of(person: User) -> Actor:
    return Actor(ActorKind.CLIENT, person.public_id)


def grant(account: ProviderAccount, by: User, **changes: Any) -> ClientAct:
    with transaction():
        return client_acts.grant(
            account, **{"reads": ["jobs", "calls"], "writes": [], "by_user_id": by.id, "actor": actor_of(by), **changes}
        )


def withdraw(account: ProviderAccount, by: User, **changes: Any) -> ClientAct:
    with transaction():
        return client_acts.withdraw(account, **{"note": "We changed agencies", "by_user_id": by.id, "actor": actor_of(by), **changes})


def work() -> None:
    """As a work-horse does: with a session of its own."""
    db.session.rollback()
    with current_app.app_context():
        entry.drain(QueueClass.INTERACTIVE.value)
    db.session.expire_all()


def record_by_hand(account: ProviderAccount) -> None:
    staff = factories.staff(with_password=False)
    with transaction():
        agreements.record_consent(
            account,
            reads=["calls", "jobs"],
            writes=[],
            given_by="Their owner",
            given_on=tasks.today(account.organization),
            proof="A mail",
            by=people.get_person(staff.public_id),
            actor=Actor(ActorKind.STAFF, staff.public_id),
        )


def actions() -> list[str]:
    return list(db.session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)))


def check_of(account: ProviderAccount) -> str:
    found = stands.of(account, configurations.draft_of(account)).checks["customer-authorized"].newest
    assert found is not None
    return found.result


def test_a_grant_becomes_the_consent_that_counts(account: ProviderAccount, client_admin: User) -> None:
    record_by_hand(account)
    act = grant(account, client_admin)
    assert (act.reads, act.writes, act.followed_at) == ("calls,jobs", "", None)
    assert client_acts.has_due()
    work()
    row = agreements.consent_of(account)
    assert row is not None
    assert (row.by_portal, row.reads, row.given_by, row.recorded_by_id) == (True, "calls,jobs", "Ana Client", None)
    assert check_of(account) == "passed"
    assert len(db.session.scalars(sa.select(Authorization)).all()) == 2
    event = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "consent.recorded").order_by(AuditEvent.id.desc())).first()
    assert event is not None
    assert (event.actor_kind, event.actor_id) == ("client", client_admin.public_id)
    assert not client_acts.has_due()


def test_a_withdrawal_counts_before_any_worker(account: ProviderAccount, client_admin: User) -> None:
    record_by_hand(account)
    assert import_rights.why_not_allowed(account, BatchKind.PRODUCTION) == ""
    withdraw(account, client_admin)
    assert client_acts.pending_withdrawal(account) is not None
    assert import_rights.why_not_allowed(account, BatchKind.TEST) == import_rights.WITHDRAWN_IN_PORTAL
    work()
    assert client_acts.pending_withdrawal(account) is None
    assert import_rights.why_not_allowed(account, BatchKind.TEST) == import_rights.WITHDRAWN_IN_PORTAL
    assert check_of(account) == "failed"
    row = agreements.consent_of(account)
    assert row is not None
    assert (row.withdrawn_on, row.withdrawn_note) == (tasks.today(account.organization), "We changed agencies")


def test_a_grant_counts_over_a_withdrawal_that_is_stored(account: ProviderAccount, client_admin: User) -> None:
    withdraw(account, client_admin)
    work()
    grant(account, client_admin)
    assert import_rights.why_not_allowed(account, BatchKind.TEST) == ""
    work()
    assert import_rights.why_not_allowed(account, BatchKind.TEST) == ""
    assert check_of(account) == "passed"


def test_a_withdrawal_where_nothing_was_agreed_is_kept(account: ProviderAccount, client_admin: User) -> None:
    withdraw(account, client_admin)
    work()
    row = agreements.consent_of(account)
    assert row is not None
    assert row.withdrawn_on is not None
    assert check_of(account) == "failed"


def test_staff_cannot_write_over_a_clients_no(account: ProviderAccount, client_admin: User) -> None:
    withdraw(account, client_admin)
    with pytest.raises(NotPossible, match="only a client admin can grant it again"):
        record_by_hand(account)
    grant(account, client_admin)
    record_by_hand(account)


def test_a_no_that_staff_heard_after_the_grant_wins(account: ProviderAccount, client_admin: User) -> None:
    record_by_hand(account)
    clients.act(account, client_admin, made_at=utc_now() - timedelta(hours=1))
    with transaction():
        agreements.withdraw_consent(account, note="By phone", actor=Actor(ActorKind.COMMAND, "test"))
    work()
    row = agreements.consent_of(account)
    assert row is not None
    assert row.withdrawn_note == "By phone"
    assert not client_acts.has_due()


def test_a_withdrawal_cancels_imports_that_wait(account: ProviderAccount, client_admin: User) -> None:
    record_by_hand(account)
    job = factories.job(
        account=account, kind="import_batch", queue="import", data_type="calls", open_key=f"{account.public_id}:import_batch:calls"
    )
    batch = factories.import_batch(account=account, job=job, status=BatchStatus.STAGED)
    other = factories.job(account=factories.connector(of=account.organization), kind="import_batch", queue="import", open_key="x")
    running = factories.job(account=account, kind="import_batch", queue="import", status=JobStatus.RUNNING, open_key="y")
    ids = job.id, other.id, running.id, batch.id
    withdraw(account, client_admin)
    work()
    statuses = [db.session.get_one(type(job), each).status for each in ids[:3]]
    assert statuses == [JobStatus.CANCELED, JobStatus.QUEUED, JobStatus.RUNNING]
    assert db.session.get_one(ImportBatch, ids[3]).status is BatchStatus.FAILED


def test_killed_between_the_act_and_its_consequence_it_is_done_again_once(
    account: ProviderAccount, client_admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant(account, client_admin)
    whole = client_consent.take_grant

    def killed(*args: Any, **named: Any) -> str:
        whole(*args, **named)
        raise KeyboardInterrupt  # as a signal that ends the process

    monkeypatch.setattr(client_consent, "take_grant", killed)
    with pytest.raises(KeyboardInterrupt):
        client_acts.follow_due()
    db.session.rollback()
    assert agreements.consent_of(account) is None
    assert client_acts.has_due()
    monkeypatch.setattr(client_consent, "take_grant", whole)
    work()
    work()
    assert len(db.session.scalars(sa.select(Authorization)).all()) == 1
    assert actions().count("consent.recorded") == 1


def test_two_workers_follow_an_act_once(account: ProviderAccount, client_admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    grant(account, client_admin)
    db.session.rollback()
    app, is_at_it, may_go_on = current_app._get_current_object(), threading.Event(), threading.Event()  # type: ignore[attr-defined]
    takes, begins = client_consent.take_grant, client_acts._follow_oldest
    began: list[str] = []

    def slowly(*args: Any, **named: Any) -> str:
        is_at_it.set()
        assert may_go_on.wait(30)
        return takes(*args, **named)

    def told(account_id: int) -> int:
        began.append(threading.current_thread().name)
        if len(began) == 2:
            may_go_on.set()
        return begins(account_id)

    def follow(_number: int) -> int:
        with app.app_context():
            return client_acts.follow_due()

    monkeypatch.setattr(client_consent, "take_grant", slowly)
    monkeypatch.setattr(client_acts, "_follow_oldest", told)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(follow, 1)
        assert is_at_it.wait(30)
        second = pool.submit(follow, 2)
        assert first.result(60) + second.result(60) == 1
    assert len(set(began)) == 2
    db.session.rollback()
    assert len(db.session.scalars(sa.select(Authorization)).all()) == 1


def test_what_breaks_is_told_and_holds_up_nobody(account: ProviderAccount, client_admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    other = clients.shown_connector(of=account.organization)
    whole = client_consent.take_grant

    def broken(broken_one: ProviderAccount, **named: Any) -> str:
        if broken_one.id == account_id:
            raise ValueError("broken")
        return whole(broken_one, **named)

    account_id, other_id = account.id, other.id
    grant(account, client_admin)
    grant(other, client_admin)
    monkeypatch.setattr(client_consent, "take_grant", broken)
    work()
    assert agreements.consent_of(db.session.get_one(ProviderAccount, other_id)) is not None
    task = db.session.scalars(sa.select(AdminTask).where(AdminTask.kind == "client-act")).one()
    assert task.status is TaskStatus.OPEN
    monkeypatch.setattr(client_consent, "take_grant", whole)
    work()
    db.session.refresh(task)
    assert task.status is TaskStatus.DONE


def test_acts_are_followed_in_their_order(account: ProviderAccount, client_admin: User) -> None:
    grant(account, client_admin)
    withdraw(account, client_admin)
    grant(account, client_admin, reads=["calls"])
    work()
    row = agreements.consent_of(account)
    assert row is not None
    assert (row.reads, row.withdrawn_on) == ("calls", None)
    assert [each.kind for each in client_acts.all_of(account)] == [ClientActKind.GRANT, ClientActKind.WITHDRAW, ClientActKind.GRANT]


def test_a_second_press_writes_one_act(account: ProviderAccount, client_admin: User) -> None:
    first = grant(account, client_admin, seen="")
    assert grant(account, client_admin, seen="").public_id == first.public_id
    again = grant(account, client_admin, seen=first.public_id)
    assert again.public_id != first.public_id  # who saw the first one means it anew


def test_somebody_elses_act_in_between_is_said(account: ProviderAccount, client_admin: User) -> None:
    other = factories.member(MemberRole.ADMIN, of=account.organization, with_password=False, name="Bea Client")
    withdraw(account, other)
    with pytest.raises(StaleVersion) as stale:
        grant(account, client_admin, seen="")
    assert stale.value.changes == {"Access withdrawn": "Bea Client"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [({"reads": []}, "at least one"), ({"reads": ["nonsense"]}, "from the list"), ({"writes": ["nonsense"]}, "from the list")],
)
def test_bad_grants_are_refused(account: ProviderAccount, client_admin: User, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidField, match=message):
        grant(account, client_admin, **changes)
    assert not client_acts.has_due()


def test_a_retired_source_takes_a_no_and_no_grant(account: ProviderAccount, client_admin: User) -> None:
    account.state = ConnectorState.RETIRED
    factories._save(account)
    with pytest.raises(NotPossible, match="retired"):
        grant(account, client_admin)
    withdraw(account, client_admin)


def test_the_trail_tells_ids_and_no_words(account: ProviderAccount, client_admin: User) -> None:
    withdraw(account, client_admin)
    event = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "access.withdrawn")).one()
    assert "agencies" not in event.changes
    assert account.public_id in event.changes
    assert event.target_type == "client_acts"


def test_the_scheduler_nudges_for_what_waits(account: ProviderAccount, client_admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    nudged: list[QueueClass] = []
    note: Callable[..., bool] = lambda queue, **_: not nudged.append(queue)  # noqa: E731
    monkeypatch.setattr(scheduler, "nudge", note)
    scheduler.sweep()
    assert nudged == []
    clients.act(account, client_admin)
    scheduler.sweep()
    assert nudged == [QueueClass.INTERACTIVE]
