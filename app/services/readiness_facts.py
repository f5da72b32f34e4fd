"""Collecting what checks ask about: everything that is known of one configuration of a connector at one instant."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.extensions import db
from app.imports.catalog import DATA_TYPES
from app.imports.catalog.targets import DataType
from app.metrics.metric import Metric
from app.metrics.registry import metric_of
from app.metrics.window_rules import DEFAULT, WindowRule, current_window
from app.models import (
    Authorization,
    Baseline,
    BatchKind,
    BatchStatus,
    ConfigurationStatus,
    ConnectorConfiguration,
    ExportAgreement,
    FieldMap,
    FieldMapField,
    ImportBatch,
    Promotion,
    PromotionStatus,
    ProviderAccount,
    ReadinessAcknowledgement,
    ReadinessSignOff,
    Reconciliation,
    User,
    UserKind,
)
from app.readiness.facts import (
    ApprovalFacts,
    BaselineFacts,
    BatchFacts,
    ComparisonFacts,
    ConnectorFacts,
    ConsentFacts,
    DataTypeFacts,
    FailurePathFacts,
    FieldFacts,
    MetricFacts,
    PersonFacts,
    PrivilegeFacts,
    ReconciliationFacts,
    RollbackFacts,
    SignOffFacts,
    SupplyFacts,
)
from app.services import baselines, comparisons, field_maps, inspections, reconciliations, rollback_reading
from app.services.coverage import Coverage
from app.services.facet_contents import Contents
from app.services.figures import coverages_for
from app.services.later import Later
from app.services.sign_offs import digest_signed

NEWEST = 10
"""Batches of a data type that are looked at, of each kind."""
NOT_LIVE = "not live"


def collect(
    account: ProviderAccount,
    configuration: ConnectorConfiguration,
    contents: Contents,
    *,
    now: datetime,
    digests: Mapping[str, str],
    privileges: PrivilegeFacts | None,
) -> ConnectorFacts:
    """How the other checks stand is not among it: whoever asks the checks adds that.

    :param contents: of the configuration's facets, as they are now
    :param digests: of the same
    :param privileges: what was tried of the database account's rights
    """
    zone = account.organization.time_zone
    metrics = [metric_of(key) for key in sorted(contents["metrics"])]
    kinds = _data_types(account, contents)
    frozen = Later(lambda: _newest_baselines(account, metrics))
    return ConnectorFacts(
        now=now,
        today=now.astimezone(ZoneInfo(zone)).date(),
        provider=account.provider,
        mode=account.mode.value,
        source_label=contents["source-label"],
        other_labels=Later(lambda: _other_labels(account)),
        owner=_person(account.owner),
        data_types=kinds,
        supplies=Later(lambda: _supplies(account)),
        consent=_consent(account),
        privileges=privileges,
        metrics=tuple(_metric(each, account, contents) for each in metrics),
        batches=Later(lambda: _batches(account, contents)),
        batches_under_way=_under_way(account),
        baselines=Later(lambda: map(_baseline, frozen)),
        comparisons=Later(lambda: _comparisons(account, frozen, contents)),
        reconciliations=Later(lambda: _reconciliations(account)),
        retention=contents["retention"],
        failure_path=_failure_path(contents["failure-path"]),
        rollback=_rollback(account, configuration),
        sign_offs=_sign_offs(configuration, digests),
        acknowledged=acknowledged_items(configuration),
        is_live=configuration.status is not ConfigurationStatus.DRAFT,
    )


def bare(account: ProviderAccount, configuration: ConnectorConfiguration, *, now: datetime) -> ConnectorFacts:
    """For checks that ask how others stand: no fact of the connector's own."""
    return ConnectorFacts(
        now=now,
        today=now.astimezone(ZoneInfo(account.organization.time_zone)).date(),
        provider=account.provider,
        mode=account.mode.value,
        source_label=account.source_label,
        is_live=configuration.status is not ConfigurationStatus.DRAFT,
    )


def acknowledged_items(configuration: ConnectorConfiguration) -> frozenset[str]:
    query = sa.select(ReadinessAcknowledgement.item).where(ReadinessAcknowledgement.configuration_id == configuration.id)
    return frozenset(db.session.scalars(query))


def _person(person: User | None) -> PersonFacts | None:
    return PersonFacts(person.public_id, person.is_active, person.kind is UserKind.STAFF) if person is not None else None


def _other_labels(account: ProviderAccount) -> tuple[str, ...]:
    others = (ProviderAccount.organization_id == account.organization_id, ProviderAccount.id != account.id)
    return tuple(db.session.scalars(sa.select(ProviderAccount.source_label).where(*others)))


def _data_types(account: ProviderAccount, contents: Contents) -> tuple[DataTypeFacts, ...]:
    versions: Mapping[str, Any] = contents["maps"]["versions"]
    ids = [public_id for _number, public_id in versions.values()]
    maps = {row.public_id: row for row in db.session.scalars(field_maps.whole().where(FieldMap.public_id.in_(ids)))}
    unmapped = _unmapped(account, contents["data-types"])
    found = []
    for key in contents["data-types"]:
        number, public_id = versions.get(key, (None, ""))
        field_map = maps.get(public_id)
        home, is_decided = contents["data-homes"].get(key, ("app", False))
        kind = DATA_TYPES.get(key)
        found.append(
            DataTypeFacts(
                key=key,
                label=kind.label if kind else key,
                home=home,
                is_home_decided=is_decided,
                mandatory=tuple(target.key for target in kind.targets if target.mandatory) if kind else (),
                map_number=number,
                fields=tuple(_field(field, kind) for field in field_map.fields) if field_map else (),
                unmapped=_new_titles(field_map, unmapped.get(key, ())),
                is_leads=kind is not None and kind.table == "leads",
                alternatives=_alternatives(kind) if kind else (),
            )
        )
    return tuple(found)


def _alternatives(kind: DataType) -> tuple[tuple[tuple[str, ...], ...], ...]:
    """A day by any of its fields; an id, or the fields that one can be made of."""
    needs: list[tuple[tuple[str, ...], ...]] = []
    if kind.day_is_needed and kind.day:
        needs.append(tuple((target,) for target in kind.day))
    ids = [target.key for target in kind.targets if target.column == "external_id" and not target.mandatory]
    if kind.made_id and ids:
        needs.append((*((each,) for each in ids), kind.made_id))
    return tuple(needs)


def _field(field: FieldMapField, kind: DataType | None) -> FieldFacts:
    return FieldFacts(
        source=field.source,
        decision=field.decision.value,
        target=field.target,
        table=f"crm_{kind.table}" if kind and field.target else "",
        label=field.label,
        explanation=field.explanation,
        privacy=field.privacy.value,
        reason=field.ignore_reason,
        owner=_person(field.owner),
    )


def _unmapped(account: ProviderAccount, data_types: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Titles in the newest file of each data type, as far as it is kept."""
    found = {}
    for data_type in data_types:
        query = sa.select(ImportBatch).where(ImportBatch.account_id == account.id, ImportBatch.data_type == data_type)
        batch = db.session.scalar(query.order_by(ImportBatch.id.desc()).limit(1))
        if batch is not None and batch.file is not None:
            noted = inspections.noted_of(batch.file)
            found[data_type] = tuple(noted.by_title) if noted is not None else ()
    return found


def _new_titles(field_map: FieldMap | None, titles: Iterable[str]) -> tuple[str, ...]:
    known = {field.source for field in field_map.fields} if field_map else set()
    return tuple(title for title in titles if title not in known) if field_map else ()


def _supplies(account: ProviderAccount) -> tuple[SupplyFacts, ...]:
    rows = db.session.scalars(sa.select(ExportAgreement).where(ExportAgreement.account_id == account.id))
    return tuple(SupplyFacts(row.data_type, row.supplier, row.every_days, row.next_due) for row in rows)


def _consent(account: ProviderAccount) -> ConsentFacts | None:
    row = db.session.scalar(sa.select(Authorization).where(Authorization.current_key == account.public_id))
    if row is None:
        return None
    return ConsentFacts(
        reads=frozenset(filter(None, row.reads.split(","))),
        writes=frozenset(filter(None, row.writes.split(","))),
        given_on=row.given_on,
        has_proof=bool(row.proof.strip()),
        is_withdrawn=row.withdrawn_on is not None,
        by_portal=row.by_portal,
    )


def _metric(metric: Metric, account: ProviderAccount, contents: Contents) -> MetricFacts:
    rule = WindowRule(contents["windows"])
    window = f"{rule.label} against its baseline, {account.organization.time_zone}"
    return MetricFacts(metric.key, metric.title, metric.unit.value, contents["source-label"], window)


def _batches(account: ProviderAccount, contents: Contents) -> tuple[BatchFacts, ...]:
    """Complete batches that the versions in force shaped."""
    ids = [public_id for _number, public_id in contents["maps"]["versions"].values()]
    versions = db.session.execute(sa.select(FieldMap.id, FieldMap.data_type).where(FieldMap.public_id.in_(ids))).all()
    found: list[ImportBatch] = []
    for map_id, data_type in versions:
        for kind in BatchKind:
            query = sa.select(ImportBatch).where(
                ImportBatch.account_id == account.id,
                ImportBatch.data_type == data_type,
                ImportBatch.kind == kind,
                ImportBatch.field_map_id == map_id,
                ImportBatch.status == BatchStatus.COMPLETE,
            )
            found += db.session.scalars(query.order_by(ImportBatch.id.desc()).limit(NEWEST))
    found.sort(key=lambda batch: batch.id, reverse=True)
    return tuple(_batch(batch, found) for batch in found)


def _batch(batch: ImportBatch, others: Iterable[ImportBatch]) -> BatchFacts:
    earlier = [
        other
        for other in others
        if other.id < batch.id
        and other.kind is batch.kind
        and other.data_type == batch.data_type
        and other.source_sha256 == batch.source_sha256
        and batch.source_sha256 is not None
    ]
    return BatchFacts(
        id=batch.public_id,
        data_type=batch.data_type,
        is_sample=batch.kind is BatchKind.TEST,
        completed_at=batch.completed_at or batch.created_at,
        rows_read=batch.rows_read or 0,
        rows_new=batch.rows_new or 0,
        rows_changed=batch.rows_changed or 0,
        rejects=json.loads(batch.reject_counts),
        classes=json.loads(batch.class_counts),
        repeats=earlier[0].public_id if earlier else None,
    )


def _under_way(account: ProviderAccount) -> int:
    query = sa.select(sa.func.count()).select_from(ImportBatch)
    return db.session.scalar(query.where(ImportBatch.account_id == account.id, ImportBatch.status == BatchStatus.STAGED)) or 0


def _newest_baselines(account: ProviderAccount, metrics: Iterable[Metric]) -> list[Baseline]:
    newest = sa.select(sa.func.max(Baseline.id)).where(Baseline.account_id == account.id).group_by(Baseline.metric_key)
    wanted = [metric.key for metric in metrics]
    return list(db.session.scalars(sa.select(Baseline).where(Baseline.id.in_(newest), Baseline.metric_key.in_(wanted))))


def _baseline(row: Baseline) -> BaselineFacts:
    window = baselines.window_of(row)
    unknown = len(json.loads(row.figures).get("unknown_days", []))
    return BaselineFacts(row.public_id, row.metric_key, str(window), baselines.is_intact(row), unknown, window.days)


def _comparisons(account: ProviderAccount, frozen: Iterable[Baseline], contents: Contents) -> Iterable[ComparisonFacts]:
    known = coverages_for(account, (metric_of(each.metric_key) for each in frozen))
    return [_comparison(each, contents, known) for each in frozen]


def _comparison(frozen: Baseline, contents: Contents, known: Mapping[str, Coverage]) -> ComparisonFacts:
    metric, window = metric_of(frozen.metric_key), baselines.window_of(frozen)
    current = current_window(WindowRule(contents["windows"] or DEFAULT), data_through=_through(metric, known), baseline=window)
    if current.window is None:
        return ComparisonFacts(metric.key, "not_comparable", window.label, reasons=(current.why_not,))
    made = comparisons.compare_with(frozen, current=current.window, known=known)
    return ComparisonFacts(
        metric_key=metric.key,
        verdict=made.verdict.value.replace(" ", "_"),
        windows=made.windows,
        caveats=tuple(reason.sentence for reason in made.reasons if not reason.forbids),
        reasons=tuple(reason.sentence for reason in made.reasons if reason.forbids),
    )


def _through(metric: Metric, known: Mapping[str, Coverage]) -> date | None:
    """Of the data type that is behind the others, of those that were imported."""
    days = [day for each in metric.data_types if each in known and (day := known[each].data_through) is not None]
    return min(days, default=None)


def _reconciliations(account: ProviderAccount) -> tuple[ReconciliationFacts, ...]:
    newest = sa.select(sa.func.max(Reconciliation.id)).where(Reconciliation.account_id == account.id).group_by(Reconciliation.data_type)
    rows = db.session.scalars(sa.select(Reconciliation).where(Reconciliation.id.in_(newest)))
    return tuple(_reconciliation(row) for row in rows)


def _reconciliation(row: Reconciliation) -> ReconciliationFacts:
    verdict = reconciliations.verdict_of(row)
    window = f"{row.window_start.isoformat()}..{row.window_end.isoformat()}"
    difference = f"{row.our_rows:,} rows here, {row.source_rows:,} there"
    return ReconciliationFacts(row.data_type, window, verdict.is_within, difference, row.created_at)


def _failure_path(content: Any) -> FailurePathFacts | None:
    if content is None:
        return None
    told = tuple(PersonFacts(public_id, is_active) for public_id, is_active in content["people"].items())
    return FailurePathFacts(told, content["channel"], content["client_sees"], content["fallback"])


def _rollback(account: ProviderAccount, configuration: ConnectorConfiguration) -> RollbackFacts | None:
    promoted = sa.select(sa.func.max(Promotion.promoted_at)).where(Promotion.configuration_id == configuration.id)
    plan = rollback_reading.plan_of(account, until=db.session.scalar(promoted))
    if plan is None:
        return None
    drill = rollback_reading.drill_of(plan)
    target = NOT_LIVE if plan.target is None else f"promotion {plan.target.number}"
    at, passed = (drill.written_at, bool(drill.passed)) if drill is not None else (None, False)
    return RollbackFacts(plan.public_id, target, at, passed)


def approval_of(configuration: ConnectorConfiguration, digest: str) -> ApprovalFacts | None:
    """:param digest: of all checks as they stand now"""
    statuses = (PromotionStatus.REQUESTED, PromotionStatus.APPROVED, PromotionStatus.LIVE)
    query = sa.select(Promotion).where(Promotion.configuration_id == configuration.id, Promotion.status.in_(statuses))
    row = db.session.scalar(query.order_by(Promotion.id.desc()).limit(1))
    if row is None:
        return None
    requested_by, approved_by = _person(row.requested_by), _person(row.approved_by)
    if requested_by is None:
        return None
    # What is live was approved as its packet says; the draft alone may still differ from what was approved.
    fits = row.digest == digest or row.status is PromotionStatus.LIVE
    return ApprovalFacts(requested_by, approved_by, fits)


def _sign_offs(configuration: ConnectorConfiguration, digests: Mapping[str, str]) -> dict[str, SignOffFacts]:
    """The newest of each check, where what was signed is what is there."""
    query = sa.select(ReadinessSignOff).where(ReadinessSignOff.configuration_id == configuration.id).order_by(ReadinessSignOff.id)
    found = {}
    for row in db.session.scalars(query.options(sa.orm.joinedload(ReadinessSignOff.person))):
        person = _person(row.person)
        if person is not None and row.digest == digest_signed(row.check_key, digests):
            found[row.check_key] = SignOffFacts(person, row.comment, row.signed_at)
    return found
