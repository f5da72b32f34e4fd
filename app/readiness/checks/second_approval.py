"""Did somebody other than the one who asked approve exactly what there is now? It rests on everything: any change voids it."""

from app.readiness.check import Check, Outcome
from app.readiness.facets import FACETS
from app.readiness.facts import ConnectorFacts


def ask(facts: ConnectorFacts) -> Outcome:
    approval = facts.approval
    if approval is None:
        return Outcome.not_run("Nobody has asked for approval yet. Ask for it once the other checks stand.")
    # Before an approval there is no digest that could fit, so that question comes later.
    if approval.approved_by is None:
        return Outcome.not_run(
            "Approval was asked for and not given yet. Somebody other than the one who asked still has to approve: "
            "another admin, or a client admin where that was chosen."
        )
    asked, gave = approval.requested_by.id, approval.approved_by.id
    if gave == asked:
        return Outcome.failed(
            "The same person asked for approval and gave it. Somebody else has to look and approve.", requested_by=asked, approved_by=gave
        )
    if not approval.approved_by.is_active:
        return Outcome.failed(
            "The person who approved is no longer active, so nobody stands behind the approval. Ask somebody else to approve.",
            requested_by=asked,
            approved_by=gave,
        )
    if not approval.fits:
        return Outcome.failed(
            "Something changed after the approval, so it is void. Look at what changed, and ask for approval again.",
            requested_by=asked,
            approved_by=gave,
        )
    return Outcome.passed(
        "Somebody other than the one who asked approved exactly this configuration.", requested_by=asked, approved_by=gave
    )


CHECK = Check("second-approval", frozenset(FACETS), ask)
