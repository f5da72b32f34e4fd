"""Did a member of staff sign the sentence that the client will read?"""

from app.readiness.check import Check, Outcome
from app.readiness.facts import ConnectorFacts
from app.readiness.signed import signed


def ask(facts: ConnectorFacts) -> Outcome:
    return signed(
        facts,
        "explained",
        subject="The explanation of the number",
        unsigned="Nobody has signed the explanation yet. Read the sentence that the client will read, and sign it with a comment.",
    )


CHECK = Check(
    "explained",
    # All that the sentence is made of.
    frozenset({"formulas", "maps", "metrics", "source-label", "windows", "zone"}),
    ask,
)
