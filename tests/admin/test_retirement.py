"""Retiring a connector: confirmed by its name, once, and for good."""

import pytest

from app.audit import Actor, ActorKind
from app.clock import utc_now
from app.extensions import db
from app.models import ConnectorState, ProviderAccount, TaskStatus
from app.services import cards, retirement, settling, tasks
from app.services.errors import NotPossible
from app.unit_of_work import transaction
from tests.support import factories
from tests.support.client import PageClient

ACTOR = Actor(ActorKind.COMMAND, "test")


def address_of(account: ProviderAccount) -> str:
    return f"/admin/connectors/{account.public_id}/retire"


def state_of(account_id: int) -> ConnectorState:
    return db.session.get_one(ProviderAccount, account_id, populate_existing=True).state


def test_a_connector_is_retired_and_its_clients_are_told(as_admin: PageClient) -> None:
    account = factories.connector(source_label="Old terminal")
    account_id, organization_id = account.id, account.organization_id
    response = as_admin.post(address_of(account), data={"confirmation": "Old terminal"})
    assert response.status_code == 303
    assert state_of(account_id) is ConnectorState.RETIRED
    (card,) = cards.home_of(organization_id, now=utc_now()).cards
    assert card.turn.state is ConnectorState.RETIRED
    assert "no longer read" in card.turn.sentence
    assert "retired already" in as_admin.page(address_of(db.session.get_one(ProviderAccount, account_id))).get_text()


@pytest.mark.parametrize("typed", ["", "old terminal", "Old terminal 2", "x" * 100_000, "Old\nterminal"])
def test_another_word_retires_nothing(as_admin: PageClient, typed: str) -> None:
    account = factories.connector(source_label="Old terminal")
    account_id = account.id
    response = as_admin.post(address_of(account), data={"confirmation": typed})
    assert response.status_code == 422
    assert state_of(account_id) is ConnectorState.PREPARING


def test_support_cannot_retire(as_support: PageClient) -> None:
    account = factories.connector(source_label="Old terminal")
    account_id = account.id
    assert as_support.post(address_of(account), data={"confirmation": "Old terminal"}).status_code == 403
    assert state_of(account_id) is ConnectorState.PREPARING


@pytest.mark.usefixtures("app")
def test_twice_is_refused() -> None:
    account = factories.connector(source_label="Old terminal")
    with transaction():
        retirement.retire(account, confirmation="Old terminal", actor=ACTOR)
    with pytest.raises(NotPossible, match="retired already"), transaction():
        retirement.retire(account, confirmation="Old terminal", actor=ACTOR)


@pytest.mark.usefixtures("app")
def test_tasks_about_fallen_ticks_are_closed() -> None:
    account = factories.connector(source_label="Old terminal")
    with transaction():
        row = tasks.open_task(
            key="tick:x:owner",
            kind=settling.TASK_KIND,
            title="It does not stand any more",
            detail="",
            organization=account.organization,
            account=account,
            owner=None,
            due_on=tasks.today(account.organization),
            actor=ACTOR,
        )
    task_id = row.public_id
    with transaction():
        retirement.retire(account, confirmation="Old terminal", actor=ACTOR)
    assert tasks.get_task(task_id).status is TaskStatus.DONE
