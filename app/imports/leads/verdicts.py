"""What set rules say of leads that share a phone number or mail address. Pure: contacts in, marks out.

Every answer rests on a lead's direct neighbours alone: what is said of a neighbour by a person or by a row rule counts, what
a set rule says of it does not. So the classes do not depend on the order in which leads came, and are found by looking at one
phone number or address after the other.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from app.imports.leads.rules import PERSON, Rule, RuleKind, RuleSet
from app.models import DataHome, LeadClass

MARKETPLACE = "marketplace_lead"
BOOKED = frozenset({"booked", "converted", "won", "scheduled"})
"""Words of a status that say: something came of it."""


Identity = tuple[DataHome, int]
Verdict = tuple[LeadClass, str]
"""Class, and the key of the rule that gave it."""


class Contact(NamedTuple):
    """A current lead, as much of it as set rules look at."""

    home: DataHome
    row_id: int
    stream_id: int
    account: str
    """Public id of the connector."""
    data_type: str
    external_id: str
    instant: datetime | None
    phone_key: bytes | None
    mail_key: bytes | None
    base: LeadClass | None
    """What a person or else a row rule said."""
    base_rule: str
    is_market: bool
    has_result: bool
    """Booked, or of a known customer."""
    day: date | None
    stands: Verdict
    """What was said last."""

    @property
    def keys(self) -> tuple[bytes, ...]:
        return tuple(key for key in (self.phone_key, self.mail_key) if key is not None)

    @property
    def identity(self) -> tuple[DataHome, int]:
        return self.home, self.row_id


Marks = Sequence[tuple[Rule, frozenset[Identity]]]


def marks_of(contacts: Iterable[Contact], heavy: frozenset[bytes], rules: RuleSet) -> Marks:
    """Which leads each set rule fits, rules in their order.

    :param contacts: *all* current leads that have one of the keys; marks of leads of which some key is missing are not to be used
    :param heavy: keys that too many leads share: they say nothing about who it is
    """
    phones: dict[bytes, list[Contact]] = {}
    mails: dict[bytes, list[Contact]] = {}
    for contact in contacts:
        if contact.instant is None:
            continue
        if contact.phone_key is not None and contact.phone_key not in heavy:
            phones.setdefault(contact.phone_key, []).append(contact)
        if contact.mail_key is not None and contact.mail_key not in heavy:
            mails.setdefault(contact.mail_key, []).append(contact)
    shared = [sorted(each, key=_place) for each in (*phones.values(), *mails.values()) if len(each) > 1]
    calls = [sorted(each, key=_place) for each in phones.values() if len(each) > 1]
    return [(rule, frozenset(_marked(rule, calls if rule.kind is RuleKind.OFTEN else shared))) for rule in rules.set_rules]


def _place(contact: Contact) -> tuple[datetime, str, str, str]:
    """The order of leads: by instant, then by names that are the same whatever came first."""
    if contact.instant is None:
        raise ValueError("a lead without an instant has no place in an order")
    return contact.instant, contact.account, contact.data_type, contact.external_id


def _marked(rule: Rule, groups: Sequence[Sequence[Contact]]) -> Iterable[Identity]:
    for group in groups:
        if rule.kind is RuleKind.OFTEN:
            yield from _often(rule, group)
        elif rule.kind is RuleKind.MARKET_REPEAT:
            yield from _repeats(rule, [contact for contact in group if contact.is_market])
        else:
            yield from _repeats(rule, group)


def _repeats(rule: Rule, group: Sequence[Contact]) -> Iterable[Identity]:
    """Whoever has a neighbour before it that may be a lead, not longer ago than the window."""
    window = timedelta(days=rule.days)
    last: datetime | None = None
    for contact in group:
        if contact.instant is None:
            continue
        if last is not None and contact.instant - last <= window:
            yield contact.identity
        if contact.base in {None, LeadClass.GENUINE}:
            last = contact.instant


def _often(rule: Rule, group: Sequence[Contact]) -> Iterable[Identity]:
    """Whoever is within some window that holds so many of them, if none of the group came to anything."""
    if any(contact.has_result or contact.base is LeadClass.GENUINE for contact in group):
        return
    window = timedelta(days=rule.days)
    calls = [contact for contact in group if contact.base in {None, LeadClass.SPAM}]
    marked: set[Identity] = set()
    for start, (first, last) in enumerate(zip(calls, calls[rule.times - 1 :], strict=False)):
        if first.instant is not None and last.instant is not None and last.instant - first.instant <= window:
            marked.update(contact.identity for contact in calls[start : start + rule.times])
    yield from marked


def verdict(contact: Contact, marks: Marks) -> Verdict:
    """A person's, else the row rule's, else the first set rule's that fits, else genuine."""
    if contact.base is not None:
        return contact.base, contact.base_rule
    for rule, marked in marks:
        if contact.identity in marked:
            return rule.lead_class, rule.key
    return LeadClass.GENUINE, ""


def with_base(contact: Contact, overrules: Mapping[tuple[str, str, str], LeadClass]) -> Contact:
    """The same with a person's verdict in place of the row rule's, where there is one."""
    said = overrules.get((contact.account, contact.data_type, contact.external_id))
    return contact if said is None else contact._replace(base=said, base_rule=PERSON)
