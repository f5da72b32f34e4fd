"""Consent as a client admin gives and takes it in the portal: it takes the place of what staff wrote down."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from app import audit
from app.audit import Actor, Target
from app.extensions import db
from app.models import Authorization, ProviderAccount
from app.services import tasks
from app.services.agreements import consent_of, withdraw_consent


@dataclass(frozen=True)
class ByClient:
    """Who acted in the portal, and when."""

    name: str
    at: datetime
    note: str
    actor: Actor


def take_grant(account: ProviderAccount, *, reads: Collection[str], writes: Collection[str], by: ByClient) -> str:
    """Put what a client admin granted in the portal in place of what counted before, also of what staff wrote down.

    :return: the act of the audit trail; empty where what was said after it counts
    """
    former = consent_of(account)
    if former is not None and former.withdrawn_on is not None and former.updated_at > by.at:
        return ""  # the customer said no to staff after this grant was given
    if former is not None:
        former.current_key = None
        db.session.flush()
    row = Authorization(
        account_id=account.id,
        current_key=account.public_id,
        reads=",".join(sorted(reads)),
        writes=",".join(sorted(writes)),
        given_by=by.name,
        given_on=tasks.local_day(account.organization, by.at),
        proof="Granted in the portal",
        by_portal=True,
    )
    target = Target.of(row, account.organization)
    changes = {"reads": sorted(reads), "writes": sorted(writes), "given_on": row.given_on, "connector": account.public_id}
    db.session.add(row)
    db.session.flush()
    audit.record(db.session(), by.actor, "consent.recorded", target, changes)
    return "consent.recorded"


def take_withdrawal(account: ProviderAccount, *, by: ByClient) -> str:
    """Write down that a client admin took access back in the portal. Where nothing was agreed to, that no is what counts.

    :return: the act of the audit trail; empty where it was withdrawn already
    """
    row = consent_of(account)
    if row is not None and row.withdrawn_on is not None:
        return ""
    if row is None:
        day = tasks.local_day(account.organization, by.at)
        row = Authorization(account_id=account.id, current_key=account.public_id, reads="", given_by=by.name, given_on=day, by_portal=True)
        db.session.add(row)
        db.session.flush()
    withdraw_consent(account, note=by.note, actor=by.actor)
    row.updated_at = by.at  # when it was said: a grant that came after it must not look as if it came before
    db.session.flush()
    return "consent.withdrawn"
