"""Did a member of staff go through the QA list and sign it?"""

from app.readiness.check import Check, Outcome
from app.readiness.facts import ConnectorFacts
from app.readiness.signed import signed


def ask(facts: ConnectorFacts) -> Outcome:
    return signed(
        facts,
        "qa",
        subject="The QA list",
        unsigned="Nobody has signed the QA list yet. Go through it, and sign it with a comment.",
    )


CHECK = Check(
    "qa",
    # What was looked at: the figure, and all that shapes it on its way to the client.
    frozenset({"formulas", "lead-rules", "maps", "metrics", "source-label", "windows", "zone"}),
    ask,
)
