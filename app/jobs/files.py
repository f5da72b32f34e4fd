"""Removing uploaded files whose time is over."""

from app.jobs.handle import JobHandle, Outcome, reading
from app.services import file_remains


def remove_files(handle: JobHandle) -> Outcome:
    """Rows first, piece by piece: with them goes the key. Then the room that they took."""
    removed, last = handle.done_before, 0
    while True:
        with handle.piece() as piece:
            looked = file_remains.remove_some(last, actor=handle.claim.actor)
            removed += len(looked.removed)
            piece.done, piece.note = removed, f"{removed} removed"
        file_remains.clear(looked.removed)
        if looked.last_id is None:
            break
        last = looked.last_id
    with reading():
        file_remains.clear_room()
    return Outcome(file_remains.sentence_of(removed), {"removed": removed})
