"""Asking about a card in the portal."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from app.clock import utc_now
from app.extensions import db
from app.models import ClientQuestion, MemberRole, ProviderAccount, User
from app.services import questions
from tests.support import clients, factories
from tests.support.bad_input import FormUnderTest, assert_refuses_bad_input
from tests.support.client import PageClient

SignIn = Callable[[User], PageClient]


@pytest.fixture
def account(app: object) -> ProviderAccount:
    made = clients.shown_connector(source_label="Field service")
    clients.published_card(made)
    return made


@pytest.fixture
def browser(account: ProviderAccount, sign_in: SignIn) -> PageClient:
    return sign_in(factories.member(of=account.organization, name="Vera Viewer"))


def form_of(account: ProviderAccount, **changes: str) -> dict[str, str]:
    return {"source": account.public_id, "metric": "booked_calls", "text": "Why did it fall?", **changes}


def asked() -> list[ClientQuestion]:
    db.session.expire_all()
    return list(db.session.scalars(sa.select(ClientQuestion).order_by(ClientQuestion.id)))


def test_a_viewer_asks_about_a_card(account: ProviderAccount, browser: PageClient) -> None:
    for _ in range(2):  # a second press is the same question
        assert browser.post("/portal/questions", data=form_of(account)).status_code == 303
    [row] = asked()
    assert (row.metric_key, row.text, row.followed_at) == ("booked_calls", "Why did it fall?", None)
    text = browser.page("/portal/questions").get_text(" ", strip=True)
    for expected in ("Booked calls", "With your agency", "Why did it fall?", "Asked by Vera Viewer"):
        assert expected in text


def test_a_question_about_the_source_itself_waits_on_its_page(account: ProviderAccount, browser: PageClient) -> None:
    response = browser.post("/portal/questions", data=form_of(account, metric=""))
    assert response.location == f"/portal/sources/{account.public_id}"
    assert "Your agency has it and will answer here." in browser.page(response.location).get_text()


def test_answers_are_shown_without_a_name(account: ProviderAccount, browser: PageClient) -> None:
    staff = factories.staff(with_password=False, name="Stan Staff")
    person = factories.member(of=account.organization, with_password=False)
    clients.question(account, person, answer="A storm closed the shop.", answered_by_id=staff.id, answered_at=utc_now())
    text = browser.page("/portal/questions").get_text(" ", strip=True)
    assert "A storm closed the shop." in text
    assert "Stan Staff" not in text


def test_bad_questions_are_refused_and_kept(account: ProviderAccount, browser: PageClient) -> None:
    form = FormUnderTest(path="/portal/questions", valid=form_of(account), required=("text",), texts={"text": 1000}, multiline=("text",))
    assert_refuses_bad_input(browser, form)
    assert asked() == []


@pytest.mark.parametrize("changes", [{"source": "x"}, {"metric": "nonsense"}, {"metric": "x" * 5000}])
def test_what_is_no_card_is_not_found(account: ProviderAccount, browser: PageClient, changes: dict[str, str]) -> None:
    assert browser.post("/portal/questions", data=form_of(account, **changes)).status_code == 404
    assert asked() == []


def test_cards_of_others_do_not_exist(account: ProviderAccount, sign_in: SignIn) -> None:
    stranger = sign_in(factories.member(MemberRole.ADMIN))
    for metric in ("booked_calls", ""):
        assert stranger.post("/portal/questions", data=form_of(account, metric=metric)).status_code == 404
    clients.question(account, factories.member(of=account.organization, with_password=False), "A secret matter")
    assert "A secret matter" not in stranger.get("/portal/questions").text
    assert len(asked()) == 1


def test_too_many_open_ones_are_said(account: ProviderAccount, browser: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "MOST_OPEN", 1)
    other: Any = factories.member(of=account.organization, with_password=False)
    clients.question(account, other, "The first one")
    response = browser.post("/portal/questions", data=form_of(account))
    assert response.status_code == 422
    assert "wait for an answer already" in response.text
    assert "Why did it fall?" in response.text
