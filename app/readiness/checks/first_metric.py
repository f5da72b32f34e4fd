"""Whether a metric is chosen, and source, date range and unit of each make one sentence. Before any import no date range is known."""

from app.readiness.check import Check, Outcome
from app.readiness.facts import ConnectorFacts, MetricFacts
from app.readiness.wording import count, kept, listed, short, shortened


def ask(facts: ConnectorFacts) -> Outcome:
    metrics = sorted(facts.metrics, key=lambda metric: metric.key)
    if not metrics:
        return Outcome.failed("No metric is chosen yet, so the connector would publish nothing. Choose at least one.")
    lacking = {metric.title: missing for metric in metrics if (missing := _missing(metric))}
    if lacking:
        parts = " and ".join(sorted({part for missing in lacking.values() for part in missing}))
        return Outcome.failed(
            f"{listed(sorted(lacking))} cannot be put into one sentence yet: {parts} missing. "
            "Name the source, choose a unit, and import rows so that the dates are known.",
            metrics=kept(lacking),
            missing=kept({part for missing in lacking.values() for part in missing}),
        )
    first, others = metrics[0], len(metrics) - 1
    more = f" {count(others, 'more metric')} can be told in the same way." if others else ""
    return Outcome.passed(
        f"“{short(first.title)}” in {short(first.unit)} from {short(first.source_label)}, {shortened(first.window, at_most=120)}.{more}",
        metrics=kept(metric.key for metric in metrics),
        metrics_count=len(metrics),
    )


def _missing(metric: MetricFacts) -> list[str]:
    parts = {"source": metric.source_label, "date range": metric.window, "unit": metric.unit}
    return [name for name, value in parts.items() if not value.strip()]


CHECK = Check("first-metric", frozenset({"metrics", "source-label", "windows"}), ask)
