"""From an uploaded file to an active map, as a person goes the way; and the pages of versions."""

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from app.extensions import db
from app.models import FieldMap, FieldMapField, MapStatus, ProviderAccount
from app.services import field_maps
from tests.admin.test_uploads import CALLS, upload
from tests.support import factories
from tests.support.bad_input import checksums
from tests.support.client import PageClient

pytestmark = pytest.mark.usefixtures("app")


def address(account: ProviderAccount, rest: str = "") -> str:
    return f"/admin/connectors/{account.public_id}/maps/calls{rest}"


def form_of(page: BeautifulSoup, action: str) -> dict[str, str]:
    """What a browser would send of the form that posts to this address."""
    form = page.select_one(f"form[action='{action}']")
    assert form is not None
    values = {str(each["name"]): str(each.get("value", "")) for each in form.select("input[name]") if each.get("type") != "checkbox"}
    values.pop("csrf_token")  # the client sends one by itself
    values |= {str(each["name"]): "y" for each in form.select("input[type=checkbox][checked]")}
    for each in form.select("select[name]"):
        chosen = each.select_one("option[selected]") or each.select_one("option")
        values[str(each["name"])] = str(chosen["value"]) if chosen else ""
    for each in form.select("textarea[name]"):
        values[str(each["name"])] = each.get_text().lstrip("\r\n")
    return values


def field_named(source: str) -> FieldMapField:
    db.session.expire_all()
    return db.session.scalars(sa.select(FieldMapField).where(FieldMapField.source == source)).one()


def only_map() -> FieldMap:
    db.session.expire_all()
    return db.session.scalars(sa.select(FieldMap)).one()


@pytest.fixture
def account(as_admin: PageClient) -> ProviderAccount:
    """A connector with an uploaded file of calls and the draft of its map."""
    connector = factories.connector()
    upload(as_admin, connector)
    return connector


def test_the_way_from_the_file_to_an_active_map(as_admin: PageClient, account: ProviderAccount) -> None:
    page = as_admin.page(address(account, "/draft"))
    assert "Ready to be activated" in page.get_text()
    data = form_of(page, address(account, "/draft"))
    response = as_admin.post(address(account, "/draft"), data={**data, "then": "activate"}, follow_redirects=True)
    assert "The map is active" in response.text
    assert "Import as test batch" in response.text
    assert "It knows every column of this file." in response.text
    assert only_map().status is MapStatus.ACTIVE
    assert only_map().activated_by_id is not None
    assert as_admin.get(address(account, "/draft")).status_code == 404


def test_a_map_that_lacks_something_stays_a_draft_and_says_what(as_admin: PageClient, account: ProviderAccount) -> None:
    data = form_of(as_admin.page(address(account, "/draft")), address(account, "/draft"))
    name = f"means-{field_named('Call ID').public_id}"
    answer = as_admin.post(address(account, "/draft"), data={**data, name: "", "then": "activate"}, follow_redirects=True)
    assert "saved and is not active yet" in answer.text
    assert "“Call ID” is undecided" in answer.text
    assert only_map().status is MapStatus.DRAFT
    page = BeautifulSoup(answer.text, "html.parser")
    suggestions = form_of(page, address(account, "/draft/suggestions"))
    assert as_admin.post(address(account, "/draft/suggestions"), data=suggestions).status_code == 303
    assert field_named("Call ID").target == "external_id"


def test_a_column_has_a_page_that_leads_to_the_next(as_admin: PageClient, account: ProviderAccount) -> None:
    field, following = field_named("Call Type"), field_named("Customer Name")
    path = address(account, f"/draft/columns/{field.public_id}")
    page = as_admin.page(path)
    assert "Booked" in page.get_text() or "Xxxxxx" in page.get_text()
    owner = factories.staff()
    data = form_of(page, path) | {
        "owner": owner.public_id,
        "label": "Kind of call",
        "words": "Won = booked\nLost = unbooked",
        "then": "next",
    }
    response = as_admin.post(path, data=data)
    assert response.status_code == 303
    assert response.location.endswith(str(following.public_id))
    field = field_named("Call Type")
    assert (field.owner_id, field.label) == (owner.id, "Kind of call")
    assert field_maps.mapped_of(field).transform.words == (("Won", "booked"), ("Lost", "unbooked"))

    again = form_of(as_admin.page(path), path)
    assert (again["words"], again["owner"]) == (data["words"], owner.public_id)


def test_saving_a_column_as_it_is_changes_nothing_of_it(as_admin: PageClient, account: ProviderAccount) -> None:
    for field in field_maps.get_draft(account, "calls").fields:
        path = address(account, f"/draft/columns/{field.public_id}")
        before = field_maps.mapped_of(field)
        assert as_admin.post(path, data=form_of(as_admin.page(path), path)).status_code == 303
        assert field_maps.mapped_of(field_named(before.source)) == before


def test_two_people_at_one_draft(as_admin: PageClient, account: ProviderAccount) -> None:
    path = address(account, f"/draft/columns/{field_named('Call Type').public_id}")
    column, whole = form_of(as_admin.page(path), path), form_of(as_admin.page(address(account, "/draft")), address(account, "/draft"))
    assert as_admin.post(path, data=column | {"label": "First"}).status_code == 303
    second = as_admin.post(path, data=column | {"label": "Second"})
    assert second.status_code == 409
    assert "is now “First”" in second.text
    assert 'value="Second"' in second.text
    name = f"means-{field_named('Call ID').public_id}"
    late = as_admin.post(address(account, "/draft"), data=whole | {name: "ignore"})
    assert late.status_code == 409
    assert field_named("Call ID").target == "external_id"
    assert form_of(BeautifulSoup(late.text, "html.parser"), address(account, "/draft"))[name] == "ignore"
    assert field_named("Call Type").label == "First"


def test_a_draft_can_be_discarded_and_begun_again(as_admin: PageClient, account: ProviderAccount) -> None:
    page = as_admin.page(address(account, "/draft"))
    assert as_admin.post(address(account, "/draft/discard"), data=form_of(page, address(account, "/draft/discard"))).status_code == 303
    assert db.session.scalars(sa.select(FieldMap)).all() == []
    assert as_admin.post(address(account, "/draft/begin/file")).location.endswith("/draft")
    assert only_map().status is MapStatus.DRAFT
    assert "a draft of this map already" in as_admin.post(address(account, "/draft/begin/file"), follow_redirects=True).text


def test_a_file_with_other_columns_is_said_and_taken_over(as_admin: PageClient, account: ProviderAccount) -> None:
    upload(as_admin, account, CALLS.replace(b"Customer Name", b"Campaign Name"))
    page = as_admin.page(address(account, "/draft"))
    assert "has other columns" in page.get_text()
    data = form_of(page, address(account, "/draft/columns"))
    text = as_admin.post(address(account, "/draft/columns"), data=data, follow_redirects=True).text
    assert "has other columns" not in text
    assert field_named("Campaign Name").target == "campaign"


def test_versions_are_listed_shown_and_compared(as_admin: PageClient, as_support: PageClient, account: ProviderAccount) -> None:
    path = address(account, "/draft")
    as_admin.post(path, data=form_of(as_admin.page(path), path) | {"then": "activate"})
    as_admin.post(address(account, "/draft/begin/active"))
    name = f"means-{next(f.public_id for f in field_maps.get_draft(account, 'calls').fields if f.source == 'Customer Phone')}"
    data = form_of(as_admin.page(path), path) | {name: "ignore", "ignore_reason": "Too personal."}
    as_admin.post(path, data=data)
    page = as_support.page(address(account))
    assert [row.get_text(strip=True) for row in page.select("tbody th")] == ["Version 2", "Version 1"]
    assert page.select("main form") == []
    assert "ignored (Too personal)" in as_support.page(address(account, "/differences")).get_text()
    version = as_support.page(page.select("tbody th a")[1]["href"])
    assert "Version 1 of the map of Calls" in version.get_text()


def test_a_map_is_copied_from_another_connector(as_admin: PageClient, account: ProviderAccount) -> None:
    path = address(account, "/draft")
    as_admin.post(path, data=form_of(as_admin.page(path), path) | {"then": "activate"})
    source, other = only_map(), factories.connector()
    response = as_admin.post(address(other, "/copy"), data={"source": source.public_id})
    assert response.status_code == 303
    copy = field_maps.get_draft(other, "calls")
    assert [field.target for field in copy.fields] == [field.target for field in source.fields]
    assert as_admin.post(address(other, "/copy"), data={"source": source.public_id}).status_code == 409


def test_a_preview_shows_rows_as_they_would_be_kept_and_no_personal_value(as_admin: PageClient, account: ProviderAccount) -> None:
    before = checksums()
    page = as_admin.page(address(account, f"/versions/{only_map().public_id}/preview"))
    text = page.get_text(" ", strip=True)
    assert "booked" in text
    assert "Row 3" in text
    assert "555-0101" not in text
    assert checksums() == before


def test_a_wide_map_stays_one_page_that_can_be_used(as_admin: PageClient) -> None:
    connector = factories.connector()
    titles = [f"Field number {number}" for number in range(120)]
    content = ",".join(["Call ID", "Received On", *titles]) + "\n" + ",".join(["C-1", "2026-10-31 09:00", *["x"] * 120]) + "\n"
    upload(as_admin, connector, content.encode())
    path = address(connector, "/draft")
    page = as_admin.page(path)
    assert len(page.select("select[name^=means-]")) == 122
    data = form_of(page, path) | {"then": "activate"}
    assert "The map is active" in as_admin.post(path, data=data, follow_redirects=True).text
