"""What follows from how checks stand: tasks for ticks that fell, closed by themselves when they are back, and the connector's state."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from app import audit
from app.audit import Actor, Target
from app.extensions import db
from app.models import (
    AdminTask,
    Authorization,
    ConfigurationStatus,
    ConnectorConfiguration,
    ConnectorFacet,
    ConnectorState,
    FindingKind,
    Promotion,
    ProviderAccount,
    ReadinessCurrent,
    TaskStatus,
    User,
    WatchFinding,
)
from app.readiness.facets import FACETS, FacetScope, in_words
from app.readiness.standing import Standing
from app.services import configurations, freshness, stands, tasks
from app.services.audit_words import action_in_words
from app.services.check_keys import OF_INSTALLATION
from app.services.facet_contents import PEOPLE
from app.services.freshness import Level
from app.services.stands import Shown, Stands

TASK_KIND = "tick-fallen"
DUE = timedelta(days=7)
SPREAD_DAYS = 3
"""Due days are spread over so many, so that not everything is due at once."""
OF_THE_CUSTOMER = frozenset({"customer-authorized", "access-tested"})
"""Checks that only the customer can bring back."""
IN_SUPPLY = frozenset({"access-tested"})
"""Checks that fall once an export is overdue."""
NOT_LIVE = frozenset({ConnectorState.PREPARING, ConnectorState.RETIRED})


def settle(account: ProviderAccount, *, actor: Actor) -> None:
    """Note gates that are through, open and close tasks, and set the connector's state, as its checks stand now."""
    if account.state is ConnectorState.RETIRED:
        for key in _open_keys(account):
            tasks.close_tasks(key, actor=actor)
        return  # nothing rests on it any more
    both = configurations.open_ones(account)
    if account.state in NOT_LIVE and not _was_ever_asked(both):
        return  # nothing stood, so nothing fell
    found = dict(zip((each.status for each in both), stands.of_each(account, both), strict=True))
    for configuration in both:
        through = frozenset(each.gate for each in found[configuration.status].gates if each.is_through)
        configurations.note_passed(configuration, through)
    late = IN_SUPPLY if _is_told_late(account) else frozenset[str]()
    wanted = {key: text for each in found.values() for key, text in _troubles(account, each, late).items()}
    runs = _what_runs(account)
    wanted |= _troubles_of_what_runs(runs)
    for key in _open_keys(account) - wanted.keys():
        tasks.close_tasks(key, actor=actor)
    for key, (title, detail) in wanted.items():
        tasks.open_task(
            key=key,
            kind=TASK_KIND,
            title=title[:160],
            detail=detail[:1000],
            organization=account.organization,
            account=account,
            owner=owner_of_tasks(account),
            due_on=tasks.today(account.organization) + DUE + timedelta(days=_spread(key)),
            actor=actor,
        )
    _set_state(account, found.get(ConfigurationStatus.LIVE), runs, actor=actor)


def _was_ever_asked(both: Sequence[ConnectorConfiguration]) -> bool:
    ids = [each.id for each in both]
    query = sa.select(ReadinessCurrent.evidence_id).where(ReadinessCurrent.configuration_id.in_(ids))
    return db.session.scalar(query.limit(1)) is not None


def _set_state(account: ProviderAccount, live: Stands | None, runs: "_WhatRuns", *, actor: Actor) -> None:
    """Say what is true of the connector."""
    state = _state_of(account, live, runs)
    if state is account.state:
        return
    before = account.state
    account.state = state
    changes = {"state": [before, state]}
    audit.record(db.session(), actor, "connector.state_changed", Target.of(account, account.organization), changes)
    db.session.flush()


def _state_of(account: ProviderAccount, live: Stands | None, runs: "_WhatRuns") -> ConnectorState:
    """:param live: how the checks of the live configuration stand; None: the connector is not live"""
    if account.state is ConnectorState.RETIRED:
        return ConnectorState.RETIRED
    if live is None:
        return ConnectorState.PREPARING
    closed = {key for key, shown in live.checks.items() if not shown.stand.standing.is_open}
    if _is_withdrawn(account) or (closed and closed <= OF_THE_CUSTOMER):
        return ConnectorState.NEEDS_CUSTOMER
    promotion = runs.promotion
    if closed or promotion is None or promotion.held_since is not None or runs.differing or _is_under_review(account):
        return ConnectorState.NEEDS_ATTENTION
    levels = {each.level(live.now) for each in freshness.freshness_of(account)}
    if Level.OVERDUE in levels:
        return ConnectorState.NEEDS_CUSTOMER
    return ConnectorState.LATE if Level.LATE in levels else ConnectorState.LIVE


def _is_under_review(account: ProviderAccount) -> bool:
    """An anomaly was found, and nobody said yet that it is fine."""
    kinds = [kind for kind in FindingKind if kind.is_anomaly]
    query = sa.select(WatchFinding.id).where(
        WatchFinding.account_id == account.id, WatchFinding.open_key.is_not(None), WatchFinding.kind.in_(kinds)
    )
    return db.session.scalar(query.limit(1)) is not None


def live_promotion(account: ProviderAccount) -> Promotion | None:
    """The promotion that the connector runs under."""
    return db.session.scalar(sa.select(Promotion).where(Promotion.live_key == account.public_id))


@dataclass(frozen=True)
class _WhatRuns:
    """The promotion that a connector runs under, and facets of what runs that are not what it froze."""

    promotion: Promotion | None
    differing: frozenset[str]


def _what_runs(account: ProviderAccount) -> _WhatRuns:
    promotion = live_promotion(account)
    return _WhatRuns(promotion, drift(promotion) if promotion is not None else frozenset())


def drift(promotion: Promotion) -> frozenset[str]:
    """Facets of what runs that are not what the packet says was promoted. Whether people are still active may differ."""
    if not promotion.packet:
        return frozenset()
    promoted = {key: facet["content"] for key, facet in json.loads(promotion.packet)["facets"].items()}
    rows = db.session.execute(
        sa.select(ConnectorFacet.facet, ConnectorFacet.content).where(ConnectorFacet.configuration_id == promotion.configuration_id)
    )
    running = {key: json.loads(content) for key, content in rows}
    own = [key for key, facet in FACETS.items() if facet.scope is FacetScope.CONFIGURATION]
    return frozenset(key for key in own if _without_people(promoted.get(key)) != _without_people(running.get(key)))


def _without_people(content: Any) -> Any:
    return {key: value for key, value in content.items() if key != PEOPLE} if isinstance(content, dict) else content


def owner_of_tasks(account: ProviderAccount) -> User | None:
    return account.owner if account.owner is not None and account.owner.is_active else None


def why_fallen(found: Stands, shown: Shown) -> str:
    """Which change dropped a tick, and whose, in a sentence; or that its time is over."""
    if shown.stand.standing is not Standing.CHANGED:
        return shown.stand.reason
    words = []
    for key in shown.stand.changed:
        facet = found.facets.get(key)
        by = f" ({action_in_words(facet.cause)})" if facet is not None and facet.cause else ""
        words.append(f"{in_words(key)} changed{by}.")
    return " ".join(words)


def _is_told_late(account: ProviderAccount) -> bool:
    """Whether the watch has a task open about an export that does not come: the check that falls then is no second trouble."""
    late = f"watch-finding:{account.public_id}:{FindingKind.FRESHNESS}:"
    query = sa.select(AdminTask.id).where(AdminTask.account_id == account.id, AdminTask.status == TaskStatus.OPEN)
    return db.session.scalar(query.where(AdminTask.open_key.startswith(late, autoescape=True)).limit(1)) is not None


def _troubles(account: ProviderAccount, found: Stands, but: frozenset[str]) -> dict[str, tuple[str, str]]:
    """Key of the task → title and detail, for ticks that stood once and do not any more.

    :param but: checks that are told of elsewhere, unless a change dropped them
    """
    configuration = found.configuration
    if configuration is None:
        return {}
    wanted = {}
    for key, shown in found.checks.items():
        if key in OF_INSTALLATION or not shown.ever_stood or shown.stand.standing.is_open:
            continue
        if key in but and shown.stand.standing is not Standing.CHANGED:
            continue
        why = why_fallen(found, shown) if shown.stand.standing.has_fallen else (shown.newest.sentence if shown.newest else "")
        where = f"Version {configuration.number} of {account.source_label}, {configuration.status.label.lower()}."
        wanted[key_of(configuration, key)] = (f"“{shown.spec.title}” does not stand any more", f"{where} {why} {shown.spec.hint}")
    return wanted


def _troubles_of_what_runs(runs: _WhatRuns) -> dict[str, tuple[str, str]]:
    promotion = runs.promotion
    if promotion is None:
        return {}
    wanted = {}
    if runs.differing:
        names = ", ".join(in_words(key) for key in sorted(runs.differing))
        detail = (
            f"{names}: what runs is not what promotion {promotion.number} froze. Find out what changed it, then roll back or promote anew."
        )
        wanted[f"drift:{promotion.public_id}"] = ("What runs is not what was promoted", detail)
    if promotion.held_since is not None:
        detail = (
            f"The connector was rolled back to promotion {promotion.number}. Its cards are held until a complete batch comes in under it."
        )
        wanted[f"held:{promotion.public_id}"] = ("Figures are held since the rollback", detail)
    return wanted


def key_of(configuration: ConnectorConfiguration, check: str) -> str:
    return f"tick:{configuration.public_id}:{check}"


def check_of_task(configuration: ConnectorConfiguration, task: AdminTask) -> str:
    """The check whose fallen tick a task is about; empty where it is about something else."""
    prefix = key_of(configuration, "")
    return task.open_key.removeprefix(prefix) if task.open_key is not None and task.open_key.startswith(prefix) else ""


def _open_keys(account: ProviderAccount) -> set[str]:
    query = sa.select(AdminTask.open_key).where(
        AdminTask.account_id == account.id, AdminTask.kind == TASK_KIND, AdminTask.status == TaskStatus.OPEN
    )
    return {key for key in db.session.scalars(query) if key is not None}


def _spread(key: str) -> int:
    return hashlib.blake2s(key.encode(), digest_size=2).digest()[0] % SPREAD_DAYS


def _is_withdrawn(account: ProviderAccount) -> bool:
    row = db.session.scalar(sa.select(Authorization).where(Authorization.current_key == account.public_id))
    return row is not None and row.withdrawn_on is not None
