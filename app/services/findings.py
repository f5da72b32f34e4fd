"""Findings of the watch: opened, changed and over, one for one trouble; and what people say of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app import audit
from app.audit import Actor, Target
from app.extensions import db
from app.models import (
    AdminTask,
    ConfigurationStatus,
    FindingKind,
    Organization,
    ProviderAccount,
    User,
    WatchFinding,
)
from app.services import configurations, settling, tasks
from app.services.connector_troubles import Seen
from app.services.errors import InvalidField, NotPossible
from app.services.paging import Page, paginate
from app.services.watching.standing import CHECKS_OF
from app.services.watching.trouble import LONGEST_SENTENCE, WORDS, Key, Trouble

TASK_KIND = "watch-finding"
DUE = timedelta(days=3)
TOLD_BY_TICKS = frozenset({FindingKind.OWNER, FindingKind.WITHDRAWN, FindingKind.FRESHNESS})
"""The check that falls with it may have opened a task already."""


class Turn(StrEnum):
    """What became of a finding."""

    OPENED = "opened"
    CHANGED = "changed"
    OVER = "over"


ACTIONS = {Turn.OPENED: "finding.opened", Turn.CHANGED: "finding.changed", Turn.OVER: "finding.over"}


@dataclass(frozen=True)
class Change:
    finding: WatchFinding
    turn: Turn


def bring_up_to_date(account: ProviderAccount, seen: Seen, *, now: datetime, actor: Actor) -> list[Change]:
    """Make what is written down equal to what is wrong now. Nothing comes of it where nothing changed."""
    there = {(row.kind, row.subject): row for row in open_findings(account)}
    wanted = {each.key: each for each in seen.troubles}
    changes = [_end(there[key], now=now, actor=actor) for key in there.keys() - wanted.keys() - seen.unknown]
    fine = _reviewed(account, wanted.keys() - there.keys())
    for key, trouble in wanted.items():
        if key in there:
            changes += _change(there[key], trouble, actor=actor)
        elif (*key, trouble.basis) not in fine:
            changes.append(_open(account, trouble, now=now, actor=actor))
    db.session.flush()
    return changes


def open_findings(account: ProviderAccount) -> Sequence[WatchFinding]:
    query = sa.select(WatchFinding).where(WatchFinding.account_id == account.id, WatchFinding.open_key.is_not(None))
    return db.session.scalars(query.order_by(WatchFinding.id)).all()


def _open(account: ProviderAccount, trouble: Trouble, *, now: datetime, actor: Actor) -> Change:
    row = WatchFinding(
        account=account,
        kind=trouble.kind,
        subject=trouble.subject,
        level=trouble.level,
        open_key=f"{account.public_id}:{trouble.kind}:{trouble.subject}",
        sentence=trouble.sentence[:LONGEST_SENTENCE],
        basis=trouble.basis,
        found_at=now,
    )
    db.session.add(row)
    return _noted(Change(row, Turn.OPENED), actor)


def _change(row: WatchFinding, trouble: Trouble, *, actor: Actor) -> list[Change]:
    """Another sentence about the same is written down; only another level is news."""
    is_news = row.level != trouble.level
    row.level, row.sentence, row.basis = trouble.level, trouble.sentence[:LONGEST_SENTENCE], trouble.basis
    return [_noted(Change(row, Turn.CHANGED), actor)] if is_news else []


def _end(row: WatchFinding, *, now: datetime, actor: Actor) -> Change:
    row.over_at, row.open_key = now, None
    return _noted(Change(row, Turn.OVER), actor)


def _noted(change: Change, actor: Actor) -> Change:
    row = change.finding
    told = {"kind": row.kind, "subject": row.subject, "level": row.level, "connector": row.account.public_id}
    audit.record(db.session(), actor, ACTIONS[change.turn], Target.of(row, row.account.organization), told)
    return change


def _reviewed(account: ProviderAccount, keys: set[Key]) -> frozenset[tuple[FindingKind, str, str]]:
    """Kind, subject and basis of what somebody called fine."""
    kinds = {kind for kind, _subject in keys if kind.may_be_fine}
    if not kinds:
        return frozenset()
    query = sa.select(WatchFinding.kind, WatchFinding.subject, WatchFinding.basis).where(
        WatchFinding.account_id == account.id, WatchFinding.reviewed_by_id.is_not(None), WatchFinding.kind.in_(kinds)
    )
    return frozenset((kind, subject, basis) for kind, subject, basis in db.session.execute(query))


# Tasks


def task_key(row: WatchFinding) -> str:
    return f"{prefix_of(row.account)}{row.kind}:{row.subject}"


def prefix_of(account: ProviderAccount) -> str:
    return f"{TASK_KIND}:{account.public_id}:"


def see_to_tasks(account: ProviderAccount, changes: Sequence[Change], *, actor: Actor) -> None:
    """One open task for each open finding; none where the check that fell with it has one."""
    for change in changes:
        if change.turn is Turn.OVER:
            tasks.close_tasks(task_key(change.finding), actor=actor)
    rows = [row for row in open_findings(account) if row.kind is not FindingKind.EVIDENCE]  # each check has its own
    told = _told_by_ticks(account, rows)
    for row in rows:
        if row.kind not in told:
            _open_task(row, actor=actor)


def _told_by_ticks(account: ProviderAccount, rows: Sequence[WatchFinding]) -> frozenset[FindingKind]:
    kinds = TOLD_BY_TICKS & {row.kind for row in rows}
    live = configurations.find(account, ConfigurationStatus.LIVE) if kinds else None
    if live is None:
        return frozenset()
    keys = {settling.key_of(live, check): kind for kind in kinds for check in CHECKS_OF[kind]}
    found = db.session.scalars(sa.select(AdminTask.open_key).where(AdminTask.open_key.in_(keys)))
    return frozenset(keys[key] for key in found if key is not None)


def _open_task(row: WatchFinding, *, actor: Actor) -> None:
    words, account = WORDS[row.kind], row.account
    tasks.open_task(
        key=task_key(row),
        kind=TASK_KIND,
        title=row.kind.label,
        detail=f"{row.sentence} {words.means} {words.to_do}"[:1000],
        organization=account.organization,
        account=account,
        owner=settling.owner_of_tasks(account),
        due_on=tasks.today(account.organization) + DUE,
        actor=actor,
    )


# What people see and say


def list_open(*, organization: Organization | None, page: int) -> Page[WatchFinding]:
    """Of all connectors, the newest first."""
    query = sa.select(WatchFinding).join(WatchFinding.account).where(WatchFinding.open_key.is_not(None)).options(*_SHOWN)
    if organization is not None:
        query = query.where(ProviderAccount.organization_id == organization.id)
    return paginate(query.order_by(WatchFinding.id.desc()), page=page)


def list_of(account: ProviderAccount, *, page: int) -> Page[WatchFinding]:
    """Of one connector, also those that are over, the newest first."""
    query = sa.select(WatchFinding).where(WatchFinding.account_id == account.id).options(*_SHOWN)
    return paginate(query.order_by(WatchFinding.open_key.is_(None), WatchFinding.id.desc()), page=page)


def get_finding(public_id: str) -> WatchFinding:
    """:raises sqlalchemy.exc.NoResultFound: if there is none"""
    return db.session.scalars(sa.select(WatchFinding).where(WatchFinding.public_id == public_id).options(*_SHOWN)).one()


def review(row: WatchFinding, *, comment: str, by: User, now: datetime, actor: Actor) -> Change:
    """Somebody looked, and it is fine. It comes back only if it rests on something else.

    :raises InvalidField: without a comment
    :raises NotPossible: if it is over already, or is of a kind that is over by itself alone
    """
    db.session.refresh(row.account, with_for_update=True)
    db.session.refresh(row)
    if row.open_key is None:
        raise NotPossible("This is over already: nothing was changed.")
    if not row.kind.may_be_fine:
        raise NotPossible("Nobody can say that this is fine: it is over once what it is about is mended.")
    if not comment.strip():
        raise InvalidField("comment", "Say in a few words why it is fine.")
    row.reviewed_by_id, row.comment = by.id, comment.strip()
    change = _end(row, now=now, actor=actor)
    db.session.flush()
    return change


_SHOWN = (
    joinedload(WatchFinding.account).joinedload(ProviderAccount.organization),
    joinedload(WatchFinding.reviewed_by),
)
