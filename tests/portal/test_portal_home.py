"""What clients see first: their cards, each with where it stands and what happens next."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from bs4 import BeautifulSoup, Tag
from flask import Flask

from app.clock import utc_now
from app.extensions import db
from app.models import ConnectorState, MemberRole, Organization, PublishedHome, User
from app.services.contrast import brand_of
from app.unit_of_work import transaction
from tests.support import factories, published
from tests.support.client import PageClient
from tests.support.statements import heard

SignIn = Callable[[User], PageClient]
AT_MOST = 3
NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def organization(app: Flask) -> Organization:
    assert app
    return factories.organization(name="Acme Heating", brand_color="#ffe000")


@pytest.fixture
def viewer(organization: Organization, sign_in: SignIn) -> PageClient:
    return sign_in(factories.member(of=organization))


def cards_of(client: PageClient) -> list[Tag]:
    return list(client.page("/portal/").select(".metric-card"))


def text_of(tag: Tag) -> str:
    return " ".join(tag.get_text(" ").split())


def set_version(organization: Organization, version: int) -> None:
    """As a publication does last."""
    with transaction():
        row = db.session.get(PublishedHome, organization.id)
        row = row or PublishedHome(organization_id=organization.id)
        row.version, row.published_at = version, utc_now()
        db.session.add(row)


def panel_url(client: PageClient) -> str:
    return str(client.page("/portal/").select_one("#cards")["hx-get"])  # type: ignore[index]


def test_without_a_source_the_page_says_what_comes(viewer: PageClient) -> None:
    page = viewer.page("/portal/")
    assert "No source is connected yet" in text_of(page)
    assert page.select(".metric-card") == []
    assert page.select_one("#cards")["data-announce"] == "0 cards; 0 need you, 0 held at the last good figures."  # type: ignore[index]


def test_a_card_says_all_there_is_to_know(organization: Organization, viewer: PageClient) -> None:
    account = factories.connector(of=organization, source_label="ServiceTitan")
    turn = published.turn(at=NOON, sentence="All is in date.", action="The next data is due.", owner="your agency", by=date(2026, 12, 22))
    row = published.card(
        account=account,
        turns=[turn],
        metric_key="booked_calls",
        reasons=["Few rows."],
        verdict="With caveats",
        notes=[{"days": "3 Oct 2026", "text": "A storm."}],
        answers=[{"asked_on": "1 Nov 2026", "question": "Why so many?", "answered_on": "2 Nov 2026", "answer": "It was cold."}],
    )
    [card] = cards_of(viewer)
    text = text_of(card)
    for expected in (
        "Booked calls calls",
        "128",
        "12 more than before (+10.3 %)",
        "With caveats: Few rows.",
        "Days 1–31 Oct 2026 (31 days) against 1–30 Sep 2026 (30 days), America/Chicago",
        "Source ServiceTitan",
        "Data through 31 Oct 2026",
        "Live since 22 Nov 2026",
        "All is in date.",
        "Next The next data is due.",
        "With your agency",
        "By 22 Dec 2026",
        "3 Oct 2026: A storm.",
        "You asked on 1 Nov 2026: Why so many?",
        "Answer of 2 Nov 2026: It was cold.",
        "Calls that led to a booking, counted by the day on which they came in.",
        "Formula 1 · Field map 3 · Published on 1 Nov 2026",
    ):
        assert expected in text
    assert "Held at" not in text
    link = card.select_one(".card-more a")
    assert link is not None
    assert link["href"] == f"/portal/cards/{account.public_id}/{row.metric_key}"


@pytest.mark.parametrize("state", list(ConnectorState))
def test_each_state_has_its_words_what_happens_next_with_whom_and_until_when(
    organization: Organization, viewer: PageClient, state: ConnectorState
) -> None:
    owner = {ConnectorState.NEEDS_CUSTOMER: "you", ConnectorState.RETIRED: ""}.get(state, "your agency")
    by = date(2026, 12, 1) if state is ConnectorState.LATE else None
    turn = published.turn(state, at=NOON, sentence="So it stands.", action="So it goes on.", owner=owner, by=by)
    published.card(account=factories.connector(of=organization), turns=[turn])
    [card] = cards_of(viewer)
    assert f"state-{state.value}" in card["class"]
    text = text_of(card)
    assert f"{state.client_label} since 22 Nov 2026 So it stands." in text
    assert f"Next So it goes on. With {owner or 'nobody'} By {'1 Dec 2026' if by else 'no day agreed yet' if owner else '–'}" in text
    is_held = state in {ConnectorState.NEEDS_ATTENTION, ConnectorState.NEEDS_CUSTOMER}
    assert ("Held at 1 Nov 2026." in text) is is_held
    assert "128" in text


def test_a_card_without_figures_is_not_called_held_at_a_day(organization: Organization, viewer: PageClient) -> None:
    note = "Nothing is shown before this source is live."
    held = [published.turn(ConnectorState.NEEDS_ATTENTION)]
    published.card(account=factories.connector(of=organization), turns=held, value="", value_note=note, movement="", verdict="")
    text = text_of(cards_of(viewer)[0])
    assert note in text
    assert "Held at 1 Nov" not in text


def test_windows_that_may_not_be_compared_show_no_movement_and_say_why(organization: Organization, viewer: PageClient) -> None:
    reasons = ["The formula changed between."]
    published.card(account=factories.connector(of=organization), movement="", arrow="", verdict="Not comparable", reasons=reasons)
    [card] = cards_of(viewer)
    assert "Not comparable, so no movement is shown. The formula changed between." in text_of(card)
    assert card.select(".moved") == []


def test_lines_are_told_by_kind_and_have_no_total(organization: Organization, viewer: PageClient) -> None:
    lines = [published.line("Search", "12", movement="up 20 %", arrow="up"), published.line("Search", "3", kind="Form leads")]
    published.card(account=factories.connector(of=organization), value="", lines=lines, movement="")
    [card] = cards_of(viewer)
    assert [text_of(each) for each in card.select("caption")] == ["Form leads", "Phone calls"]
    assert [text_of(each) for each in card.select("td.number")] == ["3", "12"]
    assert card.select(".figure-value") == []


def test_what_the_client_can_act_on_comes_first_and_what_is_over_last(organization: Organization, viewer: PageClient) -> None:
    for state in reversed(ConnectorState):
        published.card(account=factories.connector(of=organization), turns=[published.turn(state)])
    labels = [text_of(tag) for tag in viewer.page("/portal/").select(".metric-card .tag")]
    assert labels == ["Needs you", "Held at last good", "Catching up", "Live", "Being prepared", "Retired"]


def test_a_source_keeps_the_order_of_its_cards(organization: Organization, viewer: PageClient) -> None:
    account = factories.connector(of=organization)
    for position, title in ((2, "Third"), (0, "First"), (1, "Second")):
        published.card(account=account, position=position, title=title, unit="")
    assert [text_of(each.h2) for each in cards_of(viewer)] == ["First", "Second", "Third"]  # type: ignore[arg-type]


def test_cards_of_others_and_of_former_revisions_are_not_shown(organization: Organization, viewer: PageClient) -> None:
    published.card(title="Not yours")
    account = factories.connector(of=organization)
    published.card(account=account, revision=2, title="Of today")
    published.card(account=account, revision=1, title="Of yesterday")
    published.card(account=account, revision=3, title="Of tomorrow")
    text = viewer.get("/portal/").text
    assert "Of today" in text
    for hidden in ("Not yours", "Of yesterday", "Of tomorrow"):
        assert hidden not in text


def test_words_of_people_are_shown_as_text(organization: Organization, viewer: PageClient) -> None:
    account = factories.connector(of=organization, source_label="<script>alert(1)</script>")
    published.card(account=account, notes=[{"days": "3 Oct 2026", "text": "<img src=x onerror=alert(1)>"}])
    page = viewer.page("/portal/")
    assert page.select(".metric-card script, .metric-card img") == []
    assert "<img src=x onerror=alert(1)>" in text_of(page)


def test_the_panel_costs_one_statement_where_nothing_changed(organization: Organization, viewer: PageClient) -> None:
    for _ in range(12):
        published.card(account=factories.connector(of=organization))
    set_version(organization, 7)
    url = panel_url(viewer)
    assert "seen=7" in url
    with heard() as found:
        response = viewer.htmx(url)
    assert (response.status_code, response.text) == (204, "")
    assert len(found.sent) == 1, [statement for statement, _ in found.sent]
    assert found.without_index() == []


def test_the_panel_comes_anew_after_a_publication(organization: Organization, viewer: PageClient) -> None:
    published.card(account=factories.connector(of=organization), title="Booked calls")
    set_version(organization, 1)
    url = panel_url(viewer)
    published.card(account=factories.connector(of=organization), title="Jobs completed")
    set_version(organization, 2)
    response = viewer.htmx(url)
    assert response.status_code == 200
    panel = BeautifulSoup(response.text, "html.parser").select_one("#cards")
    assert panel is not None
    assert response.text.lstrip().startswith("<div")
    assert "Jobs completed" in text_of(panel)
    assert "seen=2" in str(panel["hx-get"])
    assert viewer.htmx(str(panel["hx-get"])).status_code == 204


def test_a_publication_for_another_client_does_not_bring_the_panel_anew(organization: Organization, viewer: PageClient) -> None:
    set_version(organization, 1)
    url = panel_url(viewer)
    set_version(factories.organization(), 9)
    assert viewer.htmx(url).status_code == 204


def test_a_turn_that_comes_by_time_brings_the_panel_anew(organization: Organization, sign_in: SignIn) -> None:
    person = factories.member(of=organization)
    with time_machine.travel(NOON, tick=False) as clock:
        viewer = sign_in(person)
        late = published.turn(ConnectorState.LATE, at=NOON + timedelta(minutes=10))
        published.card(account=factories.connector(of=organization), turns=[published.turn(at=NOON - timedelta(days=1)), late])
        set_version(organization, 1)
        url = panel_url(viewer)
        clock.move_to(NOON + timedelta(minutes=10) - timedelta(seconds=1))
        assert viewer.htmx(url).status_code == 204
        clock.move_to(NOON + timedelta(minutes=10))
        response = viewer.htmx(url)
        assert response.status_code == 200
        assert "Catching up" in response.text
        panel = BeautifulSoup(response.text, "html.parser").select_one("#cards")
        assert panel is not None
        assert "until" not in str(panel["hx-get"])
        assert viewer.htmx(str(panel["hx-get"])).status_code == 204


@pytest.mark.parametrize(
    "query", ["", "?seen=x", "?seen=-1", f"?seen={'9' * 100}", "?until=1", f"?seen=0&until={'9' * 60}", "?seen=0&until=x"]
)
def test_a_forged_panel_address_breaks_nothing(organization: Organization, viewer: PageClient, query: str) -> None:
    published.card(account=factories.connector(of=organization))
    assert viewer.htmx(f"/portal/cards{query}").status_code in {200, 204}


@pytest.mark.parametrize("cards", [1, 12])
def test_the_page_costs_three_statements_whatever_lies_behind_it(organization: Organization, viewer: PageClient, cards: int) -> None:
    for number in range(cards):
        account = factories.connector(of=organization)
        for revision in range(1, 4):
            published.card(account=account, revision=revision, title=f"Metric {number}")
    with heard() as found:
        assert viewer.get("/portal/").status_code == 200
    assert len(found.sent) <= AT_MOST, [statement for statement, _ in found.sent]
    assert found.without_index() == []
    assert len(cards_of(viewer)) == cards


def test_the_page_writes_nothing(organization: Organization, viewer: PageClient) -> None:
    published.card(account=factories.connector(of=organization))
    with heard() as found:
        viewer.get("/portal/")
    assert [statement for statement, _ in found.sent if not statement.lstrip().upper().startswith("SELECT")] == []


def test_the_brand_is_a_style_sheet_that_the_browser_keeps(viewer: PageClient) -> None:
    page = viewer.page("/portal/")
    address = str(page.select_one('link[href*="brand.css"]')["href"])  # type: ignore[index]
    assert address.endswith("?v=1")
    response = viewer.get(address)
    brand = brand_of("#ffe000")
    assert response.mimetype == "text/css"
    assert response.text == (
        f":root{{--fg-brand:{brand.light.color};--fg-brand-ink:{brand.light.ink}}}"
        "@media screen and (prefers-color-scheme: dark){:root{--fg-brand:#ffe000;--fg-brand-ink:#000000}}\n"
    )
    assert response.headers["Cache-Control"] == "private, max-age=86400"
    assert viewer.get(address, headers={"If-None-Match": response.headers["ETag"]}).status_code == 304


def test_the_page_is_for_clients_alone(as_admin: PageClient, client: PageClient) -> None:
    for path in ("/portal/", "/portal/cards", "/portal/brand.css"):
        assert as_admin.get(path).status_code == 403
        assert client.get(path).status_code == 303


@pytest.mark.parametrize("role", list(MemberRole))
def test_the_portal_runs_on_its_own_with_its_own_account(portal_sign_in: SignIn, role: MemberRole) -> None:
    organization = factories.organization(brand_color="#123456")
    account = factories.connector(of=organization)
    published.card(account=account)
    client = portal_sign_in(factories.member(role, of=organization))
    assert account.source_label in client.page("/portal/").get_text()
    assert "--fg-brand:#123456" in client.get("/portal/brand.css?v=1").text
    for address in ("/admin/", "/admin/organizations", f"/admin/organizations/{organization.public_id}"):
        assert client.get(address).status_code == 404


def test_a_portal_of_its_own_knows_no_staff(portal_sign_in: SignIn) -> None:
    assert portal_sign_in(factories.staff()).get("/portal/").location.startswith("/sign-in")


def test_no_id_of_a_person_or_of_the_client_stands_on_the_page(organization: Organization, sign_in: SignIn) -> None:
    owner, person = factories.staff(name="Olga Owner"), factories.member(of=organization)
    published.card(account=factories.connector(of=organization, owner_id=owner.id))
    text = sign_in(person).get("/portal/").text
    for hidden in (organization.public_id, person.public_id, owner.public_id, owner.name, owner.email, organization.slug):
        assert hidden not in text
    assert db.session.scalar(sa.select(sa.func.count(User.id))) == 2
