"""The application's database account was refused DROP, ALTER and CREATE when it tried them. One answer for all connectors.

A try that is older than the check's shelf life is none: looking at it once more must not give it another month.
"""

from datetime import timedelta

from app.readiness.check import Check, Outcome
from app.readiness.facts import ConnectorFacts
from app.readiness.recency import Recency, recency_of
from app.readiness.wording import day_in_words, listed

COUNTS_FOR = timedelta(days=30)


def ask(facts: ConnectorFacts) -> Outcome:
    tried = facts.privileges
    if tried is None:
        return Outcome.not_run("It was never tried whether the application's database account can change tables. Run the check.")
    if facts.now - tried.tried_at >= COUNTS_FOR:
        return Outcome.not_run(
            f"What the application's database account may do was last tried on {day_in_words(tried.tried_at)}. Run the check again."
        )
    if recency_of(tried.tried_at, now=facts.now) is Recency.AHEAD:
        return Outcome.not_run("The try is dated in the future: the clock was set back. Put the clock right and run the check again.")
    tried_at = tried.tried_at.isoformat()
    if tried.granted:
        granted = sorted(set(tried.granted))
        sentence = (
            f"The application's database account can do {listed(granted)}, so a mistake or a break-in could change or erase tables. "
            "Take that away from it (“flask grants” prints what it needs), then run the check again."
        )
        return Outcome.failed(sentence, tried_at=tried_at, granted=[*granted])
    sentence = f"On {day_in_words(tried.tried_at)} the application's database account was refused DROP, ALTER and CREATE."
    return Outcome.passed(sentence, tried_at=tried_at, granted=[])


CHECK = Check("runtime-privileges", frozenset({"privileges"}), ask)
