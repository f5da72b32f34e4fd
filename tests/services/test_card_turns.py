"""What becomes of a card by time alone: at exactly the instant, before any job ran, and not a microsecond earlier."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from app.audit import Actor, ActorKind
from app.clock import utc_now
from app.extensions import db
from app.models import AccountDataType, ConnectorState, ExportAgreement, ProviderAccount
from app.services import publishing
from app.services.cards import Card, home_of
from app.services.freshness import freshness_of
from app.unit_of_work import transaction
from tests.support import factories
from tests.support.live_rows import live_rows, until
from tests.support.told import version_of

ACTOR = Actor(ActorKind.COMMAND, "tests")
CONTENTS = {"metrics": {"booked_calls": ["card"]}, "windows": "month", "baselines": {}, "failure-path": {"client_sees": "We look into it."}}
MOMENT = timedelta(microseconds=1)
SHOWN = {
    ConnectorState.LIVE: "Live",
    ConnectorState.LATE: "Catching up",
    ConnectorState.NEEDS_CUSTOMER: "Needs you",
    ConnectorState.NEEDS_ATTENTION: "Held at last good",
}


def live(app: Flask, *, zone: str = "America/Chicago", evidence: Mapping[str, Mapping[str, Any]] | None = None) -> ProviderAccount:
    assert app
    owner = factories.staff(with_password=False)
    account = factories.connector(of=factories.organization(time_zone=zone), owner_id=owner.id, may_import=False)
    live_rows(account, evidence=evidence, contents=CONTENTS)
    return account


def agree(account: ProviderAccount, *, due: date, every_days: int) -> None:
    factories._save(
        AccountDataType(account_id=account.id, data_type="calls"),
        ExportAgreement(account_id=account.id, data_type="calls", supplier="Their office", every_days=every_days, next_due=due),
    )


def publish(account: ProviderAccount) -> None:
    with transaction():
        publishing.publish(db.session.get_one(ProviderAccount, account.id))


def at(account: ProviderAccount, instant: datetime) -> Card:
    [card] = home_of(account.organization_id, now=instant).cards
    return card


def today(account: ProviderAccount) -> date:
    return utc_now().astimezone(ZoneInfo(account.organization.time_zone)).date()


@pytest.mark.parametrize("zone", ["America/Chicago", "Europe/Berlin", "Pacific/Auckland"])
def test_data_that_does_not_come_turns_a_card_late_and_then_asks_the_client(app: Flask, zone: str) -> None:
    account = live(app, zone=zone)
    due = today(account) + timedelta(days=3)
    agree(account, due=due, every_days=7)
    publish(account)
    version = version_of(account)
    local = ZoneInfo(zone)
    late_from = datetime.combine(due + timedelta(days=1), time(), local).astimezone(UTC)
    overdue_from = datetime.combine(due + timedelta(days=8), time(), local).astimezone(UTC)
    labels = [at(account, each).turn.label for each in (late_from - MOMENT, late_from, overdue_from - MOMENT, overdue_from)]
    assert labels == ["Live", "Catching up", "Catching up", "Needs you"]
    late, overdue = at(account, late_from).turn, at(account, overdue_from).turn
    assert (late.owner, late.by, late.is_held) == ("your agency", due + timedelta(days=7), False)
    assert late.sentence.endswith("on its way: Calls. The figures reach to the day that they name.")
    assert (overdue.owner, overdue.by, overdue.is_held) == ("you", due, True)
    assert version_of(account) == version, "nobody published anything for it"


def test_evidence_that_lapses_holds_a_card(app: Flask) -> None:
    lapses = utc_now() + timedelta(hours=5, microseconds=7)
    account = live(app, evidence={"access-tested": until(lapses + timedelta(hours=9)), "owner": until(lapses)})
    publish(account)
    assert at(account, lapses - MOMENT).turn.state is ConnectorState.LIVE
    held = at(account, lapses).turn
    assert (held.label, held.sentence, held.owner, held.is_held) == ("Held at last good", "We look into it.", "your agency", True)
    assert held.at == lapses


def test_a_card_that_needs_something_does_not_become_late_later(app: Flask) -> None:
    """Held is worse than late: what comes after it says nothing less."""
    lapses = utc_now() + timedelta(hours=1)
    account = live(app, evidence={"owner": until(lapses)})
    agree(account, due=today(account) + timedelta(days=1), every_days=1)
    publish(account)
    for days in range(1, 9):
        assert at(account, utc_now() + timedelta(days=days)).turn.state is ConnectorState.NEEDS_ATTENTION


def test_the_home_says_when_it_turns_next(app: Flask) -> None:
    account = live(app)
    agree(account, due=today(account) + timedelta(days=2), every_days=30)
    publish(account)
    [fresh] = freshness_of(account)
    for now, coming in (
        (utc_now(), fresh.late_from),
        (fresh.late_from - MOMENT, fresh.late_from),
        (fresh.late_from, fresh.overdue_from),
        (fresh.overdue_from, None),
    ):
        assert home_of(account.organization_id, now=now).next_turn_at == coming


def test_every_turn_has_words_an_action_and_who(app: Flask) -> None:
    account = live(app, evidence={"owner": until(utc_now() + timedelta(days=90))})
    agree(account, due=today(account) + timedelta(days=2), every_days=7)
    publish(account)
    seen = {}
    for days in range(100):
        turn = at(account, utc_now() + timedelta(days=days)).turn
        seen[turn.state] = turn.label
        assert turn.sentence.endswith(".")
        assert turn.action.endswith(".")
        assert turn.owner in {"your agency", "you"}
    assert seen.items() <= SHOWN.items()
    assert {ConnectorState.LIVE, ConnectorState.LATE, ConnectorState.NEEDS_CUSTOMER} <= seen.keys()


@pytest.mark.parametrize("state", list(ConnectorState))
def test_each_state_is_told_in_the_clients_words(app: Flask, state: ConnectorState) -> None:
    account = live(app)
    with transaction():
        db.session.get_one(ProviderAccount, account.id).state = state
    publish(account)
    turn = at(account, utc_now()).turn
    assert (turn.state, turn.label) == (state, state.client_label)
    assert turn.sentence.endswith(".")
    assert turn.action.endswith(".")
    expected = {ConnectorState.RETIRED: ("",), ConnectorState.NEEDS_CUSTOMER: ("you",)}
    assert turn.owner in expected.get(state, ("your agency",))


def test_a_state_that_stays_began_when_it_began(app: Flask) -> None:
    """What else is published meanwhile does not make it younger."""
    account = live(app)
    publish(account)
    began = at(account, utc_now()).turn.at
    with transaction():
        row = db.session.get_one(ProviderAccount, account.id)
        row.source_label = "Another name"
        assert publishing.publish(row)
    assert at(account, utc_now()).turn.at == began
