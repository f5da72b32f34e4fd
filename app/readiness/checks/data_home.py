"""Somebody decided, for each data type, in which database its rows live. A default that nobody confirmed is no decision."""

from app.readiness.check import Check, Outcome
from app.readiness.facts import ConnectorFacts
from app.readiness.wording import listed

HOMES = {"app": "app database", "traffic": "traffic database"}


def ask(facts: ConnectorFacts) -> Outcome:
    if not facts.data_types:
        return Outcome.not_run("No data type is chosen, so no rows need a home yet. Choose what this connector brings.")
    homes = {each.key: each.home for each in facts.data_types}
    open_ones = [each for each in facts.data_types if not each.is_home_decided or each.home not in HOMES]
    if open_ones:
        sentence = (
            f"Nobody decided where rows of {listed(each.label for each in open_ones)} go. "
            "Choose the app database or the traffic database for each: rows cannot move once they are imported."
        )
        return Outcome.failed(sentence, homes={**homes}, undecided=[each.key for each in open_ones])
    counts = {words: sum(home == key for home in homes.values()) for key, words in HOMES.items()}
    where = " and ".join(f"{count} in the {words}" for words, count in counts.items() if count)
    return Outcome.passed(f"Every data type has a home: {where}.", homes={**homes})


CHECK = Check("data-home", frozenset({"data-types", "data-homes"}), ask)
