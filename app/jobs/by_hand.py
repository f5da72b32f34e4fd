"""Carrying out one job in this process, for a command that is to end when its work has."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import overload

from app.extensions import db
from app.jobs.handle import Stop, reading, remember_connections
from app.jobs.running import carry_out
from app.models import JobStatus, SyncJob
from app.queue import QueueClass
from app.services import job_engine
from app.services.job_engine import Claim, Due
from app.services.job_processes import process_name
from app.unit_of_work import transaction

LOOK_AGAIN_SECONDS = 0.5


@overload
def ask_and_carry_out(ask: Callable[[], SyncJob]) -> SyncJob: ...
@overload
def ask_and_carry_out(ask: Callable[[], SyncJob | None]) -> SyncJob | None: ...
def ask_and_carry_out(ask: Callable[[], SyncJob | None]) -> SyncJob | None:
    """Ask for a job and see it through. It is claimed in the transaction that asks, so no worker is faster; where the
    organization has too many jobs running just then, whoever is free first does it.

    :param ask: makes the job in the open transaction; where it makes none, that is all
    :return: the job once it is over, or given back because this process was told to stop
    """
    remember_connections()
    with _stoppable():
        with transaction():
            job = ask()
            if job is None:
                return job
            job_id = job.id
            claim = _claim(job)
        while True:
            if claim is not None:
                carry_out(claim, worker=process_name(os.getpid()))
            with reading():
                job = db.session.get_one(SyncJob, job_id, populate_existing=True)
                db.session.expunge(job)
            if job.status.is_final or Stop.requested:
                return job
            time.sleep(LOOK_AGAIN_SECONDS)
            with transaction():
                claim = _claim(db.session.get_one(SyncJob, job_id, populate_existing=True))


def _claim(job: SyncJob) -> Claim | None:
    if job.status not in {JobStatus.QUEUED, JobStatus.RETRYING}:
        return None
    return job_engine.claim(Due(job.id, job.organization_id), queue=QueueClass(job.queue))


@contextmanager
def _stoppable() -> Iterator[None]:
    """An interrupted command gives its job back, and a worker goes on with it."""
    before = {number: signal.signal(number, _stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(_number: int, _frame: FrameType | None) -> None:
    Stop.requested = True
