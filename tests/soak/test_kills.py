"""Workers, work-horses and Valkey are killed at random moments; no job may be lost, stuck or done twice.

``FIVEGATE_SEED`` chooses the moments, ``FIVEGATE_SOAK_FROM`` the round to begin with: round 37 is the same whether or
not the 36 before it ran.
"""

import os
import random
import signal
import time
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa
from flask import Flask

from app.audit import Actor, ActorKind
from app.extensions import db
from app.models import AdminTask, AuditEvent, JobStatus, SyncJob, TaskStatus
from app.queue import JobKind
from app.services import jobs
from app.services.jobs import parked_task_key
from app.unit_of_work import transaction
from tests.support import factories
from tests.support.processes import Background, Process, eventually

ROUNDS = 50
SAMPLE = 3
SETTLE_EVERY = 10
ACTOR = Actor(ActorKind.COMMAND, "soak")
LABELS = ("slow:6:0.1", "slow:12:0.1", "slow:2:0.01", "busy:1", "refused", "statement:1")
VICTIMS = ("worker", "horse", "valkey")
OPEN = (JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.RETRYING)


@dataclass
class Storm:
    """What runs and what was asked for."""

    background: Background
    seed: int
    workers: list[Process] = field(default_factory=list)
    kills: int = 0

    def begin(self) -> None:
        self.background.scheduler()
        self.workers = [self.background.worker() for _ in range(2)]

    def round(self, number: int) -> None:
        dice = random.Random(f"{self.seed}:{number}")
        for each in range(dice.randint(1, 3)):
            account = factories.connector(source_label=f"{dice.choice(LABELS)}#{number}.{each}")
            with transaction():
                jobs.request_job(JobKind.CHECK_ACCESS, account=account, requested_by=None, actor=ACTOR)
        # On a busy machine a blind wait would mostly hit workers that have not begun.
        eventually(lambda: number_of(JobStatus.RUNNING) or not number_of(*OPEN))
        time.sleep(dice.uniform(0, 0.3))
        self._kill(dice)

    def _kill(self, dice: random.Random) -> None:
        victim = dice.choice(VICTIMS)
        busy = [place for place, worker in enumerate(self.workers) if worker.horses]
        place = dice.choice(busy or range(len(self.workers)))
        self.kills += 1
        if victim == "valkey":
            self.background.valkey.kill()
            time.sleep(dice.uniform(0, 0.5))
            self.background.restart_valkey()
            return
        worker = self.workers[place]
        if victim == "horse" and worker.horses:
            os.kill(worker.horses[0], signal.SIGKILL)
            return
        worker.kill()
        self.workers[place] = self.background.worker()

    def settle(self) -> None:
        """Wait until nothing is open any more, then look at every job."""
        eventually(lambda: not number_of(*OPEN), within=90)
        assert all(worker.is_alive for worker in self.workers)
        for job in db.session.scalars(sa.select(SyncJob).where(SyncJob.kind == JobKind.CHECK_ACCESS.value)):
            verify(job)


def number_of(*statuses: JobStatus) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(SyncJob).where(SyncJob.status.in_(statuses))) or 0


def verify(job: SyncJob) -> None:
    """A job ended in a way that somebody can understand, and its effect is there as often as it should."""
    label = job.account.source_label if job.account else ""
    done = sa.select(sa.func.count()).select_from(AuditEvent).where(AuditEvent.action == "access.checked")
    effects = db.session.scalar(done.where(AuditEvent.actor_id == job.public_id))
    match job.status:
        case JobStatus.SUCCEEDED:
            assert effects == 1, label
            assert job.result_note, label
        case JobStatus.FAILED:
            assert label.startswith("refused")
            assert job.error_note.endswith("Ask the customer for a new one."), label
            assert effects == 0, label
        case JobStatus.PARKED:
            task = db.session.scalars(sa.select(AdminTask).where(AdminTask.open_key == parked_task_key(job))).one()
            assert task.status is TaskStatus.OPEN, label
            assert job.error_note, label
            assert effects == 0, label
        case _:
            pytest.fail(f"{label} ended as {job.status}")


def rage(background: Background, *, first: int, last: int) -> None:
    seed = int(os.environ.get("FIVEGATE_SEED", "20261122"))
    storm = Storm(background, seed)
    storm.begin()
    for number in range(first, last + 1):
        try:
            storm.round(number)
            if number % SETTLE_EVERY == 0 or number == last:
                storm.settle()
        except AssertionError as exc:
            exc.add_note(f"seed {seed}, round {number}: go on from here with FIVEGATE_SEED={seed} FIVEGATE_SOAK_FROM={number}")
            raise
    assert storm.kills == last - first + 1


def test_a_few_kills_lose_nothing_and_repeat_nothing(app: Flask, background: Background) -> None:
    rage(background, first=1, last=SAMPLE)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_fifty_kills_lose_nothing_and_repeat_nothing(app: Flask, background: Background) -> None:
    rage(background, first=int(os.environ.get("FIVEGATE_SOAK_FROM", "1")), last=ROUNDS)
