"""What a metric is: one figure with a unit, a signal kind and a formula that has a version.

A formula is data: which rows of which data types count, what is added of them, and what it is broken down by. From
it come the points of a day, the sentence that explains the figure, and the documentation.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from app.metrics.parts import Parts, total


class Unit(StrEnum):
    COUNT = "count"
    RATIO = "ratio"
    MONEY = "money"

    @property
    def label(self) -> str:
        return {"count": "count", "ratio": "per cent", "money": "money, in the connector's currency"}[self.value]


class Direction(StrEnum):
    """Which way is good."""

    UP = "up"
    DOWN = "down"
    NEITHER = "neither"

    @property
    def label(self) -> str:
        return {"up": "more is better", "down": "less is better", "neither": "neither way is good or bad by itself"}[self.value]


class Measure(StrEnum):
    """What is added up of the rows that count."""

    ROWS = "rows"
    AMOUNT = "amount"


class Breakdown(StrEnum):
    """What a metric has lines by; one with lines has no total."""

    NOTHING = ""
    CAMPAIGN = "campaign"
    STATUS = "status"

    @property
    def label(self) -> str:
        return {"": "nothing", "campaign": "signal kind and campaign", "status": "outcome"}[self.value]


@dataclass(frozen=True)
class Source:
    """Rows of one data type that a metric is counted from."""

    data_type: str
    label: str
    """What its rows are called in a sentence."""
    signal_kind: str
    is_lead: bool = False
    """Only leads of class *genuine* count."""
    has_active: bool = True
    """Whether the source tells active rows from inactive ones; only active rows count then."""
    statuses: tuple[str, ...] = ()
    """Rows in one of these count; empty: all."""
    date_label: str = ""
    """Which date puts a row on a day, in words."""

    @property
    def active_rule(self) -> str:
        if self.has_active:
            return "active rows only"
        return "the source marks no rows as inactive, so all rows"


@dataclass(frozen=True)
class RowGroup:
    """Current, active rows of one day that are alike in all that a formula may ask. Of leads: genuine ones only."""

    status: str
    signal_kind: str
    campaign: str
    rows: int
    amount: Decimal


@dataclass(frozen=True)
class Metric:
    """A figure and how it is made. The key outlives releases; another formula is another ``formula_version``."""

    key: str
    title: str
    unit: Unit
    direction: Direction
    formula_version: int
    formula: str
    """A sentence for the client; *How this number is made* begins with it."""
    sources: tuple[Source, ...]
    measure: Measure = Measure.ROWS
    counted: tuple[str, ...] = ()
    """Of a ratio: statuses of the rows above the line; the sources' statuses make what is below it."""
    breakdown: Breakdown = Breakdown.NOTHING
    counts_hours: bool = False
    """Then a day with a clock change is an hour shorter or longer."""

    def __post_init__(self) -> None:
        if len({source.signal_kind for source in self.sources}) > 1 and self.breakdown is Breakdown.NOTHING:
            raise ValueError(f"{self.key}: figures of different signal kinds are never added; give it lines")
        if (self.unit is Unit.RATIO) != bool(self.counted):
            raise ValueError(f"{self.key}: a ratio, and only a ratio, says what is above its line")
        if (self.unit is Unit.MONEY) != (self.measure is Measure.AMOUNT):
            raise ValueError(f"{self.key}: money is a sum of amounts, and a sum of amounts is money")

    @property
    def data_types(self) -> tuple[str, ...]:
        return tuple(source.data_type for source in self.sources)

    @property
    def signal_kinds(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(source.signal_kind for source in self.sources))

    @property
    def has_total(self) -> bool:
        """A metric with lines has none: they may be of different kinds, or of opposite meaning."""
        return self.breakdown is Breakdown.NOTHING

    @property
    def is_additive(self) -> bool:
        """Twice the days make about twice the figure."""
        return self.unit is not Unit.RATIO

    def source_of(self, data_type: str) -> Source:
        return next(source for source in self.sources if source.data_type == data_type)

    def takes(self, group: RowGroup, source: Source) -> bool:
        return group.signal_kind == source.signal_kind and (not source.statuses or group.status in source.statuses)

    def line_of(self, group: RowGroup) -> str:
        return {Breakdown.NOTHING: "", Breakdown.CAMPAIGN: group.campaign, Breakdown.STATUS: group.status}[self.breakdown]

    def parts_of(self, group: RowGroup, *, currency: str) -> Parts:
        """What rows of a group that the metric takes add."""
        if self.unit is Unit.MONEY:
            return Parts(group.signal_kind, group.rows, group.amount, None, currency)
        rows = Decimal(group.rows)
        if self.unit is Unit.RATIO:
            return Parts(group.signal_kind, group.rows, rows if group.status in self.counted else Decimal(0), rows)
        return Parts(group.signal_kind, group.rows, rows)

    def count_day(self, groups: Iterable[RowGroup], *, data_type: str, currency: str) -> dict[tuple[str, str], Parts]:
        """The parts of one day, by signal kind and line."""
        source = self.source_of(data_type)
        found: dict[tuple[str, str], Parts] = {}
        for group in groups:
            if self.takes(group, source):
                line = (group.signal_kind, self.line_of(group))
                parts = self.parts_of(group, currency=currency)
                found[line] = found[line] + parts if line in found else parts
        return found

    def zero(self, signal_kind: str, *, currency: str) -> Parts:
        """The parts of a window that is known and in which nothing happened."""
        den = Decimal(0) if self.unit is Unit.RATIO else None
        return Parts(signal_kind, 0, Decimal(0), den, currency if self.unit is Unit.MONEY else "")

    def value(self, parts: Parts) -> Decimal | None:
        """The figure; None where there is none: a ratio of nothing is unknown, not 0."""
        if self.unit is not Unit.RATIO:
            return parts.num
        return parts.num / parts.den if parts.den else None

    def compute(self, parts: Iterable[Parts]) -> Decimal | None:
        """The figure over days of one signal kind; None of no day at all.

        :raises MixedKindsError: if they are of different signal kinds
        """
        whole = total(parts)
        return None if whole is None else self.value(whole)
