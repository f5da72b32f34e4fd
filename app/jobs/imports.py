"""Importing a file: read and shape, compare, load, the commit point, and then forward until every figure shows it.

Killed before the commit point, nothing of the batch counts, and the next attempt takes away what is left and begins
anew. Killed after it, the next attempt goes on: everything from there may be done twice.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from itertools import islice
from pathlib import Path

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app import audit
from app.connectors.base import RetryableError
from app.extensions import db
from app.imports.engine import cleaning, merging, states
from app.imports.engine.errors import SupersededError, sentence_of
from app.imports.engine.loading import Loader, loader
from app.imports.engine.merging import Merge
from app.imports.engine.states import State
from app.imports.files import FileRefused, Reading, prepare
from app.imports.shaping import Bounds, Shaped, shape
from app.jobs.handle import JobHandle, Outcome, StoppingError, reading
from app.jobs.rolling import goes_on, roll_up, settle_leads
from app.jobs.stages import Stages
from app.jobs.troubles import broken_sentence, may_pass
from app.models import BatchKind, BatchStatus, DataHome, ImportBatch, StateOfBatch
from app.services import import_rights, import_work, uploads
from app.services.errors import NotPossible, ServiceError
from app.services.import_work import KEPT_REJECTS, Order
from app.services.job_engine import LeaseLostError
from app.services.private_files import private_directory
from app.unit_of_work import release

log = structlog.get_logger(__name__)

REJECTS_AT_ONCE = 1_000


def import_batch(handle: JobHandle) -> Outcome:
    """Bring a file in, whole or not at all."""
    with handle.piece():
        order = import_work.take(handle.claim)
    if order.status is BatchStatus.FAILED:  # killed between that and the end of the job
        raise NotPossible(order.error_note)
    stages = Stages(handle, order)
    state = states.state_of(order.home, order.public_id)
    if state is None or state.state is not StateOfBatch.COMPLETE:
        with _gives_up(handle, order):
            state = _bring_in(handle, order, stages)
    with goes_on():
        return _go_forward(handle, order, state, stages)


def _bring_in(handle: JobHandle, order: Order, stages: Stages) -> State:
    """Everything up to the commit point."""
    _begin_anew(handle, order, stages)
    with reading():
        import_rights.demand_not_withdrawn(db.session(), order.account_id)
        stored = import_work.file_of(order)
    with uploads.plain(stored) as path, private_directory() as directory:
        release()
        with reading():
            how = import_work.reading_of(order, stored, path)
        with stages.stage("Reading the file") as stage:
            shaped = _read_and_shape(order, path, how, directory)
            stage.rows = shaped.rows_read
            stage.counts = _counts_of(shaped)
        with shaped:
            _keep_rejects(handle, order, shaped)
            stream_id = states.ensure_stream(order.home, order.stream)
            state = states.begin(order.home, batch_public_id=order.public_id, stream_id=stream_id, map_number=order.map_number)
            merge = Merge(order.home, state, shaped.connection, shaped.rows_kept, directory, order.key_maker)
            with loader(order.home, state.id, directory) as own:
                _merge(order, merge, own, stages)
    return state


def _read_and_shape(order: Order, path: Path, how: Reading, directory: Path) -> Shaped:
    if order.spec is None:
        raise NotPossible("The map of this import is gone, so its file cannot be read. Import the file again.")
    prepared = prepare(path, how, directory)
    bounds = Bounds() if order.kind is BatchKind.TEST else None
    return shape(prepared, order.spec, zone=order.zone, sealed_before=order.sealed_before, bounds=bounds, directory=directory)


def _begin_anew(handle: JobHandle, order: Order, stages: Stages) -> None:
    """Take away what an attempt left that was killed."""
    if states.state_of(order.home, order.public_id) is not None:
        with stages.stage("Removing what a broken attempt left") as stage:
            cleaning.discard(order.home, order.table, order.public_id, step=stage.step)
    with handle.piece():
        import_work.forget_rejects(order)


def _keep_rejects(handle: JobHandle, order: Order, shaped: Shaped) -> None:
    rejects = shaped.rejects(KEPT_REJECTS)
    while some := list(islice(rejects, REJECTS_AT_ONCE)):
        with handle.piece() as piece:
            piece.done, piece.note = shaped.rows_read, "Noting refused rows"
            import_work.keep_rejects(order, some)


def _merge(order: Order, merge: Merge, own: Loader, stages: Stages) -> None:
    """Compare, load what is new or changed, end former versions, and let it count."""
    merging.look(merge)
    old_days: set[date] = set()
    if merge.is_first:
        merge.new = merge.rows
    else:
        old_days = _compare(merge, own, stages)
    with stages.stage("Loading new and changed rows", expected=merge.new + merge.changed) as stage:
        stage.counts = {"rows_new": merge.new, "rows_changed": merge.changed, "rows_unchanged": merge.unchanged}
        if merge.new or merge.changed:
            merging.load_rows(merge, own, step=stage.step)
        stage.rows = merge.new + merge.changed
    if merge.changed:
        with stages.stage("Ending former versions", expected=merge.changed) as stage:
            merging.end_old_rows(merge, step=stage.step)
            stage.rows = merge.changed
    if order.is_live:
        former = states.last_map_number(order.home, merge.state.stream_id)
        merging.note_days(merge, old_days=old_days, is_new_map=former is not None and former != order.map_number)
    # Leads are settled once their repeats were looked for, unless there is nothing to look at.
    is_settled = order.key_maker is None
    with reading():
        import_rights.demand_not_withdrawn(db.session(), order.account_id)
    states.complete(order.home, merge.state, days=merge.days, is_settled=is_settled, demand=partial(_demand_still, order))


def _demand_still(order: Order, session: Session) -> None:
    """That the customer has not taken consent back. Where rows are in the traffic database it was asked right before: nothing is
    atomic over two databases."""
    if order.home_key is DataHome.APP:
        import_rights.demand_not_withdrawn(session, order.account_id, holding=True)


def _compare(merge: Merge, own: Loader, stages: Stages) -> set[date]:
    """Find what is new and what changed.

    :return: days of the versions that will end
    """
    if merging.is_worth_sifting(merge):
        with stages.stage("Leaving out what is unchanged", expected=sum(span.rows for span in merge.there)) as stage:
            merging.sift(merge, own, step=stage.step)
            stage.rows = merge.rows
    if not merge.to_compare:
        return set()
    with stages.stage("Sending keys to compare", expected=merge.to_compare) as stage:
        merging.stage(merge, own, step=stage.step)
        stage.rows = merge.to_compare
    with stages.stage("Comparing with the rows that are there", expected=merge.to_compare) as stage:
        old_days = merging.compare(merge, own, step=stage.step)
        stage.rows = merge.to_compare
    return old_days


def _go_forward(handle: JobHandle, order: Order, state: State, stages: Stages) -> Outcome:
    """Everything after the commit point."""
    is_new = order.status is BatchStatus.STAGED  # else it was killed between the end of the batch and that of the job
    class_counts = settle_leads(order, state, stages) if is_new else {}
    roll_up(handle, order, stages, lambda: import_work.complete(order, class_counts=class_counts, actor=handle.claim.actor))
    cleaning.clear_staging(order.home, state.id, step=lambda _: None)
    with reading():
        batch = db.session.get_one(ImportBatch, order.batch_id)
        return Outcome(import_work.sentence_of(batch), import_work.counts_of(batch))


def _counts_of(shaped: Shaped) -> dict[str, object]:
    return {
        "rows_read": shaped.rows_read,
        "rows_rejected": shaped.rows_rejected,
        "rows_repeated": shaped.rows_repeated,
        "rows_left_out": shaped.rows_left_out,
        "reject_counts": audit.canonical_json(shaped.reject_counts),
        "first_date": shaped.first_date,
        "last_date": shaped.last_date,
    }


@contextmanager
def _gives_up(handle: JobHandle, order: Order) -> Iterator[None]:
    """What another attempt would meet again ends the batch: nothing of it stays, and it says why."""
    try:
        yield
    except (LeaseLostError, StoppingError, RetryableError):
        raise
    except SupersededError as exc:
        raise LeaseLostError from exc
    except Exception as exc:
        sentence = sentence_of(exc)
        if isinstance(exc, DBAPIError) and not sentence and may_pass(exc):
            raise
        is_said = isinstance(exc, ServiceError | FileRefused)
        _give_up(handle, order, str(exc) if is_said else sentence or broken_sentence(handle.claim))
        if is_said or sentence:
            raise NotPossible(str(exc) if is_said else sentence) from exc
        raise


def _give_up(handle: JobHandle, order: Order, sentence: str) -> None:
    log.warning("import.given_up", batch=order.public_id)
    release()
    cleaning.discard(order.home, order.table, order.public_id, step=lambda _: None)
    with handle.piece():
        import_work.fail(order, sentence=sentence, actor=handle.claim.actor)
