"""Waivers: a check may stay open for a while, for a reason, when a second person accepts it."""

from collections.abc import Sequence
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from app import audit
from app.audit import Actor, Target
from app.clock import utc_now
from app.extensions import db
from app.models import ConnectorConfiguration, ProviderAccount, ReadinessWaiver, User
from app.services import tasks
from app.services.check_keys import WAIVABLE
from app.services.errors import InvalidField, NotPossible

LONGEST = timedelta(days=90)


def request(
    account: ProviderAccount, configuration: ConnectorConfiguration, check_key: str, *, reason: str, last_day: date, by: User, actor: Actor
) -> ReadinessWaiver:
    """Ask for a waiver.

    :raises NotPossible: if the check cannot be waived, or one is asked for or counts already
    :raises InvalidField: ``reason`` or ``last_day``
    """
    if check_key not in WAIVABLE:
        raise NotPossible("This check cannot be waived: what it asks for has to be there.")
    if not reason.strip():
        raise InvalidField("reason", "Say why it may be open for a while.")
    today = tasks.today(account.organization)
    if not today <= last_day <= today + LONGEST:
        raise InvalidField("last_day", f"Choose a day from today on and within {LONGEST.days} days.")
    end_over(account, configuration, check_key, today=today, actor=actor)
    row = ReadinessWaiver(
        configuration_id=configuration.id,
        check_key=check_key,
        reason=reason.strip(),
        last_day=last_day,
        open_key=f"{configuration.public_id}:{check_key}",
        requested_by_id=by.id,
    )
    target = Target.of(row, account.organization)
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError as exc:
        raise NotPossible("A waiver of this check is asked for, or counts, already.") from exc
    changes = {"check": check_key, "last_day": last_day, "connector": account.public_id}
    audit.record(db.session(), actor, "waiver.requested", target, changes)
    return row


def approve(account: ProviderAccount, waiver: ReadinessWaiver, *, by: User, actor: Actor) -> None:
    """Accept the reason.

    :raises NotPossible: if the same person asked for it, or it is over
    """
    db.session.refresh(waiver, with_for_update=True)
    if waiver.ended_at is not None or waiver.approved_at is not None:
        raise NotPossible("This waiver was decided already.")
    if waiver.requested_by_id == by.id:
        raise NotPossible("You asked for this waiver, so somebody else has to approve it.")
    if waiver.last_day < tasks.today(account.organization):
        raise NotPossible("The last day of this waiver is over. Ask for a new one.")
    waiver.approved_by_id, waiver.approved_at = by.id, utc_now()
    changes = {"check": waiver.check_key, "connector": account.public_id}
    audit.record(db.session(), actor, "waiver.approved", Target.of(waiver, account.organization), changes)
    db.session.flush()


def end(account: ProviderAccount, waiver: ReadinessWaiver, *, actor: Actor) -> None:
    """Refuse or withdraw it: from now on it does not count."""
    db.session.refresh(waiver, with_for_update=True)
    if waiver.ended_at is not None:
        return
    waiver.ended_at, waiver.open_key = utc_now(), None
    changes = {"check": waiver.check_key, "connector": account.public_id}
    audit.record(db.session(), actor, "waiver.ended", Target.of(waiver, account.organization), changes)
    db.session.flush()


def end_over(account: ProviderAccount, configuration: ConnectorConfiguration, check_key: str, *, today: date, actor: Actor) -> None:
    """Close one whose last day is over, so that another can be asked for."""
    found = open_waiver(configuration, check_key)
    if found is not None and found.last_day < today:
        end(account, found, actor=actor)


def open_waiver(configuration: ConnectorConfiguration, check_key: str) -> ReadinessWaiver | None:
    """The one that is asked for or was approved."""
    query = sa.select(ReadinessWaiver).where(ReadinessWaiver.open_key == f"{configuration.public_id}:{check_key}")
    return db.session.scalar(query.options(joinedload(ReadinessWaiver.requested_by), joinedload(ReadinessWaiver.approved_by)))


def get_waiver(public_id: str) -> ReadinessWaiver:
    """:raises sqlalchemy.exc.NoResultFound: if there is none"""
    return db.session.scalars(sa.select(ReadinessWaiver).where(ReadinessWaiver.public_id == public_id)).one()


def of_check(configuration: ConnectorConfiguration, check_key: str) -> Sequence[ReadinessWaiver]:
    """All there ever were, the newest first."""
    query = sa.select(ReadinessWaiver).where(ReadinessWaiver.configuration_id == configuration.id, ReadinessWaiver.check_key == check_key)
    shown = (joinedload(ReadinessWaiver.requested_by), joinedload(ReadinessWaiver.approved_by))
    return db.session.scalars(query.options(*shown).order_by(ReadinessWaiver.id.desc())).all()
