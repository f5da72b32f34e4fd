"""Connectors and tasks as use cases: what the database decides when two ask at once."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from app.audit import Actor, ActorKind
from app.clock import utc_now
from app.extensions import db
from app.models import AccessMode, AccountCredential, AdminTask, AuditEvent, Organization, ProviderAccount, TaskStatus
from app.services import accounts, tasks
from app.services.errors import InvalidField, StaleVersion
from app.unit_of_work import transaction
from tests.support import factories

JOB = Actor(ActorKind.JOB, "some-job")
DUE = (utc_now() + timedelta(days=2)).date()


def at_once(app: Flask, work: Callable[[], object], number: int = 6) -> tuple[list[object], list[Exception]]:
    """Run ``work`` in threads that begin together: what they returned and raised."""
    gate, returned, raised = threading.Barrier(number), list[object](), list[Exception]()

    def run() -> None:
        with app.app_context():
            try:
                gate.wait(20)
                returned.append(work())
            except Exception as exc:
                raised.append(exc)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    db.session.rollback()
    return returned, raised


def open_one(key: str | None, *, title: str = "Look at it") -> AdminTask:
    return tasks.open_task(key=key, kind="test", title=title, detail="", organization=None, account=None, owner=None, due_on=DUE, actor=JOB)


def test_of_several_who_take_one_label_at_once_one_wins_and_the_others_are_told(app: Flask) -> None:
    organization_id = factories.organization().id

    def create() -> None:
        with transaction():
            accounts.create_connector(
                organization=db.session.get_one(Organization, organization_id),
                provider="file",
                mode=AccessMode.MANUAL,
                source_label="Exports",
                owner=None,
                actor=JOB,
            )

    returned, raised = at_once(app, create)
    assert len(returned) == 1
    assert {type(exc) for exc in raised} == {InvalidField}
    assert len(db.session.scalars(sa.select(ProviderAccount)).all()) == 1
    assert db.session.scalars(sa.select(AuditEvent.action)).all() == ["connector.created"]


def test_of_several_who_edit_the_version_they_saw_one_wins_and_the_others_are_told(app: Flask) -> None:
    public_id = factories.connector().public_id

    def edit() -> None:
        with transaction():
            accounts.edit_connector(
                accounts.get_connector(public_id),
                seen_version=1,
                mode=AccessMode.MANUAL,
                source_label=f"Label of {threading.get_ident()}",
                owner=None,
                currency="USD",
                actor=JOB,
            )

    returned, raised = at_once(app, edit)
    assert len(returned) == 1
    assert {type(exc) for exc in raised} == {StaleVersion}
    assert db.session.scalars(sa.select(ProviderAccount.version)).one() == 2


def test_several_who_set_one_secret_at_once_leave_one_row_that_opens(app: Flask) -> None:
    public_id = factories.connector().public_id

    def store() -> None:
        with transaction():
            accounts.set_credential(accounts.get_connector(public_id), name="app_key", value=f"key-{threading.get_ident()}", actor=JOB)

    _returned, raised = at_once(app, store)
    assert raised == []
    assert len(db.session.scalars(sa.select(AccountCredential)).all()) == 1
    actions = db.session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.seq)).all()
    assert actions == ["credential.set", *["credential.replaced"] * 5]


@pytest.mark.parametrize("provider", ["no-such-provider", ""])
def test_a_provider_that_nobody_knows_is_refused(app: Flask, provider: str) -> None:
    with pytest.raises(InvalidField) as caught:
        accounts.check_mode(provider, AccessMode.MANUAL)
    assert caught.value.field == "provider"


def test_one_trouble_has_one_open_task(app: Flask) -> None:
    with transaction():
        first, again = open_one("trouble"), open_one("trouble", title="Look again")
    assert again is first
    assert db.session.scalars(sa.select(AuditEvent.action)).all() == ["task.opened"]


def test_several_who_find_one_trouble_at_once_open_one_task(app: Flask) -> None:
    def find() -> str:
        with transaction():
            return open_one("trouble").public_id

    returned, raised = at_once(app, find)
    assert raised == []
    assert len(set(returned)) == 1
    assert db.session.scalars(sa.select(AuditEvent.action)).all() == ["task.opened"]


def test_a_trouble_that_comes_back_opens_a_new_task(app: Flask) -> None:
    with transaction():
        first = open_one("trouble")
        tasks.close_tasks("trouble", actor=JOB)
        second = open_one("trouble")
    assert first is not second
    assert (first.status, first.closed_by, first.open_key) == (TaskStatus.DONE, None, None)
    assert second.status is TaskStatus.OPEN


def test_closing_a_trouble_that_nobody_has_changes_nothing(app: Flask) -> None:
    with transaction():
        tasks.close_tasks("no trouble", actor=JOB)
    assert db.session.scalars(sa.select(AuditEvent)).all() == []


def test_a_task_closed_through_what_somebody_did_names_them(app: Flask) -> None:
    person = factories.staff()
    with transaction():
        task = open_one("trouble")
        tasks.close_tasks("trouble", actor=Actor(ActorKind.STAFF, person.public_id))
    assert task.closed_by == person


def test_tasks_without_a_key_are_each_their_own(app: Flask) -> None:
    with transaction():
        assert open_one(None) is not open_one(None)


def test_a_task_about_a_connector_belongs_to_its_organization(app: Flask) -> None:
    account = factories.connector()
    with transaction():
        task = tasks.open_task(
            key=None, kind="test", title="x", detail="", organization=None, account=account, owner=None, due_on=DUE, actor=JOB
        )
    assert task.organization == account.organization
