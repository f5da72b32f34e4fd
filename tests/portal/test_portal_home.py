"""What clients see first."""

from collections.abc import Callable

import pytest

from app.models import ConnectorState, MemberRole, User
from app.services.contrast import brand_of
from app.services.sources import sources_of
from tests.support import factories
from tests.support.client import PageClient

SignIn = Callable[[User], PageClient]


def test_a_client_is_greeted_and_sees_what_is_being_prepared(sign_in: SignIn) -> None:
    organization = factories.organization(name="Acme Heating")
    owner = factories.staff(name="Olga Owner")
    connector = factories.connector(of=organization, source_label="ServiceTitan", owner_id=owner.id)
    person = factories.member(of=organization)
    response = sign_in(person).get("/portal/")
    page = sign_in(person).page("/portal/")
    assert page.h1.get_text() == "Welcome, Acme Heating"
    card = page.select_one(".metric-card").get_text(" ")
    for expected in ("Being prepared", "ServiceTitan", "Your agency is preparing this source. Next: access and field map."):
        assert expected in card
    for hidden in (organization.public_id, connector.public_id, person.public_id, owner.name, owner.email, organization.slug):
        assert hidden not in response.text


def test_without_a_connector_the_page_says_what_comes(as_client_viewer: PageClient) -> None:
    assert "No source is connected yet" in as_client_viewer.page("/portal/").get_text()


def test_sources_of_others_are_not_shown(sign_in: SignIn) -> None:
    mine, foreign = factories.organization(), factories.connector(source_label="Not yours")
    assert foreign.source_label not in sign_in(factories.member(of=mine)).get("/portal/").text


@pytest.mark.parametrize("state", list(ConnectorState))
def test_every_state_has_the_clients_words_and_a_next_step(as_client_admin: PageClient, state: ConnectorState) -> None:
    organization = factories.organization()
    factories.connector(of=organization, state=state)
    [source] = sources_of(organization)
    assert source.next_step.endswith(".")
    assert source.state.client_label != ""


def test_what_the_client_can_act_on_comes_first(sign_in: SignIn) -> None:
    organization = factories.organization()
    for state in reversed(ConnectorState):
        factories.connector(of=organization, state=state)
    tags = [tag.get_text() for tag in sign_in(factories.member(of=organization)).page("/portal/").select(".metric-card .tag")]
    assert tags[0] == "Needs you"
    assert tags[-1] == "Retired"


def test_the_brand_is_a_style_sheet_that_the_browser_keeps(sign_in: SignIn) -> None:
    organization = factories.organization(brand_color="#ffe000")
    client = sign_in(factories.member(of=organization))
    page = client.page("/portal/")
    address = page.select_one('link[href*="brand.css"]')["href"]
    assert address.endswith("?v=1")
    response = client.get(address)
    brand = brand_of("#ffe000")
    assert response.mimetype == "text/css"
    assert response.text == (
        f":root{{--fg-brand:{brand.light.color};--fg-brand-ink:{brand.light.ink}}}"
        "@media (prefers-color-scheme: dark){:root{--fg-brand:#ffe000;--fg-brand-ink:#000000}}\n"
    )
    assert response.headers["Cache-Control"] == "private, max-age=86400"
    assert client.get(address, headers={"If-None-Match": response.headers["ETag"]}).status_code == 304


def test_the_brand_is_for_clients_alone(as_admin: PageClient, client: PageClient) -> None:
    assert as_admin.get("/portal/brand.css").status_code == 403
    assert client.get("/portal/brand.css").status_code == 303


@pytest.mark.parametrize("role", list(MemberRole))
def test_the_portal_runs_on_its_own_with_its_own_account(portal_sign_in: SignIn, role: MemberRole) -> None:
    organization = factories.organization(brand_color="#123456")
    connector = factories.connector(of=organization)
    client = portal_sign_in(factories.member(role, of=organization))
    assert connector.source_label in client.page("/portal/").get_text()
    assert "--fg-brand:#123456" in client.get("/portal/brand.css?v=1").text
    for address in ("/admin/", "/admin/organizations", f"/admin/organizations/{organization.public_id}"):
        assert client.get(address).status_code == 404


def test_a_portal_of_its_own_knows_no_staff(portal_sign_in: SignIn) -> None:
    assert portal_sign_in(factories.staff()).get("/portal/").location.startswith("/sign-in")
