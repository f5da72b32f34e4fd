"""Once a day: what retention says is over is removed, with a receipt."""

from app.jobs.handle import JobHandle, Outcome, reading
from app.services import purges


def purge(handle: JobHandle) -> Outcome:
    """Connector by connector, class by class; interrupted anywhere, the next round goes on."""
    with reading():
        due = purges.due()
    removed = 0
    for number, one in enumerate(due, start=1):
        with handle.piece() as piece:
            removed += purges.carry_out(one, job_id=handle.claim.public_id, actor=handle.claim.actor)
            piece.done, piece.note = number, f"{removed:,} removed"
    return Outcome(purges.sentence_of(removed), {"removed": removed, "rules": len(due)})
