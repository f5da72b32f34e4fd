"""Rules 3 and 4: reading writes nothing, a page is complete before it is drawn, and no form works without its token."""

from collections.abc import Iterator
from itertools import product

import pytest
import sqlalchemy as sa
from flask import Flask, render_template_string, session
from flask_wtf import CSRFProtect

from app.extensions import db
from app.models import Organization
from app.web.access import public
from tests.architecture.conftest import Walked
from tests.architecture.crawl import Visit, visit
from tests.architecture.filled import Filled, fill
from tests.architecture.findings import assert_none
from tests.architecture.routes import UNSAFE, addresses, rules, unnamed_arguments
from tests.support import factories
from tests.support.client import PageClient

WITHOUT_TOKEN: frozenset[str] = frozenset({"auth.unsubscribe_submit"})
"""Endpoints that machines post to and that prove themselves in another way. Mail programs end a person's reports with one press
and no page (RFC 8058): the signed token of the address stands in the form token's place, and can do nothing else."""


def writing(visits: tuple[Visit, ...]) -> list[str]:
    """GETs that changed a row."""
    return [f"{v}: {statement}" for v in visits for statement in v.writes]


def test_no_get_writes(walked: Walked) -> None:
    assert len({v.endpoint for v in walked.by_address}) > 3
    assert_none(writing(walked.by_links))
    assert_none(writing(walked.by_address))


def signing_out(visits: tuple[Visit, ...]) -> list[str]:
    """GETs after which somebody was signed in no more: a link on a foreign page could do that to them."""
    return sorted({f"{v.endpoint} as {v.role}" for v in visits if v.signed_out})


def test_no_get_signs_anybody_out(walked: Walked) -> None:
    assert_none(signing_out(walked.by_links))
    assert_none(signing_out(walked.by_address))


def test_a_get_that_signs_out_is_reported(throw_away: Flask) -> None:
    def leave() -> str:
        session.clear()
        return "bye"

    throw_away.add_url_rule("/leave", "leave", public(leave))
    browser = throw_away.test_client()
    with browser.session_transaction() as cookie:
        cookie["_user_id"] = "somebody"
    assert signing_out((visit(throw_away, browser, "admin", "/leave"),)) == ["leave as admin"]


def asking_while_rendering(visits: tuple[Visit, ...]) -> list[str]:
    """Pages whose template sent a query: it belongs into the use case, where it is one and not one a row."""
    return sorted({f"{v.endpoint} as {v.role}: {statement[:160]}" for v in visits for statement in v.while_rendering})


def test_no_template_sends_a_query(walked: Walked) -> None:
    assert_none(asking_while_rendering(walked.by_links))
    assert_none(asking_while_rendering(walked.by_address))


@pytest.fixture
def reader(app: Flask) -> Iterator[Flask]:
    """A throw-away application on the database of the test."""
    bad = Flask("bad", static_folder=None)
    uri = {key: app.config[key] for key in ("SQLALCHEMY_DATABASE_URI", "SQLALCHEMY_BINDS", "SQLALCHEMY_ENGINE_OPTIONS")}
    bad.config.update(TESTING=True, SECRET_KEY="only-for-tests", **uri)
    db.init_app(bad)
    yield bad
    with bad.app_context():
        for engine in db.engines.values():
            engine.dispose()


def test_a_get_that_writes_is_reported(reader: Flask) -> None:
    factories.organization()

    def count_views() -> str:
        db.session.execute(sa.update(Organization).values(version=Organization.version + 1))
        db.session.commit()
        return "counted"

    reader.add_url_rule("/count", "count", public(count_views))
    reader.add_url_rule("/read", "read", public(lambda: str(db.session.scalar(sa.select(Organization.name)))))
    browser = reader.test_client()
    found = writing(tuple(visit(reader, browser, "visitor", url) for url in ("/read", "/count")))
    assert [line.partition(" SET")[0] for line in found] == ["/count as visitor: UPDATE organizations"]


def test_a_template_that_asks_the_database_is_reported(reader: Flask) -> None:
    factories.member(of=factories.organization())

    def lazy() -> str:
        return render_template_string("{{ row.members | length }}", row=db.session.scalars(sa.select(Organization)).one())

    def eager() -> str:
        row = db.session.scalars(sa.select(Organization)).one()
        return render_template_string("{{ members | length }}", members=list(row.members))

    reader.add_url_rule("/lazy", "lazy", public(lazy))
    reader.add_url_rule("/eager", "eager", public(eager))
    browser = reader.test_client()
    found = asking_while_rendering(tuple(visit(reader, browser, "visitor", url) for url in ("/eager", "/lazy")))
    assert len(found) == 1
    assert found[0].startswith("lazy as visitor: SELECT organization_members")


def test_a_request_that_leaves_unsaved_changes_is_reported(reader: Flask) -> None:
    row = factories.organization()

    def forget_to_commit() -> str:
        db.session.get_one(Organization, row.id).name = "Changed and never saved"
        return "changed"

    reader.add_url_rule("/forget", "forget", public(forget_to_commit))
    reader.test_client_class = PageClient
    with pytest.raises(AssertionError, match="unsaved changes"):
        reader.test_client().get("/forget")


def accepts_without_token(app: Flask, filled: Filled) -> Iterator[str]:
    """Routes that did not answer 400 to a form without its token."""
    for rule in rules(app, *UNSAFE):
        if rule.endpoint in WITHOUT_TOKEN or unnamed_arguments(rule):
            continue
        for url, method in product(addresses(app, rule, filled, filled.mine), sorted((rule.methods or set()) & set(UNSAFE))):
            for role, browser in filled.by_role.items():
                response = browser.open(url, method=method, **_without_token(browser))
                if response.status_code != 400:
                    yield f"{method} {rule.rule} as {role}: {response.status_code}"


def _without_token(browser: object) -> dict[str, bool]:
    return {"with_token": False} if isinstance(browser, PageClient) else {}


def test_no_form_is_taken_without_its_token(app: Flask) -> None:
    assert_none(accepts_without_token(app, fill(app)))


def test_a_route_that_needs_no_token_is_reported(app: Flask, throw_away: Flask) -> None:
    filled = fill(app)
    protection = CSRFProtect(throw_away)

    def guarded() -> str:
        return "done"

    def exempt() -> str:
        return "done"

    throw_away.add_url_rule("/guarded", "guarded", public(guarded), methods=["POST"])
    throw_away.add_url_rule("/exempt", "exempt", protection.exempt(public(exempt)), methods=["POST"])
    bad = Filled(filled.mine, filled.foreign, filled.staff_admin, filled.support, (), {"visitor": throw_away.test_client()})
    assert list(accepts_without_token(throw_away, bad)) == ["POST /exempt as visitor: 200"]
