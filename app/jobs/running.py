"""Carrying one job out: its handler, and what each kind of ending means for the row. Nothing here raises: one job's
failure must not stop those behind it."""

from collections.abc import Callable

import structlog
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from app.connectors.base import ConnectorError, RetryableError
from app.extensions import db
from app.jobs import registry
from app.jobs.handle import JobHandle, Keeper, StoppingError, WaitingError, working_on
from app.jobs.troubles import broken_sentence, may_pass
from app.queue import JobKind
from app.services import job_engine
from app.services.errors import ServiceError
from app.services.job_engine import Claim, LeaseLostError
from app.unit_of_work import transaction

log = structlog.get_logger(__name__)

DATABASE_AWAY = "The database was away or busy for a moment."


def carry_out(claim: Claim, *, worker: str, queues: str = "") -> None:
    """Work on a claimed job to its end, whatever that is."""
    with structlog.contextvars.bound_contextvars(job_id=claim.public_id, job_kind=claim.kind):
        try:
            with working_on(claim), Keeper(claim, worker=worker, queues=queues) as keeper:
                _try(claim, keeper)
        except LeaseLostError:
            log.warning("job.lease_lost", attempts=claim.attempts)
            _let_go_of_connection()
        except SQLAlchemyError as exc:
            # The end could not be written. The lease runs out, and the sweep does what is to be done.
            log.warning("job.end_not_written", error=type(exc).__name__)
            _let_go_of_connection()


def _try(claim: Claim, keeper: Keeper) -> None:
    handle = JobHandle(claim, keeper)
    try:
        handle.finish(registry.handler_of(JobKind(claim.kind))(handle))
    except LeaseLostError:
        raise
    except StoppingError:
        _end(lambda: job_engine.hand_back(claim))
        log.info("job.handed_back")
    except WaitingError as exc:
        sentence = str(exc)
        _end(lambda: job_engine.wait(claim, sentence=sentence))
        log.info("job.waits")
    except RetryableError as exc:
        _put_back(claim, str(exc), exc)
    except (ConnectorError, ServiceError) as exc:
        _fail(claim, str(exc), exc)
    except DBAPIError as exc:
        if may_pass(exc):
            _put_back(claim, DATABASE_AWAY, exc)
        else:
            _fail_unexpectedly(claim, exc)
    except Exception as exc:  # whatever a handler does wrong ends here, with its traceback in the log
        _fail_unexpectedly(claim, exc)
    else:
        log.info("job.succeeded", attempts=claim.attempts)
    finally:
        db.session.rollback()  # a transaction left open here would lock out the keeper, which is waited for


def _put_back(claim: Claim, sentence: str, exc: Exception) -> None:
    _end(lambda: job_engine.put_back(claim, sentence=sentence))
    log.warning("job.put_back", attempts=claim.attempts, error=type(exc).__name__)


def _fail(claim: Claim, sentence: str, exc: Exception) -> None:
    _end(lambda: job_engine.fail(claim, sentence=sentence))
    log.warning("job.failed", error=type(exc).__name__)


def _fail_unexpectedly(claim: Claim, exc: Exception) -> None:
    log.error("job.broken", error=type(exc).__name__, exc_info=exc)
    _end(lambda: job_engine.fail(claim, sentence=broken_sentence(claim)))


def _end(write: Callable[[], object]) -> None:
    """Write how the job ended; a connection that broke in the middle is made anew for it."""
    db.session.rollback()
    with transaction():
        write()


def _let_go_of_connection() -> None:
    """The sweep may end the connection that a lost job's row names: work on the next job with another one."""
    db.session.remove()
    db.engine.dispose()
