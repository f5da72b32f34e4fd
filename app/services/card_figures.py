"""The figures of a live connector's cards, put into words when they are published. The portal shows them and computes nothing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.extensions import db
from app.metrics.comparability import Verdict
from app.metrics.metric import Metric, Unit
from app.metrics.movement import in_words
from app.metrics.registry import metric_of
from app.metrics.window_rules import DEFAULT, WindowRule, current_window
from app.metrics.windows import Window, merged
from app.metrics.words import kind_label, line_label
from app.models import Baseline, BatchKind, BatchStatus, FieldMap, ImportBatch, ProviderAccount, ReportChange, Surface
from app.readiness.wording import day_in_words
from app.services import baselines, comparisons, report_metrics
from app.services.comparisons import Comparison, LineMovement
from app.services.coverage import Coverage
from app.services.figures import coverages_for

Words = dict[str, Any]
MOST_LINES = 6
"""Of a kind; what is behind them becomes one line."""
UNITS = {Unit.COUNT: "number", Unit.RATIO: "per cent", Unit.MONEY: "money"}
NO_WINDOW = "No whole period has come in yet that could be shown."


def card_metrics(contents: Mapping[str, Any]) -> list[str]:
    """Keys of the metrics that the live configuration shows on cards."""
    return [key for key, surfaces in sorted(contents.get("metrics", {}).items()) if Surface.CARD.value in surfaces]


def words_of(account: ProviderAccount, contents: Mapping[str, Any]) -> dict[str, Words]:
    """Metric → what its card shows of figures, or would show: also of those that show elsewhere only.

    :param contents: of the live configuration's facets
    """
    keys = sorted(contents.get("metrics", {}))
    read = _Read(
        account=account,
        rule=WindowRule(contents.get("windows") or DEFAULT),
        known=coverages_for(account, map(metric_of, keys)),
        versions=_map_versions(account),
        changes=_changes(account),
    )
    frozen = _baselines(account, contents.get("baselines") or {})
    return {key: _words(read, metric_of(key), frozen.get(key)) for key in keys}


@dataclass(frozen=True)
class _Read:
    """What the cards of one connector are made of, read once."""

    account: ProviderAccount
    rule: WindowRule
    known: Mapping[str, Coverage]
    versions: Mapping[str, Sequence[Words]]
    changes: Sequence[Words]

    def coverages(self, metric: Metric) -> list[Coverage]:
        return [self.known[each] for each in metric.data_types if each in self.known]


def without_figures(account: ProviderAccount, metric_key: str) -> Words:
    """Of a connector that is not live: the card says what will stand there."""
    metric = metric_of(metric_key)
    told = {"unit": unit_of(account, metric), "value_note": "Nothing is shown before this source is live.", "how": metric.formula}
    return _blank(account, metric.title) | told


def of_the_source(account: ProviderAccount) -> Words:
    """Of a connector that feeds no metric yet."""
    return _blank(account, account.source_label) | {"value_note": "It is not settled yet which figures come from this source."}


def _blank(account: ProviderAccount, title: str) -> Words:
    """Everything that a card shows, with nothing on it yet."""
    texts = ("unit", "value", "value_note", "movement", "arrow", "verdict", "windows", "data_through", "figures_on", "how")
    lists: dict[str, list[Any]] = {name: [] for name in ("reasons", "lines", "versions")}
    return {"title": title, "source_label": account.source_label, **dict.fromkeys(texts, ""), **lists, "details": {}}


def unit_of(account: ProviderAccount, metric: Metric) -> str:
    return account.currency if metric.unit is Unit.MONEY else UNITS[metric.unit]


def _words(read: _Read, metric: Metric, frozen: Baseline | None) -> Words:
    account = read.account
    through = _through(read.coverages(metric))
    words = without_figures(account, metric.key) | {
        "value_note": NO_WINDOW,
        "data_through": day_in_words(through) if through else "",
        "how": report_metrics.how_it_is_made(account, metric),
        "versions": _versions(read, metric, frozen),
        "details": _details(read, metric, through),
    }
    if frozen is None:
        return words
    current = current_window(read.rule, data_through=through, baseline=baselines.window_of(frozen))
    if current.window is None:
        return words | {"value_note": current.why_not or NO_WINDOW}
    made = comparisons.compare_with(frozen, current=current.window, known=read.known)
    words |= _compared(made)
    words["details"] |= {"window": _span(made.current.window), "baseline": _span(made.baseline.window)}
    return words


def _compared(made: Comparison) -> Words:
    figure = made.current
    return {
        "value": figure.words if figure.value is not None else "",
        "value_note": figure.why_no_value if not made.lines else "",
        "movement": made.movement.words if made.movement is not None and figure.value is not None else "",
        "arrow": made.movement.arrow.value if made.movement is not None and figure.value is not None else "",
        "verdict": made.verdict.label,
        "reasons": [reason.sentence for reason in made.reasons],
        "windows": made.windows,
        "lines": _lines(made),
    }


def _lines(made: Comparison) -> list[Words]:
    """Each kind by itself, its longest lines first; what is behind them is one line more, and says so."""
    found: list[Words] = []
    by_kind = groupby(sorted(made.lines, key=lambda line: line.signal_kind), key=lambda line: line.signal_kind)
    for kind, lines in by_kind:
        ordered = sorted(lines, key=lambda line: (-(line.current or 0), line.name))
        found += [_line(made, line) for line in ordered[:MOST_LINES]]
        rest = ordered[MOST_LINES:]
        if rest:
            total = sum((line.current or Decimal(0) for line in rest), Decimal(0))
            words = in_words(made.metric, total, currency=made.current.currency)
            found.append({"kind": kind_label(kind), "name": f"Other ({len(rest)} more)", "value": words, "movement": "", "arrow": ""})
    return found


def _line(made: Comparison, line: LineMovement) -> Words:
    moved = line.movement if made.verdict is not Verdict.NOT_COMPARABLE else None
    return {
        "kind": kind_label(line.signal_kind),
        "name": line_label(made.metric, line.name),
        "value": in_words(made.metric, line.current, currency=made.current.currency),
        "movement": moved.words if moved is not None else "",
        "arrow": moved.arrow.value if moved is not None else "",
    }


def _details(read: _Read, metric: Metric, through: date | None) -> Words:
    account = read.account
    return {
        "zone": account.organization.time_zone,
        "currency": account.currency if metric.unit is Unit.MONEY else "",
        "week_start": account.organization.week_start,
        "formula_version": metric.formula_version,
        "known": [_span(window) for window in _known(read.coverages(metric), through)],
        "maps": {key: list(found) for key, found in read.versions.items() if key in metric.data_types},
        "changes": list(read.changes),
        "window": None,
        "baseline": None,
    }


def _known(coverages: Sequence[Coverage], through: date | None) -> tuple[Window, ...]:
    """Days that all data types of the metric tell of, up to the last that may be shown."""
    if not coverages or through is None:
        return ()
    days = set.intersection(*({day for span in each.ranges for day in span.every_day()} for each in coverages))
    return merged([Window(day, date.fromordinal(day.toordinal() + 1)) for day in days if day <= through])


def _through(coverages: Sequence[Coverage]) -> date | None:
    days = [each.data_through for each in coverages if each.data_through is not None]
    return min(days, default=None)


def _baselines(account: ProviderAccount, hashes: Mapping[str, str]) -> dict[str, Baseline]:
    """Those that the live configuration names, by metric."""
    rows = db.session.scalars(sa.select(Baseline).where(Baseline.account_id == account.id, Baseline.hash.in_(hashes.values())))
    return {row.metric_key: row for row in rows if hashes.get(row.metric_key) == row.hash}


def _map_versions(account: ProviderAccount) -> dict[str, list[Words]]:
    """Data type → spans of days with the version of the field map that shaped batches of them."""
    query = (
        sa.select(ImportBatch.data_type, FieldMap.number, sa.func.min(ImportBatch.first_date), sa.func.max(ImportBatch.last_date))
        .join(FieldMap, FieldMap.id == ImportBatch.field_map_id)
        .where(
            ImportBatch.account_id == account.id,
            ImportBatch.kind == BatchKind.PRODUCTION,
            ImportBatch.status == BatchStatus.COMPLETE,
            ImportBatch.first_date.is_not(None),
        )
        .group_by(ImportBatch.data_type, FieldMap.number)
        .order_by(ImportBatch.data_type, FieldMap.number)
    )
    found: dict[str, list[Words]] = defaultdict(list)
    for data_type, number, first, last in db.session.execute(query):
        if first is not None and last is not None:
            found[data_type].append({"number": number, "first": first.isoformat(), "last": last.isoformat()})
    return found


def _changes(account: ProviderAccount) -> list[Words]:
    """What was changed that figures may move by: drawn on the charts with its date."""
    query = sa.select(ReportChange).where(ReportChange.account_id == account.id).order_by(ReportChange.changed_on.desc()).limit(50)
    return [{"on": row.changed_on.isoformat(), "kind": row.kind.label, "title": row.title} for row in db.session.scalars(query)]


def _versions(read: _Read, metric: Metric, frozen: Baseline | None) -> list[str]:
    found = [f"Formula version {metric.formula_version}"]
    for source in metric.sources:
        spans = read.versions.get(source.data_type, ())
        if spans:
            found.append(f"Field map of {source.label} version {max(span['number'] for span in spans)}")
    if frozen is not None:
        zone = ZoneInfo(read.account.organization.time_zone)
        found.append(f"Baseline frozen on {day_in_words(frozen.frozen_at.astimezone(zone).date())}")
    return found


def _span(window: Window) -> list[str]:
    return [window.start.isoformat(), window.end.isoformat()]
