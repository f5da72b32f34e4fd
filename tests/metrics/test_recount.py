"""Figures of every metric equal a count that knows nothing of the program: three made-up companies, in three time zones.

What is expected comes from the companies' own records and from ``app.sample_company.oracle``. What really is a lead only
their maker knows; that the program's rules find the same out is part of what is proved.
"""

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.extensions import db
from app.metrics.registry import METRICS
from app.models import BatchStatus, DataHome, MetricPoint, ProviderAccount
from app.sample_company import Company, oracle
from app.sample_company.csv_files import write_csv
from app.sample_company.shapes import SHAPES
from app.sample_company.styles import STYLES
from tests.imports.engine.support import ask, put_in_home, work
from tests.support import factories

START = date(2026, 3, 2)
DATA_TYPES = ("calls", "bookings", "leads", "forms", "jobs", "invoices", "payments", "estimates", "customer_memberships", "reviews")
Figures = dict[tuple[str, date, str, str], tuple[Decimal, Decimal | None]]
"""Metric, day, signal kind and line → what is above and below the line."""


def company_in(zone: str, *, seed: int, days: int = 21) -> Company:
    return Company(seed, zone, START, START + timedelta(days=days), 0.3)


def export(company: Company, data_type: str, style: str) -> bytes:
    file = io.BytesIO()
    write_csv(file, company, SHAPES[data_type], STYLES[style])
    return file.getvalue()


def clicks(seed: int) -> list[tuple[date, str, Decimal]]:
    """The company has no ads of its own."""
    random = Random(seed)
    return [(START + timedelta(days=random.randrange(21)), f"Ad {number}", Decimal(random.randrange(10**6)) / 100) for number in range(40)]


def clicks_file(seed: int) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["Row ID", "Date", "Campaign", "Clicks", "Cost"])
    writer.writerows((number, f"{day:%m/%d/%Y}", name, 3, cost) for number, (day, name, cost) in enumerate(clicks(seed), start=1))
    return text.getvalue().encode()


def bring(account: ProviderAccount, content: bytes, data_type: str) -> None:
    batch = ask(account, content, data_type=data_type, name=f"{data_type}.csv")
    work()
    db.session.refresh(batch)
    assert (batch.status, batch.rows_rejected) == (BatchStatus.COMPLETE, 0), (batch.error_note, batch.reject_counts)


def stored(account: ProviderAccount) -> Figures:
    query = sa.select(MetricPoint).where(MetricPoint.account_id == account.id)
    found = {
        (point.metric_key, point.local_date, point.signal_kind, point.dim): (point.num, point.den) for point in db.session.scalars(query)
    }
    db.session.rollback()
    return found


def counted(company: Company, seed: int) -> Figures:
    """What the metrics should say, from the records."""
    found: Figures = {}
    for key, kind, days in _by_day(company, seed):
        for day, value in days.items():
            found[key, day, kind, ""] = value if isinstance(value, tuple) else (Decimal(value), None)
    for (day, outcome), jobs in oracle.job_outcomes(company.jobs(), company.zone).items():
        found["job_outcomes", day, "crm_job", outcome] = (Decimal(jobs), None)
        if outcome == "completed":
            found["jobs_completed", day, "crm_job", ""] = (Decimal(jobs), None)
    calls = [call for call in company.calls() if call.call_type in {"Booked", "Unbooked"}]
    for records in (calls, company.bookings(), company.leads(), company.forms()):
        for (day, campaign, kind), leads in oracle.leads_by_campaign(records, company.zone).items():
            found["leads_by_campaign_source", day, kind, campaign] = (Decimal(leads), None)
    return found


def _by_day(company: Company, seed: int) -> Iterator[tuple[str, str, dict[date, Any]]]:
    zone = company.zone
    booked = oracle.booked_calls(company.calls(), zone, is_counted=oracle.is_genuine)
    yield "booked_calls", "phone_call", dict(booked)
    rates = oracle.booking_rate_parts(company.calls(), zone)
    yield "booking_rate", "phone_call", {day: (Decimal(above), Decimal(below)) for day, (above, below) in rates.items()}
    yield "revenue_invoiced", "invoice", oracle.revenue_invoiced(company.invoices())
    yield "payments_received", "payment", added((paid.date, paid.total) for paid in company.payments() if paid.active)
    sold = [one for one in company.estimates() if one.active and one.status == "Sold"]
    yield "estimates_sold_amount", "estimate", added((oracle.local_day(one.sold_on, zone), one.subtotal) for one in sold if one.sold_on)
    begun = [one for one in company.customer_memberships() if one.active]
    yield "memberships_sold", "membership", added((oracle.local_day(one.created_on, zone), Decimal(1)) for one in begun)
    yield "reviews_received", "review", added((oracle.local_day(one.published_on, zone), Decimal(1)) for one in company.reviews())
    yield "ad_cost", "ad_click", added((day, cost) for day, _name, cost in clicks(seed))


def added(amounts: Iterable[tuple[date, Decimal]]) -> dict[date, Decimal]:
    found: dict[date, Decimal] = defaultdict(Decimal)
    for day, amount in amounts:
        found[day] += amount
    return found


@pytest.mark.parametrize(
    ("zone", "seed", "style", "home"),
    [
        ("America/Chicago", 7, "clean", DataHome.APP),  # the clock goes forward in these weeks
        ("Australia/Sydney", 23, "clean", DataHome.TRAFFIC),
        ("Europe/Berlin", 11, "report", DataHome.APP),
    ],
)
def test_every_figure_of_a_company_equals_a_count_by_hand(app: Flask, zone: str, seed: int, style: str, home: DataHome) -> None:
    company = company_in(zone, seed=seed)
    account = factories.connector(of=factories.organization(time_zone=zone))
    for data_type in DATA_TYPES:
        put_in_home(account, data_type, home)
        bring(account, export(company, data_type, style), data_type)
    bring(account, clicks_file(seed), "ad_clicks")
    expected = counted(company, seed)
    assert {key for key, *_rest in expected} == {metric.key for metric in METRICS}
    assert stored(account) == expected


def test_figures_follow_what_the_source_rewrites(app: Flask) -> None:
    zone, seed = "America/Chicago", 7
    company = company_in(zone, seed=seed)
    later = company.restated(datetime(2026, 4, 20, tzinfo=UTC), share=0.1)
    account = factories.connector(of=factories.organization(time_zone=zone))
    some = ("calls", "jobs")
    for told in (company, later):
        for data_type in some:
            bring(account, export(told, data_type, "clean"), data_type)
    keys = {"booked_calls", "job_outcomes", "jobs_completed"}
    first, second = ({name: value for name, value in counted(told, seed).items() if name[0] in keys} for told in (company, later))
    assert first != second
    assert {name: value for name, value in stored(account).items() if name[0] in keys} == second
