"""What a nudge runs: drain every due row of one queue. Its name stands in messages on their way, so it never changes."""

import os
import time

import structlog
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from app.clock import utc_now
from app.extensions import db
from app.jobs.handle import Stop, reading, remember_connections
from app.jobs.running import carry_out
from app.queue import QueueClass
from app.services import alert_delivery, client_acts, job_engine, mail, private_files, questions
from app.services.job_engine import Claim
from app.services.job_processes import WORKER, beat, process_name
from app.unit_of_work import transaction

log = structlog.get_logger(__name__)

BEAT_SECONDS = 5.0
CLAIM_TRIES = 20
LOCK_WAIT_SECONDS = 0.05


class Worker:
    """How this process is known; the command that forks work-horses fills it in."""

    name = ""
    queues = ""


class _Beat:
    last = -BEAT_SECONDS


def drain(queue: str) -> int:
    """Carry out due jobs until none is left or the worker is being stopped.

    :return: how many jobs were carried out
    """
    queue_class = QueueClass(queue)
    done = 0
    try:
        remember_connections()
        _clear_plain_copies()
        _beat()
        _do_small_things(queue_class)
        while not Stop.requested:
            claim = _next_claim(queue_class)
            if claim is None:
                break
            carry_out(claim, worker=_worker_name(), queues=Worker.queues)
            done += 1
            _beat()
            _do_small_things(queue_class)
    except SQLAlchemyError as exc:
        # The rows stay due, and the sweep nudges again.
        log.warning("queue.drain_stopped", queue=queue, error=type(exc).__name__)
    finally:
        db.session.remove()
    return done


def _clear_plain_copies() -> None:
    """What a killed process left: a job that died after its last commit is not tried again."""
    try:
        private_files.sweep(private_files.work_area())
    except OSError as exc:  # work that needs no files goes on
        log.warning("files.not_swept", error=type(exc).__name__)


def _next_claim(queue: QueueClass) -> Claim | None:
    """Find a due job and take it; where another worker was faster, look again."""
    for attempt in range(CLAIM_TRIES):
        try:
            with transaction():
                due = job_engine.find_due(queue)
                if due is None:
                    return None
                claim = job_engine.claim(due, queue=queue)
        except OperationalError:
            if attempt == CLAIM_TRIES - 1:
                raise
            time.sleep(LOCK_WAIT_SECONDS * (attempt + 1))  # a deadlock or a lock that took too long: all was rolled back
            continue
        if claim is not None:
            return claim
    return None


def _beat() -> None:
    if time.monotonic() - _Beat.last < BEAT_SECONDS:
        return
    with transaction():
        beat(db.session(), name=_worker_name(), role=WORKER, queues=Worker.queues)
    _Beat.last = time.monotonic()


def _worker_name() -> str:
    return Worker.name or process_name(os.getpid())


def _do_small_things(queue: QueueClass) -> None:
    """What clients did and mails wait for nobody's import: the interactive queue takes them along, also between two jobs. Alerts
    go with the watch, which finds what they tell of: a slow receiver holds nobody up who waits for a page."""
    if queue is QueueClass.INTERACTIVE:
        follow_clients()
        _deliver_mail()
    elif queue is QueueClass.WATCH:
        _deliver_alerts()


def follow_clients() -> None:
    """Draw the consequences of grants, withdrawals and questions of the portal."""
    for each in (client_acts, questions):
        try:
            with reading():
                has_due = each.has_due()
            if has_due:
                each.follow_due()
        except Exception as exc:  # as with mails
            log.exception("clients.not_followed", error=type(exc).__name__)
        finally:
            db.session.rollback()


def _deliver_mail() -> None:
    try:
        now = utc_now()
        with reading():
            has_due = mail.has_due(now=now)
        if has_due:
            mail.deliver_due(now=now)
    except Exception as exc:  # a mail that cannot be handled must not stop the jobs behind it
        log.exception("mail.delivery_broken", error=type(exc).__name__)
    finally:
        db.session.rollback()


def _deliver_alerts() -> None:
    try:
        now = utc_now()
        with reading():
            has_due = alert_delivery.has_due(now=now)
        if has_due:
            alert_delivery.deliver_due(now=now)
    except Exception as exc:  # an alert that cannot be handled must not stop the watch
        log.exception("alert.delivery_broken", error=type(exc).__name__)
    finally:
        db.session.rollback()
