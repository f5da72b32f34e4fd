"""What is wrong with how a page looks and reads: axe-core, overflow, overlapping headings."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
SERIOUS = {"serious", "critical"}
OF_COLOURS = ["color-contrast", "link-in-text-block"]
"""Rules whose answer depends on colours, which elements have by what they stand in; they take half of all the time."""
OF_THE_LOOK = [*OF_COLOURS, "scrollable-region-focusable", "target-size", "aria-hidden-focus"]
"""Rules whose answer depends on colours and room; the others ask how a page is built."""


def accessibility_findings(page: Page, *, only_look: bool = False, with_colours: bool = True) -> list[str]:
    """Serious and critical findings of axe-core, one line each. Evaluated by the debugger, which the policy does not bind.

    :param only_look: the same page was looked at in another way already
    :param with_colours: whether there is anything whose colours were not measured before
    """
    if not page.evaluate("() => 'axe' in window"):  # it stays when the same page is looked at in another way
        page.evaluate(AXE.read_text() + "; undefined")
    options: dict[str, Any] = {"resultTypes": ["violations"]}
    if only_look:
        options["runOnly"] = OF_THE_LOOK if with_colours else [rule for rule in OF_THE_LOOK if rule not in OF_COLOURS]
    elif not with_colours:
        options["rules"] = {rule: {"enabled": False} for rule in OF_COLOURS}
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


def looks_of(page: Page) -> set[str]:
    """By what elements that show text have their colours: their own names, classes and states, and those of all they stand in."""
    found: list[str] = page.evaluate(
        """() => {
          const names = ['role', 'type', 'disabled', 'open', 'aria-current', 'aria-selected', 'aria-disabled', 'style', 'data-state'];
          const own = e => [e.tagName, e.className.baseVal ?? e.className, ...names.map(n => e.getAttribute(n) ?? '')].join('.');
          const known = new Map();
          const whole = e => {
            if (!e) return '';
            if (!known.has(e)) known.set(e, whole(e.parentElement) + '>' + own(e));
            return known.get(e);
          };
          const shows = e => [...e.childNodes].some(n => n.nodeType === Node.TEXT_NODE && n.data.trim()) || 'value' in e;
          return [...new Set([...document.querySelectorAll('body *')].filter(shows).map(whole))];
        }"""
    )
    return set(found)
