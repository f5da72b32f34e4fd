"""Removing what signing in leaves behind."""

from app.jobs.handle import JobHandle, Outcome
from app.services import sign_in_remains


def purge_sign_ins(handle: JobHandle) -> Outcome:
    """Remove expired sessions and links piece by piece: no piece holds locks for long, and each is counted once."""
    removed = handle.done_before
    for remains in sign_in_remains.KINDS:
        while True:
            with handle.piece() as piece:
                count = sign_in_remains.remove_some(remains)
                removed += count
                piece.done, piece.note = removed, f"{removed} removed"
            if count < sign_in_remains.PIECE:
                break
    return Outcome(sign_in_remains.sentence_of(removed), {"removed": removed})
