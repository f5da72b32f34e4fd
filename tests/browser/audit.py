"""What is wrong with how a page looks and reads: axe-core, overflow, overlapping headings."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = {"serious", "critical"}
OF_THE_LOOK = ["color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size", "aria-hidden-focus"]
"""Rules whose answer depends on colours and room; the others ask how a page is built."""


def accessibility_findings(page: Page, *, only_look: bool = False) -> list[str]:
    """Serious and critical findings of axe-core, one line each. Evaluated by the debugger, which the policy does not bind.

    :param only_look: the same page was looked at in another way already
    """
    if not page.evaluate("() => 'axe' in window"):  # it stays when the same page is looked at in another way
        page.evaluate(AXE.read_text() + "; undefined")
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if only_look:
        options["runOnly"] = OF_THE_LOOK
    result: Any = page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{page.url} {violation['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
        for violation in result["violations"]
        if violation["impact"] in SERIOUS
        for node in violation["nodes"]
    ]


def overflow_findings(page: Page) -> list[str]:
    """A page that scrolls sideways, with the elements that stick out."""
    found: Any = page.evaluate(
        """() => {
          const width = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= width) return [];
          return [...document.querySelectorAll('body *')]
            .filter(e => e.getBoundingClientRect().right > width + 1 && !e.closest('.visually-hidden'))
            .slice(0, 5)
            .map(e => e.outerHTML.slice(0, 120));
        }"""
    )
    return [f"{page.url} sticks out at {page.viewport_size}: {html}" for html in found]


def parts_of(page: Page) -> set[str]:
    """What a page is made of: elements with their classes, roles and the names of their other attributes."""
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll('body, body *')].map(e =>
             [e.tagName, e.className.baseVal ?? e.className, e.getAttribute('role'), ...e.getAttributeNames().sort()].join(' '))"""
    )
    return set(found)
