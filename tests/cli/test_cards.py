"""What is published, at a terminal: as the portal shows it."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from app.extensions import db
from app.models import ConnectorState, MemberRole, Organization
from tests.support import factories, published
from tests.support.client import PageClient, sign_in_as

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture
def organization(app: Flask) -> Organization:
    assert app
    return factories.organization(name="Acme Heating", slug="acme-heating")


def run(app: Flask, *arguments: str, status: int = 0) -> Result:
    result = app.test_cli_runner().invoke(args=["cards", *arguments])
    db.session.rollback()
    assert result.exit_code == status, result.output
    return result


def told(app: Flask, *arguments: str) -> Any:
    return json.loads(run(app, *arguments, "--json").stdout)


def test_cards_are_told_as_the_portal_shows_them(app: Flask, organization: Organization) -> None:
    turn = published.turn(
        ConnectorState.NEEDS_ATTENTION, at=NOON, sentence="We look.", action="Wait.", owner="your agency", by=date(2026, 12, 1)
    )
    account = factories.connector(of=organization, source_label="ServiceTitan")
    published.card(
        account=account,
        turns=[turn],
        metric_key="booked_calls",
        reasons=["Few rows."],
        verdict="With caveats",
        notes=[{"days": "3 Oct 2026", "text": "A storm."}],
        answers=[{"asked_on": "1 Nov 2026", "question": "Why?", "answered_on": "2 Nov 2026", "answer": "Cold."}],
    )
    published.card(title="Not theirs")
    text = run(app, "acme-heating").stdout
    assert "Not theirs" not in text
    assert text.splitlines() == [
        "Acme Heating: 1 card",
        "",
        "Booked calls (calls)",
        "  128",
        "  ▲ 12 more than before (+10.3 %)",
        "  With caveats: Few rows.",
        "  Held at 1 Nov 2026. Newer figures are not shown until this is settled.",
        "  Days: 1–31 Oct 2026 (31 days) against 1–30 Sep 2026 (30 days), America/Chicago",
        "  Source: ServiceTitan",
        "  Data through: 31 Oct 2026",
        "  Held at last good, since 22 Nov 2026. We look.",
        "  Next: Wait.",
        "  With: your agency. By: 1 Dec 2026",
        "  Note, 3 Oct 2026: A storm.",
        "  Asked on 1 Nov 2026: Why?",
        "  Answered on 2 Nov 2026: Cold.",
        "  How this number is made: Calls that led to a booking, counted by the day on which they came in.",
        "  Formula 1 · Field map 3 · Published on 1 Nov 2026",
    ]
    page = sign_in_as(app.test_client(), factories.member(MemberRole.VIEWER, of=organization))
    assert isinstance(page, PageClient)
    shown = " ".join(page.page("/portal/").get_text(" ").split())
    for line in text.splitlines()[2:]:
        words = line.partition(": ")[2] if ": " in line else line.strip()
        for part in (
            words.replace("(calls)", "calls").replace(". By: ", "|").replace(", since ", " since ").replace(" 2026. ", " 2026|").split("|")
        ):
            assert part.strip() in shown, part


def test_json_is_the_same_for_scripts(app: Flask, organization: Organization) -> None:
    late = published.turn(ConnectorState.LATE, at=datetime(2199, 1, 1, tzinfo=UTC))
    turns = [published.turn(at=NOON, owner="your agency"), late]
    lines = [published.line("Search", "12", movement="up 20 %", arrow="up")]
    account = factories.connector(of=organization)
    published.card(account=account, turns=turns, metric_key="leads_by_campaign_source", value="", lines=lines)
    found = told(app, "acme-heating")
    assert (found["organization"], found["name"], found["next_turn_at"]) == ("acme-heating", "Acme Heating", "2199-01-01T00:00:00+00:00")
    [card] = found["cards"]
    assert (card["source_id"], card["metric_key"], card["value"]) == (account.public_id, "leads_by_campaign_source", "")
    assert card["lines"] == lines
    assert (card["state"]["key"], card["state"]["label"], card["state"]["held_at"]) == ("live", "Live", None)
    assert card["state"]["since"] == NOON.isoformat()
    assert "details" not in card


def test_lines_and_cards_without_figures(app: Flask, organization: Organization) -> None:
    lines = [published.line("Search", "12", movement="up 20 %", arrow="up"), published.line("Other (2 more)", "3")]
    published.card(account=factories.connector(of=organization), value="", movement="", verdict="", lines=lines)
    turn = published.turn(ConnectorState.RETIRED)
    published.card(account=factories.connector(of=organization), turns=[turn], value="", value_note="Nothing yet.", movement="", verdict="")
    text = run(app, "acme-heating").stdout
    assert "Acme Heating: 2 cards" in text
    assert "  Phone calls, Search: 12 (▲ up 20 %)\n  Phone calls, Other (2 more): 3\n" in text
    assert "  – Nothing yet.\n" in text
    assert "  With: nobody. By: –\n" in text


def test_an_organization_without_sources(app: Flask, organization: Organization) -> None:
    assert organization.slug == "acme-heating"
    assert run(app, "acme-heating").stdout == "Acme Heating: no source is connected yet.\n"
    assert told(app, "acme-heating")["cards"] == []


@pytest.mark.parametrize("slug", ["nobody", "x" * 10_000, "", "acme-heating'--", "1"])
def test_an_unknown_organization_is_a_sentence(app: Flask, organization: Organization, slug: str) -> None:
    assert organization
    result = run(app, slug, status=1)
    assert result.stdout == ""
    assert result.stderr.startswith("There is no organization “")
    assert len(result.stderr) < 200
