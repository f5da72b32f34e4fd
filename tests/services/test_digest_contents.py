"""What a report by mail says: the very figures and states of the portal, and nothing personal."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from flask import Flask

from app.clock import utc_now
from app.models import ConnectorState, User
from app.services import mail
from app.services.cards import home_of
from app.services.digest_words import section_of
from tests.support import factories, published
from tests.support.mailbox import Letter
from tests.support.readers import MONDAY, reader, run, sent_to


@pytest.fixture
def monday(app: Flask) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MONDAY + timedelta(minutes=5), tick=True) as traveller:
        yield traveller


STATES = list(ConnectorState)


@pytest.fixture
def full(monday: time_machine.Traveller) -> User:
    """A client with a card in each state, one with lines, one without a figure."""
    user = reader(of=factories.organization(name="Acme & Söhne", portal_name="Bright Reports"), has_cards=False)
    organization = user.membership.organization
    for number, state in enumerate(STATES):
        step = published.turn(
            state, at=MONDAY - timedelta(days=3), sentence=f"Sentence {number}.", action=f"Act {number}", owner="you", by=date(2026, 12, 1)
        )
        published.card(
            account=factories.connector(of=organization), turns=[step], title=f"Metric {number}", value=f"${1000 + number:,}.50", unit="USD"
        )
    published.card(
        account=factories.connector(of=organization),
        title="Leads by campaign source",
        value="",
        unit="",
        movement="",
        arrow="",
        verdict="With caveats",
        reasons=["The windows have 31 and 30 days."],
        lines=[published.line("Google <Ads>", "77", movement="7 fewer"), published.line("other", "3", kind="")],
        notes=[{"days": "3–5 Oct 2026", "text": "The phones were down."}],
        answers=[{"asked_on": "1 Nov 2026", "question": "CANARY-QUESTION", "answered_on": "2 Nov 2026", "answer": "CANARY-ANSWER"}],
    )
    published.card(
        account=factories.connector(of=organization),
        title="Reviews",
        value="",
        value_note="– no review came in yet",
        movement="",
        verdict="",
    )
    run()
    return user


def html_words(letter: Letter) -> str:
    page = BeautifulSoup(letter.html, "html.parser")
    for row in page.select("tr"):
        row.replace_with(f"\n{row.th.get_text()}: {row.td.get_text()}\n")  # type: ignore[union-attr]  # each row has both
    return re.sub(r"\s*\n\s*", "\n", page.get_text("\n"))


def test_both_forms_hold_the_very_figures_and_states_of_the_portal(full: User) -> None:
    (letter,) = sent_to(full)
    text_lines = {line.strip().removeprefix("- ") for line in letter.text.splitlines() if line.strip()}
    html_lines = {line.strip() for line in html_words(letter).splitlines() if line.strip()}
    sections = [section_of(card) for card in home_of(full.membership.organization_id, now=utc_now()).cards]
    assert len(sections) == len(STATES) + 2
    for section in sections:
        wanted = {section.title, *section.lines, *[f"{fact.label}: {fact.text}" for fact in section.facts]}
        wanted |= {f"Note, {note}" for note in section.notes}
        assert wanted <= text_lines
        assert wanted <= html_lines
    facts = re.compile(r"^(Figure|Held|Movement|Comparison|Windows|Source|Data through|State|Next): ")
    assert {line for line in text_lines if facts.match(line)} == {line for line in html_lines if facts.match(line)}


def test_every_state_is_named_with_its_sentence_and_what_comes_next(full: User) -> None:
    text = sent_to(full)[0].text
    for number, state in enumerate(STATES):
        assert f"State: {state.client_label}. Sentence {number}." in text
        assert f"Next: Act {number} (you, by 1 Dec 2026)" in text
    held = text.split("Metric ")
    for number, state in enumerate(STATES):
        part = next(each for each in held if each.startswith(f"{number} (USD)"))
        is_held = state in {ConnectorState.NEEDS_ATTENTION, ConnectorState.NEEDS_CUSTOMER}
        assert ("Held: These are the figures of 1 Nov 2026." in part) is is_held


def test_a_card_without_a_figure_or_a_movement_says_why(full: User) -> None:
    text = sent_to(full)[0].text
    assert "Figure: – no review came in yet" in text
    assert "Comparison: With caveats. The windows have 31 and 30 days." in text
    assert "- Phone calls, Google <Ads>: 77 (7 fewer)" in text
    assert "- other: 3" in text
    assert "Note, 3–5 Oct 2026: The phones were down." in text


def test_nothing_personal_but_the_greeting_is_in_it(full: User) -> None:
    (letter,) = sent_to(full)
    organization = full.membership.organization
    for form in (letter.text, letter.html):
        assert form.count(full.name) == 1
        for hidden in (full.email, full.public_id, organization.public_id, organization.slug, "CANARY"):
            assert hidden not in re.sub(r"http://localhost/mail/unsubscribe/[\w.-]+", "", form)
    assert "Google &lt;Ads&gt;" in letter.html
    assert letter.subject == "Acme & Söhne: weekly report of 23 Nov 2026"
    assert letter.from_name == "Bright Reports"
    assert "Bright Reports" in letter.html
    assert "Sent by Bright Reports to clients of Acme & Söhne, http://localhost" in letter.text
    assert "as of 23 Nov 2026, 07:05 CST" in letter.text


def test_a_turn_that_came_since_counts(monday: time_machine.Traveller) -> None:
    user = reader(has_cards=False)
    live = published.turn(at=MONDAY - timedelta(days=9))
    late = published.turn(ConnectorState.LATE, at=MONDAY - timedelta(hours=1), sentence="The export is late.")
    published.card(account=factories.connector(of=user.membership.organization), turns=[live, late])
    run()
    assert "State: Catching up. The export is late." in sent_to(user)[0].text


def test_the_mail_can_be_ended_with_one_click(full: User) -> None:
    (letter,) = sent_to(full)
    assert letter.unsubscribe_url in letter.text
    assert letter.unsubscribe_url in letter.html
    claimed = _claimed()
    message = mail.compose(claimed)
    raw = message.as_bytes()
    assert f"List-Unsubscribe: <{letter.unsubscribe_url}>\n".encode() in raw
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\n" in raw
    assert letter.unsubscribe_url.isascii()


def _claimed() -> mail._Claimed:
    claimed = mail._claim_next(utc_now())
    assert claimed is not None
    return claimed
