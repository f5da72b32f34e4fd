"""Verifying the audit trail."""

from functools import partial

from app.audit import ChainVerdict
from app.jobs.handle import JobHandle, Outcome, reading
from app.services import trail_checks


def verify_audit(handle: JobHandle) -> Outcome:
    """Walk every chain. A bad one opens a task, once, in the transaction that ends the job."""
    with reading():
        chains = trail_checks.chains_to_walk()
    events = sum(chain.events for chain in chains)
    walked = 0
    verdicts: list[ChainVerdict] = []
    handle.progress(0, events, "Reading the first chain")
    for number, chain in enumerate(chains, start=1):
        with reading():
            verdict = trail_checks.walk(chain, seen=partial(_tell, handle, walked, events))
        verdicts.append(verdict)
        walked += verdict.events
        handle.progress(walked, max(events, walked), f"{number} of {len(chains)} chains read")
    bad = [verdict for verdict in verdicts if not verdict.is_sound]
    return Outcome(
        trail_checks.sentence_of(verdicts),
        {"chains": len(verdicts), "events": walked, "bad": len(bad)},
        effect=lambda: trail_checks.open_tasks(bad, actor=handle.claim.actor),
    )


def _tell(handle: JobHandle, before: int, events: int, count: int) -> None:
    walked = before + count
    handle.progress(walked, max(events, walked), "Reading events")
