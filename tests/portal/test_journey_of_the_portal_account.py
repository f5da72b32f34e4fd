"""Everything that clients do, in a process that has nothing but the portal's own database account."""

import hashlib
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask
from sqlalchemy.exc import DBAPIError

from app.audit import verify_chain
from app.extensions import db
from app.models import (
    AccessRequest,
    AuditChain,
    Base,
    ClientAct,
    ClientActKind,
    ClientQuestion,
    DigestFrequency,
    Logo,
    MailChoice,
    MemberRole,
    ProviderAccount,
    User,
)
from app.services import mail_choices, questions
from app.services.identity import actor_of
from app.services.privileges import NOT_FOR_THE_PORTAL, PORTAL_GRANTS
from app.unit_of_work import transaction
from tests.portal.test_metric_page import DETAILS, OCTOBER, SEPTEMBER, days
from tests.support import clients, factories, published
from tests.support.client import PageClient

SignIn = Callable[[User], PageClient]
DENIED = 1142
"""MariaDB and MySQL: command denied to this user for this table."""
CLOSED = ("report_metric_points", "crm_records", "crm_leads", "crm_streams", "integration_promotions", "admin_tasks")
"""Some of what a portal that was taken over must not give away; all of it is tried below."""


@pytest.fixture
def account(app: Flask) -> ProviderAccount:
    assert app
    made = clients.shown_connector(of=factories.organization(name="Acme Heating"), source_label="Field service")
    consent = {"reads": ["Calls", "Jobs"], "writes": [], "given_on": "2026-10-01", "by_portal": False, "withdrawn_on": None}
    clients.published_source(made, consent=consent, packet=clients.EDITION)
    published.card(account=made, metric_key="booked_calls", details=DETAILS)
    for window, num in ((SEPTEMBER, 3), (OCTOBER, 4)):
        days(made, window, num)
    return made


@pytest.fixture
def person(account: ProviderAccount) -> User:
    return factories.member(MemberRole.ADMIN, of=account.organization, name="Ana Client")


@pytest.fixture
def browser(person: User, portal_sign_in: SignIn) -> PageClient:
    return portal_sign_in(person)


def text_of(page: BeautifulSoup) -> str:
    return " ".join(page.get_text(" ").split())


def test_figures_from_the_home_to_the_file(account: ProviderAccount, browser: PageClient) -> None:
    home = browser.page("/portal/")
    assert browser.htmx(str(home.select_one("#cards")["hx-get"])).status_code == 204  # type: ignore[index]
    link = home.select_one(".card-more a")
    assert link is not None
    page = browser.page(str(link["href"]))
    assert "124 ▲ up 37.8 %, from 90 to 124" in text_of(page)
    file = browser.get(str(page.select_one("a[download]")["href"]))  # type: ignore[index]
    assert (file.status_code, file.text.count("Booked calls")) == (200, 32)
    assert browser.get(f"/portal/cards/{account.public_id}/booked_calls?first=x").status_code == 422
    assert browser.htmx("/portal/cards?seen=12345").status_code == 200


def test_sources_and_how_one_was_tested(account: ProviderAccount, browser: PageClient) -> None:
    listed = browser.page("/portal/sources").select_one(".metric-card h2 a")
    assert listed is not None
    page = browser.page(str(listed["href"]))
    assert "Your agency wrote down that your company agreed on 1 Oct 2026." in text_of(page)
    base = f"/portal/sources/{account.public_id}"
    assert "Gate 1: Access" in text_of(browser.page(f"{base}/packet"))
    assert browser.get(f"{base}/packet.json").json["number"] == 2  # type: ignore[index]


def test_granting_and_withdrawing(account: ProviderAccount, browser: PageClient, person: User) -> None:
    base = f"/portal/sources/{account.public_id}"
    seen = str(browser.page(base).select_one("#grant-seen").get("value", ""))  # type: ignore[union-attr]
    granted = browser.post(f"{base}/grant", data={"seen": seen, "reads": ["calls", "jobs"], "note": "As agreed"})
    assert granted.status_code == 303
    assert "Granted by Ana Client on" in text_of(browser.page(base))
    seen = str(browser.page(base).select_one("#withdraw-seen")["value"])  # type: ignore[index]
    assert browser.post(f"{base}/withdrawal", data={"seen": "stale", "sure": "y"}).status_code == 409
    assert browser.post(f"{base}/withdrawal", data={"seen": seen, "sure": "y", "note": "We leave"}).status_code == 303
    assert "Withdrawn by Ana Client on" in text_of(browser.page(base))
    db.session.rollback()
    acts = db.session.scalars(sa.select(ClientAct).order_by(ClientAct.id)).all()
    assert [(act.kind, act.made_by_id) for act in acts] == [(ClientActKind.GRANT, person.id), (ClientActKind.WITHDRAW, person.id)]


def test_asking_and_reading_the_answer(account: ProviderAccount, browser: PageClient) -> None:
    asked = browser.post("/portal/questions", data={"source": account.public_id, "metric": "booked_calls", "text": "Why so few?"})
    assert asked.status_code == 303
    assert "Why so few?" in text_of(browser.page(str(asked.location)))
    assert browser.post("/portal/questions", data={"source": account.public_id, "metric": "", "text": "Who exports?"}).status_code == 303
    refused = browser.post("/portal/questions", data={"source": account.public_id, "metric": "booked_calls", "text": " "})
    assert refused.status_code == 422
    text = text_of(browser.page("/portal/questions"))
    assert "Why so few?" in text
    assert "Who exports?" in text
    db.session.rollback()
    row_id = db.session.scalars(sa.select(ClientQuestion).where(ClientQuestion.text == "Why so few?")).one().public_id
    by_id = factories.staff(with_password=False, name="Stan Staff").id
    with transaction():
        by = db.session.get_one(User, by_id)
        questions.answer(questions.get_question(row_id), "The storm kept people at home.", by=by, actor=actor_of(by))
    text = text_of(browser.page("/portal/questions"))
    assert "The storm kept people at home." in text
    assert "Stan Staff" not in text


def test_reports_by_mail_and_their_end(browser: PageClient, person: User) -> None:
    assert browser.post("/portal/mails", data={"frequency": "weekly"}).status_code == 303
    page = browser.page("/portal/mails")
    assert "Booked calls" in text_of(page)
    link = f"/mail/unsubscribe/{mail_choices.token_for(person)}"
    db.session.rollback()
    visitor = PageClient.of(browser.application)
    assert visitor.get(link).status_code == 200
    assert visitor.post(link, data={"List-Unsubscribe": "One-Click"}, with_token=False).status_code == 200
    db.session.rollback()
    assert db.session.scalars(sa.select(MailChoice.frequency)).all() == [DigestFrequency.OFF]


def test_the_link_by_which_the_agency_asks_for_access(account: ProviderAccount, browser: PageClient, person: User) -> None:
    row, token = clients.access_request(account, person, factories.staff(with_password=False))
    row_id = row.id
    assert "Access to Field service" in text_of(browser.page(f"/portal/access/{token}"))
    assert browser.htmx(f"/portal/access/{token}/opened", method="POST").status_code == 204
    assert browser.post(f"/portal/access/{token}").status_code == 303
    assert browser.get(f"/portal/access/{token}").status_code == 410
    db.session.rollback()
    found = db.session.get_one(AccessRequest, row_id, populate_existing=True)
    assert found.opened_at is not None
    assert found.done_at is not None


def test_name_color_and_logo(account: ProviderAccount, browser: PageClient) -> None:
    png = factories.logo(of=account.organization).png
    page = browser.page("/portal/")
    image = page.select_one("img.logo")
    assert image is not None
    assert image["alt"] == "Acme Heating"
    assert browser.get(str(image["src"])).data == png
    assert db.session.scalar(sa.select(Logo.digest)) == hashlib.sha256(png).hexdigest()
    assert browser.get(str(page.select_one('link[href*="brand.css"]')["href"])).status_code == 200  # type: ignore[index]
    foreign = factories.logo()
    assert browser.get(f"/portal/logo/{foreign.digest}.png").status_code == 404


def test_the_trail_of_all_of_it_is_sound(account: ProviderAccount, browser: PageClient) -> None:
    browser.post(f"/portal/sources/{account.public_id}/grant", data={"seen": "", "reads": ["calls"]})
    browser.post("/portal/questions", data={"source": account.public_id, "metric": "", "text": "Who exports?"})
    browser.post("/portal/mails", data={"frequency": "monthly"})
    db.session.rollback()
    verdicts = [verify_chain(db.session(), chain) for chain in db.session.scalars(sa.select(AuditChain)).all()]
    assert verdicts
    assert all(verdict.is_sound for verdict in verdicts)
    assert sum(verdict.events for verdict in verdicts) >= 3


def test_every_table_that_is_not_the_portals_is_closed_to_it(portal_app: Flask) -> None:
    assert set(CLOSED) <= NOT_FOR_THE_PORTAL
    with portal_app.app_context():
        for table in sorted(set(Base.metadata.tables) - set(PORTAL_GRANTS)):
            for statement in (f"SELECT 1 FROM {table} LIMIT 1", f"DELETE FROM {table}"):
                assert refusal_of(statement) == DENIED, statement


def test_what_is_published_can_be_read_and_not_written(portal_app: Flask) -> None:
    with portal_app.app_context():
        for table in sorted(each for each in PORTAL_GRANTS if each.startswith("published_")):
            column = next(iter(Base.metadata.tables[table].columns)).name
            assert refusal_of(f"SELECT 1 FROM {table} LIMIT 1") == 0
            for statement in (f"DELETE FROM {table}", f"INSERT INTO {table} SELECT * FROM {table}", f"UPDATE {table} SET {column} = 1"):
                assert refusal_of(statement) == DENIED, statement


def refusal_of(statement: str) -> int:
    """The server's number; 0 where it did it."""
    try:
        with db.engine.connect() as connection:
            connection.execute(sa.text(statement))
    except DBAPIError as exc:
        return int(exc.orig.args[0]) if exc.orig is not None else -1
    return 0
