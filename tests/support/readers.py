"""Clients who want reports by mail, and what they were sent."""

from datetime import UTC, datetime

from flask import current_app

from app.audit import Actor, ActorKind
from app.clock import utc_now
from app.extensions import db
from app.jobs import entry
from app.models import DigestFrequency, Organization, SyncJob, User
from app.queue import JobKind
from app.services import jobs
from app.services.cards import home_of
from app.unit_of_work import transaction
from tests.support import factories, published
from tests.support.mailbox import Letter, letters

WEEKLY, MONTHLY, OFF = DigestFrequency.WEEKLY, DigestFrequency.MONTHLY, DigestFrequency.OFF
MONDAY = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
"""Seven in the morning in Chicago."""
ACTOR = Actor(ActorKind.COMMAND, "test")


def reader(*, of: Organization | None = None, frequency: DigestFrequency = WEEKLY, has_cards: bool = True, **changes: object) -> User:
    """A client who wants reports, chosen long ago."""
    organization = of or factories.organization()
    user = factories.member(of=organization)
    factories.mail_choice(user, frequency=frequency, **changes)
    if has_cards and not home_of(organization.id, now=utc_now()).cards:
        published.card(account=factories.connector(of=organization))
    return user


def run() -> SyncJob:
    with transaction():
        job, _ = jobs.request_job(JobKind.SEND_DIGESTS, account=None, requested_by=None, actor=ACTOR)
    job_id = job.id
    with current_app.app_context():
        entry.drain(JobKind.SEND_DIGESTS.queue.value)
    db.session.expire_all()
    return db.session.get_one(SyncJob, job_id, populate_existing=True)


def sent_to(user: User) -> list[Letter]:
    return letters(to=user.email)
