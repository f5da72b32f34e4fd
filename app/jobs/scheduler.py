"""The scheduler: a loop of ours with a lease row, so that several may run and one acts.

Each round inserts what is periodic and due, picks up what died, and nudges for what waits; now and then it nudges every
queue, which makes workers say that they are alive. Valkey or the database being away ends no loop: it is logged, and
the next round tries again.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from uuid import uuid4

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.extensions import db
from app.jobs.handle import Stop
from app.jobs.schedule import PERIODIC, Periodic
from app.nudge import nudge
from app.queue import JobKind, QueueClass
from app.services import alert_delivery, client_acts, job_sweep, jobs, mail, questions
from app.services.installation import settings
from app.services.job_clock import database_now
from app.services.job_engine import LeaseLostError
from app.services.job_processes import SCHEDULER, beat, forget_old_beats, process_name, release_lease, take_lease
from app.unit_of_work import transaction

log = structlog.get_logger(__name__)

LEASE_NAME = "scheduler"
MIN_LEASE_SECONDS = 5.0
LOOKS_FOR_STOP_SECONDS = 0.2
ROLL_CALL_SECONDS = 10.0


@dataclass
class Scheduler:
    """One process of possibly several."""

    holder: str
    periodic: Sequence[Periodic] = PERIODIC
    is_acting: bool = False
    _roll_called_at: float = -ROLL_CALL_SECONDS
    _filled: dict[JobKind, str] = field(default_factory=dict)
    """The slot of each kind that has its job: asked for again only when the next one begins."""

    @classmethod
    def of_this_process(cls) -> "Scheduler":
        # A process id may come back after a crash, so it does not name the holder of a lease by itself.
        return cls(holder=f"{process_name()}:{uuid4().hex[:8]}")

    def run(self) -> None:
        """Go round until the process is told to stop."""
        log.info("scheduler.started", holder=self.holder)
        while not Stop.requested:
            self.round()
            _pause(settings().scheduler_interval_seconds)
        self._guarded("release", self._release)
        log.info("scheduler.stopped", holder=self.holder)

    def round(self) -> bool:
        """One round.

        :return: whether this process acted; a stand-by only tries the lease
        """
        acts = self._guarded("lease", self._take_lease)
        if acts != self.is_acting:
            log.info("scheduler.acting" if acts else "scheduler.standing_by", holder=self.holder)
        self.is_acting = acts
        if acts:
            self._guarded("slots", self._fill_slots)
            self._guarded("sweep", sweep)
            self._guarded("roll call", self._call_the_roll)
        return acts

    def _fill_slots(self) -> bool:
        with transaction():
            now = database_now(db.session())
        for periodic in self.periodic:
            slot = periodic.slot(now)
            if self._filled.get(periodic.kind) != slot:
                self._guarded(f"insert {periodic.kind.value}", partial(self._fill, periodic.kind, slot))
        return True

    def _fill(self, kind: JobKind, slot: str) -> bool:
        with transaction():
            is_new = jobs.request_slot(kind, slot=slot)
            is_filled = is_new or jobs.has_slot(slot)  # or the job of the former one is still open
        if is_filled:
            self._filled[kind] = slot
        return is_new

    def _call_the_roll(self) -> bool:
        """A nudge with nothing to do lets a worker write its beat, and mails that wait are taken along."""
        if time.monotonic() - self._roll_called_at < ROLL_CALL_SECONDS:
            return False
        self._roll_called_at = time.monotonic()
        for queue in QueueClass:
            nudge(queue, if_idle=True)
        return True

    def _take_lease(self) -> bool:
        seconds = max(3 * settings().scheduler_interval_seconds, MIN_LEASE_SECONDS)
        with transaction():
            has_it = take_lease(LEASE_NAME, holder=self.holder, seconds=seconds)
            if has_it:
                beat(db.session(), name=process_name(), role=SCHEDULER)
                forget_old_beats()
        return has_it

    def _release(self) -> bool:
        with transaction():
            release_lease(LEASE_NAME, holder=self.holder)
        return True

    def _guarded(self, step: str, act: Callable[[], bool]) -> bool:
        """Do one step; that it fails is no reason to leave out the others."""
        try:
            return act()
        except SQLAlchemyError as exc:
            log.warning("scheduler.database_away", step=step, error=type(exc).__name__)
        except Exception as exc:  # the loop outlives whatever one step does wrong
            log.exception("scheduler.step_broken", step=step, error=type(exc).__name__)
        finally:
            db.session.remove()
        return False


def sweep() -> bool:
    """Pick up what died and nudge for what waits; `flask jobs requeue-stuck` does it by hand."""
    with transaction():
        lapsed = job_sweep.lapsed_jobs()
    for each in lapsed:
        try:
            with transaction():
                recovered = job_sweep.recover(each)
            log.warning(
                "job.recovered" if recovered else "job.not_recovered_yet", job_id=each.claim.public_id, attempts=each.claim.attempts
            )
        except LeaseLostError:
            log.info("job.recovered_by_another", job_id=each.claim.public_id)
        except SQLAlchemyError as exc:
            log.warning("job.not_recovered_yet", job_id=each.claim.public_id, error=type(exc).__name__)
    for queue in _queues_that_wait():
        nudge(queue, if_idle=True)
    return True


def _queues_that_wait() -> list[QueueClass]:
    with transaction():
        queues = job_sweep.forgotten_queues()
        now = database_now(db.session())
        if QueueClass.INTERACTIVE not in queues and _something_small_waits(now):
            queues.append(QueueClass.INTERACTIVE)
        if QueueClass.WATCH not in queues and alert_delivery.has_due(now=now):
            queues.append(QueueClass.WATCH)
    return queues


def _something_small_waits(now: datetime) -> bool:
    """Mails, and what clients did, are taken along by the interactive queue; they have no job of their own."""
    return mail.has_due(now=now) or client_acts.has_due() or questions.has_due()


def _pause(seconds: float) -> None:
    until = time.monotonic() + seconds
    while not Stop.requested and time.monotonic() < until:
        time.sleep(min(LOOKS_FOR_STOP_SECONDS, seconds))
