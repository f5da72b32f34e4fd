"""The figures to compare with, against a second way of counting that is even plainer."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from app.sample_company import Company, oracle
from app.sample_company.entities import GENUINE
from tests.sample_company.conftest import Told

ZONES = ("America/Chicago", "Pacific/Auckland", "Asia/Kolkata")
START, END = date(2025, 9, 20), date(2025, 11, 10)


@pytest.fixture(scope="module", params=ZONES)
def local(request: pytest.FixtureRequest) -> Told:
    """Weeks with a change of the clocks, on both sides of UTC."""
    return Told(Company(11, request.param, START, END, 0.3))


def bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    begin, end = (datetime(d.year, d.month, d.day, tzinfo=zone).astimezone(UTC) for d in (day, day + timedelta(days=1)))
    return begin, end


def days() -> list[date]:
    return [START + timedelta(days=n) for n in range((END - START).days)]


def test_calls_and_booked_calls_of_each_day(local: Told) -> None:
    zone, calls = local.company.zone, local["calls"]
    counted, booked = oracle.calls(calls, zone), oracle.booked_calls(calls, zone)
    parts = oracle.booking_rate_parts(calls, zone)
    for day in days():
        begin, end = bounds(day, zone)
        of_day = [call for call in calls if call.active and begin <= call.received_on < end]
        assert counted[day] == len(of_day)
        assert booked[day] == sum(call.booked for call in of_day)
        genuine = [call for call in of_day if call.truth == GENUINE]
        could = [call for call in genuine if call.call_type in {"Booked", "Unbooked"}]
        assert parts.get(day, (0, 0)) == (sum(call.booked for call in could), len(could))
    assert sum(counted.values()) == sum(call.active for call in calls)
    assert sum(booked.values()) > 100


def test_revenue_of_each_day_to_the_cent(local: Told) -> None:
    invoices = local["invoices"]
    revenue, before_tax = oracle.revenue_invoiced(invoices), oracle.revenue_invoiced(invoices, before_tax=True)
    for day in days():
        cents = sum(int(invoice.total * 100) for invoice in invoices if invoice.active and invoice.invoice_date == day)
        assert revenue.get(day, Decimal(0)) * 100 == cents
    assert sum(before_tax.values()) == sum(invoice.sub_total for invoice in invoices if invoice.active)
    assert any(invoice.total < 0 for invoice in invoices)
    # The date on an invoice is the local day on which the work was done.
    done = {job.id: job.completed_on for job in local["jobs"]}
    assert all(oracle.local_day(done[invoice.job_id], local.company.zone) == invoice.invoice_date for invoice in invoices)


def test_leads_by_campaign_and_signal_kind(local: Told) -> None:
    zone = local.company.zone
    records = [*local["calls"], *local["forms"], *local["leads"], *local["bookings"]]
    found = oracle.leads_by_campaign(records, zone)
    assert {kind for _, _, kind in found} == {"phone_call", "form_lead", "marketplace_lead", "booking"}
    begin, end = bounds(date(2025, 10, 6), zone)
    forms = [form for form in local["forms"] if form.active and form.truth == GENUINE and begin <= form.submitted_on < end]
    assert sum(n for (day, _, kind), n in found.items() if day == date(2025, 10, 6) and kind == "form_lead") == len(forms)
    everything = oracle.leads_by_campaign(local["leads"], zone, is_counted=oracle.everything)
    assert sum(everything.values()) == sum(lead.active for lead in local["leads"])


def test_job_outcomes_of_each_day(local: Told) -> None:
    zone, jobs = local.company.zone, local["jobs"]
    outcomes = oracle.job_outcomes(jobs, zone)
    for day in days():
        begin, end = bounds(day, zone)
        assert outcomes[day, "completed"] == sum(bool(job.completed_on and begin <= job.completed_on < end) for job in jobs if job.active)
        assert outcomes[day, "canceled"] == sum(bool(job.canceled_on and begin <= job.canceled_on < end) for job in jobs if job.active)
    assert sum(n for (_, outcome), n in outcomes.items() if outcome == "canceled") > 5
