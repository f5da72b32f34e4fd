"""What the measurements measure can be measured: they run too long to be tests."""

from flask import Flask

from app.models import BatchKind
from app.services import import_rights
from app.unit_of_work import transaction
from tests.bench import bare_home, home_scale, portal
from tests.bench.imports import past_gate_three
from tests.support import factories
from tests.support.client import sign_in_as
from tests.support.statements import heard


def test_rows_that_count_may_come_into_the_measured_connector(app: Flask) -> None:
    assert app is not None
    with transaction():
        account = past_gate_three()
    assert import_rights.why_not_allowed(account, BatchKind.PRODUCTION) == ""


def test_the_bare_route_shows_the_same_home(app: Flask) -> None:
    organization = factories.organization(name="Acme Heating", brand_color="#1f5f8b")
    portal.publish_cards(organization, portal.CARDS)
    browser = sign_in_as(app.test_client(), factories.member(of=organization))
    own = browser.get(portal.HOME).text
    bare = bare_home.create(portal.values_of_home(app, browser)).test_client().get(portal.HOME).text
    assert own.count("<article") == portal.CARDS
    assert portal.TOKENS.sub("", own) == portal.TOKENS.sub("", bare)


def test_home_and_panel_send_the_statements_that_are_measured(app: Flask) -> None:
    organization = factories.organization()
    portal.publish_cards(organization, portal.CARDS)
    browser = sign_in_as(app.test_client(), factories.member(of=organization))
    address = home_scale.poll_address(browser)
    with heard() as of_home:
        assert browser.get(home_scale.HOME).status_code == 200
    with heard() as of_panel:
        assert browser.get(address).status_code == 204
    assert (len(of_home.sent), len(of_panel.sent)) == (2, 1)
    assert of_home.without_index() == []
