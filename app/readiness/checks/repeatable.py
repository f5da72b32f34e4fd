"""Whether the same file, imported by the same map once more, changed nothing. The newest repeat of each data type counts."""

from app.readiness.batch_reading import FACETS, labels_without, newest_of_each, rows_taken, until_it_is_over
from app.readiness.check import Check, Outcome
from app.readiness.facts import BatchFacts, ConnectorFacts
from app.readiness.wording import count, kept, listed


def ask(facts: ConnectorFacts) -> Outcome:
    found = newest_of_each(facts, _is_repeat)
    if not found:
        what = "No file with rows was imported a second time by the same map. Import the test file once more."
        return Outcome.not_run(f"{what}{until_it_is_over(facts)}")
    ids = kept(batch.id for _, batch in found)
    without_repeat = kept(labels_without(facts, found))
    moved = [(kind.label, batch) for kind, batch in found if batch.rows_new or batch.rows_changed]
    if moved:
        new, changed = sum(batch.rows_new for _, batch in moved), sum(batch.rows_changed for _, batch in moved)
        return Outcome.failed(
            f"The second import of {listed(sorted(label for label, _ in moved))} was not without effect: {new:,} new, {changed:,} changed. "
            "Check that the id which is mapped stays the same from export to export.",
            batches=ids,
            rows_new=new,
            rows_changed=changed,
            without_repeat=without_repeat,
        )
    rows = sum(rows_taken(batch) for _, batch in found)
    labels = listed(sorted(kind.label for kind, _ in found))
    return Outcome.passed(
        f"The same file of {labels} came in a second time and changed nothing: 0 new, 0 changed of {count(rows, 'row')}.",
        batches=ids,
        rows=rows,
        without_repeat=without_repeat,
    )


def _is_repeat(batch: BatchFacts) -> bool:
    """An empty file changes nothing either, and proves nothing."""
    return batch.repeats is not None and rows_taken(batch) > 0


CHECK = Check("repeatable", FACETS, ask)
