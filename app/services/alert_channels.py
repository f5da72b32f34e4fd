"""Channels of alerts: added, edited, paused, tried, removed. A webhook's secret is shown once and sealed."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app import audit
from app.audit import Actor, Target
from app.extensions import db
from app.ids import new_public_id
from app.models import AlertChannel, AlertDelivery, ChannelKind
from app.security.crypto import Place, Sealed
from app.services import alerts, http_calls, mail, webhooks
from app.services.errors import InvalidField, StaleVersion
from app.services.keys import key_ring

SHOWN_DELIVERIES = 12
NAME_IS_USED = "Another channel has this name. Choose one that tells them apart."


@dataclass(frozen=True)
class Added:
    channel: AlertChannel
    secret: str
    """Of a webhook, to be shown this once; empty: it has none."""


def list_channels() -> Sequence[AlertChannel]:
    return db.session.scalars(sa.select(AlertChannel).order_by(AlertChannel.name, AlertChannel.id)).all()


def get_channel(public_id: str) -> AlertChannel:
    """:raises sqlalchemy.exc.NoResultFound: if there is none"""
    return db.session.scalars(sa.select(AlertChannel).where(AlertChannel.public_id == public_id)).one()


def add(kind: ChannelKind, *, name: str, address: str, actor: Actor) -> Added:
    """:raises InvalidField: the part that cannot be taken"""
    demand_address(kind, address)
    channel = AlertChannel(kind=kind, name=name.strip(), address=address.strip())
    secret = _seal_new_secret(channel) if kind is ChannelKind.WEBHOOK else ""
    _save(channel, is_new=True)
    audit.record(db.session(), actor, "channel.added", Target.of(channel, None), {"kind": kind, "name": channel.name})
    return Added(channel, secret)


def edit(channel: AlertChannel, *, name: str, address: str, seen_version: int, actor: Actor) -> None:
    """:raises StaleVersion: if somebody else was faster
    :raises InvalidField: the part that cannot be taken
    """
    _lock(channel)
    if channel.version != seen_version:
        shown = {"Name": channel.name} if channel.name != name.strip() else {}
        shown |= {"Address": channel.address} if channel.address != address.strip() else {}
        raise StaleVersion("Somebody else changed this channel while you had it open.", shown)
    demand_address(channel.kind, address)
    channel.name, channel.address = name.strip(), address.strip()
    _save_changes(channel, actor=actor)


def set_active(channel: AlertChannel, *, is_active: bool, actor: Actor) -> None:
    """Pause it, or let it go on. What was on its way when it was paused is not delivered later."""
    _lock(channel)
    channel.is_active = is_active
    _save_changes(channel, actor=actor)


def replace_secret(channel: AlertChannel, *, actor: Actor) -> str:
    """:return: the new one, to be shown this once; the former signs nothing any more"""
    _lock(channel)
    secret = _seal_new_secret(channel)
    _save_changes(channel, actor=actor)
    return secret


def remove(channel: AlertChannel, *, actor: Actor) -> None:
    """With what is on its way through it."""
    audit.record(db.session(), actor, "channel.removed", Target.of(channel, None), {"kind": channel.kind, "name": channel.name})
    db.session.execute(sa.delete(AlertDelivery).where(AlertDelivery.channel_id == channel.id).execution_options(synchronize_session=False))
    db.session.delete(channel)
    db.session.flush()


def request_test(channel: AlertChannel, *, actor: Actor) -> AlertDelivery:
    """Send a test at once, also through a channel that is paused."""
    audit.record(db.session(), actor, "channel.tested", Target.of(channel, None), {"kind": channel.kind})
    return alerts.put(channel, event=f"{alerts.TEST_TYPE}:{new_public_id()}", payload=alerts.trial_message())


def latest_deliveries(channel: AlertChannel) -> Sequence[AlertDelivery]:
    query = sa.select(AlertDelivery).where(AlertDelivery.channel_id == channel.id)
    return db.session.scalars(query.order_by(AlertDelivery.id.desc()).limit(SHOWN_DELIVERIES)).all()


def demand_address(kind: ChannelKind, address: str) -> None:
    """:raises InvalidField: if nothing can be sent there"""
    if kind is not ChannelKind.MAIL:
        http_calls.demand_address(address.strip())
        return
    try:
        mail.demand_address(address.strip())
    except InvalidField as exc:
        raise InvalidField("address", str(exc)) from exc


def open_secret(channel: AlertChannel) -> str:
    """For the delivery that is about to sign; never for a page. Empty: it has none.

    :raises app.security.crypto.CryptoError: if it was moved here from another row, changed, or its key is gone
    """
    if channel.sealed is None or channel.key_id is None:
        return ""
    return key_ring().open(Sealed(channel.key_id, channel.sealed), place_of(channel))


def place_of(channel: AlertChannel) -> Place:
    return Place(AlertChannel.__tablename__, "sealed", channel.public_id)


def _seal_new_secret(channel: AlertChannel) -> str:
    secret = webhooks.new_secret()
    sealed = key_ring().seal(secret, place_of(channel))
    channel.sealed, channel.key_id = sealed.data, sealed.key_id
    return secret


def _lock(channel: AlertChannel) -> None:
    db.session.refresh(channel, with_for_update=True)


def _save_changes(channel: AlertChannel, *, actor: Actor) -> None:
    changes = audit.changes_of(channel)
    if changes:
        audit.record(db.session(), actor, "channel.edited", Target.of(channel, None), changes)
        _save(channel, is_new=False)


def _save(channel: AlertChannel, *, is_new: bool) -> None:
    same_name = sa.select(AlertChannel.id).where(AlertChannel.name == channel.name, AlertChannel.public_id != channel.public_id)
    with db.session.no_autoflush:
        is_used = db.session.scalar(same_name.limit(1)) is not None
    if is_used:
        raise InvalidField("name", NAME_IS_USED)
    try:
        with db.session.begin_nested():
            if is_new:
                db.session.add(channel)
            db.session.flush()
    except IntegrityError as exc:  # somebody else took it in the same moment
        raise InvalidField("name", NAME_IS_USED) from exc
