"""A metric's own page: a chosen period, its table, its chart's data and its CSV say the same."""

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from bs4 import BeautifulSoup
from flask import Flask

from app.clock import utc_now
from app.metrics.windows import Window
from app.models import DirtyCause, ProviderAccount, PublishedPoint, PublishedRestatement, User
from tests.support import factories, published
from tests.support.client import PageClient
from tests.support.statements import heard

SignIn = Callable[[User], PageClient]
AUGUST, SEPTEMBER, OCTOBER = (Window.month(2026, month) for month in (8, 9, 10))
DETAILS: dict[str, Any] = {
    "zone": "America/Chicago",
    "currency": "",
    "week_start": 1,
    "formula_version": 1,
    "known": [["2026-08-01", "2026-11-01"]],
    "maps": {"calls": [{"number": 1, "first": "2026-08-01", "last": "2026-10-31"}]},
    "changes": [{"on": "2026-10-05", "kind": "Campaign", "title": "A new sign"}],
    "window": ["2026-10-01", "2026-11-01"],
    "baseline": ["2026-09-01", "2026-10-01"],
}
AT_MOST = 6


@pytest.fixture
def account(app: Flask) -> ProviderAccount:
    assert app
    return factories.connector(of=factories.organization(name="Acme Heating"), source_label="ServiceTitan")


@pytest.fixture
def viewer(account: ProviderAccount, sign_in: SignIn) -> PageClient:
    return sign_in(factories.member(of=account.organization))


def card(account: ProviderAccount, metric_key: str = "booked_calls", **changes: Any) -> None:
    published.card(account=account, metric_key=metric_key, **{"details": DETAILS, **changes})


def days(account: ProviderAccount, window: Window, num: int, *, metric_key: str = "booked_calls", **changes: Any) -> None:
    values = {"metric_key": metric_key, "signal_kind": "phone_call", "dim": "", "rows": num, "num": Decimal(num), "from_rev": 1, **changes}
    factories._save(*[PublishedPoint(account_id=account.id, local_date=day, **values) for day in window.every_day()])


def filled(account: ProviderAccount) -> None:
    card(account)
    for window, num in ((AUGUST, 2), (SEPTEMBER, 3), (OCTOBER, 4)):
        days(account, window, num)


def url(account: ProviderAccount, metric_key: str = "booked_calls", query: str = "") -> str:
    return f"/portal/cards/{account.public_id}/{metric_key}{query}"


def chosen(window: Window, step: str = "") -> str:
    return f"?first={window.start}&last={window.last_day}" + (f"&step={step}" if step else "")


def text_of(page: Any) -> str:
    return " ".join(page.get_text(" ").split())


def table_of(page: BeautifulSoup) -> list[list[str]]:
    return [[" ".join(cell.get_text(" ").split()) for cell in row.select("th, td")] for row in page.select("#figures tbody tr")]


def values_of(page: BeautifulSoup) -> list[list[str]]:
    """What the chart draws."""
    return [[str(cell.get("data-value", "")) for cell in row.select("td.number")] for row in page.select("#figures tbody tr")]


def csv_of(client: PageClient, address: str) -> list[dict[str, str]]:
    response = client.get(address)
    assert response.status_code == 200
    assert response.mimetype == "text/csv"
    assert response.text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(response.text.removeprefix("\ufeff"))))


def test_the_page_begins_with_the_days_of_the_card(account: ProviderAccount, viewer: PageClient) -> None:
    filled(account)
    page = viewer.page(url(account))
    text = text_of(page)
    for expected in (
        "124 ▲ up 37.8 %, from 90 to 124 1–31 Oct 2026 (31 days) against 1–30 Sep 2026 (30 days), America/Chicago",
        "With caveats. The windows are not equally long: 31 days against 30 days.",
        "No published figure became another one",
    ):
        assert expected in text
    assert len(table_of(page)) == 31
    assert table_of(page)[4] == ["Mon 5 Oct 2026", "4", "Campaign: A new sign"]
    assert {str(row["data-place"]) for row in page.select("#figures tbody tr")} == {"current"}
    assert [row.th.get_text() for row in page.select("tr[data-mark]")] == ["Mon 5 Oct 2026"]  # type: ignore[union-attr]


def test_presets_are_the_cards_days_its_baselines_and_what_is_known(account: ProviderAccount, viewer: PageClient) -> None:
    filled(account)
    presets = viewer.page(url(account)).select(".presets a")
    assert [link.get_text() for link in presets] == ["As on the card", "The baseline's days", "The last 28 known days", "All known days"]
    spans = [OCTOBER, SEPTEMBER, Window(date(2026, 10, 4), date(2026, 11, 1)), Window(AUGUST.start, OCTOBER.end)]
    for link, window in zip(presets, spans, strict=True):
        page = viewer.page(str(link["href"]))
        assert window.label in text_of(page)
        assert [each.get_text() for each in page.select(".presets [aria-current]")] == [link.get_text()]
        assert page.select_one("#first")["value"] == window.start.isoformat()  # type: ignore[index]
        assert page.select_one("#last")["value"] == window.last_day.isoformat()  # type: ignore[index]


@pytest.mark.parametrize(("step", "rows"), [("day", 92), ("week", 14), ("month", 3), ("", 14)])
def test_steps_cut_the_same_days(account: ProviderAccount, viewer: PageClient, step: str, rows: int) -> None:
    filled(account)
    page = viewer.page(url(account, query=chosen(Window(AUGUST.start, OCTOBER.end), step)))
    assert len(table_of(page)) == rows
    assert sum(Decimal(value) for [value] in values_of(page)) == 62 + 90 + 124
    not_whole = [row for row in table_of(page) if "not whole" in row[0]]
    assert len(not_whole) == {"day": 0, "week": 2, "month": 0, "": 2}[step]


@pytest.mark.parametrize("step", ["day", "week", "month"])
def test_table_chart_and_csv_say_the_same(account: ProviderAccount, viewer: PageClient, step: str) -> None:
    filled(account)
    page = viewer.page(url(account, query=chosen(Window(date(2026, 7, 29), date(2026, 10, 21)), step)))
    rows = csv_of(viewer, str(page.select_one("a[download]")["href"]))  # type: ignore[index]
    assert len(rows) == len(table_of(page))
    for row, shown, [value] in zip(rows, table_of(page), values_of(page), strict=True):
        assert row["Booked calls"] == value
        assert shown[1] == (f"{int(value):,}" if value else "–")
        assert row["Whole and known"] == ("no" if "not whole" in shown[0] else "yes")
        assert (row["Metric"], row["Source"], row["Unit"]) == ("Booked calls", "ServiceTitan", "calls")
        assert date.fromisoformat(row["First day"]) <= date.fromisoformat(row["Last day"])
    assert ("" in {value for [value] in values_of(page)}) is (step != "week"), "what lies before the first known day is not known"


def test_lines_are_columns_and_the_others_are_one_column_that_says_so(account: ProviderAccount, viewer: PageClient) -> None:
    key = "leads_by_campaign_source"
    card(account, key, value="", title="Leads by campaign source")
    for number in range(8):
        days(account, OCTOBER, number + 1, metric_key=key, dim=f"Campaign {number}")
    days(account, OCTOBER, 1, metric_key=key, dim="")
    page = viewer.page(url(account, key))
    names = [head.get_text() for head in page.select("#figures thead th.number")]
    assert names == [*(f"Campaign {number} (phone calls)" for number in range(7, 1, -1)), "Other, 3 more (phone calls)"]
    assert values_of(page)[0] == ["8", "7", "6", "5", "4", "3", "4"]
    rows = csv_of(viewer, str(page.select_one("a[download]")["href"]))  # type: ignore[index]
    assert [[row[name] for name in names] for row in rows] == values_of(page)
    assert "Lines are never added up." in text_of(page)


def test_a_rate_is_made_of_its_parts_and_not_of_days_rates(account: ProviderAccount, viewer: PageClient) -> None:
    card(account, "booking_rate", title="Booking rate", unit="per cent")
    days(account, Window(date(2026, 10, 1), date(2026, 10, 2)), 1, metric_key="booking_rate", den=Decimal(1))
    days(account, Window(date(2026, 10, 2), date(2026, 10, 3)), 1, metric_key="booking_rate", den=Decimal(9))
    page = viewer.page(url(account, "booking_rate", chosen(Window(date(2026, 10, 1), date(2026, 10, 3)))))
    assert "20.0 %" in text_of(page)
    assert [row[1] for row in table_of(page)] == ["100.0 %", "11.1 %"]
    assert values_of(page) == [["100.00"], ["11.11"]]
    rows = csv_of(viewer, str(page.select_one("a[download]")["href"]))  # type: ignore[index]
    assert [(row["Unit"], row["Booking rate"]) for row in rows] == [("per cent", "100.00"), ("per cent", "11.11")]


@pytest.mark.parametrize(
    "query",
    [
        "?first=2026-10-31&last=2026-10-01",
        "?first=2016-10-01&last=2026-11-30",
        "?first=yesterday&last=2026-10-01",
        "?first=2026-02-30&last=2026-10-01",
        "?first=2026-10-01",
        "?last=2026-10-01",
        "?first=1999-12-31&last=2000-01-05",
        "?first=2026-10-01&last=9999-12-31",
        "?first=%00&last=%00",
        "?step=day",
        f"?first={'9' * 100_000}&last=2026-10-01",
    ],
)
def test_days_that_cannot_be_taken_are_refused_with_a_sentence(account: ProviderAccount, viewer: PageClient, query: str) -> None:
    filled(account)
    response = viewer.get(url(account, query=query))
    assert response.status_code == 422
    page = BeautifulSoup(response.text, "html.parser")
    assert page.select(".field-error, [aria-invalid]")
    assert "128" in text_of(page), "the card is still there"
    assert page.select("#figures") == []
    assert viewer.get(url(account, query=query).replace("?", ".csv?", 1)).status_code == 422


def test_an_unknown_step_is_the_fitting_one(account: ProviderAccount, viewer: PageClient) -> None:
    filled(account)
    for step in ("hour", "x" * 1000, "%00"):
        assert len(table_of(viewer.page(url(account, query=chosen(OCTOBER, step))))) == 31
    ten_years = Window(date(2017, 1, 1), date(2026, 11, 1))
    assert len(table_of(viewer.page(url(account, query=chosen(ten_years, "day"))))) == 118


@pytest.mark.parametrize("metric_key", ["jobs_completed", "nothing", "x" * 300, "..", "booked_calls%00", "BOOKED_CALLS"])
def test_what_is_not_on_a_card_is_missing(account: ProviderAccount, viewer: PageClient, metric_key: str) -> None:
    filled(account)
    for suffix in ("", ".csv"):
        assert viewer.get(url(account, metric_key) + suffix).status_code == 404


def test_another_clients_metric_is_missing(account: ProviderAccount, sign_in: SignIn) -> None:
    filled(account)
    other = sign_in(factories.member())
    for address in (url(account), url(account) + ".csv", url(account, query=chosen(OCTOBER))):
        assert other.get(address).status_code == 404
    for source in ("x", "01a202c9-0000-7000-8000-000000000000", str(account.id)):
        assert other.get(f"/portal/cards/{source}/booked_calls").status_code == 404


def test_another_clients_days_are_never_counted(account: ProviderAccount, viewer: PageClient) -> None:
    filled(account)
    foreign = factories.connector()
    filled(foreign)
    assert "124" in text_of(viewer.page(url(account)))
    assert sum(Decimal(value) for [value] in values_of(viewer.page(url(account)))) == 124


def test_a_metric_without_figures_says_what_will_stand_there(account: ProviderAccount, viewer: PageClient) -> None:
    note = "Nothing is shown before this source is live."
    card(account, value="", value_note=note, movement="", verdict="", details={}, windows="")
    page = viewer.page(url(account))
    assert note in text_of(page)
    assert "How this number will be made" in text_of(page)
    assert page.select("#figures, .period-form, script[src*=chart]") == []
    assert viewer.get(url(account) + ".csv").status_code == 404


def test_a_live_metric_of_which_nothing_is_known_yet(account: ProviderAccount, viewer: PageClient) -> None:
    card(account, value="", value_note="No whole period.", details={**DETAILS, "known": [], "window": None, "baseline": None})
    assert "No whole period." in text_of(viewer.page(url(account)))
    assert viewer.get(url(account, query=chosen(OCTOBER))).status_code == 200
    assert viewer.get(url(account) + ".csv").status_code == 404


def test_only_the_cards_own_revision_of_days_counts(account: ProviderAccount, viewer: PageClient) -> None:
    """While a card is held, days that were published later are not in its figures."""
    card(account)
    days(account, OCTOBER, 4, to_rev=2)
    days(account, OCTOBER, 9, from_rev=2)
    assert sum(Decimal(value) for [value] in values_of(viewer.page(url(account)))) == 124


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t"])
def test_a_name_is_no_formula_in_a_spreadsheet(app: Flask, sign_in: SignIn, start: str) -> None:
    assert app
    bad = f'{start}cmd|"/c calc"!A1'
    account = factories.connector(source_label=bad)
    card(account, "leads_by_campaign_source", value="", title="Leads by campaign source", source_label=bad)
    days(account, OCTOBER, 4, metric_key="leads_by_campaign_source", dim=bad)
    viewer = sign_in(factories.member(of=account.organization))
    response = viewer.get(url(account, "leads_by_campaign_source") + ".csv")
    for row in csv.reader(io.StringIO(response.text.removeprefix("\ufeff"))):
        for cell in row:
            assert cell[:1] not in {"=", "+", "@", "\t", "\r"}
            assert not cell.startswith("-")


def test_the_file_has_a_name_that_says_what_it_is(account: ProviderAccount, viewer: PageClient) -> None:
    filled(account)
    response = viewer.get(url(account) + ".csv" + chosen(OCTOBER))
    assert response.headers["Content-Disposition"] == 'attachment; filename="booked_calls-2026-10-01-2026-10-31.csv"'


def restated(account: ProviderAccount, day: date, was: int | None, became: int | None, **changes: Any) -> None:
    values = {
        "metric_key": "booked_calls",
        "signal_kind": "phone_call",
        "dim": "",
        "was_num": None if was is None else Decimal(was),
        "became_num": None if became is None else Decimal(became),
        "cause": DirtyCause.SOURCE,
        "came_in": date(2026, 11, 20),
        "seen_at": utc_now(),
        "revision": 1,
        **changes,
    }
    factories._save(PublishedRestatement(account_id=account.id, local_date=day, **values))


def test_figures_that_became_others_are_told_and_marked(account: ProviderAccount, viewer: PageClient) -> None:
    filled(account)
    restated(account, date(2026, 10, 3), 5, 4)
    restated(account, date(2026, 10, 4), None, 4, cause=DirtyCause.MAP)
    restated(account, date(2026, 10, 6), 77, 78, revision=2)
    restated(factories.connector(), date(2026, 10, 7), 66, 67)
    page = viewer.page(url(account))
    panel = text_of(page.select_one("[aria-labelledby=changes-title]"))
    assert "4 Oct 2026 no rows 4 The field map changed 20 Nov 2026" in panel
    assert "3 Oct 2026 5 4 The source changed its rows 20 Nov 2026" in panel
    for other in ("77", "66"):
        assert other not in panel
    marks = {row[0]: row[2] for row in table_of(page) if row[2]}
    assert marks["Sat 3 Oct 2026"] == "Restated by the source"
    assert marks["Sun 4 Oct 2026"] == "Counted anew"
    assert "Tue 6 Oct 2026" not in marks


def test_the_page_costs_few_statements_each_with_an_index(account: ProviderAccount, viewer: PageClient) -> None:
    filled(account)
    for number in range(20):
        restated(account, OCTOBER.start + timedelta(days=number), 5, 4)
    address = url(account)
    with heard() as found:
        assert viewer.get(address).status_code == 200
    assert len(found.sent) <= AT_MOST, [statement for statement, _ in found.sent]
    assert found.without_index() == []


def test_the_page_is_for_clients_alone(account: ProviderAccount, as_admin: PageClient, client: PageClient) -> None:
    filled(account)
    for address in (url(account), url(account) + ".csv"):
        assert as_admin.get(address).status_code == 403
        assert client.get(address).status_code == 303
