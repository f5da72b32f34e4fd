"""Reports by mail in the portal: choosing, looking, and ending them by the link in a mail."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
import time_machine
from flask import Flask
from itsdangerous import URLSafeSerializer

from app.audit import ActorKind
from app.config import Surface
from app.extensions import db
from app.models import AuditEvent, ConnectorState, DigestFrequency, MailChoice, User
from app.services import mail_choices
from app.services.installation import settings
from tests.support import factories, published
from tests.support.bad_input import FormUnderTest, assert_refuses_bad_input, assert_second_press_changes_nothing, checksums
from tests.support.client import PageClient
from tests.support.databases import SECRET_KEY

SignIn = Callable[[User], PageClient]
PATH = "/portal/mails"
SUNDAY = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def choice_of(user: User) -> DigestFrequency | None:
    db.session.rollback()
    return db.session.scalar(sa.select(MailChoice.frequency).where(MailChoice.user_id == user.id))


def events() -> list[tuple[str, str, str, dict[str, object]]]:
    db.session.rollback()
    found = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "mail_choice.changed").order_by(AuditEvent.id))
    return [(each.actor_kind, each.actor_id, each.target_id, json.loads(each.changes)) for each in found]


def link(user: User) -> str:
    return f"/mail/unsubscribe/{mail_choices.token_for(user)}"


def test_a_client_chooses_and_is_told_when_the_next_one_comes(sign_in: SignIn) -> None:
    user = factories.member()
    published.card(account=factories.connector(of=user.membership.organization), title="Booked calls", value="128")
    with time_machine.travel(SUNDAY, tick=True):
        client = sign_in(user)
        page = client.page(PATH)
        assert "No report comes at present." in page.get_text()
        assert page.select_one("option[selected]")["value"] == "off"
        assert client.post(PATH, data={"frequency": "weekly"}).location == PATH
        page = client.page(PATH)
        assert f"the report comes to {user.email}" in page.get_text()
        assert "The next one comes on 23 Nov 2026, 07:00 CST, or shortly after." in " ".join(page.get_text().split())
        client.post(PATH, data={"frequency": "monthly"})
        assert "1 Dec 2026, 07:00 CST" in page_text(client)
        client.post(PATH, data={"frequency": "off"})
        assert "No report comes at present." in page_text(client)
    assert choice_of(user) is DigestFrequency.OFF
    person = (ActorKind.CLIENT.value, user.public_id, user.public_id)
    steps = [("off", "weekly"), ("weekly", "monthly"), ("monthly", "off")]
    assert events() == [(*person, {"frequency": list(step)}) for step in steps]


def page_text(client: PageClient) -> str:
    return " ".join(client.page(PATH).get_text().split())


def test_the_preview_is_the_mail_without_its_link(sign_in: SignIn) -> None:
    user = factories.member(of=factories.organization(portal_name="Bright Reports"))
    held = published.turn(ConnectorState.NEEDS_ATTENTION, sentence="The figures are held.")
    published.card(account=factories.connector(of=user.membership.organization), turns=[held], title="Booked <calls>")
    response = sign_in(user).get(PATH)
    preview = sign_in(user).page(PATH).select_one(".mail-preview").get_text()
    for words in (
        f"Hello {user.name},",
        "Weekly report",
        "Booked <calls>",
        "Figure: 128",
        "State: Held at last good. The figures are held.",
    ):
        assert words in preview
    assert "Sent by Bright Reports" in preview
    assert "http://localhost/mail/unsubscribe/…" in preview
    assert mail_choices.token_for(user) not in response.text


def test_without_cards_the_page_says_that_nothing_is_sent(as_client_viewer: PageClient) -> None:
    page = as_client_viewer.page(PATH)
    assert page.select_one(".mail-preview") is None
    assert "no mail is sent" in page.get_text()


def test_cards_of_others_are_not_in_the_preview(sign_in: SignIn) -> None:
    published.card(title="CANARY")
    user = factories.member()
    published.card(account=factories.connector(of=user.membership.organization))
    assert "CANARY" not in sign_in(user).get(PATH).text


def test_bad_input_is_refused_and_the_second_press_changes_nothing(as_client_viewer: PageClient) -> None:
    form = FormUnderTest(PATH, {"frequency": "weekly"}, required=("frequency",), choices=("frequency",))
    assert_refuses_bad_input(as_client_viewer, form)
    assert_second_press_changes_nothing(as_client_viewer, form)


def test_saving_the_same_again_does_not_put_the_next_report_off(sign_in: SignIn) -> None:
    user = factories.member()
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    factories.mail_choice(user, changed_at=long_ago)
    sign_in(user).post(PATH, data={"frequency": "weekly"})
    db.session.rollback()
    assert db.session.scalar(sa.select(MailChoice.changed_at)) == long_ago
    assert events() == []


def test_staff_and_visitors_have_no_such_page(as_admin: PageClient, client: PageClient) -> None:
    assert as_admin.get(PATH).status_code == 403
    assert client.get(PATH).status_code == 303


def test_opening_the_link_changes_nothing_and_pressing_ends_the_reports(client: PageClient) -> None:
    user = factories.member(of=factories.organization(portal_name="Bright Reports"))
    factories.mail_choice(user)
    before = checksums()
    page = client.page(link(user))
    assert "no further report from Bright Reports comes" in page.get_text()
    assert page.h1.get_text() == "No more reports by mail?"
    assert checksums() == before
    response = client.post(link(user))
    assert response.status_code == 200
    assert "You get no more reports by mail" in response.text
    assert choice_of(user) is DigestFrequency.OFF
    assert events() == [(ActorKind.CLIENT.value, user.public_id, user.public_id, {"frequency": ["weekly", "off"]})]
    before = checksums()
    assert client.post(link(user)).status_code == 200
    assert checksums() == before
    for shown in (user.name, user.email, user.public_id):
        assert shown not in response.text


def test_a_mail_program_ends_them_with_one_click(client: PageClient) -> None:
    """As RFC 8058 has it: a POST from elsewhere, without cookie, token or referrer."""
    user = factories.member()
    factories.mail_choice(user, frequency=DigestFrequency.MONTHLY)
    response = client.post(link(user), data={"List-Unsubscribe": "One-Click"}, with_token=False, headers={"Origin": "https://mail.example"})
    assert response.status_code == 200
    assert choice_of(user) is DigestFrequency.OFF


def test_only_that_route_does_without_a_form_token(sign_in: SignIn) -> None:
    user = factories.member()
    assert sign_in(user).post(PATH, data={"frequency": "weekly"}, with_token=False).status_code == 400
    assert sign_in(user).post("/sign-out", with_token=False).status_code == 400


def test_who_never_chose_or_was_deactivated_is_answered_alike(client: PageClient) -> None:
    never, gone = factories.member(), factories.member(is_active=False)
    factories.mail_choice(gone)
    assert client.post(link(never)).status_code == 200
    assert choice_of(never) is None
    assert client.post(link(gone)).status_code == 200
    assert choice_of(gone) is DigestFrequency.OFF


def forged(user: User) -> dict[str, str]:
    token = mail_choices.token_for(user)
    key, salt = settings().secret_key.get_secret_value(), mail_choices._SALT
    sha256 = {"digest_method": hashlib.sha256}

    def made(value: object, *, key: str = key, salt: str = salt) -> str:
        return str(URLSafeSerializer(key, salt=salt, signer_kwargs=sha256).dumps(value))

    payload, _, signature = token.rpartition(".")
    return {
        "another key": made(["reports", user.public_id], key="x" * 40),
        "another salt": made(["reports", user.public_id], salt="session"),
        "another purpose": made(["alerts", user.public_id]),
        "no purpose": made(user.public_id),
        "a number": made(7),
        "nobody": made(["reports", "00000000-0000-0000-0000-000000000000"]),
        "a list for an id": made(["reports", [user.public_id]]),
        "changed": payload[:-1] + ("A" if payload[-1] != "A" else "B") + "." + signature,
        "cut": token[:-1],
        "payload alone": payload,
        "empty signature": payload + ".",
        "nonsense": "a-token-nobody-has",
        "long": "x" * 200,
        "letters": "ä" * 20,
    }


def test_forged_links_and_those_for_something_else_open_nothing(client: PageClient) -> None:
    user = factories.member()
    factories.mail_choice(user)
    tokens = forged(user)
    before = checksums()
    for name, token in tokens.items():
        for response in (client.get(f"/mail/unsubscribe/{token}"), client.post(f"/mail/unsubscribe/{token}")):
            assert response.status_code == 410, name
            assert "This link does not work" in response.text
    assert checksums() == before


def test_a_member_of_staff_has_no_such_link(client: PageClient) -> None:
    staff = factories.staff()
    assert client.get(link(staff)).status_code == 410


def test_the_portals_own_account_may_do_all_of_it(portal_app: Flask, portal_sign_in: SignIn) -> None:
    organization = factories.organization(portal_name="Bright Reports")
    logo = factories.logo(of=organization)
    user = factories.member(of=organization)
    published.card(account=factories.connector(of=organization))
    browser = portal_sign_in(user)
    assert settings().surface is Surface.PORTAL
    assert "Figure: 128" in browser.page(PATH).get_text()
    for frequency in ("weekly", "monthly", "off", "weekly"):
        assert browser.post(PATH, data={"frequency": frequency}).status_code == 303
        assert choice_of(user) is DigestFrequency(frequency)
    assert browser.get(f"/portal/logo/{logo.digest}.png").data == logo.png
    visitor = portal_app.test_client()
    assert visitor.get(link(user)).status_code == 200
    assert visitor.post(link(user), with_token=False).status_code == 200
    assert choice_of(user) is DigestFrequency.OFF
    assert len(events()) == 5


def test_the_link_does_not_run_out(client: PageClient) -> None:
    user = factories.member()
    factories.mail_choice(user)
    address = link(user)
    with time_machine.travel(datetime.now(UTC) + timedelta(days=3000), tick=True):
        assert client.post(address).status_code == 200
    assert choice_of(user) is DigestFrequency.OFF
    assert SECRET_KEY not in address
