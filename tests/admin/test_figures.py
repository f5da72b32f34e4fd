"""Figures in the console: which metrics a connector feeds, and what a figure's page says."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
import time_machine

from app.extensions import db
from app.metrics.windows import Window
from app.models import AuditEvent, ChangeKind, DirtyCause, ReportChange, ReportMetric
from tests.support import factories, figures
from tests.support.client import PageClient

OCTOBER, SEPTEMBER = figures.OCTOBER, figures.SEPTEMBER


@pytest.fixture(autouse=True)
def late_in_november() -> Iterator[None]:
    """When the windows of these tests lie in the past, and batches may tell about them."""
    with time_machine.travel("2026-11-22T12:00:00Z"):
        yield


def url_of(account: object, rest: str = "") -> str:
    return f"/admin/connectors/{account.public_id}/figures{rest}"  # type: ignore[attr-defined]


def cells(page: object, heading: str) -> list[list[str]]:
    """Rows of the table in the panel of that heading."""
    panel = next(panel for panel in page.select("section.panel") if panel.h2 and panel.h2.get_text() == heading)  # type: ignore[attr-defined]
    return [[" ".join(cell.get_text(" ").split()) for cell in row.find_all(["th", "td"])] for row in panel.select("tbody tr")]


def chosen() -> list[tuple[str, str]]:
    db.session.expire_all()
    return [(row.metric_key, row.surfaces) for row in db.session.scalars(sa.select(ReportMetric))]


def test_a_connector_without_figures_says_what_to_do(as_admin: PageClient) -> None:
    page = as_admin.page(url_of(factories.connector()))
    assert "No figure is chosen yet." in page.get_text()
    assert [row[0].split(" The number")[0] for row in cells(page, "Other figures") if row[0].startswith("Booked calls")] == ["Booked calls"]


def test_chosen_figures_show_their_latest_value_with_its_window(as_admin: PageClient) -> None:
    account = factories.connector()
    figures.chosen(account, "booked_calls", "card,report_note")
    figures.chosen(account, "revenue_invoiced")
    figures.booked_calls(account, [(SEPTEMBER, 2), (OCTOBER, 3)])
    rows = cells(as_admin.page(url_of(account)), "Chosen figures")
    assert rows == [
        ["Booked calls", "93 1–31 Oct 2026 (31 days)", "31 Oct 2026", "Portal card, report note", "Known"],
        ["Revenue invoiced", "– 1–31 Oct 2026 (31 days)", "–", "Portal card", rows[1][4]],
    ]
    assert "Nothing was imported yet" in rows[1][4]


def test_a_figure_shows_its_days_and_says_what_it_does_not_know(as_admin: PageClient) -> None:
    account = factories.connector()
    figures.known(account, Window(date(2026, 10, 3), date(2026, 11, 1)))
    figures.point(account, "booked_calls", date(2026, 10, 5), 4)
    page = as_admin.page(url_of(account, "/booked_calls?first=2026-10-01&last=2026-10-05"))
    assert cells(page, "By day") == [
        ["Thu 1 Oct 2026", "– No complete batch tells about this day.", ""],
        ["Fri 2 Oct 2026", "– No complete batch tells about this day.", ""],
        ["Sat 3 Oct 2026", "0", ""],
        ["Sun 4 Oct 2026", "0", ""],
        ["Mon 5 Oct 2026", "4", ""],
    ]
    assert "3 of 5 days known" in page.get_text()


def test_weeks_begin_where_the_organization_begins_them(as_admin: PageClient) -> None:
    account = factories.connector(of=factories.organization(week_start=7))
    figures.booked_calls(account, [(OCTOBER, 1)])
    rows = cells(as_admin.page(url_of(account, "/booked_calls?first=2026-10-01&last=2026-10-31&by=week")), "By week")
    assert [row[:2] for row in rows] == [
        ["1–3 Oct 2026 (3 days) part of a week", "3"],
        ["4–10 Oct 2026 (7 days)", "7"],
        ["11–17 Oct 2026 (7 days)", "7"],
        ["18–24 Oct 2026 (7 days)", "7"],
        ["25–31 Oct 2026 (7 days)", "7"],
    ]


def test_months_are_added_up_from_their_days(as_admin: PageClient) -> None:
    account = factories.connector()
    figures.booked_calls(account, [(SEPTEMBER, 2), (OCTOBER, 1)])
    rows = cells(as_admin.page(url_of(account, "/booked_calls?first=2026-09-01&last=2026-10-31&by=month")), "By month")
    assert [row[:2] for row in rows] == [["September 2026", "60"], ["October 2026", "31"]]


def test_a_rate_shows_what_it_is_made_of_and_no_rate_without_rows(as_admin: PageClient) -> None:
    account = factories.connector()
    figures.known(account, OCTOBER)
    figures.point(account, "booking_rate", date(2026, 10, 1), 3, den=Decimal(4), rows=4)
    page = as_admin.page(url_of(account, "/booking_rate?first=2026-10-01&last=2026-10-02"))
    assert cells(page, "By day") == [
        ["Thu 1 Oct 2026", "75.0 % 3 of 4", ""],
        ["Fri 2 Oct 2026", "– 0 of 0 No row counts below the line, so there is no rate.", ""],
    ]


def test_lines_of_different_kinds_stand_beside_each_other_and_are_never_added(as_admin: PageClient) -> None:
    account = factories.connector()
    figures.known(account, OCTOBER)
    figures.known(account, OCTOBER, data_type="forms")
    figures.point(account, "leads_by_campaign_source", date(2026, 10, 1), 700, dim="Search")
    form = {"data_type": "forms", "signal_kind": "form_lead"}
    figures.point(account, "leads_by_campaign_source", date(2026, 10, 2), 70, dim="Search", **form)
    figures.point(account, "leads_by_campaign_source", date(2026, 10, 2), 1, **form)
    path = url_of(account, "/leads_by_campaign_source?first=2026-10-01&last=2026-10-02")
    page = as_admin.page(path)
    assert cells(page, "By signal kind and campaign") == [
        ["Search", "Phone calls", "700", ""],
        ["Search", "Form leads", "70", ""],
        ["No campaign named", "Form leads", "1", ""],
    ]
    assert [row[1] for row in cells(page, "By day")] == ["700", "0"]
    assert [row[1] for row in cells(as_admin.page(f"{path}&kind=form_lead&name=Search"), "By day")] == ["0", "70"]
    for total in ("770", "771"):
        assert total not in page.get_text()


def test_a_logged_change_is_drawn_at_its_date(as_admin: PageClient) -> None:
    account = factories.connector()
    figures.known(account, OCTOBER)
    change = ReportChange(account_id=account.id, kind=ChangeKind.FORM, changed_on=date(2026, 10, 2), title="Two fields less")
    factories._save(change)
    rows = cells(as_admin.page(url_of(account, "/booked_calls?first=2026-10-01&last=2026-10-03&by=day")), "By day")
    assert [row[0] for row in rows] == [
        "Thu 1 Oct 2026",
        "Form changed on 2 Oct 2026: Two fields less",
        "Fri 2 Oct 2026",
        "Sat 3 Oct 2026",
    ]


def test_a_restated_day_says_what_it_was_what_it_became_and_by_which_batch(as_admin: PageClient) -> None:
    account = factories.connector()
    batch = figures.known(account, OCTOBER)
    figures.restated(account, "booked_calls", date(2026, 10, 5), 4, 3, batch_public_id=batch.public_id, cause=DirtyCause.REVERSAL)
    figures.restated(account, "booked_calls", date(2026, 10, 6), None, 2)
    page = as_admin.page(url_of(account, "/booked_calls"))
    rows = cells(page, "What the past became")
    assert [row[:3] for row in rows] == [["6 Oct 2026", "no rows", "2"], ["5 Oct 2026", "4", "3"]]
    assert rows[1][3].startswith("A batch was taken back")
    assert page.select_one(f'a[href="/admin/imports/{batch.public_id}"]') is not None


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("first=2026-10-05&last=2026-10-01", "a window does not end before it begins"),
        ("first=2026-02-31&last=2026-03-01", "Enter a day, for instance 2026-12-01."),
        ("first=&last=2026-03-01", "Enter the first day."),
        ("first=2026-10-01", "Enter the last day."),
        ("first=0001-01-01&last=2026-03-01", "Choose a day between 2000-01-01 and 2199-12-31."),
        ("first=2000-01-01&last=2199-12-31", "at most 3,660 days long"),
    ],
)
def test_dates_that_are_no_window_get_a_sentence_and_stay_in_the_form(as_admin: PageClient, query: str, sentence: str) -> None:
    account = factories.connector()
    for page in ("", "/compare"):
        response = as_admin.get(url_of(account, f"/booked_calls{page}?{query}"))
        assert response.status_code == 422
        assert sentence in response.text
        typed = dict(pair.split("=") for pair in query.split("&"))
        assert f'name="first" type="date" value="{typed["first"]}"' in response.text or typed["first"] in response.text


def test_odd_addresses_of_a_figure_are_answered(as_admin: PageClient) -> None:
    account = factories.connector()
    figures.known(account, OCTOBER)
    for query in (
        "by=hour",
        "by=day&first=2016-10-01&last=2026-09-30",
        "kind=%00&name=%F0%9F%92%A9",
        "page=-1",
        "page=x",
        "name=" + "a" * 5000,
    ):
        assert as_admin.get(url_of(account, f"/job_outcomes?{query}")).status_code == 200
    for key in ("nothing", "booked-calls", "%00", "a" * 300):
        assert as_admin.get(url_of(account, f"/{key}")).status_code == 404


def test_a_metric_is_chosen_shown_elsewhere_and_taken_away(as_admin: PageClient) -> None:
    account = factories.connector()
    path = url_of(account, "/booked_calls/surfaces")
    assert as_admin.page(path).select_one("input[name=card][checked]") is not None
    assert as_admin.post(path, data={"card": "y"}).status_code == 303
    assert chosen() == [("booked_calls", "card")]
    assert as_admin.post(path, data={"version": "1", "health_signal": "y", "report_note": "y"}).status_code == 303
    assert chosen() == [("booked_calls", "report_note,health_signal")]
    assert "Report note, health signal" in as_admin.get(url_of(account)).text
    assert as_admin.post(url_of(account, "/booked_calls/drop")).status_code == 303
    assert chosen() == []
    assert "nothing was changed" in as_admin.post(url_of(account, "/booked_calls/drop"), follow_redirects=True).text
    actions = db.session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.seq)).all()
    assert actions == ["metric.chosen", "metric.edited", "metric.dropped"]


def test_a_metric_that_shows_nowhere_is_not_taken(as_admin: PageClient) -> None:
    response = as_admin.post(url_of(factories.connector(), "/booked_calls/surfaces"), data={})
    assert response.status_code == 422
    assert "Choose at least one place where the metric shows." in response.text
    assert chosen() == []


def test_two_who_choose_at_once_learn_of_each_other(as_admin: PageClient) -> None:
    account = factories.connector()
    path = url_of(account, "/booked_calls/surfaces")
    as_admin.post(path, data={"card": "y"})
    late = as_admin.post(path, data={"health_signal": "y"})
    assert late.status_code == 409
    assert "is now “Portal card”" in late.text
    as_admin.post(url_of(account, "/booked_calls/drop"))
    gone = as_admin.post(path, data={"version": "1", "health_signal": "y"})
    assert gone.status_code == 409
    assert "taken Booked calls away meanwhile" in gone.text
    assert chosen() == []


def test_support_reads_figures_and_changes_nothing(as_support: PageClient) -> None:
    account = factories.connector()
    for path in ("", "/booked_calls", "/booked_calls/compare", "/booked_calls/baselines", "/changes", "/reconciliations"):
        assert as_support.get(url_of(account, path)).status_code == 200
    for path in ("/booked_calls/surfaces", "/booked_calls/drop", "/booked_calls/baselines/new", "/changes/new", "/reconciliations/new"):
        assert as_support.post(url_of(account, path)).status_code == 403
