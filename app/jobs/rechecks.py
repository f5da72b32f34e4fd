"""The periodic round over all connectors, and the nightly proof that every change of a setting was noted."""

from app.jobs.handle import JobHandle, Outcome, reading
from app.readiness.facets import in_words
from app.services import check_jobs, check_runs, facets, privilege_tries, rechecks, settling, tasks
from app.services.facets import Cause

UNNOTED = "facet-unnoted"


def recheck(handle: JobHandle) -> Outcome:
    """Ask again what fell or is about to lapse. Connectors of which everything stands cost nothing."""
    with handle.piece() as piece:
        now = rechecks.note_time()
        account_ids = rechecks.to_look_at(now=now)
        needs_try = rechecks.fallen_of_installation(now=now)
        piece.note = f"{len(account_ids):,} connectors to look at"
    for number, account_id in enumerate(account_ids, start=1):
        with handle.piece() as piece:
            rechecks.recheck(check_jobs.account(account_id), actor=handle.claim.actor)
            piece.done, piece.note = number, f"Looked at {number:,} of {len(account_ids):,} connectors"
    if needs_try:
        _try_privileges(handle)
    return Outcome(f"{len(account_ids):,} connectors were looked at again.", {"connectors": len(account_ids)})


def _try_privileges(handle: JobHandle) -> None:
    tried = privilege_tries.try_now()
    with reading():
        account_ids = rechecks.accounts_with_evidence()
    if account_ids:
        with handle.piece():
            check_runs.run(check_jobs.account(account_ids[0]), ["runtime-privileges"], actor=handle.claim.actor, privileges=tried)


def prove_facets(handle: JobHandle) -> Outcome:
    """Compute every facet anew. One that is another than what is written down changed without a word: the tick falls, and a task
    is opened, because whatever changed it did not go through the application, or a release forgot to say so."""
    with reading():
        account_ids = rechecks.accounts_with_evidence()
    bad = 0
    for number, account_id in enumerate(account_ids, start=1):
        with handle.piece() as piece:
            changed = rechecks.unnoted([account_id]).get(account_id, frozenset())
            bad += bool(changed)
            if changed:
                _tell(handle, account_id, changed)
            piece.done, piece.note = number, f"Proved {number:,} of {len(account_ids):,} connectors"
    sentence = "Every change was noted." if not bad else f"At {bad:,} connectors something changed that nothing had noted."
    return Outcome(sentence, {"connectors": len(account_ids), "bad": bad})


def _tell(handle: JobHandle, account_id: int, changed: frozenset[str]) -> None:
    account = check_jobs.account(account_id)
    facets.refresh(account, Cause("checks.run", handle.claim.actor))
    settling.settle(account, actor=handle.claim.actor)
    tasks.open_task(
        key=f"{UNNOTED}:{account.public_id}",
        kind=UNNOTED,
        title="Something changed that nothing had noted",
        detail=f"{', '.join(in_words(key) for key in sorted(changed))}: not what was written down. Find out what changed it.",
        organization=account.organization,
        account=account,
        owner=settling.owner_of_tasks(account),
        due_on=tasks.today(account.organization),
        actor=handle.claim.actor,
    )
