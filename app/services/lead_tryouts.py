"""Trying rules out on past leads before they are saved: what would go where. Nothing is written."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import sqlalchemy as sa

from app.imports.leads.classifier import RowRules
from app.imports.leads.desk import FEW, Desk, Scope, chunks, current, facts_of, looking
from app.imports.leads.judging import verdicts_on
from app.imports.leads.masks import masked_mail, masked_name, masked_phone
from app.imports.leads.rules import PERSON, RuleSet
from app.imports.leads.verdicts import Contact
from app.models import DataHome, LeadClass, Organization
from app.services.lead_rules import Move
from app.services.leads import rule_in_words
from app.unit_of_work import release

MOST_LEADS = 2000
EXAMPLES = 5
"""Of each move."""


@dataclass(frozen=True)
class Example:
    """A lead that would change its class, masked."""

    day: date | None
    data_type: str
    person: str
    phone: str
    mail: str
    before: LeadClass
    after: LeadClass
    rule: str


@dataclass(frozen=True)
class TryOut:
    leads: int
    """How many were looked at: the newest ones."""
    moves: Sequence[Move]
    examples: Sequence[Example]

    @property
    def changed(self) -> int:
        return sum(move.leads for move in self.moves)


@dataclass(frozen=True)
class _Facts:
    base: tuple[LeadClass | None, str]
    person: str
    phone: str
    mail: str


def try_out(organization: Organization, rules: RuleSet) -> TryOut:
    """Class the newest leads by these rules, and compare with what stands there. Reads the homes; no transaction may be open."""
    scope = Scope(organization.id, organization.public_id)
    release()
    counts: Counter[tuple[LeadClass, LeadClass]] = Counter()
    examples: list[Example] = []
    with looking(scope) as found:
        desk = replace(found, rules=rules)
        judge = _Judge(desk, RowRules(rules))
        contacts = _newest(desk)
        for contact, (lead_class, rule) in verdicts_on(desk, contacts, judge):
            before = contact.stands[0]
            if lead_class is before:
                continue
            counts[before, lead_class] += 1
            if counts[before, lead_class] <= EXAMPLES:
                facts = judge.facts[contact.identity]
                examples.append(
                    Example(
                        contact.day, contact.data_type, facts.person, facts.phone, facts.mail, before, lead_class,
                        rule_in_words(rule, rules),
                    )
                )  # fmt: skip
    moves = [Move(before, after, count) for (before, after), count in counts.most_common()]
    return TryOut(len(contacts), moves, sorted(examples, key=lambda each: (each.before, each.after)))


class _Judge:
    """Gives contacts what the tried row rules say of them."""

    def __init__(self, desk: Desk, rules: RowRules) -> None:
        self._desk, self._rules = desk, rules
        self.facts: dict[tuple[DataHome, int], _Facts] = {}

    def __call__(self, contacts: list[Contact]) -> list[Contact]:
        for home in self._desk.places:
            self._read(home, [each.row_id for each in contacts if each.home is home and each.identity not in self.facts])
        return [each if each.base_rule == PERSON else self._judged(each) for each in contacts]

    def _judged(self, contact: Contact) -> Contact:
        base, rule = self.facts[contact.identity].base
        return contact._replace(base=base, base_rule=rule)

    def _read(self, home: DataHome, ids: Sequence[int]) -> None:
        place = self._desk.places[home]
        lead = place.home.lead
        for some in chunks(ids, FEW):
            query = sa.select(lead.id, lead.signal_kind, lead.attrs, lead.customer).where(lead.id.in_(some))
            for row in place.session.execute(query):
                facts = facts_of(row.signal_kind, row.attrs, row.customer)
                self.facts[home, row.id] = _Facts(
                    self._rules.verdict(facts), masked_name(facts.name), masked_phone(facts.phone), masked_mail(facts.mail)
                )


def _newest(desk: Desk) -> list[Contact]:
    """The newest leads over all connectors."""
    found: list[tuple[date, DataHome, int]] = []
    for key, place in desk.places.items():
        lead = place.home.lead
        for stream_id in place.streams:
            query = current(place.home, sa.select(lead.local_date, lead.id)).where(lead.stream_id == stream_id)
            query = query.order_by(lead.local_date.desc(), lead.id.desc()).limit(MOST_LEADS)
            found += [(day or date.min, key, row_id) for day, row_id in place.session.execute(query)]
    newest = sorted(found, reverse=True)[:MOST_LEADS]
    return [contact for key in desk.places for contact in desk.contacts_of(key, [row_id for _, home, row_id in newest if home is key])]
