"""Do our counts agree with the source's own, for each data type? The newest reconciliation of a type alone counts."""

from collections.abc import Sequence

from app.readiness.check import Check, Outcome
from app.readiness.facts import ConnectorFacts, ReconciliationFacts
from app.readiness.recency import RECENT_DAYS, Recency, recency_of
from app.readiness.wording import found_and_to_do, listed, named, shortened

LONGEST_DIFFERENCE = 120


def ask(facts: ConnectorFacts) -> Outcome:
    labels = {each.key: each.label for each in facts.data_types}
    if not labels:
        return Outcome.not_run("The connector brings no data type yet, so there is nothing to count. Choose its data types first.")
    newest = _newest(facts.reconciliations, labels)
    if not newest:
        return Outcome.not_run(f"Nothing was compared with the source's own counts yet. Enter its totals for {named(labels.values())}.")
    ages = {key: recency_of(each.entered_at, now=facts.now) for key, each in newest.items()}
    outside = [key for key in labels if key in newest and not newest[key].is_within]
    missing = [key for key in labels if key not in newest]
    old = [key for key in labels if ages.get(key) is Recency.OLD]
    ahead = [key for key in labels if ages.get(key) is Recency.AHEAD]
    if outside or missing or old or ahead:
        found = []
        if outside:
            found.append(f"the counts of {_named(labels, outside)} are outside the tolerance{_difference(newest, outside)}")
        if missing:
            found.append(f"nothing was reconciled for {_named(labels, missing)}")
        if old:
            found.append(f"the source's totals for {_named(labels, old)} are more than {RECENT_DAYS} days old")
        if ahead:
            found.append(f"the entry for {_named(labels, ahead)} is dated in the future: the clock was set back")
        return Outcome.failed(
            found_and_to_do(found, "Clear up what differs, then enter the source's totals of today."),
            outside=[*sorted(outside)],
            missing=[*sorted(missing)],
            old=[*sorted(old)],
            in_the_future=[*sorted(ahead)],
        )
    return Outcome.passed(
        f"Our counts of {named(labels.values())} agree with the source's own, within the tolerance.",
        reconciliations={key: newest[key].window for key in sorted(newest)},
        entered_at={key: newest[key].entered_at.isoformat() for key in sorted(newest)},
    )


def _newest(entered: Sequence[ReconciliationFacts], labels: dict[str, str]) -> dict[str, ReconciliationFacts]:
    """Of several that were entered at the same instant one that is not within: doubt is never green."""
    chosen = [each for each in entered if each.data_type in labels]
    return {each.data_type: each for each in sorted(chosen, key=lambda each: (each.entered_at, not each.is_within, each.window))}


def _named(labels: dict[str, str], keys: list[str]) -> str:
    return listed([labels[key] for key in keys])


def _difference(newest: dict[str, ReconciliationFacts], outside: list[str]) -> str:
    """Said where there is one alone: of several, the page shows each beside its data type."""
    words = newest[outside[0]].difference if len(outside) == 1 else ""
    return f" ({shortened(words, at_most=LONGEST_DIFFERENCE)})" if words else ""


CHECK = Check(
    "reconciled",
    # Rows are counted as the map read them, on days as the zone cuts them.
    frozenset({"data-types", "maps", "reconciliations", "zone"}),
    ask,
)
