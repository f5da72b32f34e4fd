"""Jobs of the five gates: running checks, promoting, rehearsing the way back, going back."""

from app.jobs.handle import JobHandle, Outcome, WaitingError, reading
from app.models import Promotion, PromotionStatus, ProviderAccount
from app.readiness.gates import Gate
from app.readiness.standing import GOOD
from app.services import check_jobs, check_runs, privilege_tries, promotions, rollbacks
from app.services.check_keys import keys_of
from app.services.errors import NotPossible


def run_checks(handle: JobHandle) -> Outcome:
    """Ask the checks of one gate, or all of them. What has to be tried elsewhere is tried first, outside of any transaction."""
    with reading():
        gate = check_jobs.gate_of(handle.claim.job_id)
    keys = keys_of(gate)
    handle.progress(0, len(keys), "Trying what the database account may do")
    tried = privilege_tries.try_now() if gate in {None, Gate.ACCESS} else None
    handle.progress(0, len(keys), "Asking the checks")
    with handle.piece() as piece:
        found = check_runs.run(_account(handle), keys, actor=handle.claim.actor, privileges=tried)
        piece.done, piece.note = len(found.results), "Asked the checks"
    return Outcome(found.sentence, {**found.counts, "good": sum(result in GOOD for result in found.results.values())})


def promote(handle: JobHandle) -> Outcome:
    """Bring the approved promotion live: what asks somebody else first, then everything at once in the transaction that ends
    the job. A second press, a crash and a retry promote once."""
    with reading():
        promotion_id = _promotion_id(handle)
    handle.progress(0, 3, "Trying what the database account may do")
    tried = privilege_tries.try_now()
    handle.progress(1, 3, "Asking the checks of gate 1 again")
    with handle.piece() as piece:
        check_runs.run(_account(handle), ["runtime-privileges", "access-tested"], actor=handle.claim.actor, privileges=tried)
        piece.done, piece.note = 2, "Verifying what was approved"
    _stop_if_void(handle, promotion_id)
    handle.progress(2, 3, "Freezing the packet")
    return Outcome("The connector is live. Its packet is frozen.", effect=lambda: _go_live(promotion_id, handle))


def _go_live(promotion_id: int, handle: JobHandle) -> None:
    try:
        promotions.go_live(promotion_id, actor=handle.claim.actor)
    except promotions.ImportUnderWay as exc:  # it began after the last look
        raise WaitingError(str(exc)) from exc


def _stop_if_void(handle: JobHandle, promotion_id: int) -> None:
    """Say so, and void it, where something speaks against it already; the last word has the transaction that promotes."""
    against: list[str] = []
    with handle.piece() as piece:
        promotion = check_jobs.promotion(promotion_id)
        if promotions.is_import_open(promotion.account):
            raise WaitingError(promotions.IMPORT_UNDER_WAY)
        if promotion.status.is_open:
            against = promotions.speaks_against(promotion, actor=handle.claim.actor)
            if against:
                promotions.void(promotion, "It could not go live. " + " ".join(against), actor=handle.claim.actor)
        piece.done, piece.note = 2, "Verified what was approved"
    if against:
        raise NotPossible("It could not go live, and the approval is void. " + " ".join(against))


def _promotion_id(handle: JobHandle) -> int:
    found: Promotion | None = promotions.approved_for(_account(handle)) or promotions.of_job(handle.claim.job_id)
    if found is None or found.status is PromotionStatus.VOID:
        raise NotPossible("There is no approved promotion of this connector any more.")
    return found.id


def drill_rollback(handle: JobHandle) -> Outcome:
    """Do all of the newest plan but the switch."""
    with handle.piece() as piece:
        note = rollbacks.rehearse(_account(handle), actor=handle.claim.actor)
        passed, count = bool(note.passed), check_jobs.findings(note)
        piece.done, piece.note = count, "Looked at everything that has to hold"
    words = "and all of them held" if passed else "and not all of them held: the note says which"
    return Outcome(f"The drill looked at {count} things, {words}. Nothing was switched.", {"looked_at": count})


def roll_back(handle: JobHandle) -> Outcome:
    """Move the live pointer, in the transaction that ends the job."""
    handle.progress(0, 1, "Looking at everything that has to hold")
    return Outcome(
        "The connector was rolled back. Nothing was deleted; its note says what was verified.",
        effect=lambda: _carry_out(handle),
    )


def _carry_out(handle: JobHandle) -> None:
    rollbacks.carry_out(_account(handle), actor=handle.claim.actor)


def _account(handle: JobHandle) -> ProviderAccount:
    return check_jobs.account(handle.account_id)
