"""Alerts on their way: signed, sent with nothing open, tried again, given up; signs of life."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app import nudge
from app.audit import Actor, ActorKind
from app.clock import moved_by, utc_now
from app.extensions import db
from app.jobs import entry, scheduler
from app.models import AdminTask, AlertChannel, AlertDelivery, ChannelKind
from app.queue import JobKind, QueueClass
from app.services import alert_channels, alert_delivery, alerts, http_calls, jobs, key_rotation, webhooks
from app.services.alert_delivery import MAX_ATTEMPTS, WAITS, deliver_due, has_due
from app.services.http_calls import CallError
from app.services.keys import key_ring
from app.unit_of_work import transaction
from tests.support.mailbox import letters
from tests.support.web_server import WebServer, silent_server, web_server

ACTOR = Actor(ActorKind.COMMAND, "test")
MESSAGE = '{"data":{"a":"ä"},"type":"connector.findings"}'


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as found:
        yield found


def channel(kind: ChannelKind, address: str, name: str = "On call") -> str:
    """:return: its public id; a webhook's secret is in ``secret_of``"""
    with transaction():
        return alert_channels.add(kind, name=name, address=address, actor=ACTOR).channel.public_id


def secret_of(public_id: str) -> str:
    db.session.rollback()
    return alert_channels.open_secret(alert_channels.get_channel(public_id))


def send(public_id: str, *, event: str = "found:x", payload: str = MESSAGE) -> None:
    with transaction():
        alerts.put(alert_channels.get_channel(public_id), event=event, payload=payload)


def only() -> AlertDelivery:
    db.session.rollback()
    return db.session.scalars(sa.select(AlertDelivery)).one()


def stored(public_id: str) -> AlertChannel:
    db.session.rollback()
    return alert_channels.get_channel(public_id)


# Signed webhooks


def test_a_receiver_can_verify_what_it_gets(app: Flask, server: WebServer) -> None:
    """After the specification, by the standard library alone."""
    public_id = channel(ChannelKind.WEBHOOK, f"{server.url}/hooks/fivegate?team=1")
    send(public_id)
    assert has_due(now=utc_now())
    assert deliver_due(now=utc_now()) == 1
    (got,) = server.received
    assert (got.method, got.path, got.body) == ("POST", "/hooks/fivegate?team=1", MESSAGE.encode())
    assert got.headers["content-type"] == "application/json"
    message_id, timestamp = got.headers["webhook-id"], got.headers["webhook-timestamp"]
    assert abs(int(timestamp) - utc_now().timestamp()) < 60
    key = base64.b64decode(secret_of(public_id)[len("whsec_") :], validate=True)
    assert len(key) == 32
    wanted = hmac.new(key, b".".join([message_id.encode(), timestamp.encode(), got.body]), hashlib.sha256).digest()
    assert got.headers["webhook-signature"] == "v1," + base64.b64encode(wanted).decode()
    row = only()
    assert (row.public_id, row.due_at, row.note) == (message_id, None, "1: answered 200")
    assert row.sent_at is not None
    assert stored(public_id).last_ok_at is not None


def test_the_example_of_the_specification() -> None:
    found = webhooks.signature(
        b'{"test": 2432232314}',
        message_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        secret="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    )
    assert found == "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_another_secret_signs_another_way(app: Flask, server: WebServer) -> None:
    public_id = channel(ChannelKind.WEBHOOK, server.url)
    before = secret_of(public_id)
    with transaction():
        fresh = alert_channels.replace_secret(stored(public_id), actor=ACTOR)
    assert fresh == secret_of(public_id) != before
    send(public_id)
    deliver_due(now=utc_now())
    (got,) = server.received
    timestamp, message_id = int(got.headers["webhook-timestamp"]), got.headers["webhook-id"]
    told = got.headers["webhook-signature"]
    assert told == f"v1,{webhooks.signature(got.body, message_id=message_id, timestamp=timestamp, secret=fresh)}"
    assert told != f"v1,{webhooks.signature(got.body, message_id=message_id, timestamp=timestamp, secret=before)}"


def test_the_secret_is_sealed_and_survives_a_new_key(app: Flask) -> None:
    public_id = channel(ChannelKind.WEBHOOK, "https://example.com/x")
    secret = secret_of(public_id)
    row = stored(public_id)
    assert row.sealed is not None
    assert secret.encode() not in row.sealed
    assert any(column.name == "alert_channels.sealed" for column in key_rotation.SEALED_COLUMNS)
    assert key_ring().current == row.key_id


# Tried again


def test_an_error_is_tried_again_with_the_same_id(app: Flask, server: WebServer) -> None:
    server.answers = [500]
    public_id = channel(ChannelKind.WEBHOOK, server.url)
    send(public_id)
    now = utc_now()
    assert deliver_due(now=now) == 0
    row = only()
    assert (row.attempts, row.due_at, row.note) == (1, now + WAITS[0], "1: answered 500")
    assert stored(public_id).last_note == "answered 500"
    assert not has_due(now=now)
    assert deliver_due(now=now + WAITS[0]) == 1
    assert only().note == "1: answered 500; 2: answered 200"
    assert stored(public_id).last_note == ""
    first, second = server.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"], "each attempt is dated anew"


def test_it_is_given_up_after_the_last_attempt_and_somebody_is_told(app: Flask, server: WebServer) -> None:
    server.answers = [500] * MAX_ATTEMPTS
    public_id = channel(ChannelKind.WEBHOOK, server.url)
    send(public_id)
    now = utc_now()
    for wait in (timedelta(0), *WAITS):
        now += wait
        assert has_due(now=now)
        assert deliver_due(now=now) == 0
    row = only()
    assert (row.attempts, row.due_at, row.gave_up_at) == (MAX_ATTEMPTS, None, now)
    assert row.note == "; ".join(f"{number}: answered 500" for number in range(1, MAX_ATTEMPTS + 1))
    assert not has_due(now=now + timedelta(days=9))
    (task,) = db.session.scalars(sa.select(AdminTask)).all()
    assert task.title == "Alerts cannot be delivered"
    send(public_id, event="found:y")
    assert deliver_due(now=now) == 1
    db.session.rollback()
    assert db.session.scalars(sa.select(AdminTask.open_key)).all() == [None]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(app: Flask, server: WebServer, status: int) -> None:
    server.answers = [status]
    send(channel(ChannelKind.WEBHOOK, server.url))
    assert deliver_due(now=utc_now()) == 0
    assert [each.path for each in server.received] == ["/"]
    assert only().note == f"1: answered {status}"


def test_what_is_gone_is_not_tried_again(app: Flask, server: WebServer) -> None:
    server.answers = [410]
    send(channel(ChannelKind.WEBHOOK, server.url))
    deliver_due(now=utc_now())
    assert only().gave_up_at is not None


def test_a_channel_that_fails_holds_no_other_up(app: Flask, server: WebServer) -> None:
    bad = channel(ChannelKind.WEBHOOK, "http://127.0.0.1:9/closed", "Bad")
    good = channel(ChannelKind.WEBHOOK, server.url, "Good")
    for number in range(3):
        send(bad, event=f"found:{number}")
    send(good)
    assert deliver_due(now=utc_now()) == 1
    db.session.rollback()
    attempts = db.session.scalars(sa.select(AlertDelivery.attempts).order_by(AlertDelivery.id)).all()
    assert attempts == [1, 0, 0, 1]


def test_a_killed_delivery_is_sent_again(app: Flask, server: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker dies after sending and before noting it: the receiver tells by the id that it has it already."""
    send(channel(ChannelKind.WEBHOOK, server.url))
    now = utc_now()

    def dies(*_args: object, **_named: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(alert_delivery, "_settle", dies)
    with pytest.raises(KeyboardInterrupt):
        deliver_due(now=now)
    monkeypatch.undo()
    assert not has_due(now=now), "it is leased"
    later = now + alert_delivery.LEASE
    assert deliver_due(now=later) == 1
    one, other = (each.headers["webhook-id"] for each in server.received)
    assert one == other
    assert only().attempts == 2


def test_one_that_kills_its_worker_each_time_is_given_up(app: Flask, server: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    send(channel(ChannelKind.WEBHOOK, server.url))
    with transaction():
        db.session.execute(sa.update(AlertDelivery).values(attempts=MAX_ATTEMPTS))
    assert deliver_due(now=utc_now()) == 0
    assert only().gave_up_at is not None
    assert server.received == []


@pytest.mark.parametrize("sends", [b"", b"HTTP/1.1 200 OK" * 20])
def test_a_receiver_that_never_ends_is_not_waited_for(app: Flask, monkeypatch: pytest.MonkeyPatch, sends: bytes) -> None:
    monkeypatch.setattr(http_calls, "TIMEOUT_SECONDS", 0.2)
    with silent_server(sends=sends) as address:
        send(channel(ChannelKind.WEBHOOK, address))
        assert deliver_due(now=utc_now()) == 0
    assert only().note == "1: no answer within 0.2 s"


def test_what_is_no_web_server_is_said(app: Flask) -> None:
    with silent_server(sends=b"220 smtp\r\n", every=0.0) as address, pytest.raises(CallError, match="no answer of a web server"):
        http_calls.call("GET", address)
    with pytest.raises(CallError, match="could not be reached"):
        http_calls.call("GET", "http://127.0.0.1:9/")


def test_nothing_is_open_while_a_receiver_answers(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    send(channel(ChannelKind.WEBHOOK, "https://example.com/x"))
    seen = []

    def looks(*_args: object, **_named: object) -> int:
        seen.append(db.session().in_transaction())
        return 200

    monkeypatch.setattr(http_calls, "call", looks)
    assert deliver_due(now=utc_now()) == 1
    assert seen == [False]


def test_a_paused_channel_is_told_nothing_later(app: Flask, server: WebServer) -> None:
    public_id = channel(ChannelKind.WEBHOOK, server.url)
    send(public_id)
    with transaction():
        alert_channels.set_active(stored(public_id), is_active=False, actor=ACTOR)
    deliver_due(now=utc_now())
    assert server.received == []
    assert only().note == "1: the channel was paused"
    with transaction():
        alert_channels.request_test(stored(public_id), actor=ACTOR)
    assert deliver_due(now=utc_now()) == 1
    assert json.loads(server.received[0].body)["type"] == "test"


def test_a_secret_that_does_not_open_is_said(app: Flask, server: WebServer) -> None:
    public_id = channel(ChannelKind.WEBHOOK, server.url)
    with transaction():
        db.session.execute(sa.update(AlertChannel).values(sealed=b"x" * 48))
    send(public_id)
    assert deliver_due(now=utc_now()) == 0
    assert only().note == "1: its secret cannot be opened: make a new one"
    assert server.received == []


# By mail

TROUBLE: dict[str, Any] = {
    "type": "connector.findings",
    "data": {
        "organization": "Acme\r\nBcc: all@example.com",
        "source": "Field <b>service",
        "state": "Live, late",
        "url": "http://127.0.0.1:8000/admin/connectors/x",
        "findings": [
            {"change": "found", "title": "Data is late", "found": "It has not come.", "means": "Figures end.", "to_do": "Ask for it."}
        ],
    },
}


def test_an_alert_by_mail_is_put_into_the_outbox_once(app: Flask) -> None:
    send(channel(ChannelKind.MAIL, "ops@example.com"), payload=json.dumps(TROUBLE))
    assert deliver_due(now=utc_now()) == 1
    assert deliver_due(now=utc_now()) == 0
    (letter,) = letters()
    assert (letter.to, letter.subject) == ("ops@example.com", "Alert: Field <b>service of Acme Bcc: all@example.com: Data is late")
    for words in ("It has not come.", "What it means: Figures end.", "What to do: Ask for it.", TROUBLE["data"]["url"]):
        assert words in letter.text
    assert "<b>service" not in letter.html
    assert only().note == "1: put into the outbox"


def test_a_test_by_mail(app: Flask) -> None:
    public_id = channel(ChannelKind.MAIL, "ops@example.com")
    with transaction():
        alert_channels.request_test(stored(public_id), actor=ACTOR)
    assert deliver_due(now=utc_now()) == 1
    assert letters()[0].subject == "Fivegate: a test of alerts"
    assert "This is a test." in letters()[0].text


# Signs of life


def go_round(slot: str) -> None:
    with transaction():
        assert jobs.request_slot(JobKind.WATCH, slot=slot)
    entry.drain(QueueClass.WATCH.value)


def test_a_whole_round_gives_a_sign_of_life_once_a_quarter_of_an_hour(app: Flask, server: WebServer) -> None:
    public_id = channel(ChannelKind.PING, f"{server.url}/ping/abc")
    now = utc_now()
    ahead = timedelta(seconds=901 - now.timestamp() % 900)  # just after a quarter
    with moved_by(ahead):
        go_round("one")
        go_round("two")
        assert [(each.method, each.path) for each in server.received] == [("GET", "/ping/abc")]
    with moved_by(ahead + alerts.PING_EVERY):
        go_round("three")
    assert len(server.received) == 2
    assert stored(public_id).last_ok_at is not None


def test_a_sign_of_life_that_does_not_get_through_is_noted_and_overtaken(app: Flask, server: WebServer) -> None:
    server.answers = [503]
    public_id = channel(ChannelKind.PING, server.url)
    go_round("one")
    assert stored(public_id).last_note == "answered 503"
    with moved_by(alerts.PING_EVERY):
        go_round("two")
        assert stored(public_id).last_note == ""
    db.session.rollback()
    one, other = db.session.scalars(sa.select(AlertDelivery).order_by(AlertDelivery.id)).all()
    assert (one.due_at, one.sent_at) == (None, None)
    assert one.gave_up_at is not None
    assert other.sent_at is not None
    assert len(server.received) == 2
    assert db.session.scalars(sa.select(AdminTask)).all() == []


def test_a_round_that_fails_gives_none(app: Flask, server: WebServer, monkeypatch: pytest.MonkeyPatch) -> None:
    from app.services import watch

    def breaks(**_named: object) -> list[int]:
        raise RuntimeError

    channel(ChannelKind.PING, server.url)
    monkeypatch.setattr(watch, "to_look_at", breaks)
    go_round("one")
    assert server.received == []


def test_what_is_long_over_is_forgotten(app: Flask, server: WebServer) -> None:
    public_id = channel(ChannelKind.PING, server.url)
    go_round("one")
    send(public_id, event="found:late")
    with moved_by(timedelta(days=2)):
        go_round("two")
    with moved_by(timedelta(days=100)):
        go_round("three")
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AlertDelivery)) == 1


# Who delivers


def test_what_waits_is_nudged_for(app: Flask) -> None:
    send(channel(ChannelKind.WEBHOOK, "https://example.com/x"))
    redis = app.extensions[nudge.EXTENSION]
    assert nudge.rq_queue(QueueClass.WATCH, redis).count == 1
    redis.flushdb()
    scheduler.sweep()
    assert nudge.rq_queue(QueueClass.WATCH, redis).count == 1
    assert nudge.rq_queue(QueueClass.INTERACTIVE, redis).count == 0


def test_a_worker_delivers_between_jobs(app: Flask, server: WebServer) -> None:
    send(channel(ChannelKind.WEBHOOK, server.url))
    entry.drain(QueueClass.INTERACTIVE.value)
    assert server.received == []
    entry.drain(QueueClass.WATCH.value)
    assert len(server.received) == 1
