"""Tasks: what a person has to do. Opened by hand or by what happens; one open task for one trouble."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from app import audit
from app.audit import Actor, ActorKind, Target
from app.clock import utc_now
from app.extensions import db
from app.models import AdminTask, Organization, ProviderAccount, TaskStatus, User
from app.services.errors import InvalidField, NotPossible, StaleVersion
from app.services.paging import Page, paginate

BY_HAND = "by-hand"
LOOK_AT_FIGURES = "look-at-figures"
"""The kind of tasks that metrics open which show as such: they say nothing of when a source is seen to."""
FARTHEST_DUE = timedelta(days=5 * 366)


class TaskFilter(StrEnum):
    """Which tasks a list shows."""

    MINE = "mine"
    ALL = "all"
    DONE = "done"

    @property
    def label(self) -> str:
        return {"mine": "Open, mine", "all": "Open, everybody's", "done": "Done"}[self.value]


def open_task(
    *,
    key: str | None,
    kind: str,
    title: str,
    detail: str,
    organization: Organization | None,
    account: ProviderAccount | None,
    owner: User | None,
    due_on: date,
    actor: Actor,
) -> AdminTask:
    """Open a task, or return the open one that is about the same trouble.

    :param key: what it is about; the unique constraint decides between two who open it at once. None: always a new one
    """
    existing = _open_with_key(key)
    if existing is not None:
        return existing
    if account is not None and organization is None:
        organization = account.organization
    task = AdminTask(
        kind=kind, title=title, detail=detail, organization=organization, account=account, owner=owner, due_on=due_on, open_key=key
    )
    try:
        with db.session.begin_nested():
            db.session.add(task)
    except IntegrityError:
        existing = _open_with_key(key)
        if existing is None:
            raise
        return existing
    # What a person typed may name people, so the trail tells only what can be looked up by id.
    _record(task, actor, "task.opened", {"kind": kind, "due_on": due_on, "owner": [None, _id_of(owner)]})
    return task


def close_tasks(key: str, *, actor: Actor) -> None:
    """Close the open task about ``key``, if there is one: the trouble is over."""
    task = _open_with_key(key)
    if task is not None:
        _close(task, actor=actor)


def get_task(public_id: str) -> AdminTask:
    """:raises sqlalchemy.exc.NoResultFound: if there is none"""
    return db.session.scalars(sa.select(AdminTask).where(AdminTask.public_id == public_id).options(*_SHOWN)).one()


def list_tasks(*, which: TaskFilter, mine: int, organization: Organization | None, page: int) -> Page[AdminTask]:
    """Tasks: open ones by due date, done ones the latest first.

    :param mine: id of the person whose tasks ``MINE`` means
    """
    query = sa.select(AdminTask).options(*_SHOWN)
    if organization is not None:
        query = query.where(AdminTask.organization_id == organization.id)
    if which is TaskFilter.DONE:
        return paginate(
            query.where(AdminTask.status == TaskStatus.DONE).order_by(AdminTask.closed_at.desc(), AdminTask.id.desc()), page=page
        )
    query = query.where(AdminTask.status == TaskStatus.OPEN).order_by(AdminTask.due_on, AdminTask.id)
    if which is TaskFilter.MINE:
        query = query.where(AdminTask.owner_id == mine)
    return paginate(query, page=page)


def open_tasks_of(account: ProviderAccount, *, limit: int = 10) -> Sequence[AdminTask]:
    """Open tasks about one connector, the most urgent first."""
    query = sa.select(AdminTask).where(AdminTask.account_id == account.id, AdminTask.status == TaskStatus.OPEN)
    return db.session.scalars(query.options(*_SHOWN).order_by(AdminTask.due_on, AdminTask.id).limit(limit)).all()


@dataclass(frozen=True)
class Due:
    """When a task is due, said so that nobody has to count."""

    words: str
    is_overdue: bool


def due_in_words(task: AdminTask) -> Due:
    days = (task.due_on - today(task.organization)).days
    match days:
        case 0:
            return Due("due today", is_overdue=False)
        case 1:
            return Due("due tomorrow", is_overdue=False)
        case -1:
            return Due("overdue since yesterday", is_overdue=True)
    if days < 0:
        return Due(f"{-days} days overdue", is_overdue=True)
    return Due(f"due in {days} days", is_overdue=False)


def today(organization: Organization | None) -> date:
    """The day it is where the organization is; for the installation's own tasks, the day in UTC."""
    return utc_now().astimezone(ZoneInfo(organization.time_zone if organization else "UTC")).date()


def local_day(organization: Organization, at: datetime) -> date:
    """The day of an instant where the organization is."""
    return at.astimezone(ZoneInfo(organization.time_zone)).date()


def reschedule(task: AdminTask, *, owner: User | None, due_on: date, seen_version: int, actor: Actor) -> None:
    """Say who has to do it and until when.

    :raises StaleVersion: if somebody changed it since the form was opened
    :raises NotPossible: if it is closed
    :raises InvalidField: ``due_on`` lies in the past or too far ahead
    """
    db.session.refresh(task, with_for_update=True)
    _demand_open(task)
    if task.version != seen_version:
        raise StaleVersion("Somebody else changed this task while you had it open.", _differences(task, owner, due_on))
    if due_on != task.due_on:
        check_due_date(due_on, task.organization)
    owners = [_id_of(task.owner), _id_of(owner)]
    task.owner, task.due_on = owner, due_on
    changes = audit.changes_of(task)
    if owners[0] != owners[1]:
        changes["owner"] = owners
    if changes:
        _record(task, actor, "task.changed", changes)
    db.session.flush()


def close_task(task: AdminTask, *, actor: Actor) -> bool:
    """Close it by hand.

    :return: False if it was closed already; then nothing changes
    """
    db.session.refresh(task, with_for_update=True)
    if task.status is TaskStatus.DONE:
        return False
    _close(task, actor=actor)
    return True


def check_due_date(due_on: date, organization: Organization | None) -> None:
    """:raises InvalidField: if nobody could mean this date"""
    now = today(organization)
    if due_on < now:
        raise InvalidField("due_on", "Choose today or a later day: this one is over.")
    if due_on > now + FARTHEST_DUE:
        raise InvalidField("due_on", "Choose a day within the next five years.")


_SHOWN = (
    joinedload(AdminTask.organization),
    joinedload(AdminTask.account).joinedload(ProviderAccount.organization),
    joinedload(AdminTask.owner),
    joinedload(AdminTask.closed_by),
)


def _open_with_key(key: str | None) -> AdminTask | None:
    if key is None:
        return None
    return db.session.scalar(sa.select(AdminTask).where(AdminTask.open_key == key))


def _close(task: AdminTask, *, actor: Actor) -> None:
    task.status = TaskStatus.DONE
    task.open_key = None
    task.closed_at = utc_now()
    task.closed_by = _person(actor)
    _record(task, actor, "task.closed", {"kind": task.kind, "status": [TaskStatus.OPEN, TaskStatus.DONE]})
    db.session.flush()


def _person(actor: Actor) -> User | None:
    """Who acted, if it was a person: a task that a job closes closed by itself."""
    if actor.kind not in {ActorKind.STAFF, ActorKind.CLIENT}:
        return None
    return db.session.scalar(sa.select(User).where(User.public_id == actor.id))


def _demand_open(task: AdminTask) -> None:
    if task.status is not TaskStatus.OPEN:
        raise NotPossible("This task is closed, so it cannot be changed any more. Open a new one if there is more to do.")


def _differences(task: AdminTask, owner: User | None, due_on: date) -> dict[str, str]:
    changes = {}
    if task.owner is not owner:
        changes["Owner"] = task.owner.name if task.owner else "nobody"
    if task.due_on != due_on:
        changes["Due"] = task.due_on.isoformat()
    return changes


def _record(task: AdminTask, actor: Actor, action: str, changes: dict[str, object]) -> None:
    audit.record(db.session(), actor, action, Target.of(task, task.organization), changes)


def _id_of(person: User | None) -> str | None:
    return person.public_id if person else None
