"""Alerts: put on their way in the transaction that finds what they tell of, delivered by a worker after it.

One for each connector whenever its findings change, however many of them do, and none while nothing changes.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.audit import canonical_json
from app.clock import utc_now
from app.extensions import db
from app.models import AlertChannel, AlertDelivery, ChannelKind, ProviderAccount
from app.queue import QueueClass
from app.services.findings import Change, Turn
from app.services.installation import settings
from app.services.watching.trouble import WORDS
from app.unit_of_work import nudge_after_commit

TYPE, TEST_TYPE, PING_TYPE = "connector.findings", "test", "ping"
PING_EVERY = timedelta(minutes=15)
PINGS_KEPT = timedelta(days=1)
DELIVERIES_KEPT = timedelta(days=90)
TOLD_BY = (ChannelKind.MAIL, ChannelKind.WEBHOOK)
VERBS = {Turn.OPENED: "found", Turn.CHANGED: "changed", Turn.OVER: "over"}


def tell(account: ProviderAccount, changes: Sequence[Change], *, now: datetime) -> None:
    """Put one alert of everything that changed at a connector on its way through every active channel."""
    if not changes:
        return
    first = changes[0]
    event = f"{VERBS[first.turn]}:{first.finding.public_id}:{int(now.timestamp())}"
    message = canonical_json(_message(account, changes, now))
    for channel in _who_is_told():
        put(channel, event=event, payload=message)


def tell_of_installation(found: str, *, is_over: bool, now: datetime) -> None:
    """One alert of what holds every connector at once, in the same shape."""
    change = VERBS[Turn.OVER if is_over else Turn.OPENED]
    means = "It is over." if is_over else "Figures of every live connector are held until it is mended."
    to_do = "Nothing." if is_over else "Run `flask doctor` where Fivegate runs: it names the line that mends it."
    title = "The installation itself is not as it has to be"
    finding = {"change": change, "kind": "installation", "subject": "", "level": "found", "title": title, "found": found}
    data = {
        "organization": "this installation",
        "source": "Fivegate",
        "connector": "",
        "state": "Sound" if is_over else "Needs attention",
        "url": f"{settings().public_url.rstrip('/')}/admin/watch",
        "findings": [{**finding, "id": "", "means": means, "to_do": to_do}],
    }
    message = canonical_json({"type": TYPE, "timestamp": now.isoformat(), "data": data})
    for channel in _who_is_told():
        put(channel, event=f"{change}:installation:{int(now.timestamp())}", payload=message)


def _who_is_told() -> Sequence[AlertChannel]:
    return db.session.scalars(sa.select(AlertChannel).where(AlertChannel.is_active, AlertChannel.kind.in_(TOLD_BY))).all()


def put(channel: AlertChannel, *, event: str, payload: str) -> AlertDelivery:
    """Put something on its way; a worker is nudged once the transaction is committed."""
    now = utc_now()
    row = AlertDelivery(channel_id=channel.id, event=event, payload=payload, created_at=now, due_at=now)
    db.session.add(row)
    db.session.flush()
    nudge_after_commit(QueueClass.WATCH)
    return row


def _message(account: ProviderAccount, changes: Sequence[Change], now: datetime) -> dict[str, object]:
    """Names of organization and source, and sentences of ours: nothing personal."""
    return {
        "type": TYPE,
        "timestamp": now.isoformat(),
        "data": {
            "organization": account.organization.name,
            "source": account.source_label,
            "connector": account.public_id,
            "state": account.state.label,
            "url": f"{settings().public_url.rstrip('/')}/admin/connectors/{account.public_id}",
            "findings": [_told(change) for change in changes],
        },
    }


def _told(change: Change) -> dict[str, str]:
    row, words = change.finding, WORDS[change.finding.kind]
    told = {
        "id": row.public_id,
        "change": VERBS[change.turn],
        "kind": row.kind.value,
        "subject": row.subject,
        "level": row.level,
        "title": row.kind.label,
        "found": row.sentence,
    }
    if change.turn is not Turn.OVER:
        return {**told, "means": words.means, "to_do": words.to_do}
    by = "Somebody looked and says that it is fine." if row.reviewed_by_id is not None else "It is over by itself."
    return {**told, "means": by, "to_do": "Nothing."}


def trial_message() -> str:
    """What a channel is tried with."""
    data = {"message": "This is a test. Alerts of Fivegate come through this channel.", "url": settings().public_url}
    return canonical_json({"type": TEST_TYPE, "timestamp": utc_now().isoformat(), "data": data})


def ask_for_pings() -> None:
    """A round of the watch was whole: say so to whoever waits for it, once a quarter of an hour at most. What a former round asked for
    and did not get through is not tried any longer, and what is long over is forgotten."""
    now = utc_now()
    _forget(now)
    channels = db.session.scalars(sa.select(AlertChannel).where(AlertChannel.is_active, AlertChannel.kind == ChannelKind.PING)).all()
    slot = int(now.timestamp() // PING_EVERY.total_seconds())
    for channel in channels:
        event = f"ping:{slot}"
        query = sa.select(AlertDelivery).where(AlertDelivery.channel_id == channel.id)
        if db.session.scalar(query.where(AlertDelivery.event == event)) is not None:
            continue
        for late in db.session.scalars(query.where(AlertDelivery.due_at.is_not(None), AlertDelivery.event.startswith("ping:"))):
            late.due_at, late.gave_up_at = None, now
        put(channel, event=event, payload=canonical_json({"type": PING_TYPE}))


def _forget(now: datetime) -> None:
    is_over = AlertDelivery.due_at.is_(None)
    pings = sa.and_(AlertDelivery.event.startswith("ping:"), AlertDelivery.created_at < now - PINGS_KEPT)
    db.session.execute(
        sa.delete(AlertDelivery)
        .where(is_over, sa.or_(pings, AlertDelivery.created_at < now - DELIVERIES_KEPT))
        .execution_options(synchronize_session=False)
    )
