"""What the checks of imports have in common: which batch of a data type speaks for it."""

from collections.abc import Callable

from app.readiness.facts import BatchFacts, ConnectorFacts, DataTypeFacts

FACETS = frozenset({"maps", "data-types", "data-homes"})
"""Another map shapes the same file otherwise; another data type or home asks for a batch of its own."""


def rows_taken(batch: BatchFacts) -> int:
    """New, changed and unchanged ones. Never below zero, whatever else was counted among the rejects."""
    return max(batch.rows_read - batch.rows_rejected, 0)


def newest(facts: ConnectorFacts, kind: DataTypeFacts, fits: Callable[[BatchFacts], bool]) -> BatchFacts | None:
    return next((batch for batch in facts.batches if batch.data_type == kind.key and fits(batch)), None)


def newest_of_each(facts: ConnectorFacts, fits: Callable[[BatchFacts], bool]) -> list[tuple[DataTypeFacts, BatchFacts]]:
    """For the data types that have one, in the order of their keys."""
    kinds = sorted(facts.data_types, key=lambda kind: kind.key)
    return [(kind, batch) for kind in kinds if (batch := newest(facts, kind, fits))]


def labels_without(facts: ConnectorFacts, found: list[tuple[DataTypeFacts, BatchFacts]]) -> list[str]:
    have = {kind.key for kind, _ in found}
    return sorted(kind.label for kind in facts.data_types if kind.key not in have)


def until_it_is_over(facts: ConnectorFacts) -> str:
    """What to add where a batch is missing: one that is under way does not count."""
    return " An import is under way: look again when it is over." if facts.batches_under_way else ""
