"""The log of what was changed that figures may move by: baselines are frozen before it, charts show its date."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app import audit
from app.audit import Actor, Target
from app.extensions import db
from app.metrics.metric import Metric
from app.metrics.registry import METRICS
from app.metrics.windows import Window
from app.models import Baseline, ChangeKind, FieldMap, ProviderAccount, ReportChange, User
from app.services import report_metrics
from app.services.baselines import freeze
from app.services.coverage import coverage_of, imported_types
from app.services.errors import InvalidField, NotPossible
from app.services.paging import Page, paginate
from app.services.tasks import today

BASELINE_DAYS = timedelta(days=28)
"""Four whole weeks: every weekday as often."""
FARTHEST = timedelta(days=366)


@dataclass(frozen=True)
class LoggedChange:
    change: ReportChange
    baselines: tuple[Baseline, ...]
    not_frozen: tuple[tuple[Metric, str], ...]
    """Metrics without a baseline before the change, each with the reason."""


def log_change(
    account: ProviderAccount,
    *,
    kind: ChangeKind,
    changed_on: date,
    title: str,
    logged_by: User | None,
    actor: Actor,
    data_type: str = "",
) -> LoggedChange:
    """Log a change, with a frozen baseline of every metric that it may move: the four weeks before it.

    Affected are the metrics that the connector was chosen to feed, or all that it has data for while none is chosen.

    :param data_type: the one that a change of mapping is about; empty: all
    :raises InvalidField: if title or date cannot be taken
    """
    if not title.strip():
        raise InvalidField("title", "Say in a few words what was changed.")
    if abs(changed_on - today(account.organization)) > FARTHEST:
        raise InvalidField("changed_on", "Changes are logged near the day they are made: at most a year away from today.")
    change = ReportChange(
        account_id=account.id, kind=kind, changed_on=changed_on, title=title.strip(), logged_by_id=logged_by.id if logged_by else None
    )
    target = Target.of(change, account.organization)
    audit.record(db.session(), actor, "change.logged", target, {"kind": kind, "changed_on": changed_on, "connector": account.public_id})
    db.session.add(change)
    db.session.flush()
    frozen: list[Baseline] = []
    missing: list[tuple[Metric, str]] = []
    for metric in affected(account, data_type=data_type):
        try:
            frozen.append(_freeze_before(account, metric, change, frozen_by=logged_by, actor=actor))
        except NotPossible as exc:
            missing.append((metric, str(exc)))
    return LoggedChange(change, tuple(frozen), tuple(missing))


def log_new_map(new: FieldMap, former: FieldMap, *, logged_by_id: int | None, actor: Actor) -> LoggedChange:
    """Freeze what figures are under the former version of a field map before another one shapes rows."""
    account, data_type = new.account, new.data_type
    return log_change(
        account,
        kind=ChangeKind.MAPPING,
        changed_on=today(account.organization),
        title=f"Field map of {data_type.replace('_', ' ')}: version {new.number} in place of {former.number}",
        logged_by=db.session.get(User, logged_by_id) if logged_by_id is not None else None,
        actor=actor,
        data_type=data_type,
    )


def affected(account: ProviderAccount, *, data_type: str = "") -> Sequence[Metric]:
    chosen = report_metrics.chosen_keys(account)
    imported = imported_types(account)
    metrics = [metric for metric in METRICS if (metric.key in chosen if chosen else not imported.isdisjoint(metric.data_types))]
    return [metric for metric in metrics if not data_type or data_type in metric.data_types]


def window_before(account: ProviderAccount, metric: Metric, changed_on: date) -> Window:
    """Four weeks up to the change, or up to where the data ends."""
    imported = imported_types(account)
    ends = [coverage_of(account, data_type).data_through for data_type in metric.data_types if data_type in imported]
    known = [day + timedelta(days=1) for day in ends if day is not None]
    end = min([changed_on, *known])
    return Window(end - BASELINE_DAYS, end)


def list_changes(account: ProviderAccount, *, page: int) -> Page[ReportChange]:
    """The latest first."""
    query = sa.select(ReportChange).where(ReportChange.account_id == account.id).options(joinedload(ReportChange.logged_by))
    return paginate(query.order_by(ReportChange.changed_on.desc(), ReportChange.id.desc()), page=page)


def changes_in(account: ProviderAccount, window: Window) -> Sequence[ReportChange]:
    """What to draw on a chart of the window."""
    query = sa.select(ReportChange).where(
        ReportChange.account_id == account.id, ReportChange.changed_on >= window.start, ReportChange.changed_on < window.end
    )
    return db.session.scalars(query.order_by(ReportChange.changed_on, ReportChange.id)).all()


def _freeze_before(account: ProviderAccount, metric: Metric, change: ReportChange, *, frozen_by: User | None, actor: Actor) -> Baseline:
    window = window_before(account, metric, change.changed_on)
    return freeze(account, metric, window, note="", frozen_by=frozen_by, actor=actor, change=change)
