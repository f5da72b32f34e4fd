"""Every page that links lead to, as each role: accessible, no sideways scrolling, nothing the policy refuses.

With FIVEGATE_SCREENSHOTS=DIRECTORY each page is also drawn wide and narrow, light and dark, for people to look at.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.browser.audit import accessibility_findings, looks_of, overflow_findings, parts_of
from tests.browser.conftest import Installation
from tests.browser.crawl import EACH_KIND, Found, pages_by_links

WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 320, "height": 700}
LIGHT_AND_WIDE, DARK_AND_NARROW = ("light", WIDE), ("dark", NARROW)
WAYS = (LIGHT_AND_WIDE, DARK_AND_NARROW, ("light", NARROW), ("dark", WIDE))
INSPECTED = {
    "admin": (LIGHT_AND_WIDE, DARK_AND_NARROW),
    "support": (DARK_AND_NARROW,),  # the admin's pages without their buttons
    "client_admin": (LIGHT_AND_WIDE, DARK_AND_NARROW),
    "client": (DARK_AND_NARROW,),
    "visitor": (LIGHT_AND_WIDE, DARK_AND_NARROW),
}
SHOTS = os.environ.get("FIVEGATE_SCREENSHOTS", "")


Known = dict[tuple[str, str, int], set[str]]
"""Kind of page, scheme and width → what pages of that kind were made of when axe-core looked at them in that way; and with
``ANY`` in the place of a kind the same of all pages, with ``COLOURS`` what their elements stood in when colours were measured."""
ANY, COLOURS = "any", "colours"


@pytest.fixture(scope="session")
def known_parts() -> Known:
    return {}


@pytest.mark.timeout(1800)  # two minutes on a machine that has nothing else to do
@pytest.mark.usefixtures("walked")
@pytest.mark.parametrize("role", ["admin", "support", "client_admin", "client"])
def test_every_page_of_a_role_is_fit_to_be_seen(role: str, signed_in: Callable[..., Page], known_parts: Known) -> None:
    page = signed_in(role, viewport=WIDE)
    each_kind = 1 if role == "support" else EACH_KIND  # what a second page shows was seen as the admin
    findings = [finding for found in pages_by_links(page, each_kind=each_kind) for finding in look_at(page, found, role, known_parts)]
    assert not findings, "\n".join(findings)


def test_every_page_of_a_visitor_is_fit_to_be_seen(new_context: Callable[..., BrowserContext], known_parts: Known) -> None:
    page = new_context(viewport=WIDE).new_page()
    findings = [finding for found in pages_by_links(page, "/sign-in") for finding in look_at(page, found, "visitor", known_parts)]
    page.goto("/nothing-here")
    findings += look_at(page, Found("/nothing-here", "error-404", "error-404"), "visitor", known_parts)
    assert not findings, "\n".join(findings)


def look_at(page: Page, found: Found, role: str, known_parts: Known) -> list[str]:
    """Findings of one page in the ways that are inspected for this role; the other ways are only for pictures.

    A page that is made of nothing but what axe-core saw, in that way, on pages of its kind is only looked at for its room.
    """
    parts = parts_of(page)
    findings: list[str] = []
    was_looked_at = False
    for scheme, size in WAYS if page.viewport_size == WIDE else reversed(WAYS):  # making a window narrow and wide again takes time
        # The second page of a kind has another content in the same layout: the harder way is enough for it.
        inspected = (scheme, size) in INSPECTED[role] if found.is_first else (scheme, size) == DARK_AND_NARROW
        if not inspected and not SHOTS:
            continue
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]  # a literal, which the tuple hides
        page.set_viewport_size(size)  # type: ignore[arg-type]
        if SHOTS:
            directory = Path(SHOTS) / role
            directory.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=directory / f"{found.name}-{size['width']}-{scheme}.png", full_page=True)
        if inspected:
            found_here = overflow_findings(page)
            known, everywhere, measured = (
                known_parts.setdefault((which, scheme, size["width"]), set()) for which in (found.kind, ANY, COLOURS)
            )
            # A second page of a kind is there for what the first one had nothing of, which another kind may have shown.
            if not parts <= (known if found.is_first else everywhere):
                looks = looks_of(page)
                found_here += accessibility_findings(page, only_look=was_looked_at, with_colours=not looks <= measured)
                known |= parts
                everywhere |= parts
                measured |= looks
                was_looked_at = True
            findings += [f"[{role}, {scheme}, {size['width']}] {finding}" for finding in found_here]
    return findings


def test_the_demo_has_all_five_people(installation: Installation) -> None:
    assert set(installation.people) == {"admin", "admin_2", "support", "client_admin", "client"}
