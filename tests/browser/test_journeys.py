"""What people come to do, in a real browser."""

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import Installation
from tests.browser.pages import SignInPage


def test_an_admin_goes_from_nothing_to_a_checked_connector(signed_in: Callable[..., Page]) -> None:
    page = signed_in("admin")
    name = f"Lakeside Plumbing {time.time_ns()}"
    page.get_by_role("link", name="Organizations").first.click()
    page.get_by_role("link", name=re.compile("New organization|Create")).first.click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Time zone").fill("America/Denver")
    page.get_by_role("button", name=re.compile("Create|Save")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    page.get_by_role("link", name=re.compile("connector", re.IGNORECASE)).last.click()
    page.get_by_label("Source label").fill("ServiceTitan")
    page.get_by_role("button", name=re.compile("Create|Save")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("ServiceTitan")
    for gate in range(1, 6):
        expect(page.locator(".gates")).to_contain_text(str(gate))
    page.get_by_role("button", name=re.compile("Check access")).click()
    panel = page.locator("#jobs-panel")
    expect(panel).to_contain_text("Done", timeout=60_000)
    expect(panel).not_to_have_attribute("hx-trigger", re.compile(".*"))


def test_support_sees_everything_and_can_change_nothing(signed_in: Callable[..., Page]) -> None:
    page = signed_in("support")
    page.get_by_role("link", name="Connectors").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Connectors")
    expect(page.get_by_role("link", name=re.compile("New connector|Create"))).to_have_count(0)
    page.get_by_role("table").get_by_role("link").first.click()
    expect(page.get_by_role("button", name=re.compile("Check access"))).to_have_count(0)


@pytest.mark.parametrize("role", ["client_admin", "client"])
def test_a_client_sees_what_is_being_prepared(role: str, signed_in: Callable[..., Page]) -> None:
    page = signed_in(role)
    expect(page.locator("#main")).to_contain_text("Being prepared")
    page.goto("/admin/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("There is nothing here")


def test_a_hidden_tab_does_not_poll(signed_in: Callable[..., Page]) -> None:
    page = signed_in("admin")
    page.get_by_role("link", name="Connectors").first.click()
    page.get_by_role("table").get_by_role("link").first.click()
    expect(page.locator("#jobs-panel")).to_be_visible()
    page.wait_for_function("() => window.htmx")  # the panel is there before the script
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "jobs-panel" in request.url else None)
    # A panel as it looks while a job is open, in a tab that says it is hidden.
    page.evaluate(
        """() => {
          Object.defineProperty(document, 'hidden', {configurable: true, get: () => true});
          const panel = document.getElementById('jobs-panel');
          panel.setAttribute('data-polls', '');
          panel.setAttribute('hx-get', location.pathname + '/jobs-panel?seen=none');
          panel.setAttribute('hx-trigger', 'every 200ms');
          panel.setAttribute('hx-swap', 'outerHTML');
          htmx.process(panel);
        }"""
    )
    page.wait_for_timeout(1000)
    assert asked == []
    page.evaluate("() => Object.defineProperty(document, 'hidden', {configurable: true, get: () => false})")
    with page.expect_request(re.compile("jobs-panel")):
        pass


def test_the_portal_and_console_work_without_javascript(new_context: Callable[..., BrowserContext], installation: Installation) -> None:
    page = new_context(java_script_enabled=False).new_page()
    SignInPage(page).sign_in(installation.people["admin_2"])
    page.goto("/admin/connectors")
    page.get_by_role("table").get_by_role("link").first.click()
    page.get_by_role("button", name=re.compile("Check access")).click()
    deadline = time.monotonic() + 20
    while "Done" not in page.locator("#jobs-panel").inner_text():
        assert time.monotonic() < deadline
        page.wait_for_timeout(300)
        page.reload()
    page.get_by_role("button", name="Sign out").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Sign in")


def test_signing_in_by_keyboard_alone(new_context: Callable[..., BrowserContext], installation: Installation) -> None:
    page = new_context().new_page()
    page.goto("/sign-in")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    person = installation.people["support"]
    expect(page.get_by_label("Mail address")).to_be_focused()
    page.keyboard.type(person["email"])
    page.keyboard.press("Tab")
    page.keyboard.type(person["password"])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Overview")


def test_the_menu_opens_by_keyboard_on_a_narrow_screen(signed_in: Callable[..., Page]) -> None:
    page = signed_in("admin", viewport={"width": 320, "height": 640})
    menu = page.locator("summary").first
    menu.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Overview").first).to_be_focused()
    page.get_by_role("link", name="Tasks").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Tasks")


def test_what_changes_is_announced_outside_the_panel(signed_in: Callable[..., Page]) -> None:
    page = signed_in("admin")
    page.goto("/admin/connectors")
    page.get_by_role("table").get_by_role("link").first.click()
    region = page.locator("#live-region")
    expect(page.locator("#jobs-panel")).to_be_visible()  # evaluate does not wait for the page that the click leads to
    assert page.evaluate("() => !document.getElementById('jobs-panel').contains(document.getElementById('live-region'))")
    page.get_by_role("button", name=re.compile("Check access")).click()
    expect(region).not_to_be_empty(timeout=60_000)
