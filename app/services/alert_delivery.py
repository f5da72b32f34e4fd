"""Delivering alerts: claim one, send it with nothing open, write down how it went.

A message may arrive twice (the worker dies between sending it and noting so); its id is the same then. A mail is put into the
outbox by the transaction that notes its delivery, so it is put there once.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog

from app.audit import Actor, ActorKind
from app.extensions import db
from app.models import AlertChannel, AlertDelivery, ChannelKind
from app.security.crypto import CryptoError
from app.services import alert_channels, http_calls, mail, tasks, webhooks
from app.services.alerts import PING_EVERY, TEST_TYPE
from app.services.errors import InvalidField
from app.services.http_calls import CallError
from app.unit_of_work import transaction

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=1)
"""Longer than a call can take."""
MAX_ATTEMPTS = 5
WAITS = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10), timedelta(minutes=30))
"""Before the second attempt, the third …"""
NOTE_LENGTH = 200
GONE = 410
PAUSED = "the channel was paused"
_WORKER = Actor(ActorKind.JOB, "alerts")


def has_due(*, now: datetime) -> bool:
    return db.session.scalar(sa.select(AlertDelivery.id).where(*_is_due(now)).limit(1)) is not None


def deliver_due(*, now: datetime) -> int:
    """Send what is due. A channel that failed is left alone until the next time, so that nobody waits for it again and again.

    :return: how many were delivered
    """
    sent = 0
    failed: set[int] = set()
    while (claimed := _claim_next(now, but=failed)) is not None:
        if _deliver(claimed, now=now):
            sent += 1
        else:
            failed.add(claimed.channel_id)
    return sent


@dataclass(frozen=True)
class _Claimed:
    id: int
    public_id: str
    event: str
    payload: str
    attempts: int
    note: str
    channel_id: int
    channel_public_id: str
    channel_name: str
    kind: ChannelKind
    address: str
    secret: str
    """Empty: the channel has none, or it does not open."""
    is_paused: bool
    created_at: datetime

    def is_overtaken(self, now: datetime) -> bool:
        """A sign of life counts for a quarter of an hour."""
        return self.kind is ChannelKind.PING and not self.is_test and now - self.created_at >= PING_EVERY

    @property
    def is_test(self) -> bool:
        return self.event.startswith(f"{TEST_TYPE}:")


def _is_due(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return AlertDelivery.due_at <= now, sa.or_(AlertDelivery.leased_until.is_(None), AlertDelivery.leased_until <= now)


def _claim_next(now: datetime, *, but: set[int]) -> _Claimed | None:
    """Take the oldest due one; one conditional UPDATE decides between two workers. The attempt counts from here, so that a message
    which kills its worker is given up as well."""
    while True:
        with transaction():
            query = sa.select(AlertDelivery.id).where(*_is_due(now), AlertDelivery.channel_id.not_in(but))
            row_id = db.session.scalar(query.order_by(AlertDelivery.due_at, AlertDelivery.id).limit(1))
            if row_id is None:
                return None
            taken = db.session.execute(
                sa.update(AlertDelivery)
                .where(AlertDelivery.id == row_id, *_is_due(now))
                .values(leased_until=now + LEASE, attempts=AlertDelivery.attempts + 1)
                .execution_options(synchronize_session=False)
            )
            if taken.rowcount == 1:  # type: ignore[attr-defined]  # an UPDATE's result has it
                return _claimed(db.session.get_one(AlertDelivery, row_id, populate_existing=True))


def _claimed(row: AlertDelivery) -> _Claimed:
    channel = row.channel
    try:
        secret = alert_channels.open_secret(channel)
    except CryptoError:
        secret = ""
    return _Claimed(
        id=row.id,
        public_id=row.public_id,
        event=row.event,
        payload=row.payload,
        attempts=row.attempts,
        note=row.note,
        channel_id=channel.id,
        channel_public_id=channel.public_id,
        channel_name=channel.name,
        kind=channel.kind,
        address=channel.address,
        secret=secret,
        is_paused=not channel.is_active,
        created_at=row.created_at,
    )


def _deliver(claimed: _Claimed, *, now: datetime) -> bool:
    if claimed.is_paused and not claimed.is_test:
        _settle(claimed, PAUSED, now=now, gives_up=True)
        return True
    if claimed.is_overtaken(now):
        _settle(claimed, "the next one is due", now=now, gives_up=True)
        return True
    if claimed.attempts > MAX_ATTEMPTS:  # its worker died at the last one
        _settle(claimed, "nobody knows how the last attempt ended", now=now, gives_up=True)
        return False
    if claimed.kind is ChannelKind.MAIL:
        return _mail(claimed, now=now)
    try:
        status = _call(claimed, now=now)
    except (CallError, CryptoError) as exc:
        _settle(claimed, str(exc), now=now)
        return False
    is_ok = 200 <= status < 300
    _settle(claimed, f"answered {status}", now=now, is_ok=is_ok, gives_up=status == GONE)
    return is_ok


def _call(claimed: _Claimed, *, now: datetime) -> int:
    if claimed.kind is ChannelKind.PING:
        return http_calls.call("GET", claimed.address)
    if not claimed.secret:
        raise CryptoError("its secret cannot be opened: make a new one")
    body = claimed.payload.encode()
    headers = webhooks.headers_of(body, message_id=claimed.public_id, timestamp=int(now.timestamp()), secret=claimed.secret)
    return http_calls.call("POST", claimed.address, body=body, headers=headers)


def _mail(claimed: _Claimed, *, now: datetime) -> bool:
    message = json.loads(claimed.payload)
    try:
        with transaction():
            mail.queue_mail(
                to=claimed.address,
                subject=_subject(message),
                template="alert_test" if claimed.is_test else "alert",
                context={"message": message["data"]},
            )
            _write(claimed, "put into the outbox", now=now, is_ok=True)
    except InvalidField as exc:
        _settle(claimed, str(exc), now=now, gives_up=True)
        return False
    return True


def _subject(message: dict[str, object]) -> str:
    data = message["data"]
    if message["type"] == TEST_TYPE or not isinstance(data, dict):
        return "Fivegate: a test of alerts"
    findings = data["findings"]
    is_over = all(each["change"] == "over" for each in findings)
    return f"{'Over' if is_over else 'Alert'}: {data['source']} of {data['organization']}: {findings[0]['title']}"


def _settle(claimed: _Claimed, note: str, *, now: datetime, is_ok: bool = False, gives_up: bool = False) -> None:
    if not is_ok:
        log.warning("alert.not_delivered", delivery_id=claimed.public_id, attempts=claimed.attempts, reason=note)
    with transaction():
        _write(claimed, note, now=now, is_ok=is_ok, gives_up=gives_up)


def _write(claimed: _Claimed, note: str, *, now: datetime, is_ok: bool, gives_up: bool = False) -> None:
    told = f"{claimed.note}; " if claimed.note else ""
    values: dict[str, object] = {"leased_until": None, "note": f"{told}{claimed.attempts}: {note}"[-NOTE_LENGTH:]}
    if is_ok:
        values |= {"due_at": None, "sent_at": now}
    elif gives_up or claimed.attempts >= MAX_ATTEMPTS:
        values |= {"due_at": None, "gave_up_at": now}
    else:
        values["due_at"] = now + WAITS[claimed.attempts - 1]
    _update(sa.update(AlertDelivery).where(AlertDelivery.id == claimed.id, AlertDelivery.due_at.is_not(None)).values(**values))
    if note == PAUSED:
        return
    if claimed.kind is ChannelKind.WEBHOOK and not claimed.is_test:
        _see_to_task(claimed, is_ok=is_ok, gave_up="gave_up_at" in values)
    of_channel: dict[str, object] = {"last_ok_at": now, "last_note": ""} if is_ok else {"last_note": note[:NOTE_LENGTH]}
    _update(sa.update(AlertChannel).where(AlertChannel.id == claimed.channel_id).values(**of_channel, updated_at=AlertChannel.updated_at))


def _see_to_task(claimed: _Claimed, *, is_ok: bool, gave_up: bool) -> None:
    """One for each channel through which nothing comes, until something does."""
    key = f"alert-undelivered:{claimed.channel_public_id}"
    if is_ok:
        tasks.close_tasks(key, actor=_WORKER)
    elif gave_up:
        tasks.open_task(
            key=key,
            kind="alert-undelivered",
            title="Alerts cannot be delivered",
            detail=f"An alert was given up on its way through the webhook “{claimed.channel_name}”. Look at the channel's page under "
            "“Watch”, “Alerts”, mend what it says and send a test.",
            organization=None,
            account=None,
            owner=None,
            due_on=tasks.today(None),
            actor=_WORKER,
        )


def _update(statement: sa.Update) -> None:
    db.session.execute(statement.execution_options(synchronize_session=False))
