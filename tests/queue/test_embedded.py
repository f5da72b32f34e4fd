"""The same engine on SQLite, where one writer at a time is all there is."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app import create_app
from app.audit import Actor, ActorKind
from app.extensions import db
from app.models import AuditEvent, JobStatus, SyncJob
from app.queue import JobKind
from app.services import jobs
from app.services.installation import settings, use_settings
from app.unit_of_work import transaction
from tests.queue.conftest import FAST
from tests.support import factories
from tests.support.databases import SqliteFiles, settings_for
from tests.support.processes import Background, Nursery, eventually
from tests.support.valkey import Valkey


@pytest.fixture
def embedded(app: Flask, tmp_path: Path, nursery: Nursery, sqlite_files: SqliteFiles) -> Iterator[Background]:
    """An installation on SQLite, and this test inside it."""
    before = settings()
    valkey = Valkey.start()
    found = settings_for(sqlite_files.copy_to(tmp_path), data_dir=tmp_path / "data", redis_url=valkey.url, **FAST)
    background = Background(found, valkey, tmp_path, nursery)
    embedded_app = create_app(found)
    with embedded_app.app_context():
        yield background
        background.stop()
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()
    embedded_app.extensions["fivegate.redis"].close()
    use_settings(before)


def test_jobs_run_and_survive_a_killed_worker_while_pages_go_on_writing(embedded: Background) -> None:
    embedded.scheduler()
    worker = embedded.worker()
    embedded.worker()
    actor = Actor(ActorKind.COMMAND, "test")
    asked = []
    for number in range(4):
        account = factories.connector(source_label=f"slow:6:0.1#{number}")
        with transaction():
            asked.append(jobs.request_job(JobKind.CHECK_ACCESS, account=account, requested_by=None, actor=actor)[0].id)
    eventually(lambda: "running" in statuses())
    worker.kill()
    for _ in range(20):  # pages that write meanwhile
        factories.organization()
    eventually(lambda: statuses() == {"succeeded"})
    done = db.session.scalars(sa.select(AuditEvent.actor_id).where(AuditEvent.action == "access.checked")).all()
    assert len(done) == len(set(done)) == len(asked)
    for role in ("worker", "scheduler"):
        assert "OperationalError" not in embedded.said(role)


def statuses() -> set[str]:
    kind = JobKind.CHECK_ACCESS.value
    found = {JobStatus(status).value for status in db.session.scalars(sa.select(SyncJob.status).where(SyncJob.kind == kind))}
    db.session.rollback()  # what is written next must not begin as a reading transaction
    return found
