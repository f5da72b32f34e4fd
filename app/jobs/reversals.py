"""Taking a batch back, and removing the rows of what does not count any more."""

from app.imports.engine import cleaning, reversing, states
from app.imports.engine.states import State
from app.jobs.handle import JobHandle, Outcome
from app.jobs.rolling import goes_on, roll_up, settle_leads
from app.jobs.stages import Stages
from app.models import BatchStatus, StateOfBatch
from app.services import import_work
from app.services.errors import NotPossible
from app.services.import_work import Order
from app.unit_of_work import release

FORMER_VERSIONS_GONE = (
    "This batch cannot be reversed any more: former versions of rows that it changed were removed by then, so what was "
    "there before it cannot be put back."
)
NOT_IN_THE_HOME = (
    "The database that holds the rows knows nothing of this batch, so it cannot be reversed. `flask doctor` tells more: "
    "one of the two databases may come from an older backup."
)


def reverse_batch(handle: JobHandle) -> Outcome:
    """Take a batch back exactly: what it brought stops to count, what it ended counts again."""
    with handle.piece():
        order = import_work.take(handle.claim)
    stages = Stages(handle, order, keeps_former=True)
    state = states.state_of(order.home, order.public_id)
    if state is None or state.state is StateOfBatch.LOADING:
        _let_stand(handle, order, NOT_IN_THE_HOME)
        raise NotPossible(NOT_IN_THE_HOME)
    if state.state is StateOfBatch.COMPLETE:
        _flip(handle, order, state, stages)
    with goes_on():
        if order.status is BatchStatus.COMPLETE:
            with stages.stage("Putting former versions back", expected=order.rows_changed) as stage:
                stage.rows = cleaning.release_ended(order.home, order.table, state.id, step=stage.step)
            settle_leads(order, state, stages)
        roll_up(handle, order, stages, lambda: import_work.reversed_(order, actor=handle.claim.actor))
        if order.key_maker is None:
            cleaning.settle(order.home, state)
    return Outcome(
        f"The batch was taken back: {order.rows_brought:,} new and changed rows do not count any more.", {"rows": order.rows_brought}
    )


def _flip(handle: JobHandle, order: Order, state: State, stages: Stages) -> None:
    with stages.stage("Looking which days it touched") as stage:
        found = reversing.look(order.home, order.table, state, rows=order.rows_brought)
        stage.rows = found.brought
    if found.ended < order.rows_changed:
        _let_stand(handle, order, FORMER_VERSIONS_GONE)
        raise NotPossible(FORMER_VERSIONS_GONE)
    reversing.reverse(order.home, state, found)


def _let_stand(handle: JobHandle, order: Order, sentence: str) -> None:
    release()
    with handle.piece() as piece:
        piece.note = sentence
        import_work.let_stand(order)
