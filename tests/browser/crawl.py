"""Walking through an installation by its links, one page of each kind."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from playwright.sync_api import Page

_KEYS = (
    # One kind of page for every data type and figure; calls, of which the demo has everything, and figures with lines are their own.
    (re.compile(r"(?<=/maps/)(?!calls\b)[a-z_]+"), "any"),
    (re.compile(r"(?<=/figures/)(?:leads_by_campaign_source|job_outcomes)\b"), "lines"),
    (re.compile(r"(?<=/figures/)(?!(?:lines|baselines|changes|reconciliations)\b)[a-z_]+"), "total"),
    (re.compile(r"(?<=/cards/id/)(?:leads_by_campaign_source|job_outcomes)\b"), "lines"),
    (re.compile(r"(?<=/cards/id/)(?!lines\b)[a-z_]+"), "total"),
)
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")
EACH_KIND = 2
"""Pages of one kind that are looked at: the second may be empty where the first is not."""
LINKS = "() => [...document.querySelectorAll('a[href]:not([download])')].map(a => a.href)"
"""Asked of the page itself: Playwright's own selectors would be loaded into each page first, which takes as long as the page."""


@dataclass(frozen=True)
class Found:
    """A page that links lead to."""

    path: str
    name: str
    """Fit for a file."""
    kind: str
    is_first: bool = True
    """Of its kind."""


def pages_by_links(page: Page, start: str = "/", *, each_kind: int = EACH_KIND) -> Iterator[Found]:
    """Yield each kind of page that links lead to; the caller may do with the page what it likes."""
    waiting, known, seen = [start], {start}, dict[str, int]()
    while waiting:
        path = waiting.pop(0)
        kind = kind_of(path)
        if seen.get(kind, 0) >= (1 if "?" in path else each_kind):  # a list by another choice is the list that was looked at
            continue
        seen[kind] = seen.get(kind, 0) + 1
        response = page.goto(path)
        assert response is not None
        assert response.status == 200, f"{path} answers {response.status}"
        if "html" not in response.headers.get("content-type", ""):
            continue
        # From the end: of the connectors of the demo, the last one in lists has everything.
        for href in reversed(page.evaluate(LINKS)):
            parts = urlsplit(href)
            link = parts.path + (f"?{parts.query}" if parts.query else "")
            if f"{parts.scheme}://{parts.netloc}" == origin(page) and link not in known:
                known.add(link)
                waiting.append(link)
        yield Found(path, f"{kind}-{seen[kind]}", kind, is_first=seen[kind] == 1)


def origin(page: Page) -> str:
    parts = urlsplit(page.url)
    return f"{parts.scheme}://{parts.netloc}"


def kind_of(path: str) -> str:
    """The path without ids and values, as a file name."""
    parts = urlsplit(path)
    keys = sorted(pair.partition("=")[0] for pair in parts.query.split("&") if pair)
    path = _ID.sub("id", parts.path)
    for pattern, word in _KEYS:
        path = pattern.sub(word, path)
    name = path.strip("/").replace("/", "_") or "start"
    return "-".join([name, *keys])
