"""Checking a connector's access."""

from app.connectors.base import CheckStep
from app.jobs.handle import JobHandle, Outcome, reading
from app.services import access_checks
from app.services.access_checks import Verdict


def check_access(handle: JobHandle) -> Outcome:
    """Ask the provider step by step; what came of it is written once, at the end."""
    with reading():
        opening = access_checks.opening_of(handle.account_id)
    connector = access_checks.connect(opening)
    planned = connector.steps
    passed: list[CheckStep] = []
    handle.progress(0, len(planned), planned[0])
    for step in connector.check():
        passed.append(step)
        handle.progress(len(passed), len(planned), planned[min(len(passed), len(planned) - 1)])
    verdict = Verdict(tuple(passed))
    return Outcome(
        verdict.sentence,
        verdict.counts,
        effect=lambda: access_checks.record_verdict(handle.account_id, verdict, actor=handle.claim.actor),
    )
