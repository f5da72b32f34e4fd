"""An organization's leads in both homes, to look at and to set right, a piece at a time.

Whoever sets classes right holds the organization's row meanwhile: two imports of one organization that end at once would else
each write what it saw before the other. A piece is one short transaction in each home, the application's outside. A process
that dies between the two ends leaves one of them as it was: each is right by itself, and the next attempt does it again.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.homes import HOMES, Home
from app.imports.leads.classifier import LeadFacts, rules_in_force
from app.imports.leads.rules import RuleSet
from app.imports.leads.verdicts import BOOKED, MARKETPLACE, Contact, with_base
from app.models import DataHome, Lane, LeadClass, LeadOverrule, Organization, ProviderAccount, StateOfBatch

FEW = 500
"""Values in one list of a statement."""
MANY = 30_000
"""Leads that are looked at together."""
HEAVY = 1000
"""A number or address that more current leads share says nothing of who it is: a switchboard, a blocked number."""

Item = TypeVar("Item")


@dataclass(frozen=True)
class Scope:
    """Whose leads, in which lane."""

    organization_id: int
    organization: str
    """Public id."""
    lane: Lane = Lane.LIVE


@dataclass(frozen=True)
class StreamOfLeads:
    account: str
    data_type: str


@dataclass(frozen=True)
class Place:
    """One home with a session open in it and the organization's streams there."""

    home: Home
    session: Session
    streams: Mapping[int, StreamOfLeads]


@dataclass(frozen=True)
class Desk:
    """What is looked at in one piece."""

    scope: Scope
    rules: RuleSet
    places: Mapping[DataHome, Place]
    accounts: Mapping[str, int]
    """Public id → number in the application's database."""
    has_overrules: bool
    _groups: dict[bytes, list[Contact]] = field(default_factory=dict)
    """Key → its leads, as far as they were looked up."""

    @property
    def app_session(self) -> Session:
        return self.places[DataHome.APP].session

    @property
    def _filled(self) -> list[Place]:
        """Homes in which the organization has leads."""
        return [place for place in self.places.values() if place.streams]

    def contacts_with(self, keys: Iterable[bytes]) -> list[Contact]:
        """Every current lead that has one of the keys. What was looked up once in this piece is not looked up again."""
        wanted = set(keys)
        missing = wanted - self._groups.keys()
        if missing:
            self._groups.update((key, []) for key in missing)
            for contact in self._having(missing):
                for key in missing.intersection(contact.keys):
                    self._groups[key].append(contact)
        return _distinct(contact for key in wanted for contact in self._groups[key])

    def groups_that_may_change(self, keys: Iterable[bytes], own: Sequence[Contact]) -> Iterator[list[Contact]]:
        """The given leads, and all others on which another verdict may be due when a lead with one of the keys came or went, in
        groups that fit into memory. Set each right before the next is asked for: one lead may be in two.

        Of a key that says nothing only those that a set rule has spoken on: from when the key still said something.
        """
        heavy, counts = self.heavy_and_light(keys)
        group: list[bytes] = []
        many, first = 0, list(own)
        for key in sorted(key for key, count in counts.items() if count > 1):
            if group and many + counts[key] > MANY:
                yield _distinct([*first, *self.contacts_with(group)])
                self._groups.clear()
                group, many, first = [], 0, []
            group.append(key)
            many += counts[key]
        lead = {key: place.home.lead for key, place in self.places.items()}
        marked = {key: sa.and_(each.row_class.is_(None), each.lead_class != LeadClass.GENUINE) for key, each in lead.items()}
        yield _distinct([*first, *self.contacts_with(group), *self._having(heavy, marked)])

    def _having(self, keys: Iterable[bytes], but: Mapping[DataHome, sa.ColumnElement[bool]] | None = None) -> list[Contact]:
        found: dict[tuple[DataHome, int], Contact] = {}
        for some in chunks(sorted(set(keys)), FEW):
            for place in self._filled:
                for column in (place.home.lead.phone_key, place.home.lead.mail_key):
                    condition = column.in_(some) if but is None else sa.and_(column.in_(some), but[place.home.key])
                    for contact in self._contacts(place, condition):
                        found[contact.identity] = contact
        return self._with_overrules(found.values())

    def contacts_of(self, home: DataHome, ids: Iterable[int]) -> list[Contact]:
        """Those of these rows that are current."""
        place = self.places[home]
        found = [each for some in chunks(sorted(set(ids)), FEW) for each in self._contacts(place, place.home.lead.id.in_(some))]
        return self._with_overrules(found)

    def heavy_and_light(self, keys: Iterable[bytes]) -> tuple[frozenset[bytes], dict[bytes, int]]:
        """Keys that too many current leads share; and the others with at least the number of leads that have them."""
        counts: dict[bytes, int] = {}
        for some in chunks(sorted(set(keys)), FEW):
            for place in self._filled:
                lead = place.home.lead
                for column in (lead.phone_key, lead.mail_key):
                    # All versions: the index alone answers, and they are hardly more.
                    query = sa.select(column, sa.func.count()).where(column.in_(some)).group_by(column)
                    for key, count in place.session.execute(query):
                        counts[bytes(key or b"")] = counts.get(bytes(key or b""), 0) + int(count)
        heavy = frozenset(key for key, count in counts.items() if count > HEAVY and self._current_count(key) > HEAVY)
        return heavy, {key: count for key, count in counts.items() if key not in heavy}

    def overrules_of(self, contacts: Iterable[Contact]) -> dict[tuple[str, str, str], LeadClass]:
        by_id = {number: account for account, number in self.accounts.items()}
        found: dict[tuple[str, str, str], LeadClass] = {}
        for some in chunks(sorted({contact.external_id for contact in contacts}), FEW):
            query = sa.select(LeadOverrule.account_id, LeadOverrule.data_type, LeadOverrule.external_id, LeadOverrule.lead_class)
            query = query.where(LeadOverrule.account_id.in_(by_id), LeadOverrule.external_id.in_(some))
            for account_id, data_type, external_id, lead_class in self.app_session.execute(query):
                found[by_id[account_id], data_type, external_id] = lead_class
        return found

    def _with_overrules(self, contacts: Iterable[Contact]) -> list[Contact]:
        contacts = list(contacts)
        overrules = self.overrules_of(contacts) if self.has_overrules else {}
        return [with_base(contact, overrules) for contact in contacts] if overrules else contacts

    def _contacts(self, place: Place, condition: sa.ColumnElement[bool]) -> Iterator[Contact]:
        lead = place.home.lead
        columns: tuple[Any, ...] = (
            lead.id, lead.stream_id, lead.external_id, lead.occurred_at, lead.local_date, lead.phone_key, lead.mail_key,
            lead.row_class, lead.row_rule, lead.signal_kind, lead.status, lead.customer, lead.lead_class, lead.lead_rule,
        )  # fmt: skip
        query = current(place.home, sa.select(*columns)).where(condition, lead.stream_id.in_(place.streams))
        for row in place.session.execute(query):
            stream = place.streams[row.stream_id]
            yield Contact(
                home=place.home.key,
                row_id=row.id,
                stream_id=row.stream_id,
                account=stream.account,
                data_type=stream.data_type,
                external_id=row.external_id,
                instant=row.occurred_at or (row.local_date and datetime.combine(row.local_date, time(), UTC)),
                phone_key=None if row.phone_key is None else bytes(row.phone_key),
                mail_key=None if row.mail_key is None else bytes(row.mail_key),
                base=row.row_class,
                base_rule=row.row_rule,
                is_market=row.signal_kind == MARKETPLACE,
                has_result=bool(row.customer) or row.status in BOOKED,
                day=row.local_date,
                stands=(row.lead_class, row.lead_rule),
            )

    def _current_count(self, key: bytes) -> int:
        total = 0
        for place in self.places.values():
            lead = place.home.lead
            query = current(place.home, sa.select(sa.func.count(lead.id))).where(lead.stream_id.in_(place.streams))
            total += int(place.session.scalar(query.where(sa.or_(lead.phone_key == key, lead.mail_key == key))) or 0)
        return total


_STATES: dict[DataHome, Any] = {key: (aliased(home.state), aliased(home.state)) for key, home in HOMES.items()}
"""Made once: it costs more than many a query."""


def _distinct(contacts: Iterable[Contact]) -> list[Contact]:
    return list({contact.identity: contact for contact in contacts}.values())


def current(home: Home, query: sa.Select[*tuple[Any, ...]]) -> sa.Select[*tuple[Any, ...]]:
    """Rows that count: a complete batch brought them and no complete one ended them."""
    began, ended = _STATES[home.key]
    return (
        query.join(began, sa.and_(began.id == home.lead.batch_id, began.state == StateOfBatch.COMPLETE))
        .outerjoin(ended, sa.and_(ended.id == home.lead.ended_by, ended.state == StateOfBatch.COMPLETE))
        .where(ended.id.is_(None))
    )


@contextmanager
def writing(scope: Scope) -> Iterator[Desk]:
    """A desk at which classes are written; nobody else's is open for this organization meanwhile."""
    with ExitStack() as stack:
        session = stack.enter_context(HOMES[DataHome.APP].writing())
        session.execute(sa.select(Organization.id).where(Organization.id == scope.organization_id).with_for_update())
        sessions = {DataHome.APP: session}
        if _has_streams(HOMES[DataHome.TRAFFIC], scope):
            sessions[DataHome.TRAFFIC] = stack.enter_context(HOMES[DataHome.TRAFFIC].writing())
        yield _desk(scope, sessions)


@contextmanager
def looking(scope: Scope) -> Iterator[Desk]:
    """A desk at which nothing is written."""
    with HOMES[DataHome.APP].reading() as session, HOMES[DataHome.TRAFFIC].reading() as traffic:
        yield _desk(scope, {DataHome.APP: session, DataHome.TRAFFIC: traffic})


def _has_streams(home: Home, scope: Scope) -> bool:
    with home.reading() as session:
        return bool(_streams(home, session, scope))


def _desk(scope: Scope, sessions: Mapping[DataHome, Session]) -> Desk:
    app = sessions[DataHome.APP]
    accounts = app.execute(
        sa.select(ProviderAccount.public_id, ProviderAccount.id).where(ProviderAccount.organization_id == scope.organization_id)
    )
    places = {key: Place(HOMES[key], session, _streams(HOMES[key], session, scope)) for key, session in sessions.items()}
    numbers = {each.public_id: each.id for each in accounts}
    any_overrule = app.scalar(sa.select(LeadOverrule.id).where(LeadOverrule.account_id.in_(numbers.values())).limit(1))
    return Desk(scope, rules_in_force(app, scope.organization_id), places, numbers, has_overrules=any_overrule is not None)


def _streams(home: Home, session: Session, scope: Scope) -> dict[int, StreamOfLeads]:
    query = sa.select(home.stream.id, home.stream.account_public_id, home.stream.data_type)
    query = query.where(home.stream.organization_public_id == scope.organization, home.stream.lane == scope.lane)
    return {number: StreamOfLeads(account, data_type) for number, account, data_type in session.execute(query)}


def facts_of(signal_kind: str, attrs: str, customer: str | None) -> LeadFacts:
    """The facts of a stored row."""
    kept = json.loads(attrs)
    return LeadFacts.of(signal_kind, {key: str(value) for key, value in kept.items() if value is not None}, customer)


def chunks(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
