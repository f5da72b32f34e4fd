"""One walk through the whole application, for all rules that look at pages."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import time_machine
from flask import Flask, url_for

from app import nudge
from app.clock import utc_now
from app.extensions import db
from app.models import LinkPurpose
from app.security.permissions import Role
from app.services import mail_choices
from tests.architecture.crawl import Visit, visit, walk
from tests.architecture.filled import HALF_WAY, VISITOR, Filled, fill
from tests.architecture.pages import comes_later, difference
from tests.architecture.routes import Refusal, every_address, refusals
from tests.support.databases import Cleaner

OF_EACH_KIND = {Role.ADMIN: 2, Role.SUPPORT: 2, Role.CLIENT_ADMIN: 3, Role.CLIENT_VIEWER: 3, VISITOR: 3}
"""How many pages of one kind each of them looks at."""
IN_EACH_STATUS = {
    "admin.show_job": 8,
    "admin.job_panel": 8,
    "admin.show_batch": 6,
    "admin.batch_panel": 6,
    "admin.batch_rejects": 6,
    "admin.show_map": 8,
    "admin.show_promotion": 6,
    "admin.show_check": 30,
}
"""Kinds of which more are looked at, so that the walk comes to each status."""


@dataclass(frozen=True)
class Walked:
    """What each role saw: by links, and by asking for every address there is."""

    foreign_marks: frozenset[str]
    by_links: tuple[Visit, ...]
    by_address: tuple[Visit, ...]
    refusals: tuple[Refusal, ...]
    """How every route answered each role that the matrix keeps out."""
    differences: tuple[tuple[str, str], ...]
    """Parts that are not what their page shows, and how they differ."""


@pytest.fixture(scope="session")
def walked(session_app: Flask, cleaner: Cleaner) -> Walked:
    """The walk, done once. Time stands still, so that a page and its part can be compared."""
    with time_machine.travel(utc_now(), tick=False), session_app.app_context():
        filled = fill(session_app)
        by_links = [
            v
            for role, browser in filled.browsers.items()
            for v in walk(session_app, browser, role, _starts(session_app, filled, role), of_each_kind=_how_many(role))
        ]
        by_address = [
            visit(session_app, browser, role, address)
            for role, browser in filled.by_role.items()
            for address in every_address(session_app, filled, "GET")
        ]
        refused = list(refusals(session_app, filled))
        differences = tuple(_differences(session_app, filled, by_links))
        marks = filled.foreign.marks
        db.session.remove()
    cleaner.empty()
    session_app.extensions[nudge.EXTENSION].flushdb()
    return Walked(marks, tuple(by_links), tuple(by_address), tuple(refused), differences)


def _differences(app: Flask, filled: Filled, visits: list[Visit]) -> Iterator[tuple[str, str]]:
    """Fetch each part again without the version in its address, which would be answered with *nothing new*."""
    pages = {(v.role, v.url): v for v in visits if v.is_page}
    for part in (v for v in visits if v.panel_id):
        whole = visit(app, filled.browsers[part.role], part.role, part.url.partition("?")[0], panel_id=part.panel_id)
        standing = pages[part.role, part.came_from].html
        if comes_later(standing, part.panel_id):  # its address is a page too, and that is what it is a part of
            standing = visit(app, filled.browsers[part.role], part.role, part.url).html
        problem = difference(standing, whole.html, part.panel_id)
        if problem:
            yield str(part), problem


def _how_many(role: str) -> Callable[[str], int]:
    usual = OF_EACH_KIND.get(role, 1)
    return lambda endpoint: IN_EACH_STATUS.get(endpoint, usual) if role in {Role.ADMIN, Role.SUPPORT} else usual


def _starts(app: Flask, filled: Filled, role: str) -> list[str]:
    """The start page, and what mails and sent forms lead to."""
    if role == HALF_WAY:
        return ["/sign-in/second-factor"]
    if role == Role.CLIENT_ADMIN:
        with app.test_request_context():
            return ["/", url_for("portal.access_request", token=filled.mine.clients.token)]
    if role != VISITOR:
        return ["/"]
    with app.test_request_context():
        mails = [
            url_for("auth.invitation" if purpose is LinkPurpose.INVITATION else "auth.reset_password", token=token)
            for purpose, token in filled.links
        ]
        unsubscribe = url_for("auth.unsubscribe", token=mail_choices.token_for(filled.mine.viewer))
        return ["/", url_for("auth.link_sent"), *mails, unsubscribe]


@pytest.fixture
def throw_away() -> Flask:
    """An application for a bad example: nothing of ours but what a test puts in."""
    app = Flask("throw_away", static_folder=None)
    app.config.update(TESTING=True, SECRET_KEY="only-for-tests")
    return app
