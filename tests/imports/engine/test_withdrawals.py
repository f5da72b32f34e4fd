"""A client who withdraws access while a file is imported: nothing of it counts, whenever it was said before the commit point."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.audit import Actor, ActorKind
from app.clock import utc_now
from app.extensions import db
from app.homes import HOMES
from app.ids import new_public_id
from app.imports.engine import merging, states
from app.models import BatchStatus, ClientAct, ClientActKind, DataHome, JobStatus, MemberRole, ProviderAccount, User
from app.services import client_acts, import_rights
from app.unit_of_work import transaction
from tests.imports.engine.support import ask, bring, calls, file_of, invoices, picture, put_in_home, work
from tests.support import clients, factories
from tests.support.apps import another_app
from tests.support.databases import SqliteFiles, settings_for
from tests.support.valkey import Valkey


@pytest.fixture
def account(app: Flask) -> ProviderAccount:
    return factories.connector()


@pytest.fixture
def client_admin(account: ProviderAccount) -> User:
    return factories.member(MemberRole.ADMIN, of=account.organization, with_password=False)


def withdrawn_meanwhile(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, account: ProviderAccount, by: User) -> None:
    """Let somebody withdraw right before the import takes a step, over a connection of their own."""
    whole = getattr(module, name)
    values = {"public_id": new_public_id(), "account_id": account.id, "kind": ClientActKind.WITHDRAW, "made_by_id": by.id}
    values |= {"reads": "", "writes": "", "note": "", "made_at": utc_now()}

    def with_it(*args: Any, **named: Any) -> Any:
        with db.engine.begin() as connection:
            connection.execute(sa.insert(ClientAct).values(**values))
        monkeypatch.setattr(module, name, whole)
        return whole(*args, **named)

    monkeypatch.setattr(module, name, with_it)


@pytest.mark.parametrize("rows", [invoices(30), calls(30)], ids=["invoices", "calls"])
@pytest.mark.parametrize("home", list(DataHome))
def test_a_running_import_stops_before_its_rows_count(
    account: ProviderAccount, client_admin: User, home: DataHome, rows: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_home(account, "calls" if rows[0].id.startswith("c") else "invoices", home)
    first = bring(account, rows[:10])
    assert first.status is BatchStatus.COMPLETE
    before = picture(account, with_history=False)
    withdrawn_meanwhile(monkeypatch, merging, "load_rows", account, client_admin)
    batch = bring(account, rows)
    assert (batch.status, batch.job.status) == (BatchStatus.FAILED, JobStatus.FAILED)
    assert batch.error_note == import_rights.WITHDRAWN_IN_PORTAL
    assert picture(account, with_history=False) == before
    assert states.state_of(HOMES[home], batch.public_id) is None


def test_it_is_asked_again_in_the_transaction_that_lets_rows_count(
    account: ProviderAccount, client_admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_home(account, "invoices", DataHome.APP)
    withdrawn_meanwhile(monkeypatch, states, "complete", account, client_admin)
    batch = bring(account, invoices(10))
    assert batch.status is BatchStatus.FAILED
    assert not any(picture(account, with_history=False).values())


def test_one_that_waited_does_not_begin(account: ProviderAccount, client_admin: User) -> None:
    batch = ask(account, file_of(invoices(10)), data_type="invoices")
    clients.act(account, client_admin, ClientActKind.WITHDRAW)
    work()
    db.session.refresh(batch)
    assert (batch.status, batch.error_note) == (BatchStatus.FAILED, import_rights.WITHDRAWN_IN_PORTAL)


@pytest.fixture
def embedded(tmp_path: Path, valkey: Valkey, sqlite_files: SqliteFiles) -> Iterator[Flask]:
    settings = settings_for(sqlite_files.copy_to(tmp_path), data_dir=tmp_path / "data", redis_url=valkey.url)
    with another_app(settings) as app, app.app_context():
        yield app
        db.session.remove()


@pytest.mark.parametrize("home", list(DataHome))
def test_the_same_on_sqlite(embedded: Flask, home: DataHome, monkeypatch: pytest.MonkeyPatch) -> None:
    account = factories.connector()
    person = factories.member(MemberRole.ADMIN, of=account.organization, with_password=False)
    put_in_home(account, "invoices", home)
    assert bring(account, invoices(5)).status is BatchStatus.COMPLETE
    with transaction():
        client_acts.withdraw(account, by_user_id=person.id, actor=Actor(ActorKind.CLIENT, person.public_id))
    assert client_acts.follow_due() == 1
    with transaction():
        client_acts.grant(account, reads=["invoices"], writes=[], by_user_id=person.id, actor=Actor(ActorKind.CLIENT, person.public_id))
    assert bring(account, invoices(10)).status is BatchStatus.COMPLETE
    withdrawn_meanwhile(monkeypatch, merging, "load_rows", account, person)
    assert bring(account, invoices(20)).status is BatchStatus.FAILED
