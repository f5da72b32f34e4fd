"""What brings a check back or keeps it, in words: who has to do something, and what."""

from app.services.would_pass import Lapsing

BY_IMPORT = "By itself, with the next complete import that brings rows."
RENEWALS: dict[str, tuple[bool, str]] = {
    "access-tested": (True, "The next agreed export comes in and is imported, or access is tested again."),
    "scopes": (True, "Access is tested again."),
    "runtime-privileges": (False, "By itself, while workers and the scheduler run."),
    "test-batch": (False, BY_IMPORT),
    "rejects-reviewed": (False, BY_IMPORT),
    "leads-separated": (False, BY_IMPORT),
    "repeatable": (False, BY_IMPORT),
    "webhook-rehearsed": (True, "The rehearsal is held again."),
    "reconciled": (True, "The source's totals are entered again."),
    "qa": (True, "The QA list is signed again."),
    "rollback-plan": (True, "The way back is rehearsed again."),
    "recent-test": (False, BY_IMPORT),
}
"""Check that lapses by time → whether somebody has to see to it, and what renews it."""
WAIVED = (True, "The check itself passes, or a new waiver is asked for and approved.")
NOBODY = "Nobody owns it"


def how_renewed(lapsing: Lapsing) -> tuple[str, str]:
    """Who renews it (empty: it renews itself), and how."""
    needs_somebody, how = WAIVED if lapsing.is_waived else RENEWALS[lapsing.spec.key]
    if not needs_somebody or lapsing.connector is None:
        return "", how
    return lapsing.connector.owner or NOBODY, how
