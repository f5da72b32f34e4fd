"""Rounds of the watch as the scheduler would have them done, and what comes out of a webhook meanwhile."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from typing import Any

import sqlalchemy as sa

from app.audit import Actor, ActorKind
from app.clock import moved_by
from app.extensions import db
from app.jobs import entry
from app.models import (
    AdminTask,
    AuditEvent,
    ChannelKind,
    ConfigurationStatus,
    ConnectorState,
    FindingKind,
    JobStatus,
    ProviderAccount,
    SyncJob,
)
from app.queue import JobKind, QueueClass
from app.services import alert_channels, check_runs, configurations, findings, jobs, settling
from app.services.check_keys import EVERY_CHECK, OF_INSTALLATION
from app.unit_of_work import transaction
from tests.gates.live import Live
from tests.support.web_server import WebServer, web_server

ROUND = timedelta(minutes=15)
DAY = timedelta(days=1)
slots = count(1)


class Told:
    """What came out of a webhook since it was asked last."""

    def __init__(self, server: WebServer) -> None:
        self.server = server

    def news(self) -> list[list[tuple[str, str, str]]]:
        """Of each alert: change, kind and level of its findings."""
        messages = [json.loads(each.body) for each in self.server.received]
        self.server.received.clear()
        return [[(each["change"], each["kind"], each["level"]) for each in message["data"]["findings"]] for message in messages]


@contextmanager
def told() -> Iterator[Told]:
    with web_server() as server:
        with transaction():
            actor = Actor(ActorKind.COMMAND, "test")
            channel = alert_channels.add(ChannelKind.WEBHOOK, name="On call", address=f"{server.url}/alerts", actor=actor).channel
        channel_id = channel.public_id
        try:
            yield Told(server)
        finally:
            db.session.rollback()
            with transaction():
                alert_channels.remove(alert_channels.get_channel(channel_id), actor=actor)


def go_round(ahead: timedelta = timedelta(0), *, times: int = 1) -> None:
    """The periodic re-check and the watch, as the scheduler would have them done, a quarter of an hour apart."""
    for number in range(times):
        with moved_by(ahead + number * ROUND):
            with transaction():
                for kind in (JobKind.RECHECK, JobKind.WATCH):
                    assert jobs.request_slot(kind, slot=f"{kind}:{next(slots)}")
            entry.drain(QueueClass.WATCH.value)
            job = newest_round()
            assert job.status is JobStatus.SUCCEEDED, job.error_note


def newest_round() -> SyncJob:
    query = sa.select(SyncJob).where(SyncJob.kind == JobKind.WATCH.value).order_by(SyncJob.id.desc()).limit(1)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def state_of(live: Live) -> ConnectorState:
    db.session.rollback()
    db.session.expire_all()
    return live.account.state


def open_tasks_about(account: ProviderAccount, kind: FindingKind, check: str) -> list[AdminTask]:
    """The watch's own, and that of the tick which fell with it."""
    db.session.rollback()
    configuration = configurations.find(account, ConfigurationStatus.LIVE)
    assert configuration is not None
    own = AdminTask.open_key.startswith(f"{findings.prefix_of(account)}{kind}:")
    tick = AdminTask.open_key == settling.key_of(configuration, check)
    return list(db.session.scalars(sa.select(AdminTask).where(sa.or_(own, tick))))


def open_findings(live: Live) -> list[tuple[FindingKind, str]]:
    db.session.rollback()
    return [(row.kind, row.level) for row in findings.open_findings(live.account)]


def events(action: str) -> list[dict[str, Any]]:
    db.session.rollback()
    return [json.loads(text) for text in db.session.scalars(sa.select(AuditEvent.changes).where(AuditEvent.action == action))]


def admin(live: Live) -> Actor:
    return Actor(ActorKind.STAFF, live.people.admin)


def ask_again(live: Live) -> None:
    with transaction():
        check_runs.run(live.account, set(EVERY_CHECK) - OF_INSTALLATION, actor=admin(live))
