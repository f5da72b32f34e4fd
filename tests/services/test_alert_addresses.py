"""Where alerts may be sent, and where not."""

import pytest
import sqlalchemy as sa
from flask import Flask

from app.audit import Actor, ActorKind
from app.config import Environment, Settings
from app.extensions import db
from app.models import AlertChannel, ChannelKind
from app.services import alert_channels, http_calls, installation
from app.services.errors import InvalidField
from app.unit_of_work import transaction

ACTOR = Actor(ActorKind.COMMAND, "test")


@pytest.mark.parametrize(
    "address",
    [
        "",
        "alerts.example.com",
        "ftp://example.com/",
        "javascript:alert(1)",
        "https://",
        "https:///path",
        "https://exa mple.com/",
        "https://example.com/\r\nX-Injected: 1",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://[::1/",
        "https://user:secret@example.com/",
        "https://user@example.com/",
        "https://example.com/#part",
        "https://exämple.com/",
        "https://example.com/" + "x" * 500,
        "file:///etc/passwd",
    ],
)
def test_an_address_that_cannot_be_called_is_refused(app: Flask, address: str) -> None:
    for kind in (ChannelKind.WEBHOOK, ChannelKind.PING):
        with pytest.raises(InvalidField) as refused, transaction():
            alert_channels.add(kind, name="x", address=address, actor=ACTOR)
        assert refused.value.field == "address"
    assert db.session.scalars(sa.select(AlertChannel)).all() == []


@pytest.mark.parametrize("address", ["x", "a@b@example.com", "Ana <ana@example.com>", "ana@example.com\nBcc: all@example.com"])
def test_a_mail_address_has_to_be_one(app: Flask, address: str) -> None:
    with pytest.raises(InvalidField) as refused, transaction():
        alert_channels.add(ChannelKind.MAIL, name="x", address=address, actor=ACTOR)
    assert refused.value.field == "address"


def test_in_production_what_is_sent_is_encrypted(app: Flask) -> None:
    former: Settings = app.extensions["fivegate.settings"]
    installation.use_settings(former.model_copy(update={"environment": Environment.PRODUCTION}))
    try:
        with pytest.raises(InvalidField, match="begins with https://"):
            http_calls.demand_address("http://10.0.0.7/hook")
        http_calls.demand_address("https://10.0.0.7/hook")
    finally:
        installation.use_settings(former)


def test_two_channels_have_two_names(app: Flask) -> None:
    with transaction():
        alert_channels.add(ChannelKind.MAIL, name="Same", address="a@example.com", actor=ACTOR)
    with pytest.raises(InvalidField) as refused, transaction():
        alert_channels.add(ChannelKind.MAIL, name="Same", address="b@example.com", actor=ACTOR)
    assert refused.value.field == "name"
