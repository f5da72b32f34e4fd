"""Rule 7: every page that somebody can come to, as that person sees it."""

import pytest
from flask import Flask

from app.security.permissions import GRANTS, Role
from app.web.access import declared_access
from tests.architecture.conftest import Walked
from tests.architecture.crawl import Visit, endpoint_of
from tests.architecture.filled import VISITOR, may, role_of
from tests.architecture.findings import assert_none
from tests.architecture.pages import parsed, problems_of
from tests.architecture.routes import rules

NO_LINK_LEADS_THERE = {
    "health.alive": "for machines",
    "health.ready": "for machines",
    "metrics.exposition": "for machines",
}
"""GET routes that nobody comes to by links, each with the reason."""

ONLY_IN_SOME_STATES = {
    "auth.second_factor_act": "only once the second factor is on; one admin of the walk has it",
    "portal.access_request": "by a mail to one client admin",
}


def ill_made(visits: tuple[Visit, ...]) -> list[str]:
    """What is wrong with the pages and parts of a walk."""
    found: dict[str, str] = {}
    for v in visits:
        if v.content_type.startswith("text/html") and v.html and v.status < 300:
            for problem in problems_of(v.html, is_page=not v.panel_id):
                found.setdefault(f"{v.endpoint}: {problem}", str(v))
    return [f"{problem} ({where})" for problem, where in sorted(found.items())]


def test_every_page_is_well_made(walked: Walked) -> None:
    assert_none(ill_made(walked.by_links))


GOOD = '<!doctype html><html lang="en"><head><title>Jobs · Fivegate</title></head><body><main><h1>Jobs</h1>{}</main></body></html>'


def test_a_good_page_has_no_problems() -> None:
    search = '<form method="get"><label for="q">Search</label><input id="q" name="q"><button>Search</button></form>'
    table = '<table><tr><th scope="col">Job</th></tr></table>'
    assert problems_of(GOOD.format(search + table)) == []


@pytest.mark.parametrize(
    ("html", "problem"),
    [
        (GOOD.format("<p><div>x</div></p>"), "not HTML5"),
        (GOOD.format("<h1>Again</h1>"), "2 h1 instead of one"),
        (GOOD.replace("Jobs ·", "Work ·"), "the title “Work · Fivegate” does not begin with the h1 “Jobs”"),
        (GOOD.replace(' lang="en"', ""), "html has no lang"),
        (GOOD.format('<p id="a">x</p><p id="a">y</p>'), "id “a” stands there twice"),
        (GOOD.format('<p aria-describedby="gone">x</p>'), "p aria-describedby: there is no id “gone”"),
        (GOOD.format("<script>alert(1)</script>"), "an inline script"),
        (GOOD.format('<p style="color: red">x</p>'), "p has style="),
        (GOOD.format('<p onclick="x()">x</p>'), "p has onclick="),
        (GOOD.format('<p hx-on:click="x()">x</p>'), "p has hx-on:click="),
        (GOOD.format('<a href="javascript:x()">x</a>'), "a has href="),
        (GOOD.format("<input name=q>"), "input “q” has no label"),
        (
            GOOD.format("<form method=post><input type=hidden name=csrf_token><button>x</button></form>"),
            "a form that posts without an action",
        ),
        (GOOD.format("<form><button>x</button></form>"), "a form without action or method"),
        (GOOD.format("<form method=post action=/x><button>x</button></form>"), "the form that posts to /x has no token"),
        (GOOD.format("<img src=/x.png>"), "the image /x.png has no alt"),
        (GOOD.format("<a href=/x></a>"), "a a without a name (/x)"),
        (GOOD.format("<table><tr><th>Job</th></tr></table>"), "th “Job” has no scope"),
        (GOOD.format("<table><tr><td>Job</td></tr></table>"), "a table without a header cell"),
    ],
)
def test_a_badly_made_page_is_reported(html: str, problem: str) -> None:
    assert any(found.startswith(problem) for found in problems_of(html)), problems_of(html)


def unreached(app: Flask, visits: tuple[Visit, ...]) -> list[str]:
    """GET routes that the walk did not come to."""
    reached = {v.endpoint for v in visits}
    return sorted({rule.endpoint for rule in rules(app, "GET")} - reached - set(NO_LINK_LEADS_THERE))


def test_links_lead_to_every_page_and_part(walked: Walked, app: Flask) -> None:
    """A page that no link leads to is not found by people either, and would slip through every rule here."""
    assert_none(unreached(app, walked.by_links))
    assert set(NO_LINK_LEADS_THERE) <= {rule.endpoint for rule in rules(app, "GET")}


def test_a_page_that_no_link_leads_to_is_reported(throw_away: Flask) -> None:
    throw_away.add_url_rule("/lonely", "lonely", lambda: "")
    assert unreached(throw_away, ()) == ["lonely"]


def hidden(app: Flask, visits: tuple[Visit, ...]) -> list[str]:
    """Pages that a role may open and was never led to."""
    reached = {(role_of(v.role), v.endpoint) for v in visits}
    wanted = set()
    for rule in rules(app, "GET"):
        access = declared_access(app.view_functions[rule.endpoint])
        if access is not None and access.permission is not None and rule.endpoint not in ONLY_IN_SOME_STATES:
            wanted |= {(role, rule.endpoint) for role in Role if access.permission in GRANTS[role]}
    return sorted(f"{endpoint} as {role}" for role, endpoint in wanted - reached)


def test_each_role_is_led_to_every_page_that_it_may_open(walked: Walked, app: Flask) -> None:
    assert_none(hidden(app, walked.by_links))


def refused_forms(app: Flask, visits: tuple[Visit, ...]) -> list[str]:
    """Forms that a page offers to somebody whom the matrix would refuse, or whose address does not exist."""
    found = set()
    for v in visits:
        for method, action in actions_of(v):
            endpoint = endpoint_of(app, action, method)
            access = declared_access(app.view_functions[endpoint]) if endpoint else None
            permission = access.permission if access else None
            is_refused = permission is not None and not may(v.role, permission)
            if not endpoint or is_refused:
                found.add(f"{v.endpoint} as {v.role}: {method} {action}")
    return sorted(found)


def actions_of(v: Visit) -> set[tuple[str, str]]:
    """Method and address of every form and htmx request of a page."""
    soup = parsed(v.html)
    forms = {(str(f.get("method", "get")).upper(), str(f["action"])) for f in soup.find_all("form", action=True)}
    return forms | {(m.upper(), str(e[f"hx-{m}"])) for m in ("get", "post") for e in soup.find_all(attrs={f"hx-{m}": True})}


def test_no_page_offers_what_its_reader_may_not_do(walked: Walked, app: Flask) -> None:
    assert_none(refused_forms(app, walked.by_links))


def test_a_form_that_would_be_refused_is_reported(app: Flask) -> None:
    html = '<html><form method="post" action="/sign-out"></form><form method="post" action="/nowhere"></form>'
    page = Visit(VISITOR, "/sign-in", "auth.sign_in", 200, "text/html", "", html, (), ())
    assert refused_forms(app, (page,)) == ["auth.sign_in as visitor: POST /nowhere", "auth.sign_in as visitor: POST /sign-out"]
