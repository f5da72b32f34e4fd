"""Once a day: what retention says is over is removed, with a receipt."""

from app.jobs.handle import JobHandle, Outcome, reading
from app.services import purges
from app.services.purges import Carried, DuePurge
from app.unit_of_work import release


def purge(handle: JobHandle) -> Outcome:
    """Connector by connector, class by class, piece by piece; interrupted anywhere, the next round goes on."""
    with reading():
        due = purges.due()
    removed = handle.done_before
    for one in due:
        removed = _by_one_rule(handle, one, removed)
    return Outcome(purges.sentence_of(removed), {"removed": removed, "rules": len(due)})


def _by_one_rule(handle: JobHandle, one: DuePurge, removed: int) -> int:
    with reading():
        left = purges.left_over(one)
    if not purges.finish(Carried(rows=left)):
        return removed
    while True:
        with handle.piece() as piece:
            carried = purges.carry_out(one, job_id=handle.claim.public_id, actor=handle.claim.actor)
            removed += carried.removed
            piece.done, piece.note = removed, f"{removed:,} removed"
        release()  # what is read after the commit would stand in the way of a home's own transaction
        if not carried.removed or not purges.finish(carried):
            return removed
