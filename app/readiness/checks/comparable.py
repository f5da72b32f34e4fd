"""May the windows of each chosen metric be compared? A verdict that is unknown, or leaves its caveats unsaid, counts as no."""

from app.readiness.check import Check, Outcome
from app.readiness.facts import ComparisonFacts, ConnectorFacts
from app.readiness.wording import found_and_to_do, named


def ask(facts: ConnectorFacts) -> Outcome:
    titles = {metric.key: metric.title for metric in facts.metrics}
    if not titles:
        return Outcome.not_run("No metric is chosen yet, so there are no windows to compare. Choose a metric first.")
    made = sorted((each for each in facts.comparisons if each.metric_key in titles), key=lambda each: (each.metric_key, each.windows))
    if not made:
        return Outcome.not_run(f"No windows were compared yet for {named(titles.values())}. Choose the windows and compare them.")
    missing = [key for key in titles if key not in {each.metric_key for each in made}]
    forbidden = [each for each in made if not _may_stand(each)]
    if missing or forbidden:
        found = [f"no windows were compared for {named(titles[key] for key in missing)}"] if missing else []
        found += [f"{named([titles[each.metric_key]])} cannot be compared ({_why(each)})" for each in forbidden]
        return Outcome.failed(
            found_and_to_do(found, "Choose windows that can be compared, and compare each chosen metric."),
            not_comparable=[*sorted({each.metric_key for each in forbidden})],
            missing=[*sorted(missing)],
        )
    return _allowed(facts, made, titles)


def _allowed(facts: ConnectorFacts, made: list[ComparisonFacts], titles: dict[str, str]) -> Outcome:
    items = sorted({f"{each.metric_key}:{caveat}" for each in made if each.verdict == "with_caveats" for caveat in each.caveats})
    windows = [f"{each.metric_key}: {each.windows}" for each in made]
    if not items:
        return Outcome.passed(f"The windows of {named(titles.values())} can be compared.", windows=[*windows])
    caveats = "1 caveat" if len(items) == 1 else f"{len(items)} caveats"
    with_some = {each.metric_key for each in made if each.verdict == "with_caveats"}
    found = f"The windows of {named(titles[key] for key in titles if key in with_some)} can be compared with {caveats}"
    if facts.acknowledged.issuperset(items):
        told = "which was acknowledged" if len(items) == 1 else "which were all acknowledged one by one"
        return Outcome.warning(f"{found}, {told}.", *items, windows=[*windows])
    return Outcome.warning(f"{found}. Acknowledge each caveat, or choose windows that have none.", *items, windows=[*windows])


def _may_stand(comparison: ComparisonFacts) -> bool:
    # A warning without items would count without anybody having acknowledged anything.
    return comparison.verdict == "comparable" or (comparison.verdict == "with_caveats" and bool(comparison.caveats))


def _why(comparison: ComparisonFacts) -> str:
    return "; ".join(reason.rstrip(".") for reason in comparison.reasons) or "the comparison does not say why"


CHECK = Check(
    "comparable",
    # All that a verdict is made of. Other lead rules restate days, which is a caveat of windows that were frozen before.
    frozenset({"baselines", "formulas", "lead-rules", "maps", "metrics", "windows", "zone"}),
    ask,
)
