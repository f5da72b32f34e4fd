"""Leads under review: the list with personal values masked, revealing one, and overruling what a rule said."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.exc import NoResultFound

from app import audit
from app.audit import Actor, Target
from app.clock import utc_now
from app.extensions import db
from app.homes import HOMES
from app.imports.leads.desk import chunks, current
from app.imports.leads.masks import masked_mail, masked_name, masked_phone
from app.imports.leads.rules import PERSON, RuleSet
from app.models import Lane, LeadClass, LeadOverrule, Organization, ProviderAccount, SyncJob, User
from app.models.rows import EXTERNAL_ID_LENGTH
from app.queue import JobKind
from app.services import jobs
from app.services.errors import InvalidField
from app.unit_of_work import release

PER_PAGE = 25
LAST_PAGE = 200
MOST_AT_ONCE = 100
FEW = 500
REVEALED = {
    "person_name": "Name",
    "phone": "Phone",
    "email": "Mail address",
    "message": "Message",
    "reason": "Reason",
    "memo": "Memo",
    "summary": "Summary",
    "duration": "Duration",
}
"""Kept values that revealing shows, with their labels."""


@dataclass(frozen=True)
class LeadName:
    """Which lead: names that are the same in both databases. Never part of an address: a source's id may be anything."""

    account: str
    data_type: str
    external_id: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """:raises InvalidField: for what no page of ours wrote"""
        account, _, rest = text.partition("/")
        data_type, _, external_id = rest.partition("/")
        if not (account and data_type and external_id) or len(external_id) > EXTERNAL_ID_LENGTH or len(account) > 36 or len(data_type) > 40:
            raise InvalidField("lead", "Choose leads from the list: one of these is not from there.")
        return cls(account, data_type, external_id)

    def __str__(self) -> str:
        return f"{self.account}/{self.data_type}/{self.external_id}"


@dataclass(frozen=True)
class LeadFilter:
    lead_class: LeadClass | None = None
    rule: str = ""
    data_type: str = ""
    account: str = ""
    """Public id."""
    lane: Lane = Lane.LIVE


@dataclass(frozen=True)
class LeadLine:
    """One lead as the review shows it: nothing of it says who it was."""

    name: LeadName
    source: str
    """The connector's label."""
    at: datetime | None
    day: date | None
    phone: str
    mail: str
    person: str
    status: str
    campaign: str
    active: bool
    lead_class: LeadClass
    rule: str
    """What decided, in words."""
    reason: str
    """A person's, where one overruled it."""
    waits: bool
    """Somebody said something else of it that is not applied yet."""


@dataclass(frozen=True)
class LeadPage:
    items: Sequence[LeadLine]
    number: int
    has_next: bool


@dataclass(frozen=True)
class Revealed:
    name: LeadName
    source: str
    at: datetime | None
    told: Sequence[tuple[str, str]]
    """Label and value of what the source says."""


def list_leads(organization: Organization, which: LeadFilter, rules: RuleSet, *, page: int) -> LeadPage:
    """Current leads, the newest days first. Reads the homes; no transaction may be open."""
    number = min(max(1, page), LAST_PAGE)
    labels = _labels_of(organization)
    organization_id, public_id = organization.id, organization.public_id
    release()
    end = number * PER_PAGE + 1
    found: list[Any] = []
    for home in HOMES.values():
        with home.reading() as session:
            lead = home.lead
            for stream_id, account, data_type in session.execute(_streams(home, public_id, which)).all():
                query = current(home, sa.select(lead)).where(lead.stream_id == stream_id)
                if which.lead_class is not None:
                    query = query.where(lead.lead_class == which.lead_class)
                if which.rule:
                    query = query.where(lead.lead_rule == which.rule)
                rows = session.scalars(query.order_by(lead.local_date.desc(), lead.id.desc()).limit(end)).all()
                session.expunge_all()
                found += [(LeadName(account, data_type, row.external_id), row) for row in rows]
    found.sort(key=lambda pair: (pair[1].local_date or date.min, str(pair[0])), reverse=True)
    shown = found[(number - 1) * PER_PAGE : end - 1]
    overrules = _overrules_of(organization_id, [name for name, _ in shown])
    return LeadPage([_line(name, row, labels, rules, overrules.get(name)) for name, row in shown], number, len(found) >= end)


def class_counts(organization: Organization, which: LeadFilter) -> dict[LeadClass, int]:
    """Current leads by class, whatever class and rule are asked for."""
    public_id = organization.public_id
    release()
    counts = dict.fromkeys(LeadClass, 0)
    for home in HOMES.values():
        with home.reading() as session:
            ids = [stream_id for stream_id, _, _ in session.execute(_streams(home, public_id, which))]
            query = current(home, sa.select(home.lead.lead_class, sa.func.count(home.lead.id))).where(home.lead.stream_id.in_(ids))
            for lead_class, count in session.execute(query.group_by(home.lead.lead_class)) if ids else ():
                counts[lead_class] += int(count)
    return counts


def look_up(organization: Organization, name: LeadName) -> Revealed:
    """The personal values of one lead; whoever calls it notes that in the audit trail before showing them.

    :raises sqlalchemy.exc.NoResultFound: if the organization has no such lead
    """
    label = _labels_of(organization).get(name.account)
    public_id = organization.public_id
    release()
    for home in HOMES.values():
        with home.reading() as session:
            lead, stream = home.lead, home.stream
            query = current(home, sa.select(lead.occurred_at, lead.customer, lead.attrs)).join(stream, stream.id == lead.stream_id)
            query = query.where(stream.organization_public_id == public_id, stream.account_public_id == name.account)
            query = query.where(stream.data_type == name.data_type, lead.external_id == name.external_id)
            row = session.execute(query.limit(1)).one_or_none()
        if row is not None and label is not None:
            attrs = json.loads(row.attrs)
            values = [(text, str(attrs[key])) for key, text in REVEALED.items() if attrs.get(key)]
            return Revealed(name, label, row.occurred_at, [*values, *([("Customer", row.customer)] if row.customer else [])])
    raise NoResultFound


def note_reveal(organization: Organization, name: LeadName, *, actor: Actor) -> None:
    """Record that somebody looked; the trail holds no value, and of the source's id a digest."""
    account = db.session.scalars(
        sa.select(ProviderAccount).where(ProviderAccount.public_id == name.account, ProviderAccount.organization_id == organization.id)
    ).one()
    audit.record(
        db.session(), actor, "lead.revealed", Target.of(account, organization), {"data_type": name.data_type, "lead": digest(name)}
    )


def overrule(
    organization: Organization, names: Iterable[LeadName], *, lead_class: LeadClass, reason: str, made_by: User, actor: Actor
) -> tuple[int, SyncJob]:
    """Say what these leads are, whatever rules say, now and in every later import. A job applies it.

    :return: of how many leads, and the job
    :raises InvalidField: if a lead is not the organization's, or there are too many at once
    """
    chosen = sorted(set(names), key=str)
    if not chosen or len(chosen) > MOST_AT_ONCE:
        raise InvalidField("lead", f"Choose between 1 and {MOST_AT_ONCE} leads.")
    accounts = {each.public_id: each for each in _accounts_of(organization)}
    if any(name.account not in accounts for name in chosen):
        raise InvalidField("lead", "Choose leads from the list: one of these is not from there.")
    there = _overrules_of(organization.id, chosen)
    for name in chosen:
        row = there.get(name)
        if row is None:
            row = LeadOverrule(account_id=accounts[name.account].id, data_type=name.data_type, external_id=name.external_id)
            db.session.add(row)
        row.lead_class, row.reason, row.made_by_id = lead_class, reason, made_by.id
        row.updated_at = utc_now()
    changes = {"class": lead_class.value, "leads": len(chosen), "digests": [digest(name) for name in chosen], "reason": "changed"}
    audit.record(db.session(), actor, "leads.overruled", Target.of(organization, organization), changes)
    db.session.flush()
    job, _ = jobs.request_job(
        JobKind.OVERRULE_LEADS, account=None, organization=organization, requested_by=made_by, actor=actor, may_be_many=True
    )
    return len(chosen), job


def digest(name: LeadName) -> str:
    return hashlib.sha256(str(name).encode()).hexdigest()[:16]


def choices_of(organization: Organization) -> tuple[list[tuple[str, str]], list[str]]:
    """Connectors and data types that have leads, to filter by."""
    labels = _labels_of(organization)
    public_id = organization.public_id
    release()
    streams: set[tuple[str, str]] = set()
    for home in HOMES.values():
        with home.reading() as session:
            lead, stream = home.lead, home.stream
            query = sa.select(stream.account_public_id, stream.data_type).where(
                stream.organization_public_id == public_id, sa.exists().where(lead.stream_id == stream.id)
            )
            streams.update((account, data_type) for account, data_type in session.execute(query))
    accounts = sorted({(account, labels[account]) for account, _ in streams if account in labels}, key=lambda pair: pair[1])
    return accounts, sorted({data_type for _, data_type in streams})


def rule_in_words(key: str, rules: RuleSet) -> str:
    if key == PERSON:
        return "A person"
    rule = rules.find(key)
    if rule is not None:
        return rule.title
    return "No rule fits" if not key else f"A rule of another version ({key})"


def _streams(home: Any, organization: str, which: LeadFilter) -> Any:
    stream = home.stream
    query = sa.select(stream.id, stream.account_public_id, stream.data_type).where(
        stream.organization_public_id == organization, stream.lane == which.lane
    )
    if which.account:
        query = query.where(stream.account_public_id == which.account)
    if which.data_type:
        query = query.where(stream.data_type == which.data_type)
    return query.order_by(stream.id)


def _accounts_of(organization: Organization) -> Sequence[ProviderAccount]:
    return db.session.scalars(sa.select(ProviderAccount).where(ProviderAccount.organization_id == organization.id)).all()


def _labels_of(organization: Organization) -> dict[str, str]:
    return {account.public_id: account.source_label for account in _accounts_of(organization)}


def _overrules_of(organization_id: int, names: Sequence[LeadName]) -> dict[LeadName, LeadOverrule]:
    found: dict[LeadName, LeadOverrule] = {}
    for some in chunks(sorted({name.external_id for name in names}), FEW):
        query = sa.select(ProviderAccount.public_id, LeadOverrule).join(ProviderAccount, ProviderAccount.id == LeadOverrule.account_id)
        query = query.where(ProviderAccount.organization_id == organization_id, LeadOverrule.external_id.in_(some))
        for account, row in db.session.execute(query):
            found[LeadName(account, row.data_type, row.external_id)] = row
    return found


def _line(name: LeadName, row: Any, labels: Mapping[str, str], rules: RuleSet, overrule: LeadOverrule | None) -> LeadLine:
    attrs = json.loads(row.attrs)
    return LeadLine(
        name=name,
        source=labels.get(name.account, "A connector that is gone"),
        at=row.occurred_at,
        day=row.local_date,
        phone=masked_phone(str(attrs.get("phone") or "")),
        mail=masked_mail(str(attrs.get("email") or "")),
        person=masked_name(str(attrs.get("person_name") or row.customer or "")),
        status=row.status or "",
        campaign=row.campaign or "",
        active=row.active,
        lead_class=row.lead_class,
        rule=rule_in_words(row.lead_rule, rules),
        reason=overrule.reason if overrule else "",
        waits=overrule is not None and (row.lead_rule != PERSON or row.lead_class is not overrule.lead_class),
    )
