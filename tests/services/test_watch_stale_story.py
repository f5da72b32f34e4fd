"""Done when 3, first third: a connector goes stale. Its clock runs weeks ahead, so it has a module of its own."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from app.clock import moved_by
from app.extensions import db
from app.models import AdminTask, BatchKind, ConnectorState, FindingKind, TaskStatus
from app.services import agreements, tasks
from app.services.demo_exports import PAYMENTS
from app.unit_of_work import transaction
from tests.gates.live import Live, live_for_a_module
from tests.gates.walking import take, walk_of
from tests.support.kept import Keeper
from tests.support.watching import DAY, admin, ask_again, events, go_round, open_findings, open_tasks_about, state_of, told


@pytest.fixture(scope="module")
def live(keeper: Keeper) -> Iterator[Live]:
    with live_for_a_module(keeper) as found:
        yield found


def weekly(live: Live) -> None:
    """An export every week, the first in a week."""
    with transaction():
        account = live.account
        row = agreements.exports_of(account)[0]
        due = tasks.today(account.organization) + 7 * DAY
        agreements.agree_on_export(
            account, row.data_type, supplier="Their office", every_days=7, next_due=due, seen_version=row.version, actor=admin(live)
        )
    ask_again(live)


def test_a_connector_goes_stale_and_catches_up(live: Live) -> None:
    weekly(live)
    with told() as said:
        go_round(times=2)
        assert said.news() == []
        go_round(9 * DAY, times=3)
        assert state_of(live) is ConnectorState.LATE
        assert said.news() == [[("found", "freshness", "late")]]
        (task,) = open_tasks_about(live.account, FindingKind.FRESHNESS, "access-tested")
        assert (task.title, task.owner_id) == ("Data is late", live.account.owner_id)
        assert "has not come" in task.detail
        task_id = task.id
        go_round(16 * DAY, times=3)
        assert state_of(live) is ConnectorState.NEEDS_CUSTOMER
        assert said.news() == [[("changed", "freshness", "overdue")]]
        assert [each.id for each in open_tasks_about(live.account, FindingKind.FRESHNESS, "access-tested")] == [task_id]
        lapses_soon = sa.select(AdminTask).where(AdminTask.open_key == f"lapses:{live.account.public_id}:access-tested")
        assert db.session.scalar(lapses_soon) is None
        with moved_by(16 * DAY + timedelta(hours=1)):
            import_again(live)
            assert state_of(live) is ConnectorState.LIVE, "it is live with the import, not only with the next round"
        go_round(16 * DAY + timedelta(hours=2), times=3)
        assert state_of(live) is ConnectorState.LIVE
        assert said.news() == [[("over", "freshness", "overdue")]]
        assert open_tasks_about(live.account, FindingKind.FRESHNESS, "access-tested") == []
        assert db.session.get_one(AdminTask, task_id, populate_existing=True).status is TaskStatus.DONE
        assert open_findings(live) == []
    opened, changed, over = events("finding.opened"), events("finding.changed"), events("finding.over")
    told_of = {"kind": "freshness", "subject": "payments", "connector": live.account_id}
    assert opened == [{**told_of, "level": "late"}]
    assert changed == over == [{**told_of, "level": "overdue"}]


def import_again(live: Live) -> None:
    walk = walk_of(live.account, live.people)
    done = take(walk.bring(PAYMENTS, BatchKind.PRODUCTION, times=2))
    assert done is not None
