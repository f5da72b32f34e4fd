"""Two windows of a metric beside each other, with the verdict that stands before any percentage."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from app.metrics.comparability import Judgement, Reason, Side, Verdict, judge
from app.metrics.metric import Metric
from app.metrics.movement import Movement, movement
from app.metrics.windows import Window
from app.models import Baseline, ProviderAccount
from app.services import baselines
from app.services.coverage import Coverage
from app.services.figures import Figure, Line, coverages_for, figure_of, has_only_samples, map_numbers

Half = tuple[Figure, Side]
"""One window's figure, and what the verdict has to know of it."""


@dataclass(frozen=True)
class LineMovement:
    """One line of a metric that has lines, in both windows. A line that one window lacks is zero there."""

    signal_kind: str
    name: str
    current: Decimal | None
    baseline: Decimal | None
    movement: Movement | None
    """None where the windows are not comparable, or this line rests on too few rows."""


@dataclass(frozen=True)
class Comparison:
    account: ProviderAccount
    metric: Metric
    current: Figure
    baseline: Figure
    judgement: Judgement
    movement: Movement | None
    """None where there is no percentage and no arrow to show."""
    lines: tuple[LineMovement, ...]
    frozen: Baseline | None
    """The newest frozen baseline of the very same window, if there is one."""

    @property
    def verdict(self) -> Verdict:
        return self.judgement.verdict

    @property
    def reasons(self) -> tuple[Reason, ...]:
        return self.judgement.reasons

    @property
    def windows(self) -> str:
        """Both in full, with day counts and zone."""
        return self.current.window.against(self.baseline.window, zone=self.current.zone)


def compare(account: ProviderAccount, metric: Metric, *, current: Window, baseline: Window) -> Comparison:
    """Compare what is known now of both windows. Where the baseline's window was frozen and became another one since,
    that is a caveat."""
    known = coverages_for(account, [metric])
    now, then = figure_of(account, metric, current, known=known), figure_of(account, metric, baseline, known=known)
    frozen = baselines.newest(account, metric, baseline)
    is_sample = has_only_samples(account, metric)
    is_restated = frozen is not None and frozen.formula_version == metric.formula_version and not baselines.still_holds(frozen, then)
    ours = _side(account, now, is_sample=is_sample)
    theirs = _side(account, then, is_sample=is_sample, is_restated=is_restated)
    return _comparison(account, (now, ours), (then, theirs), frozen=frozen)


def compare_with(frozen: Baseline, *, current: Window, known: Mapping[str, Coverage] | None = None) -> Comparison:
    """Compare with a baseline as it stood when it was frozen: its figure, its formula, its map, its zone.

    :param known: what ``coverages_for`` gave, where several are compared at once
    """
    account = frozen.account
    then = baselines.figure_in(frozen)
    known = coverages_for(account, [then.metric]) if known is None else known
    now = figure_of(account, then.metric, current, known=known)
    live = figure_of(account, then.metric, then.window, known=known)
    ours = _side(account, now, is_sample=has_only_samples(account, then.metric))
    theirs = baselines.side_of(frozen, is_restated=not baselines.still_holds(frozen, live))
    return _comparison(account, (now, ours), (then, theirs), frozen=frozen)


def _comparison(account: ProviderAccount, current: Half, baseline: Half, *, frozen: Baseline | None) -> Comparison:
    (now, ours), (then, theirs) = current, baseline
    metric = now.metric
    judgement = judge(metric, current=ours, baseline=theirs)
    return Comparison(
        account=account,
        metric=metric,
        current=now,
        baseline=then,
        judgement=judgement,
        movement=movement(metric, judgement, current=now.value, baseline=then.value, currency=now.currency),
        lines=_line_movements(metric, current, baseline),
        frozen=frozen,
    )


def _side(account: ProviderAccount, figure: Figure, *, is_sample: bool, is_restated: bool = False) -> Side:
    return Side(
        window=figure.window,
        zone=figure.zone,
        rows=figure.rows,
        formula_version=figure.metric.formula_version,
        signal_kinds=frozenset(figure.metric.signal_kinds),
        days_missing=figure.days_missing,
        days_to_come=figure.days_to_come,
        map_numbers={coverage.data_type: map_numbers(account, coverage.data_type, figure.window) for coverage in figure.coverages},
        currency=figure.currency,
        is_sample=is_sample,
        is_restated=is_restated,
    )


def _line_movements(metric: Metric, current: Half, baseline: Half) -> tuple[LineMovement, ...]:
    """Each line is judged by its own rows: 3 leads that became 28 are no 833 per cent."""
    (now, ours), (then, theirs) = current, baseline
    our_lines, their_lines = _by_name(now), _by_name(then)
    found = []
    for kind, name in sorted(our_lines.keys() | their_lines.keys()):
        line, former = our_lines.get((kind, name)), their_lines.get((kind, name))
        judgement = judge(metric, current=replace(ours, rows=_rows(line)), baseline=replace(theirs, rows=_rows(former)))
        value, before = _value(metric, now, line, kind), _value(metric, then, former, kind)
        moved = movement(metric, judgement, current=value, baseline=before, currency=now.currency)
        found.append(LineMovement(kind, name, value, before, moved))
    return tuple(found)


def _rows(line: Line | None) -> int:
    return line.parts.rows if line is not None else 0


def _by_name(figure: Figure) -> Mapping[tuple[str, str], Line]:
    return {(line.signal_kind, line.name): line for line in figure.lines}


def _value(metric: Metric, figure: Figure, line: Line | None, kind: str) -> Decimal | None:
    if line is not None:
        return line.value
    return metric.value(metric.zero(kind, currency=figure.currency)) if figure.days_known else None
