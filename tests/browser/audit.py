"""What is wrong with how a page looks and reads: axe-core, overflow, overlapping headings."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = {"serious", "critical"}


def accessibility_findings(page: Page) -> list[str]:
    """Serious and critical findings of axe-core, one line each. Evaluated by the debugger, which the policy does not bind."""
    if not page.evaluate("() => 'axe' in window"):  # it stays when the same page is looked at in another way
        page.evaluate(AXE.read_text() + "; undefined")
    result: Any = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
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
