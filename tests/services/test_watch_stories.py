"""Done when 3: an owner leaves, access is withdrawn. Rounds go by; each turns the right state, raises one task and one alert, and
recovers. (That a connector goes stale has a module of its own.)"""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from app.extensions import db
from app.jobs import entry
from app.models import AdminTask, AlertDelivery, ConnectorState, FindingKind, JobStatus, WatchFinding, WatchMark
from app.queue import JobKind, QueueClass
from app.services import accounts, agreements, jobs, people, readiness_clock, settling, tasks, watch
from app.unit_of_work import transaction
from tests.gates.live import Live, live_for_a_module
from tests.support import factories
from tests.support.kept import Keeper
from tests.support.statements import heard
from tests.support.watching import admin, ask_again, go_round, newest_round, open_findings, open_tasks_about, slots, state_of, told


@pytest.fixture(scope="module")
def live(keeper: Keeper) -> Iterator[Live]:
    with live_for_a_module(keeper) as found:
        yield found


def test_a_round_over_connectors_at_which_nothing_happened_looks_at_none(live: Live) -> None:
    go_round()
    assert state_of(live) is ConnectorState.LIVE
    assert db.session.scalars(sa.select(WatchMark)).all() == []
    with heard() as sent:
        assert watch.to_look_at(now=readiness_clock.now()) == []
    assert len(sent.sent) <= 10
    go_round()
    assert newest_round().result_note == "0 connectors were looked at; at 0 something changed."


def test_an_owner_leaves_and_another_is_named(live: Live) -> None:
    factories.staff()  # an admin who can sign in is left
    keeper_id = factories.staff().public_id
    name_owner(live, keeper_id)
    with told() as said:
        go_round(times=2)
        assert said.news() == []
        assert state_of(live) is ConnectorState.LIVE
        with transaction():
            people.deactivate(live.person(keeper_id), actor=admin(live))
        assert state_of(live) is ConnectorState.NEEDS_ATTENTION
        go_round(times=4)
        assert said.news() == [[("found", "owner", "found")]]
        (task,) = open_tasks_about(live.account, FindingKind.OWNER, "owner")
        assert task.kind == settling.TASK_KIND, "the tick that fell has a task: there is no second one"
        assert open_findings(live) == [(FindingKind.OWNER, "found")]
        name_owner(live, live.people.admin)
        go_round(times=3)
        assert said.news() == [[("over", "owner", "found")]]
        assert state_of(live) is ConnectorState.LIVE
        assert open_tasks_about(live.account, FindingKind.OWNER, "owner") == []
        assert open_findings(live) == []


def name_owner(live: Live, public_id: str) -> None:
    with transaction():
        account = live.account
        accounts.edit_connector(
            account,
            mode=account.mode,
            source_label=account.source_label,
            owner=live.person(public_id),
            currency=account.currency,
            seen_version=account.version,
            actor=admin(live),
        )
    ask_again(live)


def test_access_is_withdrawn_and_given_again(live: Live) -> None:
    with told() as said:
        go_round(times=2)
        assert said.news() == []
        with transaction():
            agreements.withdraw_consent(live.account, note="They want to think about it", actor=admin(live))
        assert state_of(live) is ConnectorState.NEEDS_CUSTOMER
        go_round(times=4)
        assert said.news() == [[("found", "withdrawn", "found")]]
        (task,) = open_tasks_about(live.account, FindingKind.WITHDRAWN, "customer-authorized")
        assert task.owner_id == live.account.owner_id
        assert open_findings(live) == [(FindingKind.WITHDRAWN, "found")]
        with transaction():
            account = live.account
            agreements.record_consent(
                account,
                reads=["payments"],
                writes=[],
                given_by="Their owner",
                given_on=tasks.today(account.organization),
                proof="A letter",
                by=live.person(live.people.admin),
                actor=admin(live),
            )
        ask_again(live)
        go_round(times=3)
        assert said.news() == [[("over", "withdrawn", "found")]]
        assert state_of(live) is ConnectorState.LIVE
        assert open_tasks_about(live.account, FindingKind.WITHDRAWN, "customer-authorized") == []
    assert db.session.scalars(sa.select(AlertDelivery)).all() == []


def test_what_a_killed_round_left_is_done_by_the_next(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looked at twice, told once."""
    with told() as said:
        with transaction():
            live.account.owner = None
        assert live.account.id in watch.to_look_at(now=readiness_clock.now())
        db.session.rollback()
        monkeypatch.setattr(watch.findings, "see_to_tasks", _breaks)
        with transaction():
            assert jobs.request_slot(JobKind.WATCH, slot=f"broken:{next(slots)}")
        entry.drain(QueueClass.WATCH.value)
        job = newest_round()
        assert (job.status, job.error_note.partition(".")[0]) == (JobStatus.FAILED, "1 of 1 connectors could not be looked at")
        assert db.session.scalar(sa.select(WatchFinding.id).where(WatchFinding.open_key.is_not(None))) is None
        assert said.news() == []
        assert task_of_the_watch() is not None
        monkeypatch.undo()
        go_round(times=2)
        assert said.news() == [[("found", "owner", "found")]]
        assert task_of_the_watch() is None
        with transaction():
            live.account.owner = live.person(live.people.admin)
        go_round(times=2)
        assert [[each[0] for each in alert] for alert in said.news()] == [["over"]]
        assert state_of(live) is ConnectorState.LIVE


def _breaks(*_args: object, **_named: object) -> None:
    raise RuntimeError


def task_of_the_watch() -> AdminTask | None:
    db.session.rollback()
    return db.session.scalar(sa.select(AdminTask).where(AdminTask.open_key == "watch-broken"))
