"""Channels of alerts in the console: added, shown once, tried, edited, paused, removed."""

import re

import pytest
import sqlalchemy as sa
from flask import Flask

from app.audit import Actor, ActorKind
from app.clock import utc_now
from app.extensions import db
from app.jobs import entry
from app.models import AlertChannel, AlertDelivery, AuditEvent, ChannelKind
from app.queue import QueueClass
from app.services import alert_channels
from app.unit_of_work import transaction
from tests.support.bad_input import FormUnderTest, assert_refuses_bad_input, assert_unknown_is_missing
from tests.support.client import PageClient
from tests.support.web_server import web_server

ACTOR = Actor(ActorKind.COMMAND, "test")
TOKEN = "a-token-nobody-may-read"  # stands in an address


def channel(kind: ChannelKind = ChannelKind.WEBHOOK, address: str = f"https://alerts.example.com/{TOKEN}", name: str = "On call") -> str:
    with transaction():
        return alert_channels.add(kind, name=name, address=address, actor=ACTOR).channel.public_id


def only() -> AlertChannel:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(sa.select(AlertChannel)).one()


def valid(**changes: str) -> dict[str, str]:
    return {"kind": "mail", "name": "Operations", "address": "ops@example.com", **changes}


def test_the_list_begins_empty_and_says_what_to_do(as_admin: PageClient, as_support: PageClient) -> None:
    assert "Add the first channel" in as_admin.get("/admin/alerts").text
    page = as_support.get("/admin/alerts")
    assert "An admin adds the first channel." in page.text
    assert "/admin/alerts/new" not in page.text


def test_a_channel_of_mail_is_added_and_found_under_watch(as_admin: PageClient) -> None:
    assert "/admin/alerts" in {link["href"] for link in as_admin.page("/admin/watch").select("a[href]")}
    done = as_admin.post("/admin/alerts/new", data=valid())
    assert (done.status_code, done.location) == (303, f"/admin/alerts/{only().public_id}")
    assert (only().kind, only().address, only().sealed) == (ChannelKind.MAIL, "ops@example.com", None)
    page = as_admin.page("/admin/alerts")
    assert [cell.get_text(" ", strip=True) for cell in page.select("tbody th, tbody td")][:4] == [
        "Operations",
        "Mail",
        "ops@example.com",
        "Not tried yet",
    ]


def test_a_webhooks_secret_is_shown_once(as_admin: PageClient) -> None:
    page = as_admin.post("/admin/alerts/new", data=valid(kind="webhook", address="https://alerts.example.com/x"))
    assert page.status_code == 200
    (secret,) = re.findall(r"whsec_[A-Za-z0-9+/=]+", page.text)
    assert alert_channels.open_secret(only()) == secret
    public_id = only().public_id
    for path in ("/admin/alerts", f"/admin/alerts/{public_id}", f"/admin/alerts/{public_id}/edit", "/admin/audit-trail"):
        assert "whsec_" not in as_admin.get(path).text
    fresh = as_admin.post(f"/admin/alerts/{public_id}/secret")
    (other,) = re.findall(r"whsec_[A-Za-z0-9+/=]+", fresh.text)
    assert alert_channels.open_secret(only()) == other != secret
    db.session.rollback()
    events = db.session.scalars(sa.select(AuditEvent.changes).where(AuditEvent.action.startswith("channel."))).all()
    assert events == ['{"kind":"webhook","name":"Operations"}', '{"sealed":"changed"}']


def test_only_a_webhook_has_a_secret(as_admin: PageClient) -> None:
    public_id = channel(ChannelKind.MAIL, "ops@example.com")
    assert as_admin.post(f"/admin/alerts/{public_id}/secret").status_code == 303
    assert only().sealed is None
    assert "Make a new secret" not in as_admin.get(f"/admin/alerts/{public_id}").text


def test_bad_channels_are_refused(as_admin: PageClient) -> None:
    form = FormUnderTest(
        path="/admin/alerts/new",
        valid=valid(),
        required=("kind", "name", "address"),
        texts={"name": 80, "address": 500},
        choices=("kind",),
        wrong={"address": ["nowhere", "a@b@example.com", "https://example.com"]},
    )
    assert_refuses_bad_input(as_admin, form)
    web = FormUnderTest(
        path="/admin/alerts/new",
        valid=valid(kind="ping", address="https://example.com/x"),
        wrong={"address": ["ops@example.com", "ftp://example.com", "https://me:secret@example.com", "javascript:alert(1)"]},
    )
    assert_refuses_bad_input(as_admin, web)


def test_a_name_is_used_once(as_admin: PageClient) -> None:
    channel(ChannelKind.MAIL, "a@example.com", "Operations")
    page = as_admin.post("/admin/alerts/new", data=valid())
    assert page.status_code == 422
    assert "Another channel has this name" in page.text
    other = channel(ChannelKind.MAIL, "b@example.com", "Others")
    page = as_admin.post(f"/admin/alerts/{other}/edit", data={"version": "1", "name": "Operations", "address": "b@example.com"})
    assert page.status_code == 422
    assert "Another channel has this name" in page.text


def test_a_channel_is_edited_and_the_second_editor_told(as_admin: PageClient) -> None:
    public_id = channel()
    path = f"/admin/alerts/{public_id}/edit"
    form = FormUnderTest(
        path=path,
        valid={"version": "1", "name": "Night shift", "address": "https://example.com/n"},
        required=("name", "address"),
        texts={"name": 80, "address": 500},
        wrong={"address": ["ops@example.com"]},
        is_versioned=True,
    )
    assert_refuses_bad_input(as_admin, form)
    assert as_admin.post(path, data=form.valid).status_code == 303
    assert (only().name, only().address) == ("Night shift", "https://example.com/n")
    second = as_admin.post(path, data={"version": "1", "name": "Day shift", "address": "https://example.com/n"})
    assert second.status_code == 409
    assert "is now “Night shift”" in second.text
    assert 'value="Day shift"' in second.text


def test_an_address_shows_its_host_alone_but_to_who_edits_it(as_admin: PageClient, as_support: PageClient) -> None:
    public_id = channel()
    for browser in (as_admin, as_support):
        for path in ("/admin/alerts", f"/admin/alerts/{public_id}"):
            page = browser.get(path).text
            assert TOKEN not in page
            assert "https://alerts.example.com/…" in page
    assert TOKEN in as_admin.get(f"/admin/alerts/{public_id}/edit").text
    assert as_support.get(f"/admin/alerts/{public_id}/edit").status_code == 403
    db.session.rollback()
    assert not any(TOKEN in text for text in db.session.scalars(sa.select(AuditEvent.changes)))


def test_a_test_shows_what_came_of_it(as_admin: PageClient, app: Flask) -> None:
    with web_server() as server:
        server.answers = [500]
        public_id = channel(address=f"{server.url}/hook")
        assert as_admin.post(f"/admin/alerts/{public_id}/test").status_code == 303
        panel = f"/admin/alerts/{public_id}/deliveries-panel"
        waiting = as_admin.htmx(panel)
        assert waiting.status_code == 200
        assert "On its way" in waiting.text
        seen = re.search(r"seen=(\w+)", waiting.text)
        assert seen is not None
        assert as_admin.htmx(f"{panel}?seen={seen[1]}").status_code == 204
        entry.drain(QueueClass.WATCH.value)
        over = as_admin.htmx(panel)
        assert over.status_code == 286, "nobody waits half a minute for the next attempt"
        assert "1: answered 500" in over.text
        assert "tried again at" in over.text
        as_admin.post(f"/admin/alerts/{public_id}/test")
        entry.drain(QueueClass.WATCH.value)
        page = as_admin.page(f"/admin/alerts/{public_id}")
        lines = [line.get_text(" ", strip=True) for line in page.select(".job-line")]
        assert lines[0].startswith("Delivered Test")
        assert page.select_one(".lead-in .tag-good") is not None
        assert [each.path for each in server.received] == ["/hook", "/hook"]


def test_a_channel_is_paused_and_goes_on(as_admin: PageClient) -> None:
    public_id = channel()
    assert as_admin.post(f"/admin/alerts/{public_id}/pause").status_code == 303
    assert not only().is_active
    assert "Paused" in as_admin.get("/admin/alerts").text
    assert as_admin.post(f"/admin/alerts/{public_id}/pause").status_code == 303
    assert as_admin.post(f"/admin/alerts/{public_id}/resume").status_code == 303
    assert only().is_active
    assert as_admin.post(f"/admin/alerts/{public_id}/explode").status_code == 404


def test_a_channel_is_removed_with_what_is_on_its_way(as_admin: PageClient) -> None:
    public_id = channel()
    as_admin.post(f"/admin/alerts/{public_id}/test")
    assert as_admin.post(f"/admin/alerts/{public_id}/remove").status_code == 303
    db.session.rollback()
    assert db.session.scalars(sa.select(AlertChannel)).all() == []
    assert db.session.scalars(sa.select(AlertDelivery)).all() == []
    assert as_admin.post(f"/admin/alerts/{public_id}/remove").status_code == 404


@pytest.mark.parametrize("act", ["test", "pause", "resume", "secret", "remove", "edit"])
def test_support_looks_and_changes_nothing(as_support: PageClient, act: str) -> None:
    public_id = channel()
    assert as_support.post(f"/admin/alerts/{public_id}/{act}", data=valid()).status_code == 403
    page = as_support.page(f"/admin/alerts/{public_id}")
    assert page.select("main form") == []
    assert only().is_active


def test_unknown_channels_are_missing(as_admin: PageClient, as_client_admin: PageClient) -> None:
    public_id = channel()
    assert_unknown_is_missing(as_admin, f"/admin/alerts/{public_id}", public_id)
    assert_unknown_is_missing(as_admin, f"/admin/alerts/{public_id}/deliveries-panel", public_id)
    assert_unknown_is_missing(as_admin, f"/admin/alerts/{public_id}/edit", public_id, data=valid(version="1"))
    assert as_client_admin.get("/admin/alerts").status_code == 404
    assert utc_now() > only().created_at
