"""A connector that went the whole way, whose metric shows as everything there is."""

import json
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from app.extensions import db
from app.metrics.registry import metric_of
from app.models import (
    AdminTask,
    ConfigurationStatus,
    ConnectorFacet,
    HealthSignal,
    ProviderAccount,
    PublishedCard,
    PublishedSource,
    ReportNote,
    Surface,
    TaskStatus,
    ToldWindow,
)
from app.readiness.gates import Gate
from app.services import configurations, health_signals, publishing, report_metrics, retirement, surfaces, tasks
from app.services.installation import use_settings
from app.unit_of_work import transaction
from tests.gates.live import Live, undone
from tests.gates.walking import People, go, walk_of
from tests.support import factories
from tests.support.databases import Cleaner

METRIC = "payments_received"


@pytest.fixture(scope="module")
def live(session_app: Flask, cleaner: Cleaner) -> Iterator[Live]:
    use_settings(session_app.extensions["fivegate.settings"])
    with session_app.app_context():
        people = People()
        account = factories.connector(owner_id=people.owner_id, may_import=False)
        with transaction():
            report_metrics.choose(account, metric_of(METRIC), surfaces=list(Surface), actor=surfaces.BY_ITSELF)
        walk = walk_of(account, people)
        go(walk.steps(through=Gate.COMPARE))
        assert nothing_is_told(walk.account), "before it is live nothing is told"
        go(walk.steps(through=Gate.PROMOTE))
        yield Live(people, walk.account_id)
        db.session.remove()
    cleaner.empty()


def nothing_is_told(account: ProviderAccount) -> bool:
    tables = (ReportNote, HealthSignal, ToldWindow)
    return not any(db.session.scalar(sa.select(sa.func.count()).where(table.account_id == account.id)) for table in tables)


def card_of(account: ProviderAccount) -> dict[str, object]:
    (row,) = cards_of(account)
    found: dict[str, object] = json.loads(row.words)
    return found


def cards_of(account: ProviderAccount) -> list[PublishedCard]:
    query = sa.select(PublishedCard).join(PublishedSource, PublishedSource.account_id == PublishedCard.account_id)
    query = query.where(PublishedCard.revision == PublishedSource.revision, PublishedCard.account_id == account.id)
    return list(db.session.scalars(query))


def look_tasks(account: ProviderAccount) -> list[AdminTask]:
    query = sa.select(AdminTask).where(AdminTask.account_id == account.id, AdminTask.kind == tasks.LOOK_AT_FIGURES)
    return list(db.session.scalars(query.where(AdminTask.status == TaskStatus.OPEN)))


def test_everything_that_was_chosen_came_with_the_first_figures(live: Live) -> None:
    account = live.account
    card = card_of(account)
    (signal,) = health_signals.of_connector(account)
    assert (signal.figure, signal.data_through, signal.verdict) == (card["value"], card["data_through"], card["verdict"])
    (note,) = db.session.scalars(sa.select(ReportNote)).all()
    assert str(card["value"]) in note.text
    assert [each["text"] for each in card["notes"]] == [note.text]  # type: ignore[attr-defined]
    words = db.session.scalars(sa.select(PublishedSource.words)).one()
    assert [each["text"] for each in json.loads(words)["notes"]] == [note.text]
    (task,) = look_tasks(account)
    assert str(card["value"]) in task.detail


def test_publishing_again_tells_nothing_again(live: Live) -> None:
    with undone():
        assert not publishing.publish(live.account)
        assert len(db.session.scalars(sa.select(ReportNote)).all()) == 1


def test_without_the_card_it_shows_no_card_and_all_the_rest(live: Live) -> None:
    with undone():
        account = live.account
        running = configurations.find(account, ConfigurationStatus.LIVE)
        assert running is not None
        facet = db.session.scalars(
            sa.select(ConnectorFacet).where(ConnectorFacet.configuration_id == running.id, ConnectorFacet.facet == "metrics")
        ).one()
        facet.content = json.dumps({METRIC: [Surface.REPORT_NOTE.value, Surface.HEALTH_SIGNAL.value]})
        db.session.flush()
        publishing.publish(account)
        assert cards_of(account) == []
        assert look_tasks(account) == []
        assert len(health_signals.of_connector(account)) == 1


def test_what_is_retired_signals_nothing(live: Live) -> None:
    with undone():
        account = live.account
        retirement.retire(account, confirmation=account.source_label, actor=surfaces.BY_ITSELF)
        publishing.publish(account)
        assert (look_tasks(account), health_signals.of_connector(account)) == ([], [])
        assert len(db.session.scalars(sa.select(ReportNote)).all()) == 1
