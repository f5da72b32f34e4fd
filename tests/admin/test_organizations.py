"""Organizations in the staff console."""

import json

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from app.extensions import db
from app.models import AuditChain, AuditEvent, ConnectorState, Organization
from tests.support import factories
from tests.support.client import PageClient

VALID = {
    "name": "Müller & Söhne",
    "slug": "",
    "time_zone": "America/Chicago",
    "currency": "EUR",
    "week_start": "7",
    "fiscal_month": "4",
    "brand_color": "#AA3300",
}


def stored(slug: str) -> Organization | None:
    db.session.expire_all()
    return db.session.scalar(sa.select(Organization).where(Organization.slug == slug))


def events_of(organization: Organization) -> list[tuple[str, dict[str, object]]]:
    query = sa.select(AuditEvent).join(AuditChain).where(AuditChain.key == organization.public_id).order_by(AuditEvent.seq)
    return [(event.action, json.loads(event.changes)) for event in db.session.scalars(query)]


def test_an_admin_creates_an_organization_and_lands_on_its_page(as_admin: PageClient) -> None:
    response = as_admin.post("/admin/organizations/new", data=VALID)
    organization = stored("muller-sohne")
    assert organization is not None
    assert (organization.name, organization.currency, organization.week_start) == ("Müller & Söhne", "EUR", 7)
    assert organization.brand_color == "#aa3300"
    assert response.location == f"/admin/organizations/{organization.public_id}"
    assert [action for action, _ in events_of(organization)] == ["organization.created"]
    page = as_admin.page(response.location)
    assert "Müller & Söhne was created" in page.get_text()
    assert "Create the first connector" in page.get_text()
    assert "Invite the first person" in page.get_text()


def test_a_short_name_that_is_taken_is_said_at_its_field(as_admin: PageClient) -> None:
    factories.organization(slug="muller-sohne")
    response = as_admin.post("/admin/organizations/new", data=VALID)
    assert response.status_code == 422
    page = BeautifulSoup(response.text, "html.parser")
    assert "has the short name muller-sohne" in page.select_one("#slug-error").get_text()
    assert page.find(id="slug")["value"] == "muller-sohne"
    assert page.find(id="name")["value"] == VALID["name"]


@pytest.mark.parametrize("slug", ["Acme", "acme heating", "-acme", "acme--heating", "acme_", "größe"])
def test_a_short_name_has_its_shape(as_admin: PageClient, slug: str) -> None:
    response = as_admin.post("/admin/organizations/new", data={**VALID, "slug": slug})
    assert response.status_code == 422
    assert "Use lower-case letters" in response.text


def test_a_name_of_which_no_short_name_can_be_made_asks_for_one(as_admin: PageClient) -> None:
    response = as_admin.post("/admin/organizations/new", data={**VALID, "name": "株式会社"})
    assert response.status_code == 422
    assert "Enter a short name" in response.text


def test_editing_saves_records_and_says_that_a_color_is_corrected(as_admin: PageClient) -> None:
    organization = factories.organization(name="Acme", slug="acme")
    path = f"/admin/organizations/{organization.public_id}/edit"
    form = as_admin.page(path)
    assert form.find(attrs={"name": "version"})["value"] == "1"
    response = as_admin.post(path, data={**VALID, "slug": "acme", "version": "1", "brand_color": "#ffe000"}, follow_redirects=True)
    assert response.status_code == 200
    assert "corrected where it could not be read" in response.text
    assert "On light pages it is darkened to" in response.text
    row = stored("acme")
    assert row is not None
    assert (row.brand_color, row.version) == ("#ffe000", 2)
    [(action, changes)] = events_of(row)
    assert action == "organization.edited"
    assert changes["name"] == ["Acme", "Müller & Söhne"]
    assert "slug" not in changes


def test_saving_without_a_change_writes_nothing(as_admin: PageClient) -> None:
    organization = factories.organization(brand_color="#1f5f8b")
    path = f"/admin/organizations/{organization.public_id}/edit"
    page = as_admin.page(path)
    sent = {name: page.find(attrs={"name": name})["value"] for name in ("name", "slug", "time_zone", "brand_color", "version")}
    lists = {
        name: page.find(attrs={"name": name}).find("option", selected=True)["value"] for name in ("currency", "week_start", "fiscal_month")
    }
    assert as_admin.post(path, data={**sent, **lists}).status_code == 303
    db.session.refresh(organization)
    assert organization.version == 1
    assert events_of(organization) == []


def test_the_second_of_two_editors_sees_what_the_first_one_changed(as_admin: PageClient) -> None:
    organization = factories.organization(name="Acme", slug="acme", time_zone="America/Chicago")
    path = f"/admin/organizations/{organization.public_id}/edit"
    same = {**VALID, "name": "Acme", "slug": "acme", "version": "1", "brand_color": "#1f5f8b"}
    assert as_admin.post(path, data={**same, "time_zone": "Europe/Berlin"}).status_code == 303
    response = as_admin.post(path, data={**same, "name": "Acme Heating"})
    assert response.status_code == 409
    page = BeautifulSoup(response.text, "html.parser")
    notice = page.select_one(".error-summary").get_text(" ")
    assert "Somebody else changed this organization" in notice
    assert "Europe/Berlin" in notice
    assert page.find(id="name")["value"] == "Acme Heating"
    assert page.find(attrs={"name": "version"})["value"] == "2"
    assert stored("acme").name == "Acme"  # type: ignore[union-attr]
    again = as_admin.post(path, data={**same, "name": "Acme Heating", "version": "2"})
    assert again.status_code == 303


def test_lists_find_by_name_and_short_name_and_take_characters_literally(as_admin: PageClient) -> None:
    factories.organization(name="100% Heating", slug="hundred")
    factories.organization(name="1000 Heatings", slug="thousand")
    found = as_admin.get("/admin/organizations", query_string={"q": "100% "}).text
    assert "100% Heating" in found
    assert "1000 Heatings" not in found
    assert "1000 Heatings" in as_admin.get("/admin/organizations?q=THOUS").text
    assert "100% Heating" in as_admin.get("/admin/organizations", query_string={"q": "\x00100%\u202e"}).text
    assert "No organization matches" in as_admin.get("/admin/organizations?q=_").text


def test_a_long_list_has_pages_and_none_of_them_breaks(as_admin: PageClient) -> None:
    for number in range(27):
        factories.organization(name=f"Company {number:02}")
    assert "Company 24" in as_admin.get("/admin/organizations").text
    second = as_admin.page("/admin/organizations?page=2&q=Company")
    assert "Company 26" in second.get_text()
    assert "page=1" in second.find("a", string="Previous")["href"]
    for odd in ("0", "-3", "99999999999999999999", "x", "2.5", "9" * 5000, ""):
        assert as_admin.get("/admin/organizations", query_string={"page": odd}).status_code == 200
    assert as_admin.get("/admin/organizations?page=1&_external=1&_scheme=x&endpoint=y&_anchor=z").status_code == 200


def test_the_list_says_which_states_the_connectors_are_in(as_admin: PageClient) -> None:
    organization = factories.organization()
    factories.connector(of=organization, state=ConnectorState.LIVE)
    factories.connector(of=organization, state=ConnectorState.NEEDS_ATTENTION)
    tags = [tag.get_text() for tag in as_admin.page("/admin/organizations").select("td .tag")]
    assert tags == ["Needs attention", "Live"]


def test_the_page_of_an_organization_shows_what_belongs_to_it(as_admin: PageClient) -> None:
    organization = factories.organization(time_zone="Asia/Tokyo", fiscal_month=4)
    connector = factories.connector(of=organization)
    somebody = factories.member(of=organization)
    factories.member(of=organization, with_password=False)
    task = factories.task(organization_id=organization.id)
    foreign = factories.connector()
    text = as_admin.page(f"/admin/organizations/{organization.public_id}").get_text(" ")
    for expected in (connector.source_label, somebody.name, somebody.email, task.title, "Asia/Tokyo", "JST", "April", "Invited", "Active"):
        assert expected in text
    assert foreign.source_label not in text


def test_support_sees_all_of_it_and_changes_nothing(as_support: PageClient) -> None:
    organization = factories.organization()
    path = f"/admin/organizations/{organization.public_id}"
    page = as_support.page(path)
    links = {link["href"] for link in page.select("main a[href]")}
    assert not [href for href in links if "edit" in href or "new" in href or "invite" in href]
    assert not page.select("main form")
    assert "New organization" not in as_support.get("/admin/organizations").text
    for address in ("/admin/organizations/new", f"{path}/edit", f"{path}/invite"):
        assert as_support.get(address).status_code == 403
        assert as_support.post(address, data={**VALID, "version": "1"}).status_code == 403
    assert stored("muller-sohne") is None


def test_a_client_does_not_learn_that_organizations_are_listed_anywhere(as_client_admin: PageClient) -> None:
    organization = factories.organization()
    for address in ("", "/new", f"/{organization.public_id}", f"/{organization.public_id}/edit"):
        assert as_client_admin.get(f"/admin/organizations{address}").status_code == 404
    assert as_client_admin.post("/admin/organizations/new", data=VALID).status_code == 404


def test_a_visitor_is_asked_to_sign_in(client: FlaskClient) -> None:
    assert client.get("/admin/organizations").location.startswith("/sign-in")
