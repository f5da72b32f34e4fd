"""Walking through the application as each role, and what was seen on the way."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import sqlalchemy as sa
from bs4 import Tag
from flask import Flask, before_render_template, template_rendered
from flask.testing import FlaskClient
from jinja2_fragments.flask import before_render_template_block, template_block_rendered
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from app.extensions import db
from tests.architecture.pages import parsed

WRITES = ("INSERT", "UPDATE", "DELETE", "REPLACE", "TRUNCATE", "LOAD", "CREATE", "ALTER", "DROP")
IDENTITY = "_user_id"


@dataclass
class Statements:
    """What was sent to the databases during a request."""

    writes: list[str] = field(default_factory=list)
    while_rendering: list[str] = field(default_factory=list)
    is_rendering: int = 0


@dataclass(frozen=True)
class Visit:
    """One request of the walk."""

    role: str
    url: str
    endpoint: str
    status: int
    content_type: str
    location: str
    html: str = field(repr=False)
    writes: tuple[str, ...]
    while_rendering: tuple[str, ...]
    signed_out: bool = False
    panel_id: str = ""
    """For a part that htmx fetched: id of the element that it replaces."""
    came_from: str = ""

    @property
    def is_page(self) -> bool:
        return self.content_type.startswith("text/html") and "<html" in self.html[:200]

    def __str__(self) -> str:
        return f"{self.url} as {self.role}"


@contextmanager
def listening(app: Flask) -> Iterator[Statements]:
    """Collect statements of every engine of ``app``."""
    heard = Statements()

    def before(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith(WRITES):
            heard.writes.append(statement)
        if heard.is_rendering:
            heard.while_rendering.append(statement)

    def begins(_sender: Any, **_kwargs: Any) -> None:
        heard.is_rendering += 1

    def ends(_sender: Any, **_kwargs: Any) -> None:
        heard.is_rendering -= 1

    with app.app_context():
        engines = list(db.engines.values()) if "sqlalchemy" in app.extensions else []
    signals = [(before_render_template, begins), (before_render_template_block, begins)]
    signals += [(template_rendered, ends), (template_block_rendered, ends)]
    for engine in engines:
        sa.event.listen(engine, "before_cursor_execute", before)
    for signal, receiver in signals:
        signal.connect(receiver, app)
    try:
        yield heard
    finally:
        for engine in engines:
            sa.event.remove(engine, "before_cursor_execute", before)
        for signal, receiver in signals:
            signal.disconnect(receiver, app)


def visit(app: Flask, browser: FlaskClient, role: str, url: str, *, panel_id: str = "", came_from: str = "") -> Visit:
    """GET one address, as a page or (with ``panel_id``) as htmx would."""
    headers = {"HX-Request": "true"} if panel_id else {}
    before = _cookie(browser)
    with listening(app) as heard:
        response: TestResponse = browser.get(url, headers=headers)
    signed_out = IDENTITY in before and IDENTITY not in _cookie(browser)
    if signed_out:
        with browser.session_transaction() as session:
            session.update(before)
    return Visit(
        role=role,
        url=url,
        endpoint=endpoint_of(app, url),
        status=response.status_code,
        content_type=response.content_type or "",
        location=response.headers.get("Location", ""),
        html=response.get_data(as_text=True),
        writes=tuple(heard.writes),
        while_rendering=tuple(heard.while_rendering),
        signed_out=signed_out,
        panel_id=panel_id,
        came_from=came_from,
    )


def _cookie(browser: FlaskClient) -> dict[str, Any]:
    """What the browser's signed cookie holds."""
    with browser.session_transaction() as session:
        return dict(session)


def endpoint_of(app: Flask, url: str, method: str = "GET") -> str:
    """The endpoint behind an address; empty if there is none."""
    try:
        endpoint, _ = app.url_map.bind("localhost").match(urlsplit(url).path, method)
    except HTTPException:
        return ""
    return str(endpoint)


def walk(app: Flask, browser: FlaskClient, role: str, starts: list[str], *, of_each_kind: Callable[[str], int]) -> Iterator[Visit]:
    """Follow links, redirects, search forms and polled parts from ``starts``.

    :param of_each_kind: how many of them, by endpoint
    """
    waiting: list[tuple[str, str, str]] = [(start, "", "") for start in starts]
    known: set[tuple[str, str]] = {(start, "") for start in starts}
    seen: dict[tuple[str, ...], int] = {}
    while waiting:
        url, panel_id, came_from = waiting.pop(0)
        endpoint = endpoint_of(app, url)
        kind = (endpoint, panel_id, *sorted(query_names(url)))
        if seen.get(kind, 0) >= of_each_kind(endpoint):
            continue
        seen[kind] = seen.get(kind, 0) + 1
        done = visit(app, browser, role, url, panel_id=panel_id, came_from=came_from)
        yield done
        for address, panel in ways_on(done):
            if (address, panel) not in known:
                known.add((address, panel))
                waiting.append((address, panel, url))


def query_names(url: str) -> set[str]:
    return {pair.partition("=")[0] for pair in urlsplit(url).query.split("&") if pair}


def ways_on(done: Visit) -> Iterator[tuple[str, str]]:
    """Addresses that a page leads to, each with the id of the part that it replaces (empty: a whole page)."""
    if done.location:
        yield local(done.url, done.location), ""
    if not done.is_page or done.status != 200:
        return
    soup = parsed(done.html)
    for tag, attribute in (("a", "href"), ("link", "href"), ("img", "src")):
        for element in soup.find_all(tag, attrs={attribute: True}):
            yield from _address(done.url, str(element[attribute]))
    for form in soup.find_all("form"):
        if str(form.get("method", "get")).lower() == "get":
            yield from _address(done.url, f"{form.get('action') or done.url}?{urlencode(values_of(form))}")
    for element in soup.find_all(attrs={"hx-get": True}):
        for address, _ in _address(done.url, str(element["hx-get"])):
            yield address, str(element.get("id") or "(no id)")


def values_of(form: Tag) -> Mapping[str, str]:
    """What a browser would send if the form were submitted as it stands."""
    values = {
        str(e["name"]): str(e.get("value", ""))
        for e in form.find_all("input", attrs={"name": True})
        if e.get("type") not in {"checkbox", "radio"}
    }
    for element in form.find_all("select", attrs={"name": True}):
        chosen = element.find("option", selected=True) or element.find("option")
        values[str(element["name"])] = str(chosen.get("value", chosen.text)) if chosen else ""
    return values


def _address(base: str, href: str) -> Iterator[tuple[str, str]]:
    parts = urlsplit(href)
    if parts.scheme not in {"", "http", "https"} or parts.netloc not in {"", "localhost"} or href.startswith("#"):
        return
    address = local(base, href)
    if not address.startswith("/static/"):
        yield address, ""


def local(base: str, href: str) -> str:
    parts = urlsplit(urljoin(base, href))
    return parts.path + (f"?{parts.query}" if parts.query else "")
