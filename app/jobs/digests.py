"""Once an hour: reports by mail that are due where their readers are."""

from functools import partial

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.audit import Actor
from app.clock import utc_now
from app.jobs.handle import JobHandle, Outcome, StoppingError, reading
from app.services import digests, tasks
from app.services.digests import Due
from app.services.job_engine import LeaseLostError

log = structlog.get_logger(__name__)

UNWRITTEN = "digest-unwritten"


def send_digests(handle: JobHandle) -> Outcome:
    """Each report is a piece of its own: whoever goes on after a crash goes on with the next one."""
    now = utc_now()
    with reading():
        waiting = digests.due(now=now)
    sent, failed = handle.done_before, 0
    for report in waiting:
        try:
            sent += _send(handle, report, sent=sent)
        except (LeaseLostError, StoppingError, SQLAlchemyError):
            raise
        except Exception as exc:  # one report that cannot be written must not keep the others back
            log.exception("digest.not_written", period=report.period.key, error=type(exc).__name__)
            failed += 1
    effect = partial(_open_task, failed, handle.claim.actor) if failed else None
    return Outcome(_sentence(sent, failed), {"sent": sent, "failed": failed}, effect)


def _send(handle: JobHandle, report: Due, *, sent: int) -> int:
    with handle.piece() as piece:
        was_sent = digests.send(report, now=utc_now())
        piece.done = sent + was_sent
        piece.note = f"{piece.done:,} reports were put into the mail"
    return int(was_sent)


def _sentence(sent: int, failed: int) -> str:
    if not sent and not failed:
        return "No report was due."
    sentence = f"{sent:,} {'report was' if sent == 1 else 'reports were'} put into the mail."
    return f"{sentence} {failed:,} could not be written." if failed else sentence


def _open_task(failed: int, actor: Actor) -> None:
    """They are tried again every hour until their period is over."""
    tasks.open_task(
        key=UNWRITTEN,
        kind=UNWRITTEN,
        title="Reports by mail cannot be written",
        detail=f"{failed:,} of the reports that were due could not be put together. The log of the worker says why (digest.not_written). "
        "They are tried again every hour.",
        organization=None,
        account=None,
        owner=None,
        due_on=tasks.today(None),
        actor=actor,
    )
