"""The connector's page costs a dozen statements, each with an index, whatever lies behind it."""

from collections.abc import Callable

from flask.testing import FlaskClient

from app.audit import Actor, ActorKind
from app.models import ProviderAccount, User
from app.services import check_runs
from app.services.check_keys import EVERY_CHECK
from app.unit_of_work import transaction
from tests.gates.live import live
from tests.support import factories
from tests.support.client import PageClient
from tests.support.kept import Keeper
from tests.support.statements import Heard, heard

AT_MOST = 12


def fetch(client: PageClient, path: str) -> Heard:
    with heard() as found:
        assert client.get(path).status_code == 200
    return found


def run_everything(account: ProviderAccount) -> None:
    with transaction():
        check_runs.run(account, EVERY_CHECK, actor=Actor(ActorKind.COMMAND, "tests"))


def test_the_page_of_a_new_connector(as_admin: PageClient) -> None:
    account = factories.connector(may_import=False)
    found = fetch(as_admin, f"/admin/connectors/{account.public_id}")
    assert len(found.sent) <= AT_MOST
    assert found.without_index() == []


def test_what_lies_behind_it_sends_no_further_statement(as_admin: PageClient) -> None:
    account = factories.connector(owner_id=factories.staff().id)
    run_everything(account)
    url = f"/admin/connectors/{account.public_id}"
    before = len(fetch(as_admin, url).sent)
    for number in range(8):
        factories.job(account=account, open_key=f"job:{number}", requested_by_id=factories.staff().id)
        factories.task(account_id=account.id, organization_id=account.organization_id, owner_id=factories.staff().id)
        factories.import_batch(account=account, source_name=f"file-{number}.csv")
        run_everything(account)
    found = fetch(as_admin, url)
    assert len(found.sent) == before <= AT_MOST
    assert found.without_index() == []


def test_the_page_of_a_live_connector_says_how_what_runs_stands(sign_in: Callable[[User], FlaskClient], keeper: Keeper) -> None:
    account = live(keeper).account
    url = f"/admin/connectors/{account.public_id}"
    client = sign_in(factories.staff())
    assert isinstance(client, PageClient)
    found = fetch(client, url)
    assert len(found.sent) <= AT_MOST, [statement for statement, _ in found.sent]
    assert found.without_index() == []
    text = " ".join(client.page(url).get_text().split())
    assert "Promotion 1 is live since" in text
    assert "27 of 27 checks of what runs stand." in text
    check = client.page(f"{url}/checks/rejects-reviewed").get_text()
    assert "For what runs now:" in check
    refused = client.post(f"{url}/retention", data={"seen": "", **dict.fromkeys(_CLASSES, "10")})
    assert refused.status_code == 409
    refused = client.post(f"{url}/window-rule", data={"version": "1", "rule": "days_28"})
    assert refused.status_code == 409
    assert "needs a rollback note first" in refused.text
    assert 'value="days_28" id="rule-2" checked' in refused.text


_CLASSES = ("raw_file", "reject_sample", "record", "evidence", "audit", "webhook_event")
