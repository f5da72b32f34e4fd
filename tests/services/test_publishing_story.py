"""One live connector through everything that may become of its figures: restated, held, brought back, rolled back, taken down."""

from datetime import date

import sqlalchemy as sa

from app.audit import Actor, ActorKind
from app.extensions import db
from app.metrics.periods import Step
from app.metrics.registry import metric_of
from app.metrics.windows import Window
from app.models import ConnectorState, NoteKind, PublishedPoint, PublishedRestatement
from app.readiness.checks.retention import CLASSES
from app.readiness.gates import Gate
from app.services import (
    accounts,
    agreements,
    check_runs,
    comparisons,
    promotions,
    rollback_notes,
    rollbacks,
    settling,
)
from app.services.cards import Card
from app.services.demo_path import PLAN
from app.services.figures import figure_of
from app.services.periods_of_cards import period_of
from app.unit_of_work import transaction
from tests.gates.live import Live
from tests.gates.walking import drain
from tests.support.kept import Keeper
from tests.support.told import (
    Points,
    bring_corrected,
    calls_and_payments,
    counted,
    published_days,
    revision_of,
    shown,
    turns_of,
    version_of,
    walk_again,
)

FIGURES = ("value", "movement", "verdict", "reasons", "windows", "data_through", "lines", "figures_on", "points_revision", "details")
Told = dict[str, tuple[object, ...]]


def figures(cards: dict[str, Card]) -> Told:
    return {key: tuple(getattr(card, name) for name in FIGURES) for key, card in cards.items()}


def words(cards: dict[str, Card]) -> dict[str, tuple[object, ...]]:
    return {key: (card.value, card.movement, card.lines) for key, card in cards.items()}


def test_everything_that_becomes_of_published_figures(keeper: Keeper) -> None:
    """One walk for all of it: a connector that goes the whole way takes its time."""
    with calls_and_payments(keeper) as live:
        a_corrected_export_publishes_new_figures(live)
        without_an_owner_figures_are_held_and_then_come_at_once(live)
        a_rollback_brings_the_figures_of_its_promotion_back(live)
        taking_it_down_withdraws_the_figures(live)


def a_corrected_export_publishes_new_figures(live: Live) -> None:
    account = live.account
    former, former_cards, former_points = revision_of(account), shown(account), counted(account)
    db.session.rollback()
    bring_corrected(live, share=0.1)
    account = live.account
    assert account.state is ConnectorState.LIVE
    revision, points = revision_of(account), counted(account)
    changed = differing(former_points, points)
    assert changed
    assert published_days(account, revision=former) == former_points, "what was told before adds up still"
    assert published_days(account, revision=revision) == points
    rows = db.session.scalars(sa.select(PublishedPoint).where(PublishedPoint.account_id == account.id)).all()
    closed = {(row.metric_key, row.local_date, row.signal_kind, row.dim) for row in rows if row.to_rev is not None}
    opened = {(row.metric_key, row.local_date, row.signal_kind, row.dim) for row in rows if row.from_rev > former}
    assert closed == {key for key in changed if key in former_points}
    assert opened == {key for key in changed if key in points}
    check_cards_are_the_consoles(live)
    cards = shown(account)
    assert words(cards)["booked_calls"] != words(former_cards)["booked_calls"]
    assert words(cards)["payments_received"] == words(former_cards)["payments_received"]
    former_card = former_cards["booked_calls"]
    window = Window(*map(date.fromisoformat, former_card.details["window"]))
    again = period_of(former_card, account.organization_id, window, Step.DAY, marks={})
    assert again.words == former_card.value, "days as of the former revision add up to the former figure"
    restatements_are_told(live, changed)


def differing(before: Points, after: Points) -> set[tuple[str, date, str, str]]:
    return {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}


def restatements_are_told(live: Live, changed: set[tuple[str, date, str, str]]) -> None:
    account = live.account
    rows = db.session.scalars(sa.select(PublishedRestatement).where(PublishedRestatement.account_id == account.id)).all()
    assert rows
    told = {(row.metric_key, row.local_date, row.signal_kind, row.dim) for row in rows}
    assert told <= changed
    points = counted(account)
    for row in rows:
        key = (row.metric_key, row.local_date, row.signal_kind, row.dim)
        assert (row.became_num or 0) == (points[key][1] if key in points else 0)
        assert row.cause.value == "source"
        assert row.came_in is not None
        assert row.revision <= revision_of(account)


def check_cards_are_the_consoles(live: Live) -> None:
    account = live.account
    for key, card in shown(account).items():
        metric = metric_of(key)
        window, baseline = (Window(*map(date.fromisoformat, card.details[name])) for name in ("window", "baseline"))
        figure = figure_of(account, metric, window)
        if metric.has_total:
            assert card.value == figure.words
        frozen = comparisons.compare(account, metric, current=window, baseline=baseline).frozen
        assert frozen is not None
        made = comparisons.compare_with(frozen, current=window)
        assert (card.verdict, card.reasons) == (made.verdict.label, tuple(reason.sentence for reason in made.reasons))
        assert card.movement == (made.movement.words if made.movement is not None and metric.has_total else "")


def without_an_owner_figures_are_held_and_then_come_at_once(live: Live) -> None:
    account = live.account
    before, points = figures(shown(account)), published_days(account, revision=revision_of(account))
    assert turns_of(account)[0]["state"] == "live"
    owner_id = account.owner_id
    db.session.rollback()
    with transaction():
        walk_again(live).lose_owner()
    drain()
    account = live.account
    assert account.state is ConnectorState.NEEDS_ATTENTION
    held = shown(account)
    assert {card.turn.label for card in held.values()} == {"Held at last good"}
    assert {card.turn.sentence for card in held.values()} == {"Cards are held at the last good figures, with their date."}
    assert figures(held) == before
    db.session.rollback()
    bring_corrected(live, share=0.4)
    account = live.account
    assert counted(account) != points, "rows come in meanwhile"
    assert figures(shown(account)) == before
    assert published_days(account, revision=revision_of(account)) == points
    db.session.rollback()
    with transaction():
        account, person = live.account, live.person(live.people.admin)
        assert person.id == owner_id
        accounts.edit_connector(
            account,
            seen_version=account.version,
            mode=account.mode,
            source_label=account.source_label,
            owner=person,
            currency=account.currency,
            actor=Actor(ActorKind.STAFF, live.people.admin),
        )
    drain()
    account = live.account
    assert account.state is ConnectorState.LIVE, walk_again(live).stopped_by(Gate.PROMOTE)
    now = shown(account)
    assert {card.turn.label for card in now.values()} == {"Live"}
    assert words(now)["booked_calls"] != {key: told[:2] for key, told in before.items()}["booked_calls"]
    assert published_days(account, revision=revision_of(account)) == counted(account)
    check_cards_are_the_consoles(live)


def a_rollback_brings_the_figures_of_its_promotion_back(live: Live) -> None:
    first = figures(shown(live.account))
    points = published_days(live.account, revision=revision_of(live.account))
    incident(live)
    promote_with_another_retention(live)
    assert live.promotion.number == 2
    db.session.rollback()
    bring_corrected(live, share=0.7)
    second = figures(shown(live.account))
    assert second["booked_calls"] != first["booked_calls"]
    go_back(live, to=1)
    account = live.account
    assert live.promotion.number == 1
    now = shown(account)
    assert figures(now) == first
    revision = {card.points_revision for card in now.values()}
    found: Points = {}
    for each in revision:
        found |= published_days(account, revision=each)
    assert found == points
    card = now["booked_calls"]
    window = Window(*map(date.fromisoformat, card.details["window"]))
    assert period_of(card, account.organization_id, window, Step.DAY, marks={}).words == card.value


def taking_it_down_withdraws_the_figures(live: Live) -> None:
    version = version_of(live.account)
    go_back(live, to=None)
    account = live.account
    assert settling.live_promotion(account) is None
    cards = shown(account)
    assert set(cards) == {"booked_calls", "booking_rate", "leads_by_campaign_source", "payments_received"}
    for card in cards.values():
        assert (card.value, card.lines, card.windows, card.details, card.movement) == ("", (), "", {}, "")
        assert card.value_note == "Nothing is shown before this source is live."
        assert card.turn.label == "Being prepared"
    assert version_of(account) > version


def incident(live: Live) -> None:
    supporter = Actor(ActorKind.STAFF, live.people.supporter)
    with transaction():
        rollback_notes.write(live.account, NoteKind.INCIDENT, PLAN, target=None, by=live.person(live.people.supporter), actor=supporter)


def promote_with_another_retention(live: Live) -> None:
    admin, approver = (Actor(ActorKind.STAFF, each) for each in (live.people.admin, live.people.approver))
    with transaction():
        account = live.account
        seen = {key: row.version for key, row in agreements.retention_of(account).items()}
        agreements.decide_retention(account, dict.fromkeys(CLASSES, 100), seen=seen, actor=admin)
        check_runs.run(account, ["retention"], actor=admin)
        promotions.request(account, note="", by=live.person(live.people.admin), actor=admin)
    with transaction():
        waiting = promotions.open_promotion(live.account)
        assert waiting is not None
        promotions.approve(waiting, by=live.person(live.people.approver), actor=approver)
    drain()


def go_back(live: Live, *, to: int | None) -> None:
    admin = Actor(ActorKind.STAFF, live.people.admin)
    with transaction():
        account = live.account
        target = next((each for each in rollbacks.targets(account) if each.number == to), None)
        assert (target is None) is (to is None)
        rollbacks.request(account, target, PLAN, typed="roll back", by=live.person(live.people.admin), actor=admin)
    drain()
