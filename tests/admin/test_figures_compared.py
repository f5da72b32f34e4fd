"""Comparing, freezing, logging changes and reconciling in the console."""

import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
import time_machine
from bs4 import BeautifulSoup

from app.extensions import db
from app.metrics.windows import Window
from app.models import Baseline, BatchKind, Reconciliation, ReportChange
from tests.admin.test_figures import cells, url_of
from tests.support import factories, figures
from tests.support.bad_input import FormUnderTest, assert_refuses_bad_input, assert_unknown_is_missing
from tests.support.client import PageClient

OCTOBER, SEPTEMBER = figures.OCTOBER, figures.SEPTEMBER
WINDOWS = "first=2026-10-01&last=2026-10-31&baseline_first=2026-09-01&baseline_last=2026-09-30"


@pytest.fixture(autouse=True)
def late_in_november() -> Iterator[None]:
    with time_machine.travel("2026-11-22T12:00:00Z"):
        yield


def said(page: BeautifulSoup) -> str:
    """The result of a comparison."""
    return " ".join(page.select("#comparison")[0].get_text(" ").split())


def only_baseline() -> Baseline:
    db.session.expire_all()
    return db.session.scalars(sa.select(Baseline)).one()


def test_the_verdict_with_its_reasons_stands_before_arrow_and_percentage(as_admin: PageClient) -> None:
    account = factories.connector()
    figures.booked_calls(account, [(SEPTEMBER, 10), (OCTOBER, 12)])
    text = said(as_admin.page(url_of(account, f"/booked_calls/compare?{WINDOWS}")))
    windows = "1–31 Oct 2026 (31 days) against 1–30 Sep 2026 (30 days), America/Chicago"
    order = [windows, "With caveats", "not equally long: 31 days against 30 days", "↑ up 24.0 %, from 300 to 372"]
    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)


def test_without_dates_the_last_full_month_stands_against_the_one_before(as_admin: PageClient) -> None:
    account = factories.connector()
    figures.booked_calls(account, [(SEPTEMBER, 10), (OCTOBER, 12)])
    page = as_admin.page(url_of(account, "/booked_calls/compare"))
    assert "1–31 Oct 2026 (31 days) against 1–30 Sep 2026 (30 days)" in said(page)
    assert [page.select_one(f"input[name={name}]")["value"] for name in ("first", "last", "baseline_first", "baseline_last")] == [
        "2026-10-01",
        "2026-10-31",
        "2026-09-01",
        "2026-09-30",
    ]


def test_the_presets_name_both_windows_in_full(as_admin: PageClient) -> None:
    account = factories.connector()
    figures.booked_calls(account, [(SEPTEMBER, 10), (OCTOBER, 12)])
    page = as_admin.page(url_of(account, "/booked_calls/compare"))
    lines = [" ".join(line.get_text(" ").split()) for line in page.select(".lines li")]
    assert lines[2] == (
        "The last full week against the one before 19–25 Oct 2026 (7 days) against 12–18 Oct 2026 (7 days), America/Chicago"
    )
    for link in page.select(".lines li a"):
        assert as_admin.get(link["href"]).status_code == 200


def test_what_is_not_comparable_gets_neither_arrow_nor_percentage(as_admin: PageClient) -> None:
    account = factories.connector()
    figures.booked_calls(account, [(SEPTEMBER, 10), (Window(date(2026, 10, 1), date(2026, 10, 11)), 12)])
    text = said(as_admin.page(url_of(account, f"/booked_calls/compare?{WINDOWS}")))
    assert "Not comparable" in text
    assert "is not complete: its data reaches 10 of 31 days" in text
    assert "120" in text
    for sign in ("%", "↑", "↓"):
        assert sign not in text


def test_a_baseline_of_zero_gets_no_percentage(as_admin: PageClient) -> None:
    account = factories.connector()
    figures.known(account, SEPTEMBER, data_type="invoices")
    figures.known(account, OCTOBER, data_type="invoices")
    for window, amount in ((SEPTEMBER, 0), (OCTOBER, 100)):
        figures.every_day(account, "revenue_invoiced", window, amount, rows=2)
    text = said(as_admin.page(url_of(account, f"/revenue_invoiced/compare?{WINDOWS}")))
    assert "no percentage, because the baseline is zero" in text
    assert "%" not in text


def test_sample_data_is_called_so(as_admin: PageClient) -> None:
    account = factories.connector()
    figures.known(account, OCTOBER, kind=BatchKind.TEST)
    text = said(as_admin.page(url_of(account, f"/booked_calls/compare?{WINDOWS}")))
    assert "sample" in text
    assert "Not comparable" in text


def test_lines_are_compared_one_by_one(as_admin: PageClient) -> None:
    account = factories.connector()
    for window, jobs in ((SEPTEMBER, 10), (OCTOBER, 9)):
        figures.known(account, window, data_type="jobs")
        figures.every_day(account, "job_outcomes", window, jobs, dim="completed")
    figures.point(account, "job_outcomes", date(2026, 10, 3), 31, dim="canceled")
    page = as_admin.page(url_of(account, f"/job_outcomes/compare?{WINDOWS}"))
    assert [row[:4] for row in cells(page, "Line by line")] == [
        ["Canceled", "CRM jobs", "31", "0"],
        ["Completed", "CRM jobs", "279", "300"],
    ]
    assert "310" not in page.get_text()


def test_bad_dates_get_a_sentence_and_no_result(as_admin: PageClient) -> None:
    account = factories.connector()
    figures.booked_calls(account, [(SEPTEMBER, 10), (OCTOBER, 12)])
    assert "With caveats" in as_admin.get(url_of(account, f"/booked_calls/compare?{WINDOWS}")).text
    bad = as_admin.get(url_of(account, "/booked_calls/compare?first=2026-10-09&last=2026-10-01"))
    assert bad.status_code == 422
    assert "a window does not end before it begins" in bad.text
    assert "With caveats" not in bad.text


def test_a_baseline_is_frozen_listed_and_holds(as_admin: PageClient) -> None:
    account = factories.connector()
    figures.booked_calls(account, [(OCTOBER, 12)])
    path = url_of(account, "/booked_calls/baselines/new")
    response = as_admin.post(path, data={"first": "2026-10-01", "last": "2026-10-31", "note": "Before the new form"})
    baseline = only_baseline()
    assert (response.status_code, response.location) == (303, url_of(account, f"/baselines/{baseline.public_id}"))
    assert (baseline.window_start, baseline.window_end, baseline.num) == (date(2026, 10, 1), date(2026, 11, 1), Decimal(372))
    text = as_admin.page(response.location).get_text()
    assert "Intact" in text
    assert "Still the same" in text
    assert baseline.hash in text
    listed = as_admin.page(url_of(account, "/booked_calls/baselines"))
    assert "Before the new form" in listed.get_text()
    assert baseline.hash[:12] in listed.get_text()


def test_a_baseline_says_that_the_source_has_rewritten_its_days(as_admin: PageClient) -> None:
    account = factories.connector()
    figures.booked_calls(account, [(OCTOBER, 12)])
    as_admin.post(url_of(account, "/booked_calls/baselines/new"), data={"first": "2026-10-01", "last": "2026-10-31"})
    figures.change_points(account, "booked_calls", date(2026, 10, 4), 11)
    text = as_admin.page(url_of(account, f"/baselines/{only_baseline().public_id}")).get_text()
    assert "Differs today" in text
    assert "372" in text
    assert "371" in text
    asked = "first=2026-11-01&last=2026-11-30&baseline_first=2026-10-01&baseline_last=2026-10-31"
    assert "rewritten days" in said(as_admin.page(url_of(account, f"/booked_calls/compare?{asked}")))


def test_a_window_is_compared_with_a_baseline_as_it_was_frozen(as_admin: PageClient) -> None:
    account = factories.connector()
    figures.booked_calls(account, [(SEPTEMBER, 10), (OCTOBER, 12)])
    as_admin.post(url_of(account, "/booked_calls/baselines/new"), data={"first": "2026-09-01", "last": "2026-09-30"})
    figures.change_points(account, "booked_calls", date(2026, 9, 4), 9)
    path = url_of(account, f"/baselines/{only_baseline().public_id}/compare")
    text = said(as_admin.page(path))
    assert "1–31 Oct 2026 (31 days) against 1–30 Sep 2026 (30 days)" in text
    assert "from 300 to 372" in text
    assert "rewritten days" in text
    bad = as_admin.get(f"{path}?first=2026-10-09&last=2026-10-01")
    assert bad.status_code == 422
    assert "a window does not end before it begins" in bad.text
    assert as_admin.get(path.replace(account.public_id, factories.connector().public_id)).status_code == 404


def test_a_baseline_that_somebody_changed_in_the_table_is_found_out(as_admin: PageClient) -> None:
    account = factories.connector()
    figures.booked_calls(account, [(OCTOBER, 12)])
    as_admin.post(url_of(account, "/booked_calls/baselines/new"), data={"first": "2026-10-01", "last": "2026-10-31"})
    figures.tamper_with(only_baseline(), num=Decimal(400))
    assert "Changed afterwards" in as_admin.page(url_of(account, f"/baselines/{only_baseline().public_id}")).get_text()


def test_days_that_are_not_known_are_not_frozen(as_admin: PageClient) -> None:
    account = factories.connector()
    figures.booked_calls(account, [(Window(date(2026, 10, 1), date(2026, 10, 11)), 12)])
    response = as_admin.post(url_of(account, "/booked_calls/baselines/new"), data={"first": "2026-10-01", "last": "2026-10-31"})
    assert response.status_code == 422
    assert "Complete batches tell nothing about 21 of the 31 days" in response.text
    assert 'value="2026-10-31"' in response.text


def test_a_baseline_of_another_connector_is_not_there(as_admin: PageClient) -> None:
    account, other = factories.connector(), factories.connector()
    figures.booked_calls(account, [(OCTOBER, 12)])
    as_admin.post(url_of(account, "/booked_calls/baselines/new"), data={"first": "2026-10-01", "last": "2026-10-31"})
    assert as_admin.get(url_of(other, f"/baselines/{only_baseline().public_id}")).status_code == 404


def test_freezing_refuses_bad_input(as_admin: PageClient) -> None:
    account = factories.connector()
    figures.booked_calls(account, [(OCTOBER, 12)])
    path = url_of(account, "/booked_calls/baselines/new")
    form = FormUnderTest(
        path,
        {"first": "2026-10-01", "last": "2026-10-31", "note": "Before the new form"},
        required=("first", "last"),
        texts={"note": 300},
        wrong={"first": ("2026-11-01", "31.10.2026", "0001-01-01", "x" * 500, "2026-10-01T00:00"), "last": ("2026-09-30", "9999-12-31")},
    )
    assert_refuses_bad_input(as_admin, form)
    assert_unknown_is_missing(as_admin, path, account.public_id, data=form.valid)


def test_the_form_begins_with_the_window_of_the_page_that_led_to_it(as_admin: PageClient) -> None:
    account = factories.connector()
    path = url_of(account, "/booked_calls/baselines/new")
    page = as_admin.page(f"{path}?first=2026-08-01&last=2026-08-15")
    assert [page.select_one(f"input[name={name}]")["value"] for name in ("first", "last")] == ["2026-08-01", "2026-08-15"]
    for query in ("first=2026-08-15&last=2026-08-01", "first=%00", "last=9999-12-31&first=0001-01-01"):
        assert as_admin.get(f"{path}?{query}").status_code == 200


def test_logging_a_change_freezes_what_it_may_move_and_says_so(as_admin: PageClient) -> None:
    account = factories.connector()
    for key in ("booked_calls", "revenue_invoiced"):
        figures.chosen(account, key)
    figures.booked_calls(account, [(OCTOBER, 12)])
    data = {"kind": "form", "changed_on": "2026-10-31", "title": "Two fields less"}
    page = BeautifulSoup(as_admin.post(url_of(account, "/changes/new"), data=data, follow_redirects=True).text, "html.parser")
    assert (only_baseline().window_start, only_baseline().window_end) == (date(2026, 10, 3), date(2026, 10, 31))
    assert "baselines were frozen of Booked calls: 3–30 Oct 2026 (28 days)" in page.get_text()
    assert "No baseline of Revenue invoiced was frozen." in page.get_text()
    link = page.select_one("td a")
    assert link is not None
    assert (link.get_text(), link["href"]) == ("Booked calls", url_of(account, f"/baselines/{only_baseline().public_id}"))


def test_logging_a_change_refuses_bad_input(as_admin: PageClient) -> None:
    account = factories.connector()
    path = url_of(account, "/changes/new")
    form = FormUnderTest(
        path,
        {"kind": "campaign", "changed_on": "2026-11-01", "title": "Search paused"},
        required=("kind", "changed_on", "title"),
        texts={"title": 160},
        choices=("kind",),
        wrong={"changed_on": ("2026-02-31", "yesterday", "2020-01-01", "2199-01-01", "9999-99-99")},
    )
    assert_refuses_bad_input(as_admin, form)
    assert_unknown_is_missing(as_admin, path, account.public_id, data=form.valid)
    assert db.session.scalars(sa.select(ReportChange)).all() == []


RECONCILIATION = {
    "data_type": "invoices",
    "first": "2026-10-01",
    "last": "2026-10-31",
    "source_rows": "1,412",
    "source_total": "98,765.40",
    "tolerance": "0.5",
    "note": "Report 12",
}


def test_the_sources_totals_stand_beside_ours(as_admin: PageClient) -> None:
    account = factories.connector()
    response = as_admin.post(url_of(account, "/reconciliations/new"), data=RECONCILIATION)
    assert response.status_code == 303
    page = as_admin.page(response.location)
    assert cells(page, "Theirs and ours") == [["Active rows", "1,412", "0", "-1,412"], ["Total in USD", "98,765.40", "–", "–"]]
    assert "Differs" in page.get_text()
    assert "0.5 %" in page.get_text()
    (row,) = cells_of_list(as_admin.page(url_of(account, "/reconciliations")))
    assert row[:6] == ["1–31 Oct 2026 (31 days)", "Invoices", "1,412", "0", "-1,412", "Differs"]


def cells_of_list(page: BeautifulSoup) -> list[list[str]]:
    return [[" ".join(cell.get_text(" ").split()) for cell in row.find_all(["th", "td"])] for row in page.select("tbody tr")]


def test_a_reconciliation_of_another_connector_is_not_there(as_admin: PageClient) -> None:
    account, other = factories.connector(), factories.connector()
    as_admin.post(url_of(account, "/reconciliations/new"), data=RECONCILIATION)
    row = db.session.scalars(sa.select(Reconciliation)).one()
    assert as_admin.get(url_of(other, f"/reconciliations/{row.public_id}")).status_code == 404


def test_reconciling_refuses_bad_input(as_admin: PageClient) -> None:
    account = factories.connector()
    path = url_of(account, "/reconciliations/new")
    form = FormUnderTest(
        path,
        RECONCILIATION,
        required=("data_type", "first", "last", "source_rows", "tolerance"),
        texts={"note": 300},
        choices=("data_type",),
        wrong={
            "last": ("2026-09-30", "2026-13-01"),
            "source_rows": ("-1", "1.5", "1e9", "many", "١٢", "9" * 40, "1,41"),
            "source_total": ("1.234,50", "$5", "NaN", "Infinity", "1e400", "9" * 15, "1.23456"),
            "tolerance": ("-1", "100.01", "NaN", "5 %", "0.555"),
        },
    )
    assert_refuses_bad_input(as_admin, form)
    assert_unknown_is_missing(as_admin, path, account.public_id, data=form.valid)


def upload(as_admin: PageClient, path: str, content: bytes, **changes: str) -> object:
    data = {"data_type": "jobs", "tolerance": "0", "note": "", **changes, "file": (io.BytesIO(content), "totals.csv")}
    return as_admin.post(path, data=data, content_type="multipart/form-data")


def test_totals_of_several_windows_come_as_a_small_csv(as_admin: PageClient) -> None:
    account = factories.connector()
    path = url_of(account, "/reconciliations/from-file")
    content = "\ufefffirst_day,last_day,rows,total\r\n2026-09-01,2026-09-30,3,\r\n2026-10-01,2026-10-31,4,98765.40\r\n".encode()
    assert upload(as_admin, path, content).status_code == 303  # type: ignore[attr-defined]
    rows = db.session.scalars(sa.select(Reconciliation).order_by(Reconciliation.id)).all()
    assert [(row.window_end, row.source_rows, row.source_total) for row in rows] == [
        (date(2026, 10, 1), 3, None),
        (date(2026, 11, 1), 4, Decimal("98765.4000")),
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The first line has to name the columns: first_day,last_day,rows,total."),
        (b"first_day,last_day,rows,total\n", "There is no line of totals below the first line."),
        (b"first_day,last_day,rows,total\n2026-10-01,2026-10-31,4,\nx,y,z,\n", "Line 3 cannot be read."),
        (b"first_day,last_day,rows,total\n2026-10-31,2026-10-01,4,\n", "Line 2: the last day lies before the first one."),
        (b"first_day,last_day,rows,total\n2026-10-01,2026-10-31,-4,\n", "Line 2 cannot be read."),
        (b"PK\x03\x04\xff\xfe", "This file is no text in UTF-8."),
        (b"a" * 70_000, "This file is too large for a list of totals"),
        (b"first_day,last_day,rows,total\n2026-10-01,2026-10-31,99999999999999999999,\n", "Line 2"),
        (b"first_day,last_day,rows,total\n9999-12-01,9999-12-31,1,\n", "Line 2"),
        (b"first_day,last_day,rows,total\n2026-10-01,2026-10-31,1,\x00\n", "Line 2"),
    ],
)
def test_a_file_that_holds_no_totals_is_refused_with_a_sentence(as_admin: PageClient, content: bytes, sentence: str) -> None:
    response = upload(as_admin, url_of(factories.connector(), "/reconciliations/from-file"), content, note="Report 12")
    assert response.status_code == 422  # type: ignore[attr-defined]
    assert sentence in response.text  # type: ignore[attr-defined]
    assert "Report 12" in response.text  # type: ignore[attr-defined]
    assert db.session.scalars(sa.select(Reconciliation)).all() == []


def test_a_form_without_a_file_says_so(as_admin: PageClient) -> None:
    response = as_admin.post(url_of(factories.connector(), "/reconciliations/from-file"), data={"data_type": "jobs", "tolerance": "0"})
    assert response.status_code == 422
    assert "Choose a CSV file of totals." in response.text
