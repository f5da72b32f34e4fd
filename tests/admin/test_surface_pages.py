"""Where staff and clients meet what metrics say beside cards."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from app.extensions import db
from app.models import AdminTask, ProviderAccount, Surface, User
from app.services import surfaces, tasks
from app.unit_of_work import transaction
from tests.support import clients, factories
from tests.support.client import PageClient
from tests.support.statements import heard

SignIn = Callable[[User], PageClient]
WORDS = {
    "title": "Booked calls",
    "value": "128",
    "value_note": "",
    "movement": "up 10.3 %, from 116 to 128",
    "arrow": "up",
    "verdict": "With caveats",
    "reasons": ["October is a day longer."],
    "windows": "1–31 Oct 2026 (31 days) against 1–30 Sep 2026 (30 days), America/Chicago",
    "data_through": "31 Oct 2026",
    "lines": [],
    "details": {"window": ["2026-10-01", "2026-11-01"], "known": [["2026-09-01", "2026-11-01"]]},
}


def publish(account: ProviderAccount, **changes: str) -> None:
    with transaction():
        contents = {"metrics": {"booked_calls": [surface.value for surface in Surface]}}
        surfaces.follow(account, contents, {"booked_calls": WORDS | changes})


@pytest.fixture
def account(app: Flask) -> ProviderAccount:
    made = clients.shown_connector(of=factories.organization(), source_label="Field service")
    publish(made)
    return made


def text_of(client: PageClient, path: str, selector: str) -> str:
    (found,) = client.page(path).select(selector)
    return " ".join(found.get_text(" ").split())


def test_signals_stand_on_the_later_part_of_the_connector_and_on_the_organization(account: ProviderAccount, as_admin: PageClient) -> None:
    for path in (f"/admin/connectors/{account.public_id}/latest", f"/admin/organizations/{account.organization.public_id}"):
        said = text_of(as_admin, path, "section[aria-labelledby=signals-title]")
        assert "Booked calls" in said
        assert "128 1–31 Oct 2026 (31 days) against 1–30 Sep 2026" in said
        assert "Good Up 10.3 %, from 116 to 128. With caveats: October is a day longer." in said
        assert "31 Oct 2026" in said
    assert "Field service" in text_of(
        as_admin, f"/admin/organizations/{account.organization.public_id}", "section[aria-labelledby=signals-title]"
    )
    assert as_admin.page(f"/admin/connectors/{account.public_id}").select("section[aria-labelledby=signals-title]") == []


def test_where_nothing_is_signaled_no_panel_stands(as_admin: PageClient) -> None:
    account = factories.connector()
    for path in (f"/admin/connectors/{account.public_id}/latest", f"/admin/organizations/{account.organization.public_id}"):
        assert as_admin.page(path).select("section[aria-labelledby=signals-title]") == []


def test_more_signals_send_no_more_statements(account: ProviderAccount, as_admin: PageClient) -> None:
    url = f"/admin/organizations/{account.organization.public_id}"
    with heard() as before:
        as_admin.get(url)
    for number in range(3):
        publish(clients.shown_connector(of=account.organization, source_label=f"Source {number}"))
    with heard() as found:
        assert len(as_admin.page(url).select("section[aria-labelledby=signals-title] tbody tr")) == 4
    about = [statement for statement, _ in found.sent if "health_signals" in statement]
    assert len(about) == len([statement for statement, _ in before.sent if "health_signals" in statement]) == 1
    assert found.without_index() == []


def test_the_task_leads_to_the_figure(account: ProviderAccount, as_admin: PageClient) -> None:
    task = db.session.scalars(sa.select(AdminTask).where(AdminTask.kind == tasks.LOOK_AT_FIGURES)).one()
    url = f"/admin/tasks/{task.public_id}"
    (link,) = [each for each in as_admin.page(url).select("a.btn") if each.get_text() == "To the figure"]
    assert link["href"] == f"/admin/connectors/{account.public_id}/figures/booked_calls"
    assert as_admin.get(str(link["href"])).status_code == 200
    with transaction():
        tasks.close_task(tasks.get_task(task.public_id), actor=surfaces.BY_ITSELF)
    assert "To the figure" not in as_admin.page(url).get_text()


def test_the_note_is_marked_as_automatic_and_can_be_taken_back(account: ProviderAccount, as_admin: PageClient) -> None:
    url = f"/admin/connectors/{account.public_id}/notes-on-cards"
    (row,) = as_admin.page(url).select("tbody tr")
    assert "Automatic" in row.get_text()
    (form,) = row.select("form")
    assert as_admin.post(str(form["action"])).status_code == 303
    assert "Taken back" in as_admin.page(url).select("tbody tr")[0].get_text()


def test_clients_read_notes_on_the_page_of_the_source(account: ProviderAccount, sign_in: SignIn) -> None:
    viewer = sign_in(factories.member(of=account.organization))
    panel = "section[aria-labelledby=notes-title]"
    other = clients.shown_connector(of=account.organization, source_label="Invoices")
    assert "No note yet" in text_of(viewer, f"/portal/sources/{other.public_id}", panel)
    said = text_of(viewer, f"/portal/sources/{account.public_id}", panel)
    assert said.startswith("Notes 1 Oct 2026 to 31 Oct 2026: Booked calls: 128. Up 10.3 %, from 116 to 128.")
    assert said.endswith("Booked calls")
