"""Questions of clients: asked, followed into a task, answered."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, current_app

from app.audit import Actor, ActorKind
from app.extensions import db
from app.jobs import entry, scheduler
from app.models import AdminTask, AuditEvent, ClientQuestion, ProviderAccount, TaskStatus, User
from app.queue import QueueClass
from app.services import people, questions, tasks
from app.services.errors import InvalidField, NotPossible
from app.unit_of_work import transaction
from tests.support import clients, factories

STAFF = Actor(ActorKind.COMMAND, "test")


@pytest.fixture
def owner(app: Flask) -> User:
    return factories.staff(with_password=False, name="Olga Owner")


@pytest.fixture
def account(owner: User) -> ProviderAccount:
    return clients.shown_connector(owner_id=owner.id, source_label="Field service")


@pytest.fixture
def asker(account: ProviderAccount) -> User:
    return factories.member(of=account.organization, with_password=False, name="Vera Viewer")


def ask(account: ProviderAccount, by: User, text: str = "Why did it fall?", metric_key: str = "booked_calls") -> ClientQuestion:
    with transaction():
        return questions.ask(account, metric_key, text, by_user_id=by.id, actor=Actor(ActorKind.CLIENT, by.public_id))


def answer(question_id: int, text: str = "A storm.", *, by: User) -> None:
    with transaction():
        row = db.session.get_one(ClientQuestion, question_id)
        questions.answer(row, text, by=people.get_person(by.public_id), actor=Actor(ActorKind.STAFF, by.public_id))


def work() -> None:
    db.session.rollback()
    with current_app.app_context():
        entry.drain(QueueClass.INTERACTIVE.value)
    db.session.expire_all()


def its_task() -> AdminTask:
    return db.session.scalars(sa.select(AdminTask).where(AdminTask.kind == questions.TASK_KIND)).one()


def test_a_question_becomes_a_task_of_the_owner_once(account: ProviderAccount, asker: User, owner: User) -> None:
    row = ask(account, asker)
    assert questions.has_due()
    work()
    work()
    task = its_task()
    assert (task.owner_id, task.open_key) == (owner.id, f"question:{row.public_id}")
    assert task.title == "A client asks about Booked calls"
    assert task.detail == "Vera Viewer asks: Why did it fall?"
    assert questions.question_id_of(task) == row.public_id
    assert not questions.has_due()


def test_a_task_by_hand_is_about_no_question(app: Flask) -> None:
    assert questions.question_id_of(factories.task(open_key="by-hand:question:1")) == ""


def test_killed_between_question_and_task_it_is_done_again(account: ProviderAccount, asker: User, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(account, asker)
    whole = tasks.open_task

    def killed(**named: Any) -> AdminTask:
        whole(**named)
        raise KeyboardInterrupt

    monkeypatch.setattr(tasks, "open_task", killed)
    with pytest.raises(KeyboardInterrupt):
        questions.follow_due()
    db.session.rollback()
    assert questions.has_due()
    monkeypatch.setattr(tasks, "open_task", whole)
    work()
    assert its_task().status is TaskStatus.OPEN


def test_what_breaks_holds_up_nobody(account: ProviderAccount, asker: User, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = ask(account, asker, "First?"), ask(account, asker, "Second?")
    ids, whole = (first.public_id, second.public_id), tasks.open_task

    def broken(**named: Any) -> AdminTask:
        if named["key"].endswith(ids[0]):
            raise ValueError("broken")
        return whole(**named)

    monkeypatch.setattr(tasks, "open_task", broken)
    work()
    assert its_task().open_key == f"question:{ids[1]}"
    assert questions.has_due()


def test_answering_closes_the_task(account: ProviderAccount, asker: User, owner: User) -> None:
    question_id = ask(account, asker).id
    work()
    answer(question_id, by=owner)
    assert its_task().status is TaskStatus.DONE
    [row] = questions.answered(account)
    assert (row.answer, row.answered_by_id) == ("A storm.", owner.id)
    assert questions.open_questions(account.organization_id, account.public_id, "booked_calls") == []
    event = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "question.answered")).one()
    assert (event.target_type, event.target_id) == ("client_questions", row.public_id)
    assert "storm" not in event.changes
    with pytest.raises(NotPossible, match="answered this question already"):
        answer(question_id, "Another answer", by=owner)


def test_one_that_was_answered_before_its_task_gets_none(account: ProviderAccount, asker: User, owner: User) -> None:
    question_id = ask(account, asker).id
    answer(question_id, by=owner)
    work()
    assert db.session.scalars(sa.select(AdminTask)).all() == []
    assert not questions.has_due()


def test_open_ones_are_those_of_the_card_and_the_organization(account: ProviderAccount, asker: User) -> None:
    row = ask(account, asker)
    ask(account, asker, metric_key="")
    ask(clients.shown_connector(), asker)
    found = questions.open_questions(account.organization_id, account.public_id, "booked_calls")
    assert [each.public_id for each in found] == [row.public_id]
    assert questions.open_questions(factories.organization().id, account.public_id, "booked_calls") == []


def test_bad_questions_and_answers(account: ProviderAccount, asker: User, owner: User) -> None:
    for text, message in (("  ", "Write what"), ("x" * 1001, "at most 1,000")):
        with pytest.raises(InvalidField, match=message):
            ask(account, asker, text)
    question_id = ask(account, asker, "x" * 1000).id
    work()
    assert len(its_task().detail) < 1000
    for text, message in ((" ", "Write the answer"), ("x" * 1001, "at most 1,000")):
        with pytest.raises(InvalidField, match=message):
            answer(question_id, text, by=owner)


def test_there_is_an_end_to_open_ones(account: ProviderAccount, asker: User, owner: User) -> None:
    rows = [clients.question(account, asker, f"Question {number}?") for number in range(questions.MOST_OPEN)]
    with pytest.raises(InvalidField, match="20 questions of your company wait"):
        ask(account, asker)
    answer(rows[0].id, by=owner)
    ask(account, asker)


def test_the_scheduler_nudges_for_what_waits(account: ProviderAccount, asker: User, monkeypatch: pytest.MonkeyPatch) -> None:
    nudged: list[QueueClass] = []
    note: Callable[..., bool] = lambda queue, **_: not nudged.append(queue)  # noqa: E731
    monkeypatch.setattr(scheduler, "nudge", note)
    clients.question(account, asker)
    scheduler.sweep()
    assert nudged == [QueueClass.INTERACTIVE]
