"""A connector's secrets are written in the console and come out nowhere."""

import logging
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from app.audit import Actor, ActorKind
from app.extensions import db
from app.models import AccountCredential, AuditEvent, ProviderAccount
from app.security.crypto import CryptoError, Place, Sealed
from app.services import account_credentials
from app.services.accounts import remove_credential, set_credential
from app.services.errors import InvalidField
from app.services.keys import key_ring
from app.unit_of_work import transaction
from tests.support import factories
from tests.support.bad_input import contents
from tests.support.client import PageClient
from tests.support.databases import Accounts
from tests.support.mariadb import execute

SECRET = "cs1-plaintext-that-never-comes-out-wxyz"
ACTOR = Actor(ActorKind.COMMAND, "tests")


def address(account: ProviderAccount, name: str = "client_secret") -> str:
    return f"/admin/connectors/{account.public_id}/credentials/{name}"


def stored(name: str = "client_secret") -> AccountCredential:
    db.session.expire_all()
    return db.session.scalars(sa.select(AccountCredential).where(AccountCredential.name == name)).one()


def store(account: ProviderAccount, value: str = SECRET, name: str = "client_secret") -> AccountCredential:
    with transaction():
        return set_credential(account, name=name, value=value, actor=ACTOR)


def test_a_secret_is_set_and_only_its_end_is_shown(app: Flask, as_admin: PageClient) -> None:
    account = factories.connector()
    url = f"/admin/connectors/{account.public_id}"
    assert as_admin.get(url).text.count("Not set") == 4
    assert as_admin.post(address(account), data={"value": f"  {SECRET} "}).location == url
    page = as_admin.page(url)
    assert "ends in ••••wxyz, set just now by Staff" in " ".join(page.get_text().split())
    assert account_credentials.open_credential(stored()) == SECRET


@pytest.mark.parametrize(("value", "end"), [("elevenchars", ""), ("twelve-chars", "hars"), ("pass", "")])
def test_of_a_short_secret_not_even_the_end_is_kept(app: Flask, as_admin: PageClient, value: str, end: str) -> None:
    account = factories.connector()
    as_admin.post(address(account), data={"value": value})
    assert stored().last_four == end
    assert ("ends in" in as_admin.get(f"/admin/connectors/{account.public_id}").text) is bool(end)


def test_a_secret_is_replaced_in_its_row_and_the_old_one_is_gone(app: Flask, as_admin: PageClient) -> None:
    account = factories.connector()
    as_admin.post(address(account), data={"value": SECRET})
    before = stored()
    old = (before.public_id, before.sealed)
    as_admin.post(address(account), data={"value": "another-secret-entirely"})
    assert stored().public_id == old[0]
    assert stored().sealed != old[1]
    assert account_credentials.open_credential(stored()) == "another-secret-entirely"
    assert db.session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)).all() == ["credential.set", "credential.replaced"]


def test_a_secret_is_removed_once_and_a_second_press_says_so(app: Flask, as_admin: PageClient) -> None:
    account = factories.connector()
    store(account)
    assert "The secret was removed." in as_admin.post(f"{address(account)}/remove", follow_redirects=True).text
    assert db.session.scalars(sa.select(AccountCredential)).all() == []
    assert "There was no such secret" in as_admin.post(f"{address(account)}/remove", follow_redirects=True).text
    assert db.session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)).all() == ["credential.set", "credential.removed"]


def test_a_secret_that_the_provider_no_longer_asks_for_can_still_be_removed(app: Flask, as_admin: PageClient) -> None:
    account = factories.connector()
    store(account, name="of_an_older_release")
    page = as_admin.get(f"/admin/connectors/{account.public_id}").text
    assert "the provider does not ask for it" in page
    assert as_admin.get(address(account, "of_an_older_release")).status_code == 404
    as_admin.post(f"{address(account, 'of_an_older_release')}/remove")
    assert db.session.scalars(sa.select(AccountCredential)).all() == []


def test_the_form_never_shows_what_was_typed_and_says_so(app: Flask, as_admin: PageClient) -> None:
    account = factories.connector()
    typed = f"{SECRET}\x07"
    response = as_admin.post(address(account), data={"value": typed})
    assert response.status_code == 422
    assert SECRET not in response.text
    assert "the secret that you entered is not shown again" in response.text
    control = as_admin.page(address(account)).select_one("#value")
    assert control is not None
    assert (control["type"], control["autocomplete"], control["value"]) == ("password", "off", "")


def test_support_and_clients_cannot_touch_secrets(as_support: PageClient, as_client_admin: PageClient) -> None:
    account = factories.connector()
    store(account)
    for path in (address(account), f"{address(account)}/remove"):
        assert as_support.post(path, data={"value": SECRET}).status_code == 403
        assert as_client_admin.post(path, data={"value": SECRET}).status_code == 404
    assert stored().last_four == SECRET[-4:]


def test_the_secret_appears_in_no_answer_log_row_event_or_representation(
    app: Flask, as_admin: PageClient, caplog: pytest.LogCaptureFixture
) -> None:
    account = factories.connector()
    with caplog.at_level(logging.DEBUG):
        answers = [
            as_admin.post(address(account), data={"value": SECRET}, follow_redirects=True),
            as_admin.post(address(account), data={"value": SECRET}),
            as_admin.post(address(account), data={"value": f"{SECRET}\x00"}),
            as_admin.post(address(account, "no_such"), data={"value": SECRET}),
            as_admin.post(address(account), data={"value": SECRET}, with_token=False),
            as_admin.get(address(account)),
            as_admin.get("/admin/audit-trail"),
            as_admin.get(f"/admin/audit-trail?chain={account.organization.public_id}"),
        ]
    shown = "".join(answer.text + str(answer.headers) for answer in answers)
    assert SECRET not in shown
    assert "plaintext" not in shown
    assert caplog.records
    assert "plaintext" not in caplog.text
    assert "plaintext" not in repr(contents())
    assert b"plaintext" not in stored().sealed
    assert "plaintext" not in repr(stored()) + repr(vars(stored()))
    events = db.session.scalars(sa.select(AuditEvent)).all()
    assert {event.changes for event in events} == {'{"secret":"client_secret"}'}


def test_no_error_quotes_the_secret(app: Flask) -> None:
    account = factories.connector()
    for value in (f"{SECRET}\u202e", SECRET * 100, f"{SECRET}\ud800"):
        with pytest.raises(InvalidField) as caught:
            store(account, value)
        assert "plaintext" not in str(caught.value)
        assert "plaintext" not in repr(caught.value)
    credential = store(account)
    sealed = Sealed(credential.key_id, credential.sealed)
    with pytest.raises(CryptoError) as moved:
        key_ring().open(sealed, Place("integration_credentials", "sealed", account.public_id))
    assert "plaintext" not in repr(moved.value)


@pytest.fixture
def broken_database(app: Flask, accounts: Accounts) -> Iterator[None]:
    """The server refuses to store secrets: the statement fails with its parameters in the error."""
    user, host = str(db.session.scalar(sa.text("SELECT CURRENT_USER()"))).split("@")
    schema = db.engine.url.database
    grantee = f"`{schema}`.`integration_credentials` {{}} '{user}'@'{host}'"
    execute(accounts.admin[0], f"REVOKE INSERT ON {grantee.format('FROM')}")
    yield
    execute(accounts.admin[0], f"GRANT INSERT ON {grantee.format('TO')}")


def test_a_failing_database_brings_the_secret_into_no_page_and_no_log(
    broken_database: None, as_admin: PageClient, caplog: pytest.LogCaptureFixture
) -> None:
    account = factories.connector()
    with caplog.at_level(logging.DEBUG):
        response = as_admin.post(address(account), data={"value": SECRET})
    assert response.status_code == 500
    assert "INSERT command denied" in caplog.text
    assert "plaintext" not in response.text + caplog.text
    assert db.session.scalars(sa.select(AuditEvent)).all() == []


def test_a_ciphertext_copied_to_another_row_does_not_open(app: Flask) -> None:
    one, two = store(factories.connector()), store(factories.connector(), "a-different-secret")
    with transaction():
        one.sealed, one.key_id = two.sealed, two.key_id
    with pytest.raises(CryptoError):
        account_credentials.open_credential(one)
    assert account_credentials.open_credential(two) == "a-different-secret"


def test_setting_and_removing_ask_for_no_secret_of_another_connector(app: Flask) -> None:
    mine, other = factories.connector(), factories.connector()
    store(other)
    with transaction():
        assert remove_credential(mine, name="client_secret", actor=ACTOR) is False
    assert stored().account_id == other.id
