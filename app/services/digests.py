"""Reports by mail: a client's cards as they stand, once for each week or month.

That a report was sent is written in the transaction that puts its mail into the outbox, one row for each person and period:
a job that is killed, runs twice or beside another one sends no second mail.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.extensions import db
from app.models import DigestFrequency, DigestSending, MailChoice, Organization, OrganizationMember, User, UserKind
from app.readiness.wording import day_in_words
from app.rendering import render_mail
from app.services import digest_periods, mail_choices
from app.services.branding import letterhead_of, name_for
from app.services.cards import Home, home_of
from app.services.digest_periods import Period
from app.services.digest_words import section_of
from app.services.identity import home_url, person_row
from app.services.mail import queue_mail

TEMPLATE = "digest"
_TITLES = {DigestFrequency.WEEKLY: "Weekly report", DigestFrequency.MONTHLY: "Monthly report"}


@dataclass(frozen=True)
class Due:
    """A report that somebody waits for."""

    user_id: int
    period: Period


def due(*, now: datetime) -> list[Due]:
    """Reports of periods that have begun and were not sent, in two statements. A period counts for those alone who had chosen
    it when it began: choosing on a Wednesday brings the first report on Monday."""
    rows = db.session.execute(
        sa.select(MailChoice.user_id, MailChoice.frequency, MailChoice.changed_at, Organization.time_zone)
        .join(User, User.id == MailChoice.user_id)
        .join(OrganizationMember, OrganizationMember.user_id == User.id)
        .join(Organization, Organization.id == OrganizationMember.organization_id)
        .where(MailChoice.frequency != DigestFrequency.OFF, User.is_active.is_(True), User.kind == UserKind.CLIENT)
        .order_by(MailChoice.user_id)
    ).all()
    found = [(row, digest_periods.newest(row.frequency, zone=row.time_zone, now=now)) for row in rows]
    waiting = [Due(row.user_id, period) for row, period in found if row.changed_at <= period.begins_at]
    if not waiting:
        return []
    sent = _sent({each.period.key for each in waiting})
    return [each for each in waiting if (each.user_id, each.period.key) not in sent]


def _sent(keys: set[str]) -> set[tuple[int, str]]:
    """Through the choices: the index of what was sent begins with the person."""
    rows = db.session.execute(
        sa.select(DigestSending.user_id, DigestSending.period)
        .join(MailChoice, MailChoice.user_id == DigestSending.user_id)
        .where(MailChoice.frequency != DigestFrequency.OFF, DigestSending.period.in_(sorted(keys)))
    )
    return {(user_id, period) for user_id, period in rows}


def send(report: Due, *, now: datetime) -> bool:
    """Put one report into the outbox of this transaction.

    :return: False if it was sent before, is not wanted any more, or there is no card to report; the last is tried again
        until the period is over
    :raises InvalidField: if no mail can be sent to the person's address
    """
    user = person_row(report.user_id)
    if not user.is_active or user.membership is None or mail_choices.frequency_of(user.id) is not report.period.frequency:
        return False
    organization = user.membership.organization
    home = home_of(organization.id, now=now)
    if not home.cards or not _claim(report, now=now):
        return False
    address = mail_choices.unsubscribe_url(user)
    queue_mail(
        to=user.email,
        subject=f"{organization.name}: {_TITLES[report.period.frequency].lower()} of {day_in_words(report.period.first_day)}",
        template=TEMPLATE,
        context=_context(user.name, organization, home, report.period, unsubscribe_url=address, now=now),
        organization=organization,
        home_url=home_url(UserKind.CLIENT),
        unsubscribe_url=address,
    )
    return True


def _claim(report: Due, *, now: datetime) -> bool:
    """The unique key decides between two workers: the slower one waits for the faster one's commit and finds the row."""
    try:
        with db.session.begin_nested():
            db.session.add(DigestSending(user_id=report.user_id, period=report.period.key, sent_at=now))
    except IntegrityError:
        return False
    return True


def preview(organization: Organization, *, name: str, frequency: DigestFrequency, now: datetime) -> str:
    """What a report would say now, as text; empty while nothing is published. Computes and stores nothing."""
    home = home_of(organization.id, now=now)
    if not home.cards:
        return ""
    wanted = DigestFrequency.WEEKLY if frequency is DigestFrequency.OFF else frequency
    period = digest_periods.newest(wanted, zone=organization.time_zone, now=now)
    url = home_url(UserKind.CLIENT)
    context = _context(name, organization, home, period, unsubscribe_url=f"{url}/{mail_choices.PATH}/…", now=now)
    values = {**context, "subject": "", "letterhead": letterhead_of(organization)}
    return render_mail(TEMPLATE, values, public_url=url).text


def _context(name: str, organization: Organization, home: Home, period: Period, *, unsubscribe_url: str, now: datetime) -> dict[str, Any]:
    local, url = now.astimezone(ZoneInfo(organization.time_zone)), home_url(UserKind.CLIENT)
    return {
        "name": name,
        "title": _TITLES[period.frequency],
        "organization": organization.name,
        "portal_name": name_for(organization),
        "as_of": f"{day_in_words(local.date())}, {local:%H:%M} {local.tzname()}",
        "sections": [section_of(card) for card in home.cards],
        "portal_url": f"{url}/portal/",
        "choice_url": f"{url}/portal/mails",
        "unsubscribe_url": unsubscribe_url,
    }
