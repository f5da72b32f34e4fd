"""Once a day: samples remove themselves, and rows of batches that were taken back are deleted."""

from functools import partial

from app.clock import utc_now
from app.homes import HOMES
from app.imports.engine import cleaning, states
from app.jobs.handle import JobHandle, Outcome, reading
from app.models import BatchStatus, StateOfBatch
from app.services import import_remains
from app.services.import_work import Order

AT_ONCE = 500


def remove_samples(handle: JobHandle) -> Outcome:
    """In pieces; interrupted anywhere, the next round goes on."""
    removed = _Count(handle)
    samples = _remove_samples(handle, removed)
    _remove_taken_back(removed)
    if not samples and not removed.rows:
        return Outcome("There was nothing to remove.", {"samples": 0, "rows": 0})
    return Outcome(f"{samples:,} samples ended; {removed.rows:,} rows were removed.", {"samples": samples, "rows": removed.rows})


class _Count:
    """Rows removed so far."""

    def __init__(self, handle: JobHandle) -> None:
        self.handle = handle
        self.rows = 0

    def step(self, before: int, rows: int) -> None:
        self.rows = before + rows
        self.handle.progress(self.rows, None, "Removing rows that do not count")


def _remove_samples(handle: JobHandle, removed: _Count) -> int:
    now = utc_now()
    with reading():
        waiting = import_remains.samples_that_are_over(now)
    ended = 0
    for batch_id in waiting:
        with handle.piece() as piece:
            order = import_remains.hold_sample(batch_id)
            piece.done, piece.note = removed.rows, "Removing samples"
        if order is None:
            continue
        _take_off(order)
        _remove_rows(order, removed)
        with handle.piece() as piece:
            import_remains.sample_removed(order, now=now, actor=handle.claim.actor)
            piece.done, piece.note = removed.rows, "Removing samples"
        ended += 1
    return ended


def _take_off(order: Order) -> None:
    """From here on the rows of a sample are current no more."""
    state = states.state_of(order.home, order.public_id)
    if state is not None and state.state is StateOfBatch.COMPLETE:
        with order.home.writing() as session:
            states.change(session, order.home, state.id, before=StateOfBatch.COMPLETE, after=StateOfBatch.REVERSED, is_settled=True)


def _remove_taken_back(removed: _Count) -> None:
    for home in HOMES.values():
        last = 0
        while some := states.not_complete(home, after=last, limit=AT_ONCE):
            with reading():
                orders = [import_remains.order_for(batch_id) for batch_id in import_remains.over(list(some.values()))]
            for order in orders:
                _remove_rows(order, removed)
            last = max(some)


def _remove_rows(order: Order, removed: _Count) -> None:
    state = states.state_of(order.home, order.public_id)
    step = partial(removed.step, removed.rows)
    if state is None or state.state is StateOfBatch.COMPLETE:
        return
    if order.status is BatchStatus.FAILED:  # canceled after a worker had died over it
        cleaning.discard(order.home, order.table, order.public_id, step=step)
        return
    cleaning.release_ended(order.home, order.table, state.id, step=lambda _: None)
    cleaning.remove_rows(order.home, order.table, state.id, step=step)
    cleaning.clear_staging(order.home, state.id, step=lambda _: None)
