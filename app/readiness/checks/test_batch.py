"""Whether a test batch brought rows: the newest of each data type that has one. One data type is enough."""

from app.readiness.batch_reading import FACETS, labels_without, newest_of_each, rows_taken, until_it_is_over
from app.readiness.check import Check, Outcome
from app.readiness.facts import ConnectorFacts
from app.readiness.wording import count, kept, listed


def ask(facts: ConnectorFacts) -> Outcome:
    found = newest_of_each(facts, lambda batch: batch.is_sample)
    if not found:
        return Outcome.not_run(f"No test batch is logged yet. Import a small export as a test.{until_it_is_over(facts)}")
    ids = kept(batch.id for _, batch in found)
    without_batch = kept(labels_without(facts, found))
    empty = sorted(kind.label for kind, batch in found if batch.rows_read == 0)
    rejected = sorted(kind.label for kind, batch in found if batch.rows_read and not rows_taken(batch))
    if empty or rejected:
        told = [f"The newest test batch of {listed(empty)} brought no rows, where some were expected."] if empty else []
        told += [f"Every row of the newest test batch of {listed(rejected)} was rejected."] if rejected else []
        return Outcome.failed(
            f"{' '.join(told)} Check the export and its map, and import it as a test once more.",
            batches=ids,
            empty=kept(empty),
            rejected=kept(rejected),
            without_batch=without_batch,
        )
    taken = sum(rows_taken(batch) for _, batch in found)
    return Outcome.passed(
        f"A test batch came in with rows for {listed(sorted(kind.label for kind, _ in found))}: {count(taken, 'row')} taken.",
        batches=ids,
        rows=taken,
        without_batch=without_batch,
    )


CHECK = Check("test-batch", FACETS, ask)
