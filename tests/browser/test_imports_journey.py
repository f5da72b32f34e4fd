"""From the exports of a customer to a figure that may be trusted, as a person goes: on MariaDB, and on SQLite as `make run` has it."""

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import Installation
from tests.browser.pages import SignInPage

CONNECTOR = "ServiceTitan monthly reports"
"""Of the demo: nothing was imported for it."""
PASS_THREE_GATES = """
UPDATE connector_configurations SET passed_gates = 7
WHERE status = 'draft' AND account_id = (SELECT id FROM integration_provider_accounts WHERE source_label = :label)
"""
IMPORTED = 60_000
"""Milliseconds that an import may take where the machine has more to do than this test."""


@dataclass(frozen=True)
class Journey:
    """What a person does on the pages of one connector."""

    page: Page
    installation: Installation

    @property
    def exports(self) -> Path:
        return self.installation.data_dir / "exports"

    @property
    def title(self) -> Locator:
        return self.page.get_by_role("heading", level=1)

    def open_connector(self) -> None:
        self.page.get_by_role("link", name="Connectors").first.click()
        self.page.get_by_role("link", name=CONNECTOR).click()
        expect(self.title).to_have_text(CONNECTOR)

    def upload(self, name: str, data_type: str) -> None:
        self.open_connector()
        self.page.get_by_role("region", name="Imports").get_by_role("link", name="Import a file").click()
        self.page.get_by_label("Data type").select_option(data_type)
        self.page.get_by_label("File", exact=True).set_input_files(self.exports / name)
        self.page.get_by_role("button", name="Upload").click()
        expect(self.title).to_have_text(name)

    def read_with_totals(self, rows: str) -> None:
        """Change how many rows at the end are no data."""
        self.page.get_by_role("link", name="Change how the file is read").click()
        self.page.get_by_label("Rows at the end that are no data").fill(rows)
        self.page.get_by_role("button", name="Read it again").click()
        expect(self.page.get_by_role("status")).to_contain_text("The file was read again")

    def start_import(self, kind: str) -> None:
        """Ask for it, and watch the panel until it is over."""
        self.page.get_by_role("button", name=f"Import as {kind} batch").click()
        self.is_over("Complete")

    def is_over(self, state: str) -> None:
        panel = self.page.locator("#batch-panel")
        expect(panel.get_by_role("region", name="State")).to_contain_text(state, timeout=IMPORTED)
        expect(panel).not_to_have_attribute("hx-trigger", re.compile(".*"), timeout=IMPORTED)

    def rows(self, what: str) -> int:
        table = self.page.get_by_role("region", name="Rows", exact=True)
        line = table.get_by_role("row").filter(has=self.page.get_by_role("rowheader", name=re.compile(f"^{what}")))
        return int(line.get_by_role("cell").inner_text().replace(",", ""))

    def figure(self, name: str) -> str:
        """What a figure says of all days of the exports, which the line above the titles of a report tells."""
        self.open_connector()
        self.page.get_by_role("region", name="Figures").get_by_role("link", name=name).click()
        days = re.findall(r"(\d\d)/(\d\d)/(\d{4})", (self.exports / "calls.csv").read_text("utf-8-sig")[:100])
        first, last = (f"{year}-{month}-{day}" for month, day, year in days)
        self.page.get_by_label("From", exact=True).fill(first)
        self.page.get_by_label("Until").fill(last)
        self.page.get_by_role("button", name="Show").click()
        expect(self.page).to_have_url(re.compile(first))
        return self.page.locator(".figure-value").inner_text()


@pytest.fixture(params=["mariadb", "sqlite"])
def journey(request: pytest.FixtureRequest, open_context: Callable[..., BrowserContext]) -> Journey:
    name = {"mariadb": "installation", "sqlite": "sqlite_installation"}[request.param]
    installation: Installation = request.getfixturevalue(name)
    page = open_context(installation, viewport={"width": 1280, "height": 900}).new_page()
    SignInPage(page).sign_in(installation.people["admin"])
    return Journey(page, installation)


@pytest.mark.timeout(1200)  # a minute on a machine that has nothing else to do
def test_exports_become_figures_that_hold_and_can_be_taken_back(journey: Journey) -> None:
    page = journey.page
    read_calls_and_map_them(journey)
    try_some_then_import_all(journey)
    look_at_rejects(journey)
    overrule_a_lead(journey)
    for name, data_type in (("jobs.xlsx", "jobs"), ("invoices.csv", "invoices")):
        journey.upload(name, data_type)
        page.get_by_role("link", name="Go on with the draft").click()
        page.get_by_role("button", name="Save and activate").click()
        journey.start_import("production")
        assert journey.rows("Read") == journey.rows("New") > 100
    choose_figures(journey)
    compare_two_windows(journey)
    correct_and_take_back(journey)


def read_calls_and_map_them(journey: Journey) -> None:
    page = journey.page
    journey.upload("calls.csv", "calls")
    read = page.get_by_role("region", name="How it is read")
    expect(read).to_contain_text("Line 4")
    expect(page.get_by_role("row").filter(has_text="Caller Number")).to_contain_text("9999999999")
    rows = page.locator(".lead-in")
    before = rows.inner_text()
    journey.read_with_totals("0")
    expect(read).to_contain_text("(by hand)")
    expect(rows).not_to_have_text(before)
    journey.read_with_totals("1")
    expect(rows).to_have_text(before)

    page.get_by_role("link", name="Go on with the draft").click()
    expect(page.get_by_role("heading", name="Ready to be activated")).to_be_visible()
    page.get_by_label("Agent", exact=True).select_option(label="Not decided yet")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_role("region", name="Before it can be activated")).to_contain_text("“Agent” is undecided")
    page.get_by_role("button", name="Accept the suggestions").click()
    expect(page.get_by_role("heading", name="Ready to be activated")).to_be_visible()
    page.get_by_label("Tag", exact=True).select_option(label="Ignore it")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_role("row").filter(has_text="Not needed for any figure.")).to_contain_text("Tag")
    page.get_by_role("button", name="Save and activate").click()
    expect(journey.title).to_have_text("calls.csv")


def try_some_then_import_all(journey: Journey) -> None:
    page = journey.page
    journey.start_import("test")
    expect(page.locator("#main")).to_contain_text("A test batch is a sample")
    assert journey.rows("Left out") > 0
    page.get_by_role("link", name="Go on with the file").click()
    expect(journey.title).to_have_text("calls.csv")
    let_import(journey.installation)
    journey.start_import("production")
    assert journey.rows("New") > 500
    assert journey.rows("Rejected") == 4
    assert journey.rows("Repeated") == 1


def let_import(installation: Installation) -> None:
    """As if the connector had been through gate 3, which rows that count wait for.

    Written into the database, because this journey is about imports; test_walk_through.py passes the gates by its pages.
    """
    engine = sa.create_engine(installation.database_url)
    with engine.begin() as connection:
        changed = connection.execute(sa.text(PASS_THREE_GATES), {"label": CONNECTOR})
    engine.dispose()
    assert changed.rowcount == 1


def look_at_rejects(journey: Journey) -> None:
    page = journey.page
    page.get_by_role("link", name="Look at the rejected rows").click()
    expect(page.get_by_role("region", name="Examples").get_by_role("row")).to_have_count(5)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download as CSV").click()
    assert len(waiting.value.path().read_text().splitlines()) == 5
    page.get_by_role("link", name="calls.csv").last.click()


def overrule_a_lead(journey: Journey) -> None:
    page = journey.page
    page.get_by_role("link", name="Review these and other leads").click()
    page.get_by_label("Class", exact=True).select_option(label="Genuine")
    page.get_by_role("button", name="Show", exact=True).click()
    leads = page.get_by_role("region", name="List of leads")
    expect(leads.get_by_role("row").nth(1)).to_contain_text("Genuine")
    page.get_by_label("Choose lead 1 of this page").check()
    page.get_by_label("What they are").select_option(label="Spam")
    page.get_by_label("Reason").fill("A robot sold insurance")
    page.get_by_role("button", name="Overrule").click()
    expect(page.locator("#main")).to_contain_text("Done", timeout=IMPORTED)
    journey.open_connector()
    page.get_by_role("link", name="calls.csv").first.click()
    page.get_by_role("link", name="Review these and other leads").click()
    page.get_by_label("Decided by").select_option(label="A person")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(leads.get_by_role("row")).to_have_count(2)
    expect(leads).to_contain_text("A robot sold insurance")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Reveal lead 1").click()
    expect(page.locator("#main")).to_contain_text(re.compile(r"\d{10}"))


def choose_figures(journey: Journey) -> None:
    page = journey.page
    journey.open_connector()
    page.get_by_role("link", name="Choose figures").click()
    for name in ("Booked calls", "Revenue invoiced"):
        page.get_by_role("link", name=f"Choose {name}").click()
        page.get_by_role("button", name="Choose").click()
        expect(page.get_by_role("region", name="Chosen figures")).to_contain_text(name)
    assert journey.figure("Revenue invoiced") == f"{invoiced(journey.exports / 'invoices.csv'):,} USD"


def invoiced(path: Path) -> Decimal:
    """What the file comes to: accountants write amounts below zero in parentheses."""
    with path.open(encoding="cp1252", newline="") as file:
        totals = [row["Total"] for row in csv.DictReader(file, delimiter=";") if row["Active"] == "True"]
    return sum((Decimal(re.sub("[(]", "-", re.sub("[),]", "", total))) for total in totals), Decimal(0))


def compare_two_windows(journey: Journey) -> None:
    page = journey.page
    page.get_by_role("link", name="Compare", exact=True).click()
    page.get_by_role("region", name="Often compared").get_by_role("link").first.click()
    verdict = page.get_by_role("region", name=re.compile(" against "))
    expect(verdict).to_contain_text(re.compile("Comparable|With caveats"))  # two months are not always equally long
    expect(verdict.locator(".moved")).to_contain_text(re.compile("up|down"))
    page.get_by_label("Before: from").fill("2020-01-01")
    page.get_by_label("Before: until").fill("2020-01-31")
    page.get_by_role("button", name="Compare").click()
    expect(verdict).to_contain_text("Not comparable")
    expect(verdict.locator(".moved")).to_have_count(0)


def correct_and_take_back(journey: Journey) -> None:
    """The same calls told later move the figure; the reversal of that batch brings the figure back."""
    page = journey.page
    before = journey.figure("Booked calls")
    journey.upload("calls-corrected.csv", "calls")
    journey.start_import("production")
    assert journey.rows("New") == 4, "the rows that were rejected the first time"
    assert journey.rows("Changed") > 0
    batch = page.url
    assert journey.figure("Booked calls") != before
    expect(page.get_by_role("region", name="What the past became").get_by_role("row")).not_to_have_count(0)
    page.goto(batch)
    page.get_by_role("link", name="Reverse this import").click()
    page.get_by_role("button", name="Reverse this import").click()
    journey.is_over("Reversed")
    assert journey.figure("Booked calls") == before
