"""The round of the watch: each live connector at which something happened is looked at, whatever comes of the others."""

import structlog

from app.jobs.handle import JobHandle, Outcome, StoppingError, WaitingError
from app.services import alerts, check_jobs, readiness_clock, tasks, watch
from app.services.errors import ServiceError
from app.services.job_engine import LeaseLostError

log = structlog.get_logger(__name__)

BROKEN = "watch-broken"


class NotLookedAtError(ServiceError):
    """Some connectors could not be looked at. The next round tries again; no sign of life is sent."""


def look_after(handle: JobHandle) -> Outcome:
    """Connectors at which nothing happened cost nothing. Who waits for a sign of life gets one once the round is whole."""
    with handle.piece() as piece:
        watch.look_at_installation(actor=handle.claim.actor)
        account_ids = watch.to_look_at(now=readiness_clock.now())
        piece.note = f"{len(account_ids):,} connectors to look at"
    changed = broken = 0
    for number, account_id in enumerate(account_ids, start=1):
        try:
            with handle.piece() as piece:
                changed += bool(watch.look(check_jobs.account(account_id), actor=handle.claim.actor))
                piece.done, piece.note = number, f"Looked at {number:,} of {len(account_ids):,} connectors"
        except (StoppingError, WaitingError, LeaseLostError):
            raise
        except Exception as exc:  # one that cannot be looked at must not hide the others
            log.exception("watch.not_looked_at", error=type(exc).__name__)
            broken += 1
    with handle.piece() as piece:
        _tell_whether_it_is_whole(handle, broken)
        piece.done = len(account_ids)
    if broken:
        raise NotLookedAtError(f"{broken:,} of {len(account_ids):,} connectors could not be looked at. The log says why.")
    counts = {"connectors": len(account_ids), "changed": changed}
    return Outcome(f"{len(account_ids):,} connectors were looked at; at {changed:,} something changed.", counts, alerts.ask_for_pings)


def _tell_whether_it_is_whole(handle: JobHandle, broken: int) -> None:
    if not broken:
        tasks.close_tasks(BROKEN, actor=handle.claim.actor)
        return
    tasks.open_task(
        key=BROKEN,
        kind=BROKEN,
        title="The watch cannot look at every connector",
        detail="Its rounds fail, so trouble of some connectors stays unseen. The log says what went wrong: “watch.not_looked_at”.",
        organization=None,
        account=None,
        owner=None,
        due_on=tasks.today(None),
        actor=handle.claim.actor,
    )
