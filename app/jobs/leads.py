"""Classing all leads of an organization by its rules, and applying what people said of single ones."""

from collections import Counter

from app.imports.leads import settling
from app.imports.leads.judging import Moves
from app.jobs.handle import JobHandle, Outcome, reading
from app.jobs.points import roll_up_others
from app.models import Lane
from app.services import lead_runs


def reclassify_leads(handle: JobHandle) -> Outcome:
    """Piece by piece, each with its days; what moved is kept with the version as it goes. Doing it again changes nothing more."""
    organization_id = _organization_id(handle)
    with reading():
        opening = lead_runs.opening_of(organization_id)
    total: Moves = Counter()

    def tell(rows: int, moves: Moves, words: str) -> None:
        with handle.piece() as piece:
            lead_runs.note_moves(opening.rules_id, moves)
            piece.done, piece.note = rows, words
        total.update(moves)

    moved = settling.reclassify(opening.scope, progress=tell)
    for lane in (Lane.REHEARSAL, Lane.SAMPLE):
        settling.reclassify(settling.in_lane(opening.scope, lane), progress=lambda _rows, _moves, _words: _go_on(handle, moved.rows))
    days = roll_up_others(handle, opening.scope.organization, done=moved.rows)
    return Outcome(
        lead_runs.sentence_of(total, moved.rows), {"leads": moved.rows, "changed": sum(total.values()), "days_counted_again": days}
    )


def overrule_leads(handle: JobHandle) -> Outcome:
    """Set right the leads that somebody overruled, and those that share a number or address with them."""
    organization_id = _organization_id(handle)
    with reading():
        opening = lead_runs.opening_of(organization_id)
        leads = lead_runs.overrules_to_apply(handle.claim.job_id, organization_id)
    handle.progress(0, len(leads), "Applying what people said")
    total: Moves = Counter()
    for lane in Lane:
        moved = settling.settle_leads(settling.in_lane(opening.scope, lane), leads)
        if lane is Lane.LIVE:
            total.update(moved.moves)
    days = roll_up_others(handle, opening.scope.organization, done=len(leads))
    return Outcome(
        lead_runs.sentence_of(total, len(leads)), {"leads": len(leads), "changed": sum(total.values()), "days_counted_again": days}
    )


def _go_on(handle: JobHandle, rows: int) -> None:
    handle.progress(rows, None, "Looking at sample rows")


def _organization_id(handle: JobHandle) -> int:
    if handle.claim.organization_id is None:
        raise RuntimeError("this job is about an organization's leads")
    return handle.claim.organization_id
