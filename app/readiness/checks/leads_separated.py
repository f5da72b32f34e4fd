"""Whether each lead has its class. It asks nothing of a connector that brings no leads."""

from app.readiness.batch_reading import FACETS, newest, until_it_is_over
from app.readiness.check import Check, Outcome
from app.readiness.facts import BatchFacts, ConnectorFacts
from app.readiness.wording import count, kept, listed

CLASSES = ("genuine", "test", "spam", "internal", "duplicate")


def ask(facts: ConnectorFacts) -> Outcome:
    kinds = sorted(facts.of_leads(), key=lambda kind: kind.key)
    if not kinds:
        return Outcome.not_applicable("The connector brings no leads, so there are none to tell apart.")
    found = [(kind, batch) for kind in kinds if (batch := newest(facts, kind, lambda each: _rows(each) > 0))]
    if not found:
        return Outcome.not_run(f"No import brought leads yet that could be told apart. Import some as a test.{until_it_is_over(facts)}")
    ids = kept(batch.id for _, batch in found)
    have = {kind.key for kind, _ in found}
    without_batch = kept(kind.label for kind in kinds if kind.key not in have)
    faulty = [(kind.label, batch) for kind, batch in found if _classed(batch) != _rows(batch) or _outside(batch)]
    if faulty:
        rows, classed = sum(_rows(batch) for _, batch in faulty), sum(_classed(batch) for _, batch in faulty)
        return Outcome.failed(
            f"Not every lead of {listed(sorted(label for label, _ in faulty))} has one class: {classed:,} classed of {count(rows, 'row')}. "
            "Check the lead rules, and import the file as a test once more.",
            batches=ids,
            rows=rows,
            classed=classed,
            outside_classes=sum(_outside(batch) for _, batch in faulty),
            without_batch=without_batch,
        )
    sums = {name: sum(batch.classes.get(name, 0) for _, batch in found) for name in CLASSES}
    told = ", ".join(f"{number:,} {name}" for name, number in sums.items())
    return Outcome.passed(f"Each lead has its class: {told}.", batches=ids, classes={**sums}, without_batch=without_batch)


def _rows(batch: BatchFacts) -> int:
    """Rows that the batch brought. Unchanged ones belong to the batch that brought them, and are counted by class there."""
    return batch.rows_new + batch.rows_changed


def _classed(batch: BatchFacts) -> int:
    return sum(batch.classes.get(name, 0) for name in CLASSES)


def _outside(batch: BatchFacts) -> int:
    """Rows under no class, or under a word that is none."""
    return sum(number for name, number in batch.classes.items() if name not in CLASSES)


CHECK = Check("leads-separated", FACETS | {"lead-rules"}, ask)
