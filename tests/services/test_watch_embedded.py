"""A round of the watch on SQLite, the embedded default."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app.audit import Actor, ActorKind
from app.clock import utc_now
from app.extensions import db
from app.jobs import entry
from app.models import (
    AccountCredential,
    ChannelKind,
    ConfigurationStatus,
    ConnectorConfiguration,
    FindingKind,
    Promotion,
    PromotionStatus,
    WatchFinding,
)
from app.queue import JobKind, QueueClass
from app.services import alert_channels, configurations, jobs
from app.unit_of_work import transaction
from tests.support import factories
from tests.support.apps import another_app
from tests.support.databases import SqliteFiles, settings_for
from tests.support.valkey import Valkey
from tests.support.web_server import web_server

ACTOR = Actor(ActorKind.COMMAND, "test")


@pytest.fixture
def embedded(valkey: Valkey, tmp_path: Path, sqlite_files: SqliteFiles) -> Iterator[Flask]:
    with another_app(settings_for(sqlite_files.copy_to(tmp_path), data_dir=tmp_path, redis_url=valkey.url)) as app, app.app_context():
        yield app
        db.session.remove()


def live_connector() -> None:
    """As far as a round looks at one: without evidence, without an owner, with an old secret."""
    account, person = factories.connector(may_import=False, owner_id=None), factories.staff(with_password=False)
    key = configurations.status_key_of(account, ConfigurationStatus.LIVE)
    live = ConnectorConfiguration(account_id=account.id, number=1, status=ConfigurationStatus.LIVE, status_key=key)
    factories._save(live)
    values = {"digest": "x", "vouched": "{}", "requested_by_id": person.id, "requested_at": utc_now(), "promoted_at": utc_now()}
    promotion = Promotion(account_id=account.id, configuration_id=live.id, number=1, status=PromotionStatus.LIVE, **values)
    promotion.live_key = account.public_id
    old = {"sealed": b"x" * 40, "key_id": "k", "last_four": "", "set_at": utc_now() - timedelta(days=200)}
    factories._save(promotion, AccountCredential(account_id=account.id, name="client_secret", **old))


def test_a_round_finds_and_tells_once(embedded: Flask) -> None:
    live_connector()
    with web_server() as server:
        with transaction():
            alert_channels.add(ChannelKind.WEBHOOK, name="On call", address=server.url, actor=ACTOR)
        for slot in ("one", "two"):
            with transaction():
                assert jobs.request_slot(JobKind.WATCH, slot=slot)
            entry.drain(QueueClass.WATCH.value)
        (got,) = server.received
    told = {each["kind"] for each in json.loads(got.body)["data"]["findings"]}
    assert told >= {"owner", "secret_age"}
    kinds = set(db.session.scalars(sa.select(WatchFinding.kind).where(WatchFinding.open_key.is_not(None))))
    assert kinds >= {FindingKind.OWNER, FindingKind.SECRET_AGE}
    db.session.rollback()
