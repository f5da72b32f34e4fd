"""The page of a source for its clients: what is connected, what may be read, granting and withdrawing."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from app.audit import verify_chain
from app.extensions import db
from app.models import AuditChain, ClientAct, ClientActKind, ClientQuestion, ConnectorState, MemberRole, Organization, ProviderAccount, User
from app.unit_of_work import transaction
from tests.support import clients, factories
from tests.support.bad_input import FormUnderTest, assert_refuses_bad_input
from tests.support.client import PageClient

SignIn = Callable[[User], PageClient]
AGREED = {"reads": ["Calls", "Jobs"], "writes": [], "given_on": "2026-10-01", "by_portal": False, "withdrawn_on": None}


@pytest.fixture
def organization(app: Any) -> Organization:
    return factories.organization(name="Acme Heating")


@pytest.fixture
def account(organization: Organization) -> ProviderAccount:
    return clients.shown_connector(of=organization, source_label="Field service")


@pytest.fixture
def client_admin(organization: Organization, sign_in: SignIn) -> PageClient:
    return sign_in(factories.member(MemberRole.ADMIN, of=organization, name="Ana Client"))


@pytest.fixture
def viewer(organization: Organization, sign_in: SignIn) -> PageClient:
    return sign_in(factories.member(of=organization))


def url_of(account: ProviderAccount, path: str = "") -> str:
    return f"/portal/sources/{account.public_id}{path}"


def acts() -> list[ClientAct]:
    db.session.expire_all()
    return list(db.session.scalars(sa.select(ClientAct).order_by(ClientAct.id)))


def test_sources_are_listed_with_what_is_granted(account: ProviderAccount, viewer: PageClient) -> None:
    agreed = clients.shown_connector(of=account.organization, source_label="Invoices")
    clients.published_source(agreed, consent=AGREED, since="2026-10-03", state_words="Live.")
    found = viewer.page("/portal/sources").select(".metric-card")
    assert [card.h2.get_text() for card in found] == ["Field service", "Invoices"]
    assert "No access granted" in found[0].get_text()
    assert "Live since 3 Oct 2026" in found[1].get_text()


def test_without_a_source_the_list_says_what_comes(viewer: PageClient) -> None:
    assert "No source is connected yet" in viewer.page("/portal/sources").get_text()


def test_the_page_says_what_is_read_and_why(account: ProviderAccount, viewer: PageClient) -> None:
    clients.published_source(
        account, consent=AGREED, since="2026-10-03", promotion={"number": 2, "on": "2026-10-03"}, packet=clients.EDITION
    )
    page = viewer.page(url_of(account))
    text = page.get_text(" ", strip=True)
    for expected in (
        "Your agency wrote down that your company agreed on 1 Oct 2026.",
        "For the card “Booked calls”.",
        "Revenue proof",
        "Promotion 2, 3 Oct 2026",
        "Olga Owner",
        "Only a client admin of Acme Heating can grant or withdraw access.",
    ):
        assert expected in text
    assert [form["action"] for form in page.select("main form")] == ["/portal/questions"]
    assert page.select_one(f'a[href="{url_of(account, "/packet")}"]') is not None


def test_words_of_an_older_release_are_shown_as_far_as_they_go(account: ProviderAccount, viewer: PageClient) -> None:
    row = clients.published_source(account)
    row.words = "{}"
    factories._save(row)
    assert "Nothing is asked for yet" in viewer.page(url_of(account)).get_text()


def test_a_client_admin_grants(account: ProviderAccount, client_admin: PageClient) -> None:
    page = client_admin.page(url_of(account))
    assert [box["value"] for box in page.select("[name=reads][checked]")] == ["calls", "jobs"]
    assert page.select("[name=writes][checked]") == []
    response = client_admin.post(
        url_of(account, "/grant"), data={"seen": "", "reads": ["calls", "jobs"], "writes": ["jobs"], "note": "As agreed"}
    )
    assert (response.status_code, response.location) == (303, url_of(account))
    [act] = acts()
    assert (act.kind, act.reads, act.writes, act.note) == (ClientActKind.GRANT, "calls,jobs", "jobs", "As agreed")
    text = client_admin.page(url_of(account)).get_text(" ", strip=True)
    assert "Granted by Ana Client on" in text
    assert "It counts already" in text
    assert "Reading: Calls, Jobs . Writing: Jobs" in text or "Reading: Calls, Jobs. Writing: Jobs" in text


def test_a_client_admin_withdraws_on_purpose(account: ProviderAccount, client_admin: PageClient) -> None:
    clients.published_source(account, consent=AGREED)
    assert client_admin.post(url_of(account, "/withdrawal"), data={"seen": "", "note": "We left"}).status_code == 422
    assert acts() == []
    response = client_admin.post(url_of(account, "/withdrawal"), data={"seen": "", "note": "We left", "sure": "y"})
    assert (response.status_code, response.location) == (303, url_of(account))
    [act] = acts()
    assert (act.kind, act.note) == (ClientActKind.WITHDRAW, "We left")
    page = client_admin.page(url_of(account))
    assert "Withdrawn by Ana Client" in page.get_text()
    assert page.select_one("form[action$=withdrawal]") is None


def test_nothing_that_was_not_asked_for_can_be_granted(account: ProviderAccount, client_admin: PageClient) -> None:
    form = FormUnderTest(
        path=url_of(account, "/grant"),
        valid={"seen": "", "reads": "calls", "note": ""},
        required=("reads",),
        texts={"note": 300},
        wrong={"reads": ["invoices", "nothing-of-the-list"], "writes": ["invoices"]},
    )
    assert_refuses_bad_input(client_admin, form)
    assert acts() == []


def test_who_acts_second_sees_what_changed(account: ProviderAccount, client_admin: PageClient) -> None:
    other = factories.member(MemberRole.ADMIN, of=account.organization, with_password=False, name="Bea Client")
    newest = clients.act(account, other, ClientActKind.WITHDRAW).public_id
    response = client_admin.post(url_of(account, "/grant"), data={"seen": "", "reads": "calls"})
    assert response.status_code == 409
    page = BeautifulSoup(response.text, "html.parser")
    assert "is now “Bea Client”" in page.get_text()
    assert page.select_one("#grant-seen")["value"] == newest  # type: ignore[index]
    assert [box["value"] for box in page.select("[name=reads][checked]")] == ["calls"]
    assert client_admin.post(url_of(account, "/grant"), data={"seen": newest, "reads": "calls"}).status_code == 303


def test_a_viewer_cannot_forge_a_grant(account: ProviderAccount, viewer: PageClient) -> None:
    for path, data in (("/grant", {"reads": "calls"}), ("/withdrawal", {"sure": "y"})):
        assert viewer.post(url_of(account, path), data=data).status_code == 404
    assert acts() == []


@pytest.mark.parametrize("role", list(MemberRole))
def test_sources_of_others_do_not_exist(account: ProviderAccount, sign_in: SignIn, role: MemberRole) -> None:
    clients.published_source(account, packet=clients.EDITION)
    stranger = sign_in(factories.member(role))
    for path in ("", "/packet", "/packet.json"):
        assert stranger.get(url_of(account, path)).status_code == 404
    for path in ("/grant", "/withdrawal"):
        assert stranger.post(url_of(account, path), data={"reads": "calls", "sure": "y"}).status_code == 404
    assert "Field service" not in stranger.get("/portal/sources").text
    assert acts() == []


@pytest.mark.parametrize("change", ["deactivated", "made viewer"])
def test_an_open_session_loses_access_at_the_next_click(
    account: ProviderAccount, organization: Organization, sign_in: SignIn, change: str
) -> None:
    person = factories.member(MemberRole.ADMIN, of=organization)
    browser = sign_in(person)
    assert browser.get(url_of(account)).status_code == 200
    with transaction():
        row = db.session.get_one(User, person.id)
        if change == "deactivated":
            row.is_active = False
        else:
            assert row.membership is not None
            row.membership.role = MemberRole.VIEWER
    posted = browser.post(url_of(account, "/grant"), data={"seen": "", "reads": "calls"})
    assert posted.status_code == (303 if change == "deactivated" else 404)
    if change == "deactivated":
        assert posted.location.startswith("/sign-in")
        assert browser.get(url_of(account)).location.startswith("/sign-in")
    else:
        assert browser.page(url_of(account)).select_one("form[action$=grant]") is None
    assert acts() == []


def test_a_retired_source_is_not_granted(account: ProviderAccount, client_admin: PageClient) -> None:
    account.state = ConnectorState.RETIRED
    factories._save(account)
    response = client_admin.post(url_of(account, "/grant"), data={"seen": "", "reads": "calls"})
    assert response.status_code == 409
    assert "This source is retired" in response.text


def test_the_packet_is_read_and_taken_along(account: ProviderAccount, viewer: PageClient) -> None:
    assert viewer.get(url_of(account, "/packet")).status_code == 404
    assert viewer.get(url_of(account, "/packet.json")).status_code == 404
    clients.published_source(account, packet=clients.EDITION)
    text = viewer.page(url_of(account, "/packet")).get_text(" ", strip=True)
    for expected in ("How Field service was tested", "live from 3 Oct 2026, 09:05 CDT", "The customer agreed : passed", "Held figures."):
        assert expected in text
    response = viewer.get(url_of(account, "/packet.json"))
    assert json.loads(response.text) == clients.EDITION
    assert response.headers["Content-Disposition"] == "attachment; filename=promotion-field-service.json"


def test_the_pages_work_under_the_portals_own_account(account: ProviderAccount, portal_sign_in: SignIn) -> None:
    clients.published_source(account, packet=clients.EDITION, consent=AGREED)
    clients.published_card(account)
    person = factories.member(MemberRole.ADMIN, of=account.organization)
    request, token = clients.access_request(account, person, factories.staff(with_password=False))
    browser = portal_sign_in(person)
    assert browser.post(url_of(account, "/withdrawal"), data={"seen": "", "sure": "y"}).status_code == 303
    assert browser.get(f"/portal/access/{token}").status_code == 200
    assert browser.post(f"/portal/access/{token}/opened").status_code == 204
    assert browser.post(f"/portal/access/{token}").status_code == 303
    seen = acts()[-1].public_id
    assert browser.post(url_of(account, "/grant"), data={"seen": seen, "reads": "calls"}).status_code == 303
    question = {"source": account.public_id, "metric": "booked_calls", "text": "Why?"}
    assert browser.post("/portal/questions", data=question).status_code == 303
    for path in ("", "/packet", "/packet.json"):
        assert browser.get(url_of(account, path)).status_code == 200
    for path in ("/portal/sources", "/portal/questions"):
        assert browser.get(path).status_code == 200
    assert [act.kind for act in acts()] == [ClientActKind.WITHDRAW, ClientActKind.GRANT, ClientActKind.GRANT]
    db.session.refresh(request)
    assert request.opened_at is not None
    assert request.done_at is not None
    assert len(db.session.scalars(sa.select(ClientQuestion)).all()) == 1
    chains = db.session.scalars(sa.select(AuditChain)).all()
    assert all(verify_chain(db.session(), chain).is_sound for chain in chains)
