"""Figures of a company, counted from its records in the plainest way: what other ways of counting are compared with.

Days are local days of the zone that is asked for. Only active rows count; whoever wants others filters before and says so.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from app.sample_company.entities import GENUINE, Booking, Call, Form, Invoice, Job, Lead

SIGNAL_KINDS = {Call: "phone_call", Form: "form_lead", Lead: "marketplace_lead", Booking: "booking"}
Test = Callable[[Any], bool]


def is_genuine(record: Call | Booking | Form | Lead) -> bool:
    """What the record really is, as only its maker knows."""
    return record.truth == GENUINE


def everything(_: Any) -> bool:
    return True


def local_day(instant: datetime, zone: ZoneInfo) -> date:
    return instant.astimezone(zone).date()


def calls(records: Iterable[Call], zone: ZoneInfo, *, is_counted: Test = everything) -> Counter[date]:
    """Calls received on each day, inbound and outbound."""
    return Counter(local_day(call.received_on, zone) for call in records if call.active and is_counted(call))


def booked_calls(records: Iterable[Call], zone: ZoneInfo, *, is_counted: Test = everything) -> Counter[date]:
    return calls((call for call in records if call.call_type == "Booked"), zone, is_counted=is_counted)


def calls_by_type(records: Iterable[Call], zone: ZoneInfo, *, is_counted: Test = everything) -> Counter[tuple[date, str | None]]:
    """The parts of which any booking rate is made."""
    return Counter((local_day(call.received_on, zone), call.call_type) for call in records if call.active and is_counted(call))


def booking_rate_parts(records: Iterable[Call], zone: ZoneInfo, *, is_counted: Test = is_genuine) -> dict[date, tuple[int, int]]:
    """Booked calls, and calls that could have been booked (booked and unbooked ones): the rate is the first by the second."""
    by_type = calls_by_type(records, zone, is_counted=is_counted)
    days = {day for day, call_type in by_type if call_type in {"Booked", "Unbooked"}}
    return {day: (by_type[day, "Booked"], by_type[day, "Booked"] + by_type[day, "Unbooked"]) for day in days}


def revenue_invoiced(records: Iterable[Invoice], *, before_tax: bool = False) -> dict[date, Decimal]:
    """By the date on the invoice, which is a local day already. Adjustments take away."""
    sums: dict[date, Decimal] = {}
    for invoice in records:
        if invoice.active:
            amount = invoice.sub_total if before_tax else invoice.total
            sums[invoice.invoice_date] = sums.get(invoice.invoice_date, Decimal(0)) + amount
    return sums


def leads_by_campaign(
    records: Iterable[Call | Booking | Form | Lead], zone: ZoneInfo, *, is_counted: Test = is_genuine
) -> Counter[tuple[date, str, str]]:
    """By day, campaign and signal kind; no kind is ever added to another one."""
    found: Counter[tuple[date, str, str]] = Counter()
    for record in records:
        if record.active and is_counted(record):
            found[local_day(came_at(record), zone), record.campaign_name or "", SIGNAL_KINDS[type(record)]] += 1
    return found


def came_at(record: Call | Booking | Form | Lead) -> datetime:
    if isinstance(record, Form):
        return record.submitted_on
    return record.received_on if isinstance(record, Call) else record.created_on


def job_outcomes(records: Iterable[Job], zone: ZoneInfo) -> Counter[tuple[date, str]]:
    """Jobs completed, and jobs canceled, on each day."""
    found: Counter[tuple[date, str]] = Counter()
    for job in records:
        if job.active and job.status == "Completed" and job.completed_on is not None:
            found[local_day(job.completed_on, zone), "completed"] += 1
        if job.active and job.status == "Canceled" and job.canceled_on is not None:
            found[local_day(job.canceled_on, zone), "canceled"] += 1
    return found
