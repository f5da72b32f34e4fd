"""Is an intact baseline frozen for each chosen metric? One broken baseline fails it, even beside an intact one."""

from app.readiness.check import Check, Outcome
from app.readiness.facts import ConnectorFacts
from app.readiness.wording import found_and_to_do, named


def ask(facts: ConnectorFacts) -> Outcome:
    titles = {metric.key: metric.title for metric in facts.metrics}
    if not titles:
        return Outcome.not_run("No metric is chosen yet, so there is no figure to freeze. Choose a metric, then freeze a baseline of it.")
    frozen = [each for each in facts.baselines if each.metric_key in titles]
    if not frozen:
        return Outcome.not_run(f"No baseline is frozen yet for {named(titles.values())}. Freeze one from complete batches.")
    intact = [each for each in frozen if each.is_intact]
    broken = [each for each in frozen if not each.is_intact]
    tampered = {each.metric_key for each in broken}
    missing = [key for key in titles if key not in {each.metric_key for each in frozen}]
    # A frozen window of which no day is known says nothing about before and after: that is not a baseline.
    telling = {each.metric_key for each in intact if each.days_unknown < each.days}
    hollow = [key for key in titles if key not in telling and key in {each.metric_key for each in intact}]
    if broken or missing or hollow:
        found = []
        if broken:
            names = named(title for key, title in titles.items() if key in tampered)
            found.append(f"a baseline of {names} is not what was frozen: its hash does not fit")
        if missing:
            found.append(f"no baseline is frozen for {named(titles[key] for key in missing)}")
        if hollow:
            found.append(f"no day is known in the baseline of {named(titles[key] for key in hollow)}")
        return Outcome.failed(
            found_and_to_do(found, _to_do(is_broken=bool(broken), is_lacking=bool(missing or hollow))),
            broken=[*sorted(each.id for each in broken)],
            missing=[*sorted(missing)],
            without_data=[*sorted(hollow)],
        )
    return Outcome.passed(
        f"An intact baseline is frozen for {named(titles.values())}.",
        baselines=[*sorted(each.id for each in frozen)],
        metrics=[*sorted(titles)],
    )


def _to_do(*, is_broken: bool, is_lacking: bool) -> str:
    # Freezing anew does not mend a broken one: somebody has to know first what was changed behind it.
    mend = "Find out what changed the broken one and restore it from a backup."
    freeze = "Freeze a baseline from complete batches for each metric that has none with data."
    return " ".join(words for words, is_due in ((mend, is_broken), (freeze, is_lacking)) if is_due)


CHECK = Check("baseline", frozenset({"baselines", "metrics"}), ask)
