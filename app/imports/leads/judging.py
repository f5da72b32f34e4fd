"""Writing verdicts on the leads of one piece, and asking for them without writing."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date

import sqlalchemy as sa

from app.imports.leads.classifier import RowRules
from app.imports.leads.desk import FEW, MANY, Desk, Place, chunks, facts_of
from app.imports.leads.verdicts import Contact, Verdict, marks_of, verdict
from app.models import DataHome, DirtyCause, Lane, LeadClass

Change = tuple[LeadClass, LeadClass]
Moves = Counter[Change]


def settle(desk: Desk, contacts: Sequence[Contact], cause: DirtyCause, *, batch_of: dict[DataHome, int] | None = None) -> Moves:
    """Write the verdicts on these current leads where they are not as they should be."""
    moves: Moves = Counter()
    for some, neighbours, heavy in _groups(desk, contacts):
        marks = marks_of(neighbours, heavy, desk.rules)
        for key, place in desk.places.items():
            mine = [(contact, verdict(contact, marks)) for contact in some if contact.home is key]
            moves += _write(place, mine, cause, (batch_of or {}).get(key), is_counted=desk.scope.lane is Lane.LIVE)
    return moves


def verdicts_on(
    desk: Desk, contacts: Sequence[Contact], judge: Callable[[list[Contact]], list[Contact]]
) -> Iterator[tuple[Contact, Verdict]]:
    """What the desk's rules say of these leads; nothing is written.

    :param judge: gives contacts what row rules say that are not in force yet
    """
    for some, neighbours, heavy in _groups(desk, contacts):
        marks = marks_of(judge(neighbours), heavy, desk.rules)
        for contact in judge(list(some)):
            yield contact, verdict(contact, marks)


def judge_rows(desk: Desk, home: DataHome, ids: Iterable[int]) -> None:
    """Ask the row rules in force again for these rows, whether they are current or not."""
    place, rules = desk.places[home], RowRules(desk.rules)
    lead = place.home.lead
    changed: dict[tuple[LeadClass | None, str], list[int]] = {}
    for some in chunks(sorted(set(ids)), FEW):
        query = sa.select(lead.id, lead.signal_kind, lead.attrs, lead.customer, lead.row_class, lead.row_rule).where(lead.id.in_(some))
        for row in place.session.execute(query):
            said = rules.verdict(facts_of(row.signal_kind, row.attrs, row.customer))
            if said != (row.row_class, row.row_rule):
                changed.setdefault(said, []).append(row.id)
    for (row_class, row_rule), rows in changed.items():
        for some in chunks(rows, FEW):
            place.session.execute(
                sa.update(lead)
                .where(lead.id.in_(some))
                .values(row_class=row_class, row_rule=row_rule)
                .execution_options(synchronize_session=False)
            )


def _groups(desk: Desk, contacts: Sequence[Contact]) -> Iterator[tuple[Sequence[Contact], list[Contact], frozenset[bytes]]]:
    """The leads in groups that are looked at together, each with all its neighbours and the keys that say nothing."""
    heavy, counts = desk.heavy_and_light(key for contact in contacts for key in contact.keys)
    group: list[Contact] = []
    keys: set[bytes] = set()
    many = 0
    for contact in contacts:
        shared = [key for key in contact.keys if counts.get(key, 0) > 1 and key not in keys]
        if group and many + sum(counts[key] for key in shared) > MANY:
            yield group, desk.contacts_with(keys), heavy
            group, keys, many = [], set(), 0
            shared = [key for key in contact.keys if counts.get(key, 0) > 1]
        group.append(contact)
        keys.update(shared)
        many += sum(counts[key] for key in shared)
    if group:
        yield group, desk.contacts_with(keys), heavy


def _write(place: Place, said: Sequence[tuple[Contact, Verdict]], cause: DirtyCause, batch_id: int | None, *, is_counted: bool) -> Moves:
    """Write verdicts that differ from what stands there, and note the days of the leads whose class changed."""
    lead, moves = place.home.lead, Counter[Change]()
    wanted: dict[Verdict, list[int]] = {}
    days: set[tuple[int, date]] = set()
    for contact, new in said:
        if new == contact.stands:
            continue
        wanted.setdefault(new, []).append(contact.row_id)
        if new[0] is not contact.stands[0]:
            moves[contact.stands[0], new[0]] += 1
            if contact.day is not None:
                days.add((contact.stream_id, contact.day))
    for (lead_class, lead_rule), ids in wanted.items():
        for some in chunks(sorted(ids), FEW):
            place.session.execute(
                sa.update(lead)
                .where(lead.id.in_(some))
                .values(lead_class=lead_class, lead_rule=lead_rule)
                .execution_options(synchronize_session=False)
            )
    if days and is_counted:
        rows = [{"stream_id": stream, "local_date": day, "cause": cause, "batch_id": batch_id} for stream, day in sorted(days)]
        place.session.execute(sa.insert(place.home.dirty_day), rows)
    return moves
