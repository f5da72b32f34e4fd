"""The periodic round: which ticks fell or are about to, of all connectors, found by statements that do not grow with those that
are sound."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.audit import Actor
from app.extensions import db
from app.models import (
    AccessMode,
    AdminTask,
    ConnectorConfiguration,
    ConnectorFacet,
    ConnectorState,
    EvidenceDependency,
    ProviderAccount,
    ReadinessCurrent,
    ReadinessEvidence,
    ReadinessWaiver,
    TaskStatus,
)
from app.readiness.facets import CHECK_PREFIX, in_words
from app.readiness.gates import CHECKS
from app.services import check_runs, configurations, facets, readiness_clock, settling, tasks
from app.services.check_keys import OF_INSTALLATION

AHEAD = timedelta(days=7)
"""How long before evidence lapses it is asked again, and somebody is told where that does not renew it."""
ASKED_AGAIN_AFTER = timedelta(days=1)
"""Until then: a round comes every few minutes, and what needs a person does not renew by being asked."""
SOON_KIND = "tick-lapses"
TITLES = {spec.key: spec.title for spec in CHECKS}


@dataclass(frozen=True)
class Fallen:
    """A tick that fell."""

    configuration_id: int
    account_id: int | None
    check_key: str
    evidence_id: int
    facet: str | None
    """Whose change dropped it; None: its time is over."""
    cause: str
    """Action of the audit trail that changed the facet."""

    @property
    def reason(self) -> str:
        return f"{in_words(self.facet)} changed." if self.facet else "Its time is over."


def fallen(*, now: datetime, of: ProviderAccount | None = None) -> list[Fallen]:
    """Every tick that fell, with the change that did it: one statement.

    :param of: one connector; None: all of them
    """
    current, evidence, rests, facet, configuration = (
        ReadinessCurrent,
        ReadinessEvidence,
        EvidenceDependency,
        ConnectorFacet,
        ConnectorConfiguration,
    )
    common = sa.select(ConnectorConfiguration.id).where(ConnectorConfiguration.account_id.is_(None)).scalar_subquery()
    own = sa.case((rests.facet.startswith(CHECK_PREFIX), common), (rests.facet == "privileges", common), else_=current.configuration_id)
    is_good = current.evidence_id == current.good_id
    is_meant = configuration.account_id == of.id if of is not None else sa.true()
    changed = (
        sa.select(current.configuration_id, configuration.account_id, current.check_key, evidence.id, facet.facet, facet.cause)
        .join(evidence, evidence.id == current.evidence_id)
        .join(configuration, configuration.id == current.configuration_id)
        .join(rests, rests.evidence_id == evidence.id)
        .join(facet, sa.and_(facet.configuration_id == own, facet.facet == rests.facet))
        .where(configuration.status_key.is_not(None), is_meant, is_good, facet.digest != rests.digest)
    )
    lapsed = (
        sa.select(
            current.configuration_id,
            configuration.account_id,
            current.check_key,
            evidence.id,
            sa.null().label("facet"),
            sa.literal("").label("cause"),
        )
        .join(evidence, evidence.id == current.evidence_id)
        .join(configuration, configuration.id == current.configuration_id)
        .where(configuration.status_key.is_not(None), is_meant, is_good, evidence.valid_until <= now)
    )
    found: Any = db.session.execute(sa.union_all(changed, lapsed))
    return [Fallen(*row) for row in found]


def lapsing(*, now: datetime, of: ProviderAccount | None = None, made_before: datetime | None = None) -> list[tuple[int, str, datetime]]:
    """Account, check and instant of what lapses within the next days and did not yet.

    :param of: one connector; None: all of them
    :param made_before: only of evidence that is older
    """
    current, evidence, configuration = ReadinessCurrent, ReadinessEvidence, ConnectorConfiguration
    query = (
        sa.select(configuration.account_id, current.check_key, evidence.valid_until)
        .join(evidence, evidence.id == current.evidence_id)
        .join(configuration, configuration.id == current.configuration_id)
        .where(
            configuration.status_key.is_not(None),
            configuration.account_id.is_not(None) if of is None else configuration.account_id == of.id,
            current.evidence_id == current.good_id,
            evidence.valid_until > now,
            evidence.valid_until <= now + AHEAD,
            evidence.made_at <= made_before if made_before is not None else sa.true(),
        )
    )
    found: Any = db.session.execute(query)
    return [(account_id, check, until) for account_id, check, until in found]


def waivers_over(*, now: datetime) -> list[int]:
    """Accounts with an approved waiver whose last day was yesterday or earlier: what it covered is open again."""
    query = (
        sa.select(ConnectorConfiguration.account_id)
        .join(ReadinessWaiver, ReadinessWaiver.configuration_id == ConnectorConfiguration.id)
        .where(ReadinessWaiver.open_key.is_not(None), ReadinessWaiver.last_day < now.date(), ConnectorConfiguration.account_id.is_not(None))
    )
    return [account_id for account_id in db.session.scalars(query.distinct()) if account_id is not None]


def note_time() -> datetime:
    """The present instant for evidence, remembered where something's time was over by then: a clock that is set back must not
    revive it. While nothing has lapsed there is nothing to remember."""
    now = readiness_clock.now()
    return readiness_clock.tick() if _has_lapsed(now) or waivers_over(now=now) else now


def _has_lapsed(now: datetime) -> bool:
    query = (
        sa.select(ReadinessCurrent.evidence_id)
        .join(ReadinessEvidence, ReadinessEvidence.id == ReadinessCurrent.evidence_id)
        .where(ReadinessEvidence.valid_until <= now)
    )
    return db.session.scalar(query.limit(1)) is not None


def to_look_at(*, now: datetime) -> list[int]:
    """Connectors at which something fell, is about to, or waits to be back."""
    waiting = sa.select(AdminTask.account_id).where(
        AdminTask.kind == settling.TASK_KIND, AdminTask.status == TaskStatus.OPEN, AdminTask.account_id.is_not(None)
    )
    troubled = sa.select(ProviderAccount.id).where(
        ProviderAccount.state.in_([ConnectorState.NEEDS_ATTENTION, ConnectorState.NEEDS_CUSTOMER])
    )
    found = {each.account_id for each in fallen(now=now)}
    found |= {account_id for account_id, _check, _until in lapsing(now=now, made_before=now - ASKED_AGAIN_AFTER)}
    found |= _told_for_nothing(now)
    found |= set(waivers_over(now=now)) | set(db.session.scalars(waiting)) | set(db.session.scalars(troubled))
    return sorted(each for each in found if each is not None)


def _told_for_nothing(now: datetime) -> set[int]:
    """Accounts with a task about something that does not lapse soon any more."""
    told = sa.select(AdminTask.account_id, AdminTask.open_key).where(
        AdminTask.kind == SOON_KIND, AdminTask.status == TaskStatus.OPEN, AdminTask.account_id.is_not(None)
    )
    still = {(account_id, check) for account_id, check, _until in lapsing(now=now)}
    rows: Any = db.session.execute(told)
    return {account_id for account_id, key in rows if (account_id, key.rpartition(":")[2]) not in still}


def fallen_of_installation(*, now: datetime) -> bool:
    """Whether what counts for all connectors has to be tried again."""
    common = configurations.find_installation()
    if common is None:
        return False
    query = (
        sa.select(ReadinessEvidence.id)
        .join(ReadinessCurrent, ReadinessCurrent.evidence_id == ReadinessEvidence.id)
        .where(ReadinessCurrent.configuration_id == common.id, ReadinessEvidence.valid_until <= now + AHEAD)
    )
    return db.session.scalar(query.limit(1)) is not None


def recheck(account: ProviderAccount, *, actor: Actor) -> None:
    """Ask again what fell or is about to lapse, open tasks for what that does not bring back, set the state."""
    now = readiness_clock.now()
    db.session.refresh(account, with_for_update=True)  # people may be changing it at this moment
    keys = {each.check_key for each in fallen(now=now, of=account)}
    keys |= {check for _account, check, _until in lapsing(now=now, of=account, made_before=now - ASKED_AGAIN_AFTER)}
    if keys:
        check_runs.run(account, keys - OF_INSTALLATION, actor=actor)
    else:
        settling.settle(account, actor=actor)
    _tell_what_lapses(account, now=now, actor=actor)


def _tell_what_lapses(account: ProviderAccount, *, now: datetime, actor: Actor) -> None:
    """A task for what asking again did not renew: somebody has to sign, drill, test or supply."""
    still = {check: until for _account, check, until in lapsing(now=now, of=account) if check not in OF_INSTALLATION}
    if account.mode is AccessMode.MANUAL:
        still.pop("access-tested", None)  # the watch tells of exports that are late
    prefix = f"lapses:{account.public_id}:"
    query = sa.select(AdminTask.open_key).where(
        AdminTask.account_id == account.id, AdminTask.kind == SOON_KIND, AdminTask.status == TaskStatus.OPEN
    )
    for key in db.session.scalars(query).all():
        if key is not None and key.removeprefix(prefix) not in still:
            tasks.close_tasks(key, actor=actor)
    for check, until in sorted(still.items()):
        tasks.open_task(
            key=f"{prefix}{check}",
            kind=SOON_KIND,
            title=f"“{TITLES[check]}” lapses soon",
            detail=f"Its evidence counts until {until:%d %b %Y} (UTC). Renew it before: afterwards the connector is held.",
            organization=account.organization,
            account=account,
            owner=settling.owner_of_tasks(account),
            due_on=max(until.date(), tasks.today(account.organization)),
            actor=actor,
        )


def unnoted(account_ids: Iterable[int]) -> dict[int, frozenset[str]]:
    """Facets that changed and of which nothing said so, by connector."""
    found = {}
    for account_id in account_ids:
        account = db.session.get_one(ProviderAccount, account_id)
        changed = frozenset(key for keys in facets.unnoted(account).values() for key in keys)
        if changed:
            found[account_id] = changed
    return found


def accounts_with_evidence() -> list[int]:
    """Connectors of which anything was noted."""
    query = sa.select(ConnectorConfiguration.account_id).where(ConnectorConfiguration.account_id.is_not(None))
    return sorted(account_id for account_id in db.session.scalars(query.distinct()) if account_id is not None)
