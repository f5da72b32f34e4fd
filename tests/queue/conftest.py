"""Workers, schedulers and a Valkey that a test may kill."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import nudge
from app.extensions import db
from app.models import JobStatus, SyncJob
from tests.support.databases import Accounts, settings_for
from tests.support.processes import PATIENCE, Background, Nursery, eventually
from tests.support.valkey import Valkey

FAST = {"job_lease_seconds": 2, "job_backoff_seconds": 0, "scheduler_interval_seconds": 0.3}


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery.start()
    yield nursery
    nursery.stop()


@pytest.fixture
def background(app: Flask, accounts: Accounts, tmp_path: Path, nursery: Nursery) -> Iterator[Background]:
    """An installation whose pages (the ``app`` of the test) and processes share a Valkey of their own."""
    valkey = Valkey.start()
    settings = settings_for(accounts, data_dir=tmp_path / "data", redis_url=valkey.url, **FAST)
    background = Background(settings, valkey, tmp_path, nursery)
    before = app.extensions[nudge.EXTENSION]
    app.extensions[nudge.EXTENSION] = nudge.connect(valkey.url)
    yield background
    background.stop()
    app.extensions[nudge.EXTENSION].close()
    app.extensions[nudge.EXTENSION] = before


@pytest.fixture
def reaches(app: Flask) -> Callable[..., SyncJob]:
    """Wait until a job is in one of some states."""

    def wait(job: SyncJob, *statuses: JobStatus, within: float = PATIENCE) -> SyncJob:
        job_id = job.id

        def is_there() -> bool:
            db.session.rollback()
            return db.session.get_one(SyncJob, job_id, populate_existing=True).status in statuses

        eventually(is_there, within=within)
        return db.session.get_one(SyncJob, job_id)

    return wait
