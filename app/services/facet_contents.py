"""What each facet of a connector is at present, as plain content. Without secrets and personal values: a promotion freezes it.

For the live configuration that which belongs to a configuration alone is what its promotion froze; but whether people in it are
still active is looked up anew, for nobody who left answers for anything.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from app.extensions import db
from app.metrics.registry import METRICS
from app.metrics.window_rules import DEFAULT
from app.models import (
    AccessMode,
    AccountCredential,
    AccountDataType,
    Authorization,
    Baseline,
    ConfigurationStatus,
    ConnectorConfiguration,
    ConnectorFacet,
    ExportAgreement,
    FailurePath,
    FieldMap,
    LeadRules,
    Promotion,
    ProviderAccount,
    Reconciliation,
    ReportMetric,
    RetentionRule,
    User,
    WindowRule,
)
from app.readiness.facets import FACETS, FacetScope, digest_of, facet_of_check
from app.readiness.registry import REGISTRY
from app.services import reconciliations, rollback_reading

Contents = dict[str, Any]
ALONG: Mapping[str, frozenset[str]] = {
    "metrics": frozenset({"formulas", "baselines"}),
    "data-types": frozenset({"data-homes", "reconciliations"}),
}
"""Facet → others whose content may become another one with it, though nobody touched what they are made of."""
PEOPLE = "people"
"""Within a content: public id → whether the person is active."""


def contents_of(configuration: ConnectorConfiguration, account: ProviderAccount, present: Contents | None = None) -> Contents:
    """Facet → content, of all that are a connector's.

    :param present: what ``settings_of`` gave, where several configurations are looked at
    """
    found = dict(present if present is not None else settings_of(account))
    if configuration.status is not ConfigurationStatus.DRAFT:
        frozen = stored(configuration)
        own = [key for key, facet in FACETS.items() if facet.scope is FacetScope.CONFIGURATION and key in frozen]
        found |= {key: frozen[key] for key in own}
        found |= {key: _with_people_of_today(found[key]) for key in own if isinstance(found[key], dict) and PEOPLE in found[key]}
        if "metrics" in found:
            found["formulas"] = _formulas(found["metrics"])
    return found


def with_others_along(facets: Iterable[str]) -> frozenset[str]:
    """The facets, and those whose content may become another one with theirs."""
    wanted = frozenset(facets)
    return wanted.union(*(ALONG.get(key, ()) for key in wanted))


def of_installation(granted: Iterable[str] | None) -> Contents:
    """Facet → content, of what all connectors share.

    :param granted: what the database account of the application may do that it must not; None: not tried now
    """
    versions: Contents = {facet_of_check(check.key): check.version for check in REGISTRY}
    return versions if granted is None else {**versions, "privileges": sorted(granted)}


def stored(configuration: ConnectorConfiguration) -> Contents:
    """What is written down of a configuration."""
    query = sa.select(ConnectorFacet.facet, ConnectorFacet.content).where(ConnectorFacet.configuration_id == configuration.id)
    return {facet: json.loads(content) for facet, content in db.session.execute(query)}


def settings_of(account: ProviderAccount, only: frozenset[str] | None = None) -> Contents:
    """Facet → content, as people's settings stand now: that is the draft.

    :param only: facets that are asked for; None: all
    """
    read = _Settings(account)
    makers: dict[str, Callable[[], Any]] = {
        "mode": lambda: account.mode.value,
        "source-label": lambda: account.source_label,
        "owner": lambda: _owner(account),
        "data-types": lambda: [kind.data_type for kind in read.kinds],
        "data-homes": lambda: {kind.data_type: [kind.home.value, kind.home_decided_by_id is not None] for kind in read.kinds},
        "supply": lambda: _supply(account),
        "access": lambda: None,
        "credential": lambda: _credentials(account),
        "scopes": lambda: None,
        "consent": lambda: _consent(account),
        "maps": lambda: _maps(account),
        "metrics": lambda: read.metrics,
        "formulas": lambda: _formulas(read.metrics),
        "zone": lambda: account.organization.time_zone,
        "windows": lambda: db.session.scalar(sa.select(WindowRule.rule).where(WindowRule.account_id == account.id)) or DEFAULT.value,
        "lead-rules": lambda: _lead_rules(account),
        "baselines": lambda: _baselines(account, read.metrics),
        "reconciliations": lambda: _reconciliations(account, [kind.data_type for kind in read.kinds]),
        "retention": lambda: _retention(account),
        "failure-path": lambda: _failure_path(account),
        "rollback": lambda: _rollback(account),
    }
    return {key: make() for key, make in makers.items() if only is None or key in only}


class _Settings:
    """What several facets are made of, read once."""

    def __init__(self, account: ProviderAccount) -> None:
        self.account = account

    @cached_property
    def kinds(self) -> Sequence[AccountDataType]:
        query = sa.select(AccountDataType).where(AccountDataType.account_id == self.account.id)
        return db.session.scalars(query.order_by(AccountDataType.data_type)).all()

    @cached_property
    def metrics(self) -> dict[str, list[str]]:
        rows = db.session.scalars(sa.select(ReportMetric).where(ReportMetric.account_id == self.account.id))
        return {row.metric_key: sorted(row.surfaces.split(",")) for row in rows}


def _lead_rules(account: ProviderAccount) -> int:
    return db.session.scalar(sa.select(LeadRules.number).where(LeadRules.active_key == account.organization_id)) or 0


def _retention(account: ProviderAccount) -> dict[str, int]:
    rows = db.session.scalars(sa.select(RetentionRule).where(RetentionRule.account_id == account.id))
    return {row.data_class: row.days for row in rows}


def _owner(account: ProviderAccount) -> Contents | None:
    return {"id": account.owner.public_id, "is_active": account.owner.is_active} if account.owner else None


def _supply(account: ProviderAccount) -> Contents:
    """Without the next day: it moves on with each export, and time alone lets it lapse."""
    rows = db.session.scalars(sa.select(ExportAgreement).where(ExportAgreement.account_id == account.id))
    return {row.data_type: [row.supplier, row.every_days] for row in rows}


def _credentials(account: ProviderAccount) -> Contents:
    query = sa.select(AccountCredential.name, AccountCredential.public_id, AccountCredential.set_at)
    rows = db.session.execute(query.where(AccountCredential.account_id == account.id))
    return {name: [public_id, set_at.isoformat()] for name, public_id, set_at in rows}


def _consent(account: ProviderAccount) -> Contents | None:
    row = db.session.scalar(sa.select(Authorization).where(Authorization.current_key == account.public_id))
    if row is None:
        return None
    return {
        "reads": row.reads.split(",") if row.reads else [],
        "writes": row.writes.split(",") if row.writes else [],
        "has_proof": bool(row.proof.strip()),
        # With supplied exports it makes no difference how they agreed: granting the same in the portal drops no tick.
        "by_portal": row.by_portal and account.mode is not AccessMode.MANUAL,
        "is_withdrawn": row.withdrawn_on is not None,
    }


def _maps(account: ProviderAccount) -> Contents:
    """An activated version never changes, so its number says all of it."""
    rows = db.session.scalars(
        sa.select(FieldMap)
        .where(FieldMap.account_id == account.id, FieldMap.active_key.is_not(None))
        .order_by(FieldMap.data_type)
        .options(sa.orm.selectinload(FieldMap.fields))
    ).all()
    owners = {field.owner_id for row in rows for field in row.fields if field.owner_id is not None}
    people = {person.public_id: person.is_active for person in db.session.scalars(sa.select(User).where(User.id.in_(owners)))}
    return {"versions": {row.data_type: [row.number, row.public_id] for row in rows}, PEOPLE: people}


def _formulas(metrics: Mapping[str, object]) -> Contents:
    return {metric.key: metric.formula_version for metric in METRICS if metric.key in metrics}


def _baselines(account: ProviderAccount, metrics: Mapping[str, object]) -> Contents:
    newest = sa.select(sa.func.max(Baseline.id)).where(Baseline.account_id == account.id).group_by(Baseline.metric_key)
    rows = db.session.scalars(sa.select(Baseline).where(Baseline.id.in_(newest)))
    return {row.metric_key: row.hash for row in rows if row.metric_key in metrics}


def _reconciliations(account: ProviderAccount, data_types: Iterable[str]) -> Contents:
    newest = sa.select(sa.func.max(Reconciliation.id)).where(Reconciliation.account_id == account.id).group_by(Reconciliation.data_type)
    rows = db.session.scalars(sa.select(Reconciliation).where(Reconciliation.id.in_(newest))).all()
    wanted = set(data_types)
    return {row.data_type: [f"{row.tolerance:.4f}", reconciliations.verdict_of(row).is_within] for row in rows if row.data_type in wanted}


def _failure_path(account: ProviderAccount) -> Contents | None:
    row = db.session.scalar(sa.select(FailurePath).where(FailurePath.account_id == account.id))
    if row is None:
        return None
    told = json.loads(row.told)
    return {"channel": row.channel, "client_sees": row.client_sees, "fallback": row.fallback, PEOPLE: _activity(told)}


def _rollback(account: ProviderAccount) -> Contents | None:
    """The same plan and the same result of another drill are no change."""
    plan = rollback_reading.plan_of(account)
    if plan is None:
        return None
    target = db.session.get(Promotion, plan.target_id) if plan.target_id is not None else None
    drill = rollback_reading.drill_of(plan)
    texts = [plan.trigger, plan.goes_back, plan.stays, plan.affected, plan.verified, plan.client_words]
    return {
        "target": target.public_id if target else None,
        "plan": digest_of(texts),
        "drill_passed": drill.passed if drill is not None else None,
    }


def _activity(ids: Iterable[str]) -> dict[str, bool]:
    wanted = set(ids)
    found = {person.public_id: person.is_active for person in db.session.scalars(sa.select(User).where(User.public_id.in_(wanted)))}
    return {each: found.get(each, False) for each in sorted(wanted)}


def _with_people_of_today(content: Contents) -> Contents:
    return {**content, PEOPLE: _activity(content[PEOPLE])}
