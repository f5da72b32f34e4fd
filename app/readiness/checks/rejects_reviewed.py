"""Whether no row was rejected, or a person acknowledged each reason. More rejects of a known reason are to be looked at again."""

from app.readiness.batch_reading import FACETS, labels_without, newest, rows_taken, until_it_is_over
from app.readiness.check import Check, Outcome, Result, Value
from app.readiness.facts import BatchFacts, ConnectorFacts, DataTypeFacts
from app.readiness.wording import count, kept, listed, spoken


def ask(facts: ConnectorFacts) -> Outcome:
    found = [(kind, batch) for kind in facts.data_types if (batch := _speaking(facts, kind)) and batch.rows_read]
    if not found:
        return Outcome.not_run(f"No import brought a row that could have been rejected. Import a test batch.{until_it_is_over(facts)}")
    told = {
        f"{kind.key}:{reason}:{number}": f"{kind.label}: {spoken(reason)} ({count(number, 'row')})"
        for kind, batch in found
        for reason, number in batch.rejects.items()
        if number
    }
    items = tuple(sorted(told))
    rests_on: dict[str, Value] = {
        "batches": kept(batch.id for _, batch in found),
        "without_batch": kept(labels_without(facts, found)),
        "reasons": list(items),
    }
    if not items:
        rows = sum(rows_taken(batch) for _, batch in found)
        return Outcome(Result.PASSED, f"No row was rejected: {count(rows, 'row')} came in.", rests_on)
    unseen = sorted(told[item] for item in items if item not in facts.acknowledged)
    if not unseen:
        sentence = f"Rows were rejected, and each reason was acknowledged: {listed(sorted(told.values()))}."
        return Outcome(Result.PASSED, sentence, rests_on, items)
    sentence = (
        f"Rows were rejected for reasons that nobody acknowledged: {listed(unseen)}. Mend the export or its map, or acknowledge each."
    )
    return Outcome(Result.FAILED, sentence, {**rests_on, "open": kept(unseen)}, items)


def _speaking(facts: ConnectorFacts, kind: DataTypeFacts) -> BatchFacts | None:
    """The newest test batch; a production batch only where there was no test."""
    return newest(facts, kind, lambda batch: batch.is_sample) or newest(facts, kind, lambda _any: True)


CHECK = Check("rejects-reviewed", FACETS, ask)
