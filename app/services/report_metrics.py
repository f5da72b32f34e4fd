"""Which metrics a connector was chosen to feed and where they show, and how a number is made."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app import audit
from app.audit import Actor, Target, changes_of
from app.extensions import db
from app.imports.catalog import DATA_TYPES
from app.metrics.explanation import FieldUse, MapUse, Role, explain
from app.metrics.metric import Metric
from app.metrics.registry import METRICS, metric_of
from app.models import FieldDecision, FieldMap, FieldMapField, PrivacyClass, ProviderAccount, ReportMetric, Surface
from app.services.coverage import imported_types
from app.services.errors import InvalidField, NotPossible, StaleVersion

ROLES = {"local_date": Role.DAY, "occurred_at": Role.DAY, "status": Role.STATUS, "amount": Role.AMOUNT, "campaign": Role.CAMPAIGN}


@dataclass(frozen=True)
class MetricChoice:
    """A metric as it can be chosen for a connector."""

    metric: Metric
    chosen: ReportMetric | None
    has_data: bool
    """Whether anything was imported that it could be counted from."""

    @property
    def surfaces(self) -> tuple[Surface, ...]:
        return surfaces_of(self.chosen) if self.chosen is not None else ()


def choices(account: ProviderAccount) -> Sequence[MetricChoice]:
    """Every metric there is, with what was chosen."""
    chosen = {row.metric_key: row for row in chosen_metrics(account)}
    imported = imported_types(account)
    return [MetricChoice(metric, chosen.get(metric.key), not imported.isdisjoint(metric.data_types)) for metric in METRICS]


def chosen_metrics(account: ProviderAccount) -> Sequence[ReportMetric]:
    query = sa.select(ReportMetric).where(ReportMetric.account_id == account.id)
    return db.session.scalars(query.order_by(ReportMetric.id)).all()


def chosen_keys(account: ProviderAccount) -> frozenset[str]:
    return frozenset(db.session.scalars(sa.select(ReportMetric.metric_key).where(ReportMetric.account_id == account.id)))


def card_keys(account: ProviderAccount) -> frozenset[str]:
    """Keys of those that show on cards."""
    return frozenset(row.metric_key for row in chosen_metrics(account) if Surface.CARD in surfaces_of(row))


def surfaces_of(row: ReportMetric) -> tuple[Surface, ...]:
    return tuple(surface for surface in Surface if surface.value in row.surfaces.split(","))


def choose(account: ProviderAccount, metric: Metric, *, surfaces: Collection[Surface], actor: Actor) -> ReportMetric:
    """Let a connector feed a metric.

    :raises InvalidField: if it is to show nowhere
    :raises NotPossible: if it was chosen already; the unique constraint decides between two who choose at once
    """
    row = ReportMetric(account_id=account.id, metric_key=metric.key, surfaces=_listed(surfaces))
    target = Target.of(row, account.organization)
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError as exc:
        raise NotPossible(f"{metric.title} was chosen for this connector already.") from exc
    changes = {"metric": metric.key, "surfaces": row.surfaces, "connector": account.public_id}
    audit.record(db.session(), actor, "metric.chosen", target, changes)
    return row


def edit(row: ReportMetric, *, surfaces: Collection[Surface], version: int, actor: Actor) -> None:
    """Change where a metric shows.

    :raises StaleVersion: if somebody else was faster
    """
    if row.version != version:
        words = ", ".join(surface.label for surface in surfaces_of(row))
        raise StaleVersion("Somebody else has changed this metric meanwhile.", {"Shows as": words})
    account = row.account
    organization = account.organization
    row.surfaces = _listed(surfaces)
    audit.record(db.session(), actor, "metric.edited", Target.of(row, organization), changes_of(row))
    db.session.flush()


def drop(row: ReportMetric, *, actor: Actor) -> None:
    """Stop feeding a metric. Its points, baselines and restatements stay."""
    account = row.account
    changes = {"metric": row.metric_key, "connector": account.public_id}
    audit.record(db.session(), actor, "metric.dropped", Target.of(row, account.organization), changes)
    db.session.delete(row)
    db.session.flush()


def get_chosen(account: ProviderAccount, metric_key: str) -> ReportMetric | None:
    query = sa.select(ReportMetric).where(ReportMetric.account_id == account.id, ReportMetric.metric_key == metric_key)
    return db.session.scalars(query).one_or_none()


def how_it_is_made(account: ProviderAccount, metric: Metric) -> str:
    """The sentences that the client reads."""
    return explain(
        metric,
        maps=maps_in_force(account, metric.data_types),
        source_label=account.source_label,
        zone=account.organization.time_zone,
        currency=account.currency,
    )


def maps_in_force(account: ProviderAccount, data_types: Collection[str]) -> dict[str, MapUse]:
    """The active field maps, as far as formulas rest on them."""
    query = (
        sa.select(FieldMap.data_type, FieldMap.number, FieldMapField)
        .outerjoin(FieldMapField, sa.and_(FieldMapField.map_id == FieldMap.id, FieldMapField.decision == FieldDecision.MAPPED))
        .where(FieldMap.account_id == account.id, FieldMap.active_key.is_not(None), FieldMap.data_type.in_(data_types))
        .order_by(FieldMap.data_type, FieldMapField.position)
    )
    found: dict[str, tuple[int, list[FieldUse]]] = {}
    for data_type, number, field in db.session.execute(query):
        uses = found.setdefault(data_type, (number, []))[1]
        role = _role(data_type, field.target) if field is not None else None
        if role is not None:
            uses.append(FieldUse(role, field.label or field.source, field.privacy is PrivacyClass.PUBLIC))
    return {data_type: MapUse(number, tuple(uses)) for data_type, (number, uses) in found.items()}


def title_of(metric_key: str) -> str:
    """Also of a metric that is no longer there."""
    try:
        return metric_of(metric_key).title
    except KeyError:
        return metric_key


def _role(data_type: str, target: str) -> Role | None:
    kind = DATA_TYPES.get(data_type)
    if kind is None:
        return None
    if target in kind.day:
        return Role.DAY
    column = next((one.column for one in kind.targets if one.key == target), "")
    return ROLES.get(column)


def _listed(surfaces: Collection[Surface]) -> str:
    if not surfaces:
        raise InvalidField("surfaces", "Choose at least one place where the metric shows.")
    return ",".join(surface.value for surface in Surface if surface in surfaces)
