"""What is published equals what the console says, and nothing is published where nothing changed."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import date

import pytest
import sqlalchemy as sa

from app import unit_of_work
from app.audit import Actor, ActorKind
from app.extensions import db
from app.metrics.registry import metric_of
from app.metrics.windows import Window
from app.metrics.words import line_label
from app.models import MetricPoint, PublishedCard
from app.services import card_changes, comparisons, publishing, report_notes
from app.services.cards import Card
from app.unit_of_work import transaction
from tests.gates.live import Live, undone
from tests.support.kept import Keeper
from tests.support.told import METRICS, calls_and_payments, counted, published_days, revision_of, shown, version_of

ACTOR = Actor(ActorKind.COMMAND, "tests")


@pytest.fixture(scope="module")
def live(keeper: Keeper) -> Iterator[Live]:
    with calls_and_payments(keeper) as found:
        yield found


def span(card: Card, name: str) -> Window:
    return Window(*map(date.fromisoformat, card.details[name]))


@pytest.mark.parametrize("metric_key", METRICS)
def test_a_card_says_what_the_consoles_comparison_says(live: Live, metric_key: str) -> None:
    card = shown(live.account)[metric_key]
    metric = metric_of(metric_key)
    made = comparisons.compare(live.account, metric, current=span(card, "window"), baseline=span(card, "baseline"))
    assert card.windows == made.windows
    assert card.verdict == made.verdict.label
    assert card.reasons == tuple(reason.sentence for reason in made.reasons)
    through = made.current.data_through
    assert through is not None
    assert card.data_through == f"{through.day} {through:%b %Y}"
    if metric.has_total:
        assert made.movement is not None
        assert (card.value, card.movement, card.arrow) == (made.current.words, made.movement.words, made.movement.arrow.value)
        assert card.lines == ()
    else:
        assert (card.value, card.movement, card.value_note) == ("", "", "")
        words = {line_label(metric, line.name): line.movement.words if line.movement else "" for line in made.lines}
        named = [line for line in card.lines if not line.name.startswith("Other (")]
        assert {line.name: line.movement for line in named}.items() <= words.items()


def test_lines_are_the_largest_and_the_others_are_one_that_says_so(live: Live) -> None:
    card = shown(live.account)["leads_by_campaign_source"]
    made = comparisons.compare(live.account, metric_of(card.metric_key), current=span(card, "window"), baseline=span(card, "baseline"))
    values = sorted((int(line.current or 0) for line in made.lines), reverse=True)
    *named, rest = card.lines
    assert [int(line.value) for line in named] == values[:6]
    assert (rest.name, int(rest.value), rest.movement) == (f"Other ({len(values) - 6} more)", sum(values[6:]), "")


def test_a_line_without_a_name_says_so(live: Live) -> None:
    with undone():
        account = live.account
        query = sa.select(MetricPoint).where(MetricPoint.account_id == account.id, MetricPoint.metric_key == "leads_by_campaign_source")
        points = [row for row in db.session.scalars(query) if row.dim == "Existing Customers"]
        assert points
        for row in points:
            row.dim = ""
        db.session.flush()
        assert publishing.publish(account, days={row.local_date for row in points})
        names = [line.name for line in shown(account)["leads_by_campaign_source"].lines]
    assert line_label(metric_of("leads_by_campaign_source"), "") in names
    assert "" not in names
    assert "Existing Customers" not in names


def test_what_is_published_are_all_points_of_the_cards(live: Live) -> None:
    assert published_days(live.account, revision=revision_of(live.account)) == counted(live.account)


def test_nothing_is_published_where_nothing_changed(live: Live) -> None:
    before = (revision_of(live.account), version_of(live.account))
    days = {day for _metric, day, _kind, _dim in counted(live.account)}
    for chosen in (set(), days):
        with transaction():
            assert not publishing.publish(live.account, days=chosen)
    assert (revision_of(live.account), version_of(live.account)) == before


def test_a_note_is_a_new_revision_with_the_same_figures_of_the_same_day(live: Live) -> None:
    before = shown(live.account)["booked_calls"]
    with undone():
        account = live.account
        day = span(before, "window").start
        by = live.person(live.people.admin)
        report_notes.write(account, metric_key="booked_calls", first_day=day, last_day=day, text="A storm.", by=by, actor=ACTOR)
        card_changes.follow(db.session())
        now = shown(account)
    assert [note.text for note in now["booked_calls"].notes] == ["A storm."]
    assert now["payments_received"].notes == ()
    for card in now.values():
        assert card.revision == before.revision + 1
        assert (card.points_revision, card.figures_on) == (before.points_revision, before.figures_on)


def test_a_transaction_that_fails_publishes_nothing(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_session: object) -> None:
        with db.session.no_autoflush:
            assert revision_of(live.account) > before[0], "it was published before it failed"
        raise ValueError("the disk is full")

    before = (revision_of(live.account), version_of(live.account), shown(live.account))
    monkeypatch.setattr(unit_of_work, "before_commit", [*unit_of_work.before_commit, broken])
    with suppress(ValueError), transaction():
        day = span(before[2]["booked_calls"], "window").start
        by = live.person(live.people.admin)
        report_notes.write(live.account, metric_key="", first_day=day, last_day=day, text="A storm.", by=by, actor=ACTOR)
    assert (revision_of(live.account), version_of(live.account), shown(live.account)) == before


def test_every_revision_stays_as_the_log_of_what_was_told(live: Live) -> None:
    account = live.account
    revisions = set(db.session.scalars(sa.select(PublishedCard.revision).where(PublishedCard.account_id == account.id)))
    assert revisions == set(range(1, revision_of(account) + 1))


def test_numbers_of_rows_are_in_no_words(live: Live) -> None:
    """Cards tell figures: how many source rows are behind them, and which, is not the client's."""
    texts = db.session.scalars(sa.select(PublishedCard.words).where(PublishedCard.account_id == live.account.id)).all()
    keys = {key for text in texts for key in json.loads(text)["details"]}
    assert keys <= {"baseline", "changes", "currency", "formula_version", "known", "maps", "week_start", "window", "zone"}
