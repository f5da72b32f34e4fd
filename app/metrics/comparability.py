"""Whether two windows of a metric may be compared, and why not. No percentage stands before it has been asked.

Keys of reasons outlive releases: never rename one. What each weighs is said in docs/metrics.md.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.metrics.metric import Metric
from app.metrics.windows import Window

FEW_ROWS = 30
"""Below it, chance moves the figure more than anything that anybody did."""
TOO_FEW_ROWS = 5
UNEQUAL_AT_MOST = 1.15
"""How much longer one window may be: months of 28 and 31 days are, weeks and months are not."""
MISSING_AT_MOST = 0.05
"""Share of a window's days that may be missing."""


class Verdict(StrEnum):
    COMPARABLE = "comparable"
    WITH_CAVEATS = "with caveats"
    NOT_COMPARABLE = "not comparable"

    @property
    def label(self) -> str:
        return self.value.capitalize()


class ReasonKey(StrEnum):
    UNEQUAL_DAYS = "unequal_days"
    PARTIAL_PERIOD = "partial_period"
    DAYS_WITHOUT_DATA = "days_without_data"
    FORMULA_CHANGED = "formula_changed"
    MAP_CHANGED = "map_changed"
    TOO_FEW_ROWS = "too_few_rows"
    CLOCK_CHANGE = "clock_change"
    SAMPLE_DATA = "sample_data"
    CURRENCY_DIFFERS = "currency_differs"
    SIGNAL_KINDS_DIFFER = "signal_kinds_differ"
    ZONE_CHANGED = "zone_changed"
    WINDOWS_OVERLAP = "windows_overlap"
    RESTATED = "restated"


@dataclass(frozen=True)
class Reason:
    key: ReasonKey
    sentence: str
    forbids: bool
    """Whether it makes the windows not comparable; else it is a caveat."""


@dataclass(frozen=True)
class Side:
    """What is to be known of one of the two windows."""

    window: Window
    zone: str
    rows: int
    """Source rows behind the figure."""
    formula_version: int
    signal_kinds: frozenset[str]
    days_missing: int = 0
    """Days about which nothing is known, the source having told of later ones."""
    days_to_come: int = 0
    """Days at the end that the source has not told of yet, or that wait to be counted."""
    map_numbers: Mapping[str, frozenset[int]] = field(default_factory=dict)
    """Data type → versions of the field map that shaped its rows."""
    currency: str = ""
    is_sample: bool = False
    is_restated: bool = False
    """The frozen figure is no longer what the source says of these days."""

    @property
    def days_known(self) -> int:
        return self.window.days - self.days_missing - self.days_to_come


@dataclass(frozen=True)
class Judgement:
    verdict: Verdict
    reasons: tuple[Reason, ...]

    @property
    def allows_percentage(self) -> bool:
        return self.verdict is not Verdict.NOT_COMPARABLE


def judge(metric: Metric, *, current: Side, baseline: Side) -> Judgement:
    """Every reason there is, those that forbid first."""
    found = [reason for rule in _RULES for reason in rule(metric, current, baseline)]
    reasons = tuple(sorted(found, key=lambda reason: not reason.forbids))
    if any(reason.forbids for reason in reasons):
        return Judgement(Verdict.NOT_COMPARABLE, reasons)
    return Judgement(Verdict.WITH_CAVEATS if reasons else Verdict.COMPARABLE, reasons)


def _sample(_metric: Metric, current: Side, baseline: Side) -> Iterator[Reason]:
    for side in (current, baseline):
        if side.is_sample:
            yield Reason(ReasonKey.SAMPLE_DATA, f"{side.window.label} rests on a test batch: sample data is in no figure.", True)


def _kinds(_metric: Metric, current: Side, baseline: Side) -> Iterator[Reason]:
    if current.signal_kinds != baseline.signal_kinds:
        ours, theirs = (", ".join(sorted(side.signal_kinds)) or "nothing" for side in (current, baseline))
        yield Reason(ReasonKey.SIGNAL_KINDS_DIFFER, f"The windows are of different things: {ours} against {theirs}.", True)


def _currency(_metric: Metric, current: Side, baseline: Side) -> Iterator[Reason]:
    if current.currency != baseline.currency:
        sentence = f"The windows are in different currencies: {current.currency or 'none'} against {baseline.currency or 'none'}."
        yield Reason(ReasonKey.CURRENCY_DIFFERS, sentence, True)


def _formula(metric: Metric, current: Side, baseline: Side) -> Iterator[Reason]:
    if current.formula_version != baseline.formula_version:
        sentence = (
            f"The formula of {metric.title} changed between: version {current.formula_version} against version {baseline.formula_version}."
        )
        yield Reason(ReasonKey.FORMULA_CHANGED, sentence, True)


def _zone(_metric: Metric, current: Side, baseline: Side) -> Iterator[Reason]:
    if current.zone != baseline.zone:
        yield Reason(ReasonKey.ZONE_CHANGED, f"Days are cut in different time zones: {current.zone} against {baseline.zone}.", True)


def _unequal(metric: Metric, current: Side, baseline: Side) -> Iterator[Reason]:
    ours, theirs = current.window.days, baseline.window.days
    if ours == theirs:
        return
    forbids = metric.is_additive and max(ours, theirs) / min(ours, theirs) > UNEQUAL_AT_MOST
    yield Reason(ReasonKey.UNEQUAL_DAYS, f"The windows are not equally long: {_days(ours)} against {_days(theirs)}.", forbids)


def _overlap(_metric: Metric, current: Side, baseline: Side) -> Iterator[Reason]:
    shared = len(list(current.window.days_shared_with(baseline.window)))
    if shared:
        yield Reason(ReasonKey.WINDOWS_OVERLAP, f"The windows share {_days(shared)}, which count on both sides.", False)


def _partial(metric: Metric, current: Side, baseline: Side) -> Iterator[Reason]:
    for side in (current, baseline):
        if not side.days_to_come:
            continue
        sentence = (
            f"{side.window.label} is not complete: its data reaches {side.window.days - side.days_to_come} of {_days(side.window.days)}."
        )
        yield Reason(ReasonKey.PARTIAL_PERIOD, sentence, metric.is_additive or side.days_known <= 0)


def _missing(metric: Metric, current: Side, baseline: Side) -> Iterator[Reason]:
    for side in (current, baseline):
        if not side.days_missing:
            continue
        many = side.days_missing / side.window.days > MISSING_AT_MOST
        sentence = f"{side.window.label} has {_days(side.days_missing)} without data: no complete batch tells about them."
        yield Reason(ReasonKey.DAYS_WITHOUT_DATA, sentence, (many and metric.is_additive) or side.days_known <= 0)


def _maps(_metric: Metric, current: Side, baseline: Side) -> Iterator[Reason]:
    for data_type in sorted(current.map_numbers.keys() & baseline.map_numbers.keys()):
        ours, theirs = current.map_numbers[data_type], baseline.map_numbers[data_type]
        if ours and theirs and ours != theirs:
            words = " and ".join(_versions(versions) for versions in (ours, theirs))
            sentence = f"The field map of {data_type.replace('_', ' ')} changed between: rows were shaped by {words}."
            yield Reason(ReasonKey.MAP_CHANGED, sentence, False)


def _few(_metric: Metric, current: Side, baseline: Side) -> Iterator[Reason]:
    for side in (current, baseline):
        if side.rows < FEW_ROWS:
            rows = "1 row" if side.rows == 1 else f"{side.rows} rows"
            sentence = f"{side.window.label} rests on {rows}: chance alone moves so small a figure."
            yield Reason(ReasonKey.TOO_FEW_ROWS, sentence, side.rows < TOO_FEW_ROWS)


def _clock(metric: Metric, current: Side, baseline: Side) -> Iterator[Reason]:
    if not metric.counts_hours:
        return
    for side in (current, baseline):
        if side.window.has_clock_change(side.zone):
            sentence = f"The clock changes within {side.window.label}: one of its days is an hour longer or shorter."
            yield Reason(ReasonKey.CLOCK_CHANGE, sentence, False)


def _restated(_metric: Metric, current: Side, baseline: Side) -> Iterator[Reason]:
    for side in (current, baseline):
        if side.is_restated:
            sentence = f"The source has rewritten days of {side.window.label} since its figure was frozen."
            yield Reason(ReasonKey.RESTATED, sentence, False)


_RULES = (_sample, _kinds, _currency, _formula, _zone, _unequal, _overlap, _partial, _missing, _maps, _few, _clock, _restated)


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count:,} days"


def _versions(numbers: frozenset[int]) -> str:
    return ("version " if len(numbers) == 1 else "versions ") + ", ".join(str(number) for number in sorted(numbers))
