"""The portal's home in front of few and of millions of records, and the panel that has nothing new to tell."""

import statistics
import time
from collections.abc import Iterator

import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from app.extensions import db
from app.models import ProviderAccount, PublishedCard, PublishedSource
from tests.bench.gates import LARGE, SMALL, WARM_UP, Place, reads_all
from tests.bench.imports import Line
from tests.support import factories, published
from tests.support.client import sign_in_as
from tests.support.statements import heard

HOME = "/portal/"
CARDS = 12
REQUESTS = 300
"""More than of a long page: what else the machine does weighs more in a short one."""
MOST_RATIO = 1.1
MOST_STATEMENTS = 3


def portal_home_scale(here: Place) -> Iterator[Line]:
    """The homes of two clients, each with twelve cards, that differ in the records behind them alone, in turns.

    The records are there already: ``connector_page_scale`` added them.
    """
    browsers = [_client_of(here, account_id) for account_id in here.accounts]
    spent: tuple[list[float], list[float]] = ([], [])
    pairs = list(zip(browsers, spent, strict=True))
    for turn in range(WARM_UP + REQUESTS):
        for browser, seconds in pairs if turn % 2 else reversed(pairs):
            took = _ask(browser, HOME)
            if turn >= WARM_UP:
                seconds.append(took)
    with heard() as told:
        _ask(browsers[1], HOME)
    over_few, over_many = (statistics.median(seconds) for seconds in spent)
    yield {
        "name": "portal_home_scale",
        "value": round(over_many * 1000, 2),
        "unit": "ms",
        "floor": round(over_few * 1000, 2),
        "ratio": round(over_many / over_few, 3),
        "bound": MOST_RATIO,
        "records": [SMALL, LARGE],
        "requests": REQUESTS,
        "statements": len(told.sent),
        "most_statements": MOST_STATEMENTS,
        "without_index": told.without_index(),
        "reads_all": reads_all(told),
    }
    yield _unchanged_panel(browsers[1], over_many)


def _unchanged_panel(browser: FlaskClient, page: float) -> Line:
    """What the page asks every half minute, against the page itself."""
    address = poll_address(browser)
    seconds = statistics.median(_ask(browser, address, 204) for _ in range(REQUESTS))
    with heard() as told:
        _ask(browser, address, 204)
    return {
        "name": "portal_panel_unchanged",
        "value": round(seconds * 1000, 2),
        "unit": "ms",
        "floor": round(page * 1000, 2),
        "ratio": round(seconds / page, 3),
        "statements": len(told.sent),
        "most_statements": 1,
        "without_index": told.without_index(),
        "reads_all": reads_all(told),
    }


def _client_of(here: Place, account_id: str) -> FlaskClient:
    """Somebody of the connector's organization, with so many more cards beside its own that there are twelve."""
    account = db.session.scalars(sa.select(ProviderAccount).where(ProviderAccount.public_id == account_id)).one()
    source = db.session.scalars(sa.select(PublishedSource).where(PublishedSource.account_id == account.id)).one()
    shown = sa.select(sa.func.count()).where(PublishedCard.account_id == account.id, PublishedCard.revision == source.revision)
    already = db.session.scalars(shown).one()
    for position in range(already, CARDS):
        published.card(account=account, revision=source.revision, position=position)
    return sign_in_as(here.app.test_client(), factories.member(of=account.organization))


def poll_address(browser: FlaskClient) -> str:
    """Where the page asks whether anything is new."""
    panel = BeautifulSoup(browser.get(HOME).text, "html.parser").select_one("[data-polls]")
    if panel is None:
        raise SystemExit("The page does not poll: there is nothing to measure.")
    return str(panel["hx-get"])


def _ask(browser: FlaskClient, address: str, status: int = 200) -> float:
    began = time.perf_counter()
    answer = browser.get(address)
    seconds = time.perf_counter() - began
    if answer.status_code != status or (status == 200 and answer.text.count("<article") != CARDS):
        raise SystemExit(f"{address} answered {answer.status_code} or without its cards, so there is nothing to measure.")
    return seconds
