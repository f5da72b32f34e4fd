"""The watch: which live connectors have to be looked at, found by statements that do not grow with those at which nothing happened;
and looking at one."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from app.audit import Actor
from app.extensions import db
from app.models import (
    AccountCredential,
    AdminTask,
    Authorization,
    ConfigurationStatus,
    ConnectorConfiguration,
    ConnectorFacet,
    ConnectorState,
    EvidenceDependency,
    ExportAgreement,
    FindingKind,
    Organization,
    Promotion,
    ProviderAccount,
    ReadinessCurrent,
    ReadinessEvidence,
    User,
    WatchFinding,
)
from app.services import (
    alerts,
    configurations,
    connector_troubles,
    findings,
    freshness,
    readiness_clock,
    rechecks,
    settling,
    tasks,
    watch_marks,
)
from app.services.connector_troubles import Seen
from app.services.findings import Change
from app.services.freshness import Level
from app.services.installation import settings
from app.services.watching.trouble import FOUND

SEEN_FROM_AFAR = frozenset({FindingKind.FRESHNESS, FindingKind.OWNER, FindingKind.WITHDRAWN, FindingKind.SECRET_AGE})
"""What one statement over all connectors tells: only where it differs from what is written down, somebody has to look."""


OF_INSTALLATION = "watch-installation"
NOT_STANDING = "A check of the installation does not stand any more: what Fivegate's own database account may do."


class Known(NamedTuple):
    """A trouble, as far as it is told from afar."""

    account_id: int
    kind: FindingKind
    subject: str
    level: str


def to_look_at(*, now: datetime) -> list[int]:
    """Connectors at which something happened, or whose time came."""
    there, not_live = _written_down()
    wanted = {*_late(now), *_unowned(), *_withdrawn(), *_old_secrets(now)}
    found = {each.account_id for each in wanted ^ {each for each in there if each.kind in SEEN_FROM_AFAR}}
    found |= {each.account_id for each in there if each.kind is FindingKind.EVIDENCE}
    return sorted(found | not_live | watch_marks.marked() | _closed(now))


def look(account: ProviderAccount, *, actor: Actor) -> list[Change]:
    """Look at one connector: findings, tasks, its state, and one alert if anything became another thing."""
    db.session.refresh(account, with_for_update=True)  # people may be changing it at this moment
    files = watch_marks.unmark(account)
    now = readiness_clock.now()
    seen = connector_troubles.look_at(account, now=now, files=files) if _is_live(account) else Seen((), frozenset())
    changes = findings.bring_up_to_date(account, seen, now=now, actor=actor)
    follow_up(account, changes, now=now, actor=actor)
    return changes


def look_at_installation(*, actor: Actor) -> None:
    """A check that counts for every connector: one task and one alert of it, not one for each of them. The task remembers."""
    now = readiness_clock.now()
    is_told = db.session.scalar(sa.select(AdminTask.id).where(AdminTask.open_key == OF_INSTALLATION)) is not None
    is_wrong = _installation_fell(now)
    if is_wrong is is_told:
        return
    if is_wrong:
        tasks.open_task(
            key=OF_INSTALLATION,
            kind=OF_INSTALLATION,
            title="What counts for every connector does not stand any more",
            detail=f"{NOT_STANDING} Figures of every live connector are held. Run `flask doctor`: it names the line that mends it.",
            organization=None,
            account=None,
            owner=None,
            due_on=tasks.today(None),
            actor=actor,
        )
    else:
        tasks.close_tasks(OF_INSTALLATION, actor=actor)
    alerts.tell_of_installation(NOT_STANDING, is_over=not is_wrong, now=now)


def _installation_fell(now: datetime) -> bool:
    common = configurations.find_installation()
    if common is None or db.session.scalar(sa.select(Promotion.id).where(Promotion.live_key.is_not(None)).limit(1)) is None:
        return False
    current, evidence, rests, facet = ReadinessCurrent, ReadinessEvidence, EvidenceDependency, ConnectorFacet
    own = sa.select(current.evidence_id).where(current.configuration_id == common.id)
    is_bad = sa.or_(current.good_id.is_(None), current.good_id != current.evidence_id, evidence.valid_until <= now)
    changed = (
        own.join(rests, rests.evidence_id == current.evidence_id)
        .join(facet, sa.and_(facet.configuration_id == current.configuration_id, facet.facet == rests.facet))
        .where(facet.digest != rests.digest)
    )
    fallen = sa.union_all(own.join(evidence, evidence.id == current.evidence_id).where(is_bad), changed)
    return db.session.execute(fallen.limit(1)).first() is not None


def follow_up(account: ProviderAccount, changes: list[Change], *, now: datetime, actor: Actor) -> None:
    """What comes of findings that changed."""
    settling.settle(account, actor=actor)
    findings.see_to_tasks(account, changes, actor=actor)
    alerts.tell(account, changes, now=now)


def review(row: WatchFinding, *, comment: str, by: User, actor: Actor) -> None:
    """Somebody looked, and it is fine.

    :raises InvalidField: without a comment
    :raises NotPossible: if it is over already, or is of a kind that is over by itself alone
    """
    now, account = readiness_clock.now(), row.account
    change = findings.review(row, comment=comment, by=by, now=now, actor=actor)
    follow_up(account, [change], now=now, actor=actor)


def _is_live(account: ProviderAccount) -> bool:
    return account.state is not ConnectorState.RETIRED and settling.live_promotion(account) is not None


def _live(query: Any) -> Any:
    """Of connectors that run under a promotion."""
    return query.join(Promotion, Promotion.account_id == ProviderAccount.id).where(
        Promotion.live_key.is_not(None), ProviderAccount.state != ConnectorState.RETIRED
    )


def _written_down() -> tuple[set[Known], set[int]]:
    """:return: open findings, and connectors of open findings that are not live any more"""
    row = WatchFinding
    live = sa.select(Promotion.account_id).where(Promotion.live_key.is_not(None))
    query = (
        sa.select(row.account_id, row.kind, row.subject, row.level, row.account_id.in_(live), ProviderAccount.state)
        .join(ProviderAccount, ProviderAccount.id == row.account_id)
        .where(row.open_key.is_not(None))
    )
    found: Any = db.session.execute(query).all()
    gone = {account_id for account_id, *_rest, is_live, state in found if not is_live or state is ConnectorState.RETIRED}
    return {Known(account_id, kind, subject, level) for account_id, kind, subject, level, _is_live, _state in found}, gone


def _late(now: datetime) -> Iterator[Known]:
    query = (
        sa.select(ExportAgreement, Organization.time_zone)
        .join(ProviderAccount, ProviderAccount.id == ExportAgreement.account_id)
        .join(Organization, Organization.id == ProviderAccount.organization_id)
        # East of Greenwich a day is over sooner, by half a day at most: what was due on this one may be late there.
        .where(ExportAgreement.next_due <= now.date())
    )
    for row, zone in db.session.execute(_live(query)):
        level = freshness.of_agreement(row, zone).level(now)
        if level is not Level.ON_TIME:
            yield Known(row.account_id, FindingKind.FRESHNESS, row.data_type, level.value)


def _unowned() -> Iterator[Known]:
    query = sa.select(ProviderAccount.id).outerjoin(User, User.id == ProviderAccount.owner_id)
    for account_id in db.session.scalars(_live(query).where(sa.or_(User.id.is_(None), User.is_active.is_(False)))):
        yield Known(account_id, FindingKind.OWNER, "", FOUND)


def _withdrawn() -> Iterator[Known]:
    query = sa.select(ProviderAccount.id).join(Authorization, Authorization.account_id == ProviderAccount.id)
    query = query.where(Authorization.current_key.is_not(None), Authorization.withdrawn_on.is_not(None))
    for account_id in db.session.scalars(_live(query)):
        yield Known(account_id, FindingKind.WITHDRAWN, "", FOUND)


def _old_secrets(now: datetime) -> Iterator[Known]:
    query = sa.select(AccountCredential.account_id, AccountCredential.name)
    query = query.join(ProviderAccount, ProviderAccount.id == AccountCredential.account_id)
    before = now - timedelta(days=settings().watch_old_after_days)
    for account_id, name in db.session.execute(_live(query).where(AccountCredential.set_at < before)):
        yield Known(account_id, FindingKind.SECRET_AGE, name, FOUND)


def _closed(now: datetime) -> set[int]:
    """Connectors of which a check of what runs fell, or was not good when it was asked last."""
    live = ConnectorConfiguration.status == ConfigurationStatus.LIVE
    own = sa.select(ConnectorConfiguration.account_id).where(live, ConnectorConfiguration.account_id.is_not(None))
    fallen = {each.configuration_id for each in rechecks.fallen(now=now) if each.account_id is not None}
    found = set(db.session.scalars(own.where(ConnectorConfiguration.id.in_(fallen)))) if fallen else set()
    current = ReadinessCurrent
    not_good = own.join(current, current.configuration_id == ConnectorConfiguration.id).where(
        sa.or_(current.good_id.is_(None), current.good_id != current.evidence_id)
    )
    found |= set(db.session.scalars(not_good.distinct()))
    return {account_id for account_id in found if account_id is not None}
