"""What staff see first: how much there is, what waits for them, what is in trouble. Four statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.models import AdminTask, ConnectorState, JobStatus, Organization, ProviderAccount, SyncJob, TaskStatus
from app.services.organizations import ConnectorCount

TROUBLE_SHOWN = timedelta(days=7)
TASKS_SHOWN = 8
CONNECTORS_SHOWN = 8
TROUBLED = (ConnectorState.NEEDS_ATTENTION, ConnectorState.NEEDS_CUSTOMER, ConnectorState.LATE)


@dataclass(frozen=True)
class Overview:
    """Everything that the overview page shows."""

    organizations: int
    my_tasks: int
    my_overdue: int
    failed_jobs: int
    """Failed, or parked and waiting for a person, within the last week."""
    connectors: Sequence[ConnectorCount]
    """By state, worst first; states that no connector is in are left out."""
    tasks: Sequence[AdminTask]
    """Mine, the first due first."""
    troubled: Sequence[ProviderAccount]
    """Connectors that somebody should look at, worst first."""

    @property
    def connector_total(self) -> int:
        return sum(count.number for count in self.connectors)


def overview_for(user_id: int, *, now: datetime) -> Overview:
    mine = sa.and_(AdminTask.owner_id == user_id, AdminTask.status == TaskStatus.OPEN)
    numbers = db.session.execute(_numbers(mine, today=now.date(), since=now - TROUBLE_SHOWN)).one()
    by_state = db.session.execute(sa.select(ProviderAccount.state, sa.func.count()).group_by(ProviderAccount.state))
    counts = [ConnectorCount(state, number) for state, number in by_state]
    tasks = db.session.scalars(
        sa.select(AdminTask)
        .where(mine)
        .options(joinedload(AdminTask.organization))
        .order_by(AdminTask.due_on, AdminTask.id)
        .limit(TASKS_SHOWN)
    ).all()
    severity = sa.case({state: state.severity for state in TROUBLED}, value=ProviderAccount.state)
    troubled = db.session.scalars(
        sa.select(ProviderAccount)
        .where(ProviderAccount.state.in_(TROUBLED))
        .options(joinedload(ProviderAccount.organization), joinedload(ProviderAccount.owner))
        .order_by(severity, ProviderAccount.updated_at, ProviderAccount.id)
        .limit(CONNECTORS_SHOWN)
    ).all()
    return Overview(
        organizations=numbers.organizations,
        my_tasks=numbers.my_tasks,
        my_overdue=numbers.my_overdue,
        failed_jobs=numbers.failed_jobs,
        connectors=sorted(counts, key=lambda count: count.state.severity),
        tasks=tasks,
        troubled=troubled,
    )


def _numbers(mine: sa.ColumnElement[bool], *, today: date, since: datetime) -> sa.Select[Any]:
    """Four counts in one statement."""
    count = sa.func.count()
    in_trouble = SyncJob.status.in_([JobStatus.FAILED, JobStatus.PARKED])
    return sa.select(
        sa.select(count).select_from(Organization).scalar_subquery().label("organizations"),
        sa.select(count).select_from(AdminTask).where(mine).scalar_subquery().label("my_tasks"),
        sa.select(count).select_from(AdminTask).where(mine, AdminTask.due_on < today).scalar_subquery().label("my_overdue"),
        sa.select(count).select_from(SyncJob).where(in_trouble, SyncJob.updated_at >= since).scalar_subquery().label("failed_jobs"),
    )
