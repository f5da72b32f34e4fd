"""After a commit point in the home of the rows: forward until every figure shows it."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import structlog
from sqlalchemy.exc import DBAPIError

from app.connectors.base import RetryableError
from app.extensions import db
from app.imports.engine.states import State
from app.imports.leads.settling import settle_batch
from app.jobs.handle import JobHandle, StoppingError, reading
from app.jobs.points import roll_up_others
from app.jobs.stages import Stage, Stages
from app.models import ImportBatch, ProviderAccount
from app.services import import_work, points
from app.services.import_work import Order
from app.services.job_engine import LeaseLostError

log = structlog.get_logger(__name__)

COUNTING = "Counting the days that it touched"
STUCK = (
    "The rows are as they should be, but not everything that follows from them could be done. Nothing has to be imported "
    "again: it is tried again by itself, and the job can be run again by hand."
)


@contextmanager
def goes_on() -> Iterator[None]:
    """What fails past a commit point is tried again: nothing can be taken back by then."""
    try:
        yield
    except (LeaseLostError, StoppingError, RetryableError, DBAPIError):
        raise
    except Exception as exc:
        log.exception("import.stuck", error=type(exc).__name__)
        raise RetryableError(STUCK) from exc


def settle_leads(order: Order, state: State, stages: Stages) -> Mapping[str, int]:
    """Let the set rules look at the leads of a batch and at their neighbours.

    :return: rows of the batch by class; nothing for what are no leads
    """
    if order.key_maker is None:
        return {}
    with stages.stage("Looking for repeated leads") as stage:
        counts = settle_batch(order.account_id, order.data_type, order.home, state.id, progress=stage.say)
        stage.rows = sum(counts.values())
    return counts


def roll_up(handle: JobHandle, order: Order, stages: Stages, finish: Callable[[], ImportBatch]) -> None:
    """Count the touched days anew and write their points together with the end of the batch."""
    stage = Stage(handle, COUNTING, None, unit="days")
    started = time.monotonic()
    counted = None
    stage.tell()
    if order.is_live:
        with reading():
            account = db.session.get_one(ProviderAccount, order.account_id)
            counted = points.count_points(account, order.data_type)
        stage.rows = len(counted.days)
    with handle.piece() as piece:
        batch = finish()
        if counted is not None:
            points.write_points(counted, batch=batch)
            stages.note(stage, seconds=time.monotonic() - started)
            import_work.note_stages(order, stages.done)
        piece.done, piece.note = order.rows_brought, COUNTING
    if counted is not None:
        points.forget_dirty_days(counted)
        if order.key_maker is not None:
            roll_up_others(handle, order.stream.organization, done=order.rows_brought)
