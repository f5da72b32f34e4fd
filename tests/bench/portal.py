"""How fast clients get their cards: against a bare route that renders the same template with the same values as constants.

FIVEGATE_BENCH_SECONDS shortens the rounds.
"""

import json
import logging
import os
import pickle
import re
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Flask, template_rendered
from pydantic import SecretStr

from app import ASSET_MANIFEST, create_app
from app.clock import utc_now
from app.config import Surface
from app.models import ConnectorState, Organization
from app.portal.home import CardsPanel
from tests.bench.bare_home import VALUES
from tests.bench.imports import Line
from tests.bench.pages import CLIENTS, Browser, rate, served
from tests.support import factories, published
from tests.support.client import sign_in_as
from tests.support.databases import KEY_RING, SECRET_KEY, Accounts, make_accounts, settings_for
from tests.support.mariadb import MariaDb
from tests.support.valkey import Valkey

HOME = "/portal/"
SOURCES = 3
CARDS = 12
ROUNDS = 15
ROUND_SECONDS = float(os.environ.get("FIVEGATE_BENCH_SECONDS", "1"))
WARM_UP_SECONDS = 1.0
LEAST_RATIO = 0.4
TOKENS = re.compile(r'("X-CSRFToken": "|name="csrf_token" value=")[^"]+')


def portal_home_throughput() -> Iterator[Line]:
    """The home of a signed-in client, with twelve cards on MariaDB, in requests a second.

    The portal runs as it does beside a console of its own: its surface, its database account. Short rounds of the two take
    turns, and the median of what each pair comes to counts: what else the machine does hits both.
    """
    with tempfile.TemporaryDirectory(prefix="fivegate-bench-") as directory:
        server, valkey = MariaDb.start(), Valkey.start()
        try:
            accounts = make_accounts(server, suffix="portal")
            values = Path(directory) / "values"
            cookie = _prepare(accounts, Path(directory), valkey, values)
            environment, constants = _environment(accounts, directory, valkey), {VALUES: str(values)}
            with (
                served("wsgi:app", environment, directory) as own,
                served("tests.bench.bare_home:app", constants, directory) as bare,
            ):
                own_browser, bare_browser = Browser(own, cookie), Browser(bare)
                size = _size_of_the_same_page(own_browser, bare_browser)
                rates = _rates(own_browser, bare_browser)
        finally:
            valkey.stop()
            server.stop()
    home, plain = (statistics.median(each) for each in rates)
    ratios = [ours / theirs for ours, theirs in zip(*rates, strict=True)]
    yield {
        "name": "portal_home_throughput",
        "value": round(home, 1),
        "unit": "requests/s",
        "floor": round(plain, 1),
        "ratio": round(statistics.median(ratios), 3),
        "bound": LEAST_RATIO,
        "ratios": [round(min(ratios), 3), round(max(ratios), 3)],
        "rounds": ROUNDS,
        "cards": CARDS,
        "bytes": size,
        "clients": CLIENTS,
    }


def _rates(own: Browser, bare: Browser) -> tuple[list[float], list[float]]:
    found: tuple[list[float], list[float]] = ([], [])
    for browser in (own, bare):
        rate(browser, HOME, WARM_UP_SECONDS)
    for _round in range(ROUNDS):
        for browser, rates in zip((own, bare), found, strict=True):
            rates.append(rate(browser, HOME, ROUND_SECONDS))
    return found


def _size_of_the_same_page(own: Browser, bare: Browser) -> int:
    """:raises SystemExit: if the two do not answer with the same bytes but for the form's tokens"""
    pages = [TOKENS.sub("token", browser.read(HOME)) for browser in (own, bare)]
    if pages[0] != pages[1] or pages[0].count("<article") != CARDS:
        raise SystemExit("The bare route shows another page than the portal: there is nothing to compare with.")
    return len(pages[0].encode())


def _environment(accounts: Accounts, directory: str, valkey: Valkey) -> dict[str, str]:
    return {
        "FIVEGATE_SURFACE": Surface.PORTAL.value,
        "FIVEGATE_DATA_DIR": directory,
        "FIVEGATE_REDIS_URL": valkey.url,
        "FIVEGATE_SECRET_KEY": SECRET_KEY,
        "FIVEGATE_KEY_RING": KEY_RING,
        "FIVEGATE_DATABASE_URL": accounts.portal[0],
        "FIVEGATE_TRAFFIC_DATABASE_URL": accounts.portal[1],
    }


def _prepare(accounts: Accounts, directory: Path, valkey: Valkey, values: Path) -> str:
    """Write the cards into the database, and into a file what the page is made of.

    :return: the cookie of a client who is signed in
    """
    logging.disable(logging.INFO)
    try:
        filled = create_app(settings_for(accounts, data_dir=directory, redis_url=valkey.url))
        with filled.app_context():
            organization = factories.organization(name="Acme Heating", brand_color="#1f5f8b", portal_name="Acme Figures")
            publish_cards(organization, CARDS)
            portal = create_app(
                settings_for(
                    accounts,
                    data_dir=directory,
                    redis_url=valkey.url,
                    surface=Surface.PORTAL,
                    database_url=SecretStr(accounts.portal[0]),
                    traffic_database_url=SecretStr(accounts.portal[1]),
                )
            )
            browser = sign_in_as(portal.test_client(), factories.member(of=organization))
        values.write_bytes(pickle.dumps(values_of_home(portal, browser)))
        cookie = browser.get_cookie("fivegate_session")
        if cookie is None:
            raise SystemExit("Nobody is signed in: there is nothing to measure.")
        return f"fivegate_session={cookie.value}"
    finally:
        logging.disable(logging.NOTSET)


def values_of_home(portal: Flask, browser: Any) -> dict[str, Any]:
    """Everything that the template shows, as the portal gives it to the template."""
    found: list[dict[str, Any]] = []

    def note(_sender: Flask, *, template: Any, context: dict[str, Any], **_rest: Any) -> None:
        panel: CardsPanel = context["panel"]
        found.append(
            {
                "template": template.name,
                "context": {"panel": SimpleNamespace(home=panel.home, poll_url=panel.poll_url, announcement=panel.announcement)},
                "called": {name: context[name]() for name in ("branding", "person", "nav")},
            }
        )

    with template_rendered.connected_to(note, portal):
        page = browser.get(HOME).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    if token is None:
        raise SystemExit("The page has no form: it is another one than was meant.")
    return {
        **found[0],
        "form_token": token[1],
        "assets": json.loads(ASSET_MANIFEST.read_text()),
        "addresses": [(rule.rule, rule.endpoint, sorted(rule.methods or ())) for rule in portal.url_map.iter_rules()],
    }


# What is shown


def publish_cards(organization: Organization, cards: int) -> None:
    """Cards of all kinds, as they stand after some months: figures with and without lines, notes, answers, held and late ones."""
    sources = [factories.connector(of=organization, source_label=f"Source {number + 1}") for number in range(SOURCES)]
    for number in range(cards):
        published.card(
            account=sources[number % SOURCES],
            metric_key=f"metric_{number}",
            position=number,
            turns=_turns(number),
            title=f"Measured figure {number + 1}",
            notes=[{"days": "3–5 Oct 2026", "text": "The phones were out of order."}] if number % 4 == 1 else [],
            answers=[_answer()] if number % 6 == 5 else [],
            details=_details(),
            **(_with_lines() if number % 4 == 3 else {}),
        )


def _turns(number: int) -> Sequence[dict[str, Any]]:
    """Most are live, late in a while and overdue after that; one is held, and one waits for the client."""
    now = utc_now()
    states = {1: ConnectorState.NEEDS_ATTENTION, 2: ConnectorState.NEEDS_CUSTOMER}
    first = states.get(number, ConnectorState.LIVE)
    day, step = now.date(), "Your export of October."
    return [
        published.turn(first, at=now - timedelta(days=30), action="The next export.", owner="your agency", by=day + timedelta(days=9)),
        published.turn(ConnectorState.LATE, at=now + timedelta(days=9), action=step, owner="you", by=day + timedelta(days=12)),
        published.turn(ConnectorState.NEEDS_CUSTOMER, at=now + timedelta(days=19), action=step, owner="you"),
    ]


def _answer() -> dict[str, str]:
    return {
        "asked_on": "2 Nov 2026",
        "question": "Why are there fewer of these in October than we counted ourselves at the office?",
        "answered_on": "3 Nov 2026",
        "answer": "Calls of the second line came in a day later and belong to November.",
    }


def _with_lines() -> dict[str, Any]:
    kinds = (("Phone calls", 5), ("Forms", 3))
    lines = [
        published.line(f"Line {number + 1}", f"{40 - number}", kind=kind, movement="3 more than before (+8.1 %)", arrow="up")
        for kind, many in kinds
        for number in range(many)
    ]
    return {"value": "", "movement": "", "arrow": "", "lines": lines, "reasons": ["September has a day less."]}


def _details() -> dict[str, Any]:
    span = {"first": "2026-01-01", "last": "2026-10-31"}
    return {
        "zone": "America/Chicago",
        "currency": "",
        "week_start": 1,
        "formula_version": 1,
        "known": [span],
        "maps": {"calls": [{"number": number, **span} for number in (1, 2, 3)]},
        "changes": [{"on": f"2026-0{month}-01", "words": "The field map became another one."} for month in (3, 5, 9)],
        "window": span,
        "baseline": span,
    }
