"""Figures of windows and their comparison: what is known, what is not, and why."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from flask import Flask

from app.extensions import db
from app.metrics.comparability import ReasonKey, Verdict
from app.metrics.registry import metric_of
from app.metrics.windows import Window
from app.models import BatchKind, DataHome, ProviderAccount
from app.services import baselines, figures
from app.services.comparisons import compare, compare_with
from app.services.coverage import coverage_of
from app.unit_of_work import transaction
from tests.services.test_points import roll_up
from tests.support import factories
from tests.support.row_tables import ACTOR, Row, RowTable, Written, days_from

SEPTEMBER, AUGUST = Window.month(2026, 9), Window.month(2026, 8)
CALLS, RATE, REVENUE = metric_of("booked_calls"), metric_of("booking_rate"), metric_of("revenue_invoiced")
LEADS, OUTCOMES = metric_of("leads_by_campaign_source"), metric_of("job_outcomes")


@pytest.fixture
def account(app: Flask) -> ProviderAccount:
    return factories.connector(of=factories.organization())


def a_day(day: date, booked: int = 2, unbooked: int = 1) -> list[Row]:
    rows = [Row(f"{day}-{number}", day) for number in range(booked)]
    return rows + [Row(f"{day}-u{number}", day, "unbooked") for number in range(unbooked)]


def bring(table: RowTable, window: Window, *, booked: int = 2, **more: Any) -> Written:
    written = table.write([row for day in window.every_day() for row in a_day(day, booked)], **more)
    roll_up(table.account, table.data_type, written=written)
    return written


def keys_of(found: Any) -> list[str]:
    return [reason.key.value for reason in found.reasons]


def test_a_figure_is_added_up_from_points(account: ProviderAccount) -> None:
    bring(RowTable(account), SEPTEMBER)
    figure = figures.figure_of(account, CALLS, SEPTEMBER)
    assert (figure.value, figure.rows, figure.days_known, figure.data_through) == (60, 60, 30, date(2026, 9, 30))
    rate = figures.figure_of(account, RATE, SEPTEMBER)
    assert (rate.words, rate.rows) == ("66.7 %", 90)


def test_nothing_imported_is_unknown_and_not_zero(account: ProviderAccount) -> None:
    figure = figures.figure_of(account, CALLS, SEPTEMBER)
    assert (figure.value, figure.words) == (None, "–")
    assert figure.why_no_value == "Nothing was imported yet that Booked calls could be counted from."


def test_a_window_that_no_batch_tells_about_is_unknown(account: ProviderAccount) -> None:
    bring(RowTable(account), AUGUST)
    figure = figures.figure_of(account, CALLS, SEPTEMBER)
    assert figure.value is None
    assert figure.why_no_value == "No complete batch tells about 1–30 Sep 2026 (30 days)."


def test_a_known_window_without_rows_is_zero_and_its_rate_unknown(account: ProviderAccount) -> None:
    table = RowTable(account)
    bring(table, AUGUST, last=date(2026, 9, 30))
    assert figures.figure_of(account, CALLS, SEPTEMBER).value == 0
    rate = figures.figure_of(account, RATE, SEPTEMBER)
    assert (rate.value, rate.why_no_value) == (None, "Nothing happened that the rate could be made of.")


def test_money_has_the_connectors_currency(app: Flask) -> None:
    account = factories.connector(of=factories.organization(), currency="CAD")
    table = RowTable(account, "invoices")
    written = table.write(
        [Row("1", date(2026, 9, 1), "", amount=Decimal("10.10")), Row("2", date(2026, 9, 2), "", amount=Decimal("-0.05"))]
    )
    roll_up(account, "invoices", written=written)
    figure = figures.figure_of(account, REVENUE, Window(date(2026, 9, 1), date(2026, 9, 3)))
    assert (figure.words, figure.currency) == ("10.05 CAD", "CAD")


def test_lines_of_different_kinds_have_no_total(account: ProviderAccount) -> None:
    day = date(2026, 9, 1)
    for data_type, campaign in (("calls", "Ads"), ("forms", "Ads")):
        roll_up(account, data_type, written=RowTable(account, data_type).write([Row("1", day, campaign=campaign)]))
    figure = figures.figure_of(account, LEADS, Window(day, day + timedelta(days=1)))
    assert (figure.value, figure.why_no_value) == (None, "This metric has lines that are never added up.")
    assert [(line.signal_kind, line.name, line.value) for line in figure.lines] == [("form_lead", "Ads", 1), ("phone_call", "Ads", 1)]


def test_two_months_are_compared_with_caveats(account: ProviderAccount) -> None:
    table = RowTable(account)
    bring(table, AUGUST)
    bring(table, SEPTEMBER, booked=3)
    found = compare(account, CALLS, current=SEPTEMBER, baseline=AUGUST)
    assert (found.verdict, keys_of(found)) == (Verdict.WITH_CAVEATS, ["unequal_days"])
    assert found.windows == "1–30 Sep 2026 (30 days) against 1–31 Aug 2026 (31 days), America/Chicago"
    assert found.movement is not None
    assert found.movement.words == "up 45.2 %, from 62 to 90"


def test_a_month_that_is_not_over_is_not_comparable(account: ProviderAccount) -> None:
    table = RowTable(account)
    bring(table, Window(date(2026, 8, 2), date(2026, 9, 1)))
    bring(table, Window(date(2026, 9, 1), date(2026, 9, 21)))
    found = compare(account, CALLS, current=SEPTEMBER, baseline=Window(date(2026, 8, 2), date(2026, 9, 1)))
    assert (found.verdict, keys_of(found), found.movement) == (Verdict.NOT_COMPARABLE, ["partial_period"], None)
    assert found.current.value == 40


def test_days_between_batches_are_days_without_data(account: ProviderAccount) -> None:
    table = RowTable(account)
    bring(table, AUGUST)
    bring(table, Window(date(2026, 9, 5), date(2026, 10, 1)))
    found = compare(account, CALLS, current=SEPTEMBER, baseline=AUGUST)
    assert keys_of(found) == ["days_without_data", "unequal_days"]
    assert found.current.days_missing == 4


def test_a_reversed_batch_takes_its_days_with_it(account: ProviderAccount) -> None:
    table = RowTable(account)
    written = bring(table, SEPTEMBER)
    table.reverse(written)
    with transaction():
        written.batch.status = type(written.batch.status).REVERSED
    roll_up(account, written=written)
    assert figures.figure_of(account, CALLS, SEPTEMBER).value is None
    assert coverage_of(account, "calls").ranges == ()


def test_data_through_stops_before_the_first_day_that_waits(account: ProviderAccount) -> None:
    table = RowTable(account)
    bring(table, SEPTEMBER)
    table.note(date(2026, 9, 11), date(2026, 9, 20))
    found = compare(account, CALLS, current=SEPTEMBER, baseline=SEPTEMBER)
    assert found.current.data_through == date(2026, 9, 10)
    assert "partial_period" in keys_of(found)


def test_a_batch_tells_nothing_of_days_after_it_was_made(app: Flask) -> None:
    account = factories.connector(of=factories.organization(time_zone="Pacific/Auckland"))
    with time_machine.travel(datetime(2026, 9, 10, 12, 30, tzinfo=UTC), tick=False):  # it is the 11th there
        bring(RowTable(account, "jobs"), SEPTEMBER)
    assert coverage_of(account, "jobs").data_through == date(2026, 9, 11)


def test_rows_shaped_by_another_map_are_a_caveat(account: ProviderAccount) -> None:
    table = RowTable(account)
    bring(table, Window(date(2026, 8, 2), date(2026, 9, 1)))
    bring(table, SEPTEMBER, map_number=2)
    found = compare(account, CALLS, current=SEPTEMBER, baseline=Window(date(2026, 8, 2), date(2026, 9, 1)))
    assert (found.verdict, keys_of(found)) == (Verdict.WITH_CAVEATS, ["map_changed"])
    assert found.reasons[0].sentence == "The field map of calls changed between: rows were shaped by version 2 and version 1."


def test_test_batches_alone_are_sample_data(account: ProviderAccount) -> None:
    factories.import_batch(account=account, kind=BatchKind.TEST, first_date=SEPTEMBER.start, last_date=SEPTEMBER.last_day)
    found = compare(account, CALLS, current=SEPTEMBER, baseline=AUGUST)
    assert ReasonKey.SAMPLE_DATA in {reason.key for reason in found.reasons}
    assert (found.verdict, found.current.value) == (Verdict.NOT_COMPARABLE, None)


def test_a_line_that_one_window_lacks_is_zero_there(account: ProviderAccount) -> None:
    jobs = RowTable(account, "jobs")
    rows = [Row(f"a{n}", date(2026, 8, 1), "completed") for n in range(40)] + [
        Row(f"b{n}", date(2026, 9, 1), "completed") for n in range(30)
    ]
    rows += [Row("c", date(2026, 9, 1), "canceled")]
    roll_up(account, "jobs", written=jobs.write(rows, last=date(2026, 9, 30)))
    found = compare(account, OUTCOMES, current=SEPTEMBER, baseline=AUGUST)
    told = [(line.name, line.baseline, line.current, line.movement.words if line.movement else "") for line in found.lines]
    assert told == [
        ("canceled", 0, 1, ""),  # of one row no percentage is told
        ("completed", 40, 30, "down 25.0 %, from 40 to 30"),
    ]


@pytest.mark.parametrize("home", list(DataHome))
def test_a_frozen_baseline_is_compared_as_it_was_frozen(account: ProviderAccount, home: DataHome) -> None:
    table = RowTable(account, home=home)
    bring(table, Window(date(2026, 8, 2), date(2026, 9, 1)))
    with transaction():
        frozen = baselines.freeze(account, CALLS, Window(date(2026, 8, 2), date(2026, 9, 1)), frozen_by=None, actor=ACTOR)
    bring(table, SEPTEMBER)
    assert keys_of(compare_with(frozen, current=SEPTEMBER)) == []
    table.write([row.but(active=False) for row in a_day(date(2026, 8, 3))])
    roll_up(account)
    found = compare_with(frozen, current=SEPTEMBER)
    assert (found.baseline.value, keys_of(found)) == (60, ["restated"])
    live = compare(account, CALLS, current=SEPTEMBER, baseline=Window(date(2026, 8, 2), date(2026, 9, 1)))
    assert (live.baseline.value, keys_of(live)) == (58, ["restated"])
    assert live.frozen is not None
    assert live.frozen.id == frozen.id


def test_a_frozen_baseline_of_another_formula_or_zone_is_not_comparable(account: ProviderAccount) -> None:
    bring(RowTable(account), SEPTEMBER, last=date(2026, 10, 30))
    with transaction():
        frozen = baselines.freeze(account, CALLS, SEPTEMBER, frozen_by=None, actor=ACTOR)
        frozen.formula_version = 7
        account.organization.time_zone = "Asia/Tokyo"
    found = compare_with(frozen, current=Window(date(2026, 10, 1), date(2026, 10, 31)))
    assert {"formula_changed", "zone_changed"} <= set(keys_of(found))
    assert found.movement is None


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "America/Chicago"])
def test_windows_are_days_of_the_organization_wherever_it_is(app: Flask, zone: str) -> None:
    account = factories.connector(of=factories.organization(time_zone=zone))
    bring(RowTable(account), Window(date(2026, 9, 1), date(2026, 9, 4)))
    found = figures.figure_of(account, CALLS, Window(date(2026, 9, 2), date(2026, 9, 3)))
    assert (found.value, found.zone) == (2, zone)


def test_points_are_listed_by_day(account: ProviderAccount) -> None:
    bring(RowTable(account), Window(date(2026, 9, 1), date(2026, 9, 3)))
    listed = figures.points_in(account, RATE)
    assert [(point.local_date, figures.value_of(RATE, point)) for point in listed] == [
        (day, Decimal(2) / Decimal(3)) for day in days_from(date(2026, 9, 1), 2)
    ]
    db.session.rollback()
