"""Leads straight into the row tables, as an import leaves them: for tests of what comes after the merge."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.audit import canonical_json
from app.clock import utc_now
from app.extensions import db
from app.homes import HOMES, Home
from app.ids import new_public_id
from app.imports.engine.states import StreamKey, ensure_stream
from app.imports.leads import RowClassifier, settle_batch
from app.imports.leads.desk import current
from app.models import DataHome, DirtyCause, Lane, LeadClass, Organization, ProviderAccount, StateOfBatch
from app.sample_company import Company
from app.sample_company.entities import Booking, Call, Form, Lead


@dataclass(frozen=True)
class LeadRow:
    """A shaped row."""

    external_id: str
    occurred_at: datetime | None = datetime(2026, 9, 1, 15, tzinfo=UTC)
    signal_kind: str = "phone_call"
    attrs: dict[str, str] = field(default_factory=dict)
    status: str | None = None
    customer: str | None = None
    campaign: str | None = None
    active: bool = True

    def hash(self) -> bytes:
        said = canonical_json([self.occurred_at, self.signal_kind, self.attrs, self.status, self.customer, self.campaign, self.active])
        return hashlib.md5(said.encode(), usedforsecurity=False).digest()


@dataclass(frozen=True)
class Loaded:
    account_id: int
    data_type: str
    home: Home
    state_id: int


def load(
    account: ProviderAccount,
    rows: Sequence[LeadRow],
    *,
    data_type: str = "calls",
    home: DataHome = DataHome.APP,
    lane: Lane = Lane.LIVE,
    is_settled: bool = True,
) -> Loaded:
    """One complete batch: rows that are new or changed come, former versions end; then classes are set right."""
    place = HOMES[home]
    organization = db.session.get_one(Organization, account.organization_id)
    classifier = RowClassifier.of(organization, account)
    zone = ZoneInfo(organization.time_zone)
    key, account_id = StreamKey(account.public_id, organization.public_id, data_type, lane), account.id
    db.session.rollback()
    stream = ensure_stream(place, key)
    with place.writing() as session:
        state = place.state(batch_public_id=new_public_id(), stream_id=stream, state=StateOfBatch.COMPLETE, changed_at=utc_now())
        session.add(state)
        session.flush()
        lead = place.lead
        query = sa.select(lead.id, lead.external_id, lead.row_hash).where(lead.stream_id == stream)
        there = {row.external_id: (row.id, bytes(row.row_hash)) for row in session.execute(current(place, query))}
        fresh = [row for row in rows if row.external_id not in there or there[row.external_id][1] != row.hash()]
        former = [there[row.external_id][0] for row in fresh if row.external_id in there]
        if former:
            session.execute(sa.update(lead).where(lead.id.in_(former)).values(ended_by=state.id))
        if fresh:
            session.execute(sa.insert(lead), [_stored(row, classifier, zone, stream=stream, state=state.id) for row in fresh])
        days = {row.occurred_at.astimezone(zone).date() for row in fresh if row.occurred_at is not None}
        session.add_all(place.dirty_day(stream_id=stream, local_date=day, cause=DirtyCause.SOURCE, batch_id=state.id) for day in days)
        loaded = Loaded(account_id, data_type, place, state.id)
    if is_settled:
        settle(loaded)
    return loaded


def settle(loaded: Loaded) -> dict[str, int]:
    return settle_batch(loaded.account_id, loaded.data_type, loaded.home, loaded.state_id, progress=lambda _: None)


def reverse(loaded: Loaded) -> None:
    """Take a batch back, as its home sees it."""
    home = loaded.home
    with home.writing() as session:
        session.execute(sa.update(home.lead).where(home.lead.ended_by == loaded.state_id).values(ended_by=None))
        session.execute(sa.update(home.state).where(home.state.id == loaded.state_id).values(state=StateOfBatch.REVERSED, is_settled=False))
    settle(loaded)


def remove_reversed(loaded: Loaded) -> None:
    with loaded.home.writing() as session:
        session.execute(sa.delete(loaded.home.lead).where(loaded.home.lead.batch_id == loaded.state_id))


def classes(*, lane: Lane = Lane.LIVE) -> dict[tuple[str, str, str], tuple[LeadClass, str]]:
    """Connector, data type and external id of every current lead → class and rule."""
    found: dict[tuple[str, str, str], tuple[LeadClass, str]] = {}
    for home in HOMES.values():
        with home.reading() as session:
            lead, stream = home.lead, home.stream
            query = sa.select(stream.account_public_id, stream.data_type, lead.external_id, lead.lead_class, lead.lead_rule)
            query = current(home, query.select_from(lead)).join(stream, stream.id == lead.stream_id).where(stream.lane == lane)
            for account, data_type, external_id, lead_class, rule in session.execute(query):
                assert (account, data_type, external_id) not in found, "two current versions of one lead"
                found[account, data_type, external_id] = (lead_class, rule)
    return found


def dirty_days(account: ProviderAccount, data_type: str = "calls") -> list[tuple[date, DirtyCause]]:
    """What waits to be counted again."""
    found: list[tuple[date, DirtyCause]] = []
    public_id = account.public_id
    for home in HOMES.values():
        with home.reading() as session:
            query = sa.select(home.dirty_day.local_date, home.dirty_day.cause).join(home.stream, home.stream.id == home.dirty_day.stream_id)
            query = query.where(home.stream.account_public_id == public_id, home.stream.data_type == data_type)
            found += [(day, cause) for day, cause in session.execute(query)]
    return sorted(found)


def forget_dirty_days() -> None:
    for home in HOMES.values():
        with home.writing() as session:
            session.execute(sa.delete(home.dirty_day))


def _stored(row: LeadRow, classifier: RowClassifier, zone: ZoneInfo, *, stream: int, state: int) -> dict[str, object]:
    columns = classifier.columns(
        data_type="",
        signal_kind=row.signal_kind,
        attrs=row.attrs,
        occurred_at=row.occurred_at,
        customer=row.customer,
        campaign=row.campaign,
    )
    return {
        "stream_id": stream,
        "external_id": row.external_id,
        "batch_id": state,
        "local_date": row.occurred_at.astimezone(zone).date() if row.occurred_at else None,
        "occurred_at": row.occurred_at,
        "active": row.active,
        "signal_kind": row.signal_kind,
        "status": row.status,
        "campaign": row.campaign,
        "customer": row.customer,
        "attrs": canonical_json(row.attrs),
        "row_hash": row.hash(),
        "phone_key": columns.phone_key,
        "mail_key": columns.mail_key,
        "row_class": columns.row_class,
        "row_rule": columns.row_rule,
        "lead_class": columns.row_class or LeadClass.GENUINE,
        "lead_rule": columns.row_rule,
    }


def _call(call: Call) -> LeadRow:
    attrs = {
        "phone": call.from_phone,
        "duration": call.duration,
        "direction": call.direction,
        "reason": call.reason or "",
        "memo": call.memo,
    }
    status = (call.call_type or "").lower() or None
    return LeadRow(str(call.id), call.received_on, "phone_call", attrs, status, call.customer_name, call.campaign_name, call.active)


def _form(form: Form) -> LeadRow:
    attrs = {"phone": form.phone, "email": form.email, "person_name": form.name, "message": form.message}
    return LeadRow(form.id, form.submitted_on, "form_lead", attrs, form.status.lower(), None, form.campaign_name, form.active)


def _lead(lead: Lead) -> LeadRow:
    attrs = {"phone": lead.phone, "email": lead.email, "person_name": lead.name, "message": lead.summary}
    return LeadRow(str(lead.id), lead.created_on, "marketplace_lead", attrs, lead.status.lower(), None, lead.campaign_name, lead.active)


def _booking(one: Booking) -> LeadRow:
    attrs = {"phone": one.phone, "email": one.email, "person_name": one.name, "message": one.summary}
    return LeadRow(str(one.id), one.created_on, "booking", attrs, one.status.lower(), None, one.campaign_name, one.active)


ROWS: dict[str, Callable[[Company], Iterable[tuple[LeadRow, str]]]] = {
    "calls": lambda company: ((_call(each), each.truth) for each in company.calls()),
    "bookings": lambda company: ((_booking(each), each.truth) for each in company.bookings()),
    "forms": lambda company: ((_form(each), each.truth) for each in company.forms()),
    "leads": lambda company: ((_lead(each), each.truth) for each in company.leads()),
}
"""Data type → its rows of the made-up company, each with what it really is."""
