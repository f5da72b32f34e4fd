"""What a client does with cards: sees all six states, chooses days, looks at how a number is made, asks; also without JavaScript."""

import csv
import io
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.conftest import Installation
from tests.browser.pages import SignInPage

STATES = ("Needs you", "Held at last good", "Catching up", "Live", "Being prepared", "Retired")
pytestmark = [
    pytest.mark.timeout(1200),  # as long as the demo's own walk takes, which comes first
    pytest.mark.usefixtures("walked"),
]


@pytest.fixture
def client_page(new_context: Callable[..., BrowserContext], installation: Installation) -> Callable[..., Page]:
    def open_page(**options: object) -> Page:
        page = new_context(**options).new_page()
        SignInPage(page).sign_in(installation.people["client"])
        return page

    return open_page


def card(page: Page, title: str, source: str) -> Locator:
    return page.get_by_role("article").filter(has_text=source).filter(has=page.get_by_role("heading", name=re.compile(f"^{title}")))


def test_cards_are_in_all_six_states_with_a_sentence_and_a_next_step(client_page: Callable[..., Page]) -> None:
    page = client_page()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your figures")
    for state in STATES:
        shown = page.get_by_role("article").filter(has=page.locator(".tag", has_text=re.compile(f"^{state}$"))).first
        expect(shown.locator(".card-state > p").nth(1)).to_have_text(re.compile(r"\S+.*\.$"))
        expect(shown.locator(".next-step dd").first).to_have_text(re.compile(r"\S"))
    held = card(page, "Revenue invoiced", "Invoice archive")
    expect(held.locator(".held-at")).to_contain_text(re.compile(r"Held at \d+ \w+ 20\d\d\."))
    expect(held.locator(".figure-value")).to_have_text(re.compile(r"[\d,]+\.\d\d USD"))
    expect(card(page, "Leads by campaign source", "ServiceTitan exports")).to_contain_text("Other (")


def test_the_chart_draws_the_table(client_page: Callable[..., Page]) -> None:
    page = client_page()
    card(page, "Booked calls", "ServiceTitan exports").get_by_role("link", name=re.compile("Chart")).click()
    expect(page.locator("figure.chart-box canvas")).to_be_visible()
    page.get_by_role("link", name="All known days").click()
    expect(page.get_by_role("heading", name=re.compile("^By week|^By month"))).to_be_visible()
    drawn = page.evaluate("() => Chart.getChart(document.querySelector('canvas')).data.datasets[0].data.length")
    assert drawn == page.locator("#figures tbody tr").count()


def test_the_journey_passes_without_javascript(client_page: Callable[..., Page]) -> None:
    page = client_page(java_script_enabled=False)
    booked = card(page, "Booked calls", "ServiceTitan exports")
    booked.get_by_text("How this number is made").click()
    expect(booked).to_contain_text("Formula version 1")
    booked.get_by_role("link", name=re.compile("Chart")).click()
    expect(page.locator("figure.chart-box")).to_be_hidden()
    page.get_by_label("Until and including").fill("2020-01-01")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_role("alert")).to_contain_text("a window does not end before it begins")
    page.get_by_role("link", name="The baseline's days").click()
    rows = page.locator("#figures tbody tr")
    shown = [cell.inner_text() for cell in page.locator("#figures td.number").all()]
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as CSV").click()
    table = list(csv.reader(io.StringIO(download.value.path().read_text(encoding="utf-8-sig"))))
    assert len(table) - 1 == rows.count()
    assert [row[-1] or "–" for row in table[1:]] == [text.replace(",", "") for text in shown]
    page.get_by_label("Your question").fill("Why is Sunday always lower?")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("#main")).to_contain_text("Why is Sunday always lower?")
    page.get_by_role("link", name="Sources").click()
    page.get_by_role("link", name=re.compile("ServiceTitan exports")).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("ServiceTitan exports")
    expect(page.get_by_role("button", name=re.compile("Withdraw|Grant"))).to_have_count(0)  # a viewer decides nothing


def test_a_printed_card_holds_its_words(client_page: Callable[..., Page]) -> None:
    page = client_page()
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    expect(page.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")  # paper is white for those who read in the dark too
    expect(page.locator("body")).to_have_css("color", "rgb(28, 36, 34)")
    expect(card(page, "Booked calls", "ServiceTitan exports").locator(".card-facts").first).to_be_visible()
