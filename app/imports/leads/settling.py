"""Setting classes right: after a batch, and after rules changed. In pieces with short transactions, the same however often."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import sqlalchemy as sa

from app.homes import HOMES, Home
from app.imports.leads.desk import FEW, Desk, Place, Scope, chunks, looking, writing
from app.imports.leads.judging import Moves, judge_rows, settle
from app.imports.leads.verdicts import Contact
from app.models import DataHome, DirtyCause, ImportBatch, Lane, LeadRules, Organization, ProviderAccount, StateOfBatch

PIECE = 1000
"""Rows in one piece."""
SLACK = timedelta(minutes=10)
"""Clocks of two machines differ by less."""


@dataclass(frozen=True)
class _Touched:
    """Rows of a piece, and the keys of rows that came, changed or went with them."""

    ids: tuple[int, ...]
    keys: frozenset[bytes]


@dataclass
class Moved:
    """What a run did."""

    rows: int = 0
    """Looked at."""
    moves: Moves = field(default_factory=Counter)
    """From which class to which, rows whose class changed."""


def settle_batch(
    account_id: int,
    data_type: str,
    home: Home,
    state_id: int,
    *,
    progress: Callable[[str], None],
    cause: DirtyCause | None = None,
) -> dict[str, int]:
    """Set the classes right of all leads of the organization that share a phone number or mail address with a row that came,
    changed or went with a batch, in both homes and at all its connectors; then mark the batch as settled.

    Call it once the home says *complete* or *reversed*, while the rows of the batch are still there. Calling it again does no
    harm. No session of another transaction may be open that writes.

    :param cause: of the days that have to be counted again; told from the state where it is not given
    :return: rows of the batch by class
    """
    with home.reading() as session:
        query = sa.select(home.state.state, home.state.batch_public_id, home.stream.id, home.stream.data_type, home.stream.lane)
        state = session.execute(query.join(home.stream, home.stream.id == home.state.stream_id).where(home.state.id == state_id)).one()
    if state.data_type != data_type:
        raise ValueError("the batch is of another data type")
    scope = _scope_of(account_id, state.lane)
    because = cause or (DirtyCause.REVERSAL if state.state is StateOfBatch.REVERSED else DirtyCause.SOURCE)
    done = 0
    for piece in _pieces_of_batch(home, state_id, state.id):
        with writing(scope) as desk:
            if _rules_are_younger(desk, state.batch_public_id):
                judge_rows(desk, home.key, piece.ids)
            for group in desk.groups_that_may_change(piece.keys, desk.contacts_of(home.key, piece.ids)):
                settle(desk, group, because, batch_of={home.key: state_id})
        done += len(piece.ids)
        progress(f"Looking for repeats: {done:,} rows")
    with home.writing() as session:
        session.execute(sa.update(home.state).where(home.state.id == state_id).values(is_settled=True))
        counts = session.execute(
            sa.select(home.lead.lead_class, sa.func.count()).where(home.lead.batch_id == state_id).group_by(home.lead.lead_class)
        )
        return {lead_class.value: int(count) for lead_class, count in counts}


def reclassify(scope: Scope, *, progress: Callable[[int, Moves, str], None]) -> Moved:
    """Class every lead of the organization by the rules in force, once more in each lane of theirs.

    First what row rules say, of every version of every row (a reversal may bring one back); then the set rules, which rest on it.

    :param progress: told after each piece: rows so far, what moved in the piece, in words
    """
    moved = Moved()
    for home, stream_id in _streams_of(scope):
        for low, high in _ranges(home, stream_id):
            with writing(scope) as desk:
                judge_rows(desk, home.key, _ids(desk.places[home.key], stream_id, low, high))
            progress(moved.rows, Counter(), "Asking the rules about each lead")
    for home, stream_id in _streams_of(scope):
        for low, high in _ranges(home, stream_id):
            with writing(scope) as desk:
                contacts = desk.contacts_of(home.key, _ids(desk.places[home.key], stream_id, low, high))
                moves = settle(desk, contacts, DirtyCause.RULES)
            moved.rows += len(contacts)
            moved.moves += moves
            progress(moved.rows, moves, "Looking for repeats")
    return moved


def settle_leads(scope: Scope, leads: Iterable[tuple[str, str, str]]) -> Moved:
    """Set right what an overrule touches: the leads named by connector, data type and external id, and their neighbours."""
    moved = Moved()
    by_stream: dict[tuple[str, str], list[str]] = {}
    for account, data_type, external_id in leads:
        by_stream.setdefault((account, data_type), []).append(external_id)
    for (account, data_type), ids in by_stream.items():
        for some in chunks(sorted(set(ids)), FEW):
            with writing(scope) as desk:
                touched = [each for place in desk.places.values() for each in _current_of(desk, place, account, data_type, some)]
                keys = {key for contact in touched for key in contact.keys}
                for group in desk.groups_that_may_change(keys, touched):
                    moved.moves += settle(desk, group, DirtyCause.RULES)
            moved.rows += len(touched)
    return moved


def in_lane(scope: Scope, lane: Lane) -> Scope:
    return replace(scope, lane=lane)


def _scope_of(account_id: int, lane: Lane) -> Scope:
    with HOMES[DataHome.APP].reading() as session:
        query = sa.select(Organization.id, Organization.public_id).join(ProviderAccount, ProviderAccount.organization_id == Organization.id)
        number, public_id = session.execute(query.where(ProviderAccount.id == account_id)).one()
    return Scope(number, public_id, lane)


def _pieces_of_batch(home: Home, state_id: int, stream_id: int) -> Iterator[_Touched]:
    """The batch's rows in pieces, each with the keys of every version of these leads: of what it brought, what that took the
    place of and what a reversal brings back."""
    lead, last = home.lead, 0
    while True:
        with home.reading() as session:
            query = sa.select(lead.id, lead.external_id).where(lead.batch_id == state_id, lead.id > last).order_by(lead.id).limit(PIECE)
            rows = session.execute(query).all()
            keys: set[bytes] = set()
            ids = {row.id for row in rows}
            for some in chunks(sorted({row.external_id for row in rows}), FEW):
                versions = sa.select(lead.id, lead.phone_key, lead.mail_key).where(lead.stream_id == stream_id, lead.external_id.in_(some))
                for row_id, phone, mail in session.execute(versions):
                    ids.add(row_id)
                    keys.update(bytes(key) for key in (phone, mail) if key is not None)
        if not rows:
            return
        yield _Touched(tuple(ids), frozenset(keys))
        last = rows[-1].id


def _rules_are_younger(desk: Desk, batch_public_id: str) -> bool:
    """Whether the rules may have changed since the rows of a batch were asked."""
    changed_at = desk.app_session.scalar(sa.select(LeadRules.updated_at).where(LeadRules.active_key == desk.scope.organization_id))
    if changed_at is None:
        return False
    begun_at = desk.app_session.scalar(sa.select(ImportBatch.created_at).where(ImportBatch.public_id == batch_public_id))
    return begun_at is None or changed_at > begun_at - SLACK


def _streams_of(scope: Scope) -> list[tuple[Home, int]]:
    with looking(scope) as desk:
        return [(place.home, number) for place in desk.places.values() for number in sorted(place.streams)]


def _ranges(home: Home, stream_id: int) -> Iterator[tuple[str, str]]:
    """A stream's external ids in pieces, each from after the first name to the last: every version of a lead in one piece."""
    lead, low = home.lead, ""
    while True:
        with home.reading() as session:
            query = sa.select(lead.external_id).where(lead.stream_id == stream_id, lead.external_id > low)
            ids = session.scalars(query.order_by(lead.external_id).limit(PIECE)).all()
        if not ids:
            return
        yield low, ids[-1]
        low = ids[-1]


def _ids(place: Place, stream_id: int, low: str, high: str) -> Sequence[int]:
    lead = place.home.lead
    query = sa.select(lead.id).where(lead.stream_id == stream_id, lead.external_id > low, lead.external_id <= high)
    return place.session.scalars(query).all()


def _current_of(desk: Desk, place: Place, account: str, data_type: str, external_ids: Sequence[str]) -> list[Contact]:
    lead = place.home.lead
    streams = [number for number, stream in place.streams.items() if (stream.account, stream.data_type) == (account, data_type)]
    if not streams:
        return []
    query = sa.select(lead.id).where(lead.stream_id.in_(streams), lead.external_id.in_(external_ids))
    return desk.contacts_of(place.home.key, place.session.scalars(query).all())
