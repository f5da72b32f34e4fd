"""Baselines: a window's figure as it stood when it was frozen. A new one never overwrites an old one."""

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app import audit
from app.audit import Actor, Target, canonical_json
from app.clock import utc_now
from app.extensions import db
from app.metrics.comparability import Side
from app.metrics.metric import Metric
from app.metrics.parts import Parts
from app.metrics.registry import metric_of
from app.metrics.windows import Window
from app.models import Baseline, ProviderAccount, ReportChange, User
from app.services.errors import NotPossible
from app.services.figures import Figure, Line, figure_of, map_numbers, points_in
from app.services.paging import Page, paginate

MISSING_AT_MOST = 0.1
"""Share of a window's days that may be unknown: a baseline of half a month says nothing of a month."""


def why_not_frozen(figure: Figure) -> str:
    """Why a window cannot be frozen; empty where it can."""
    if not figure.days_known:
        return f"There is nothing to freeze. {figure.why_no_value or f'No complete batch tells about {figure.window.label}.'}"
    waiting = [day for coverage in figure.coverages if (day := coverage.first_dirty) is not None and day < figure.window.end]
    if waiting:
        return f"Days from {min(waiting)} on wait to be counted again. Freeze the baseline once the import that touched them is done."
    if len(figure.unknown_days) / figure.window.days > MISSING_AT_MOST:
        count = len(figure.unknown_days)
        return f"Complete batches tell nothing about {count} of the {figure.window.days} days of {figure.window.label}. Import them first."
    return ""


def freeze(
    account: ProviderAccount,
    metric: Metric,
    window: Window,
    *,
    note: str = "",
    frozen_by: User | None,
    actor: Actor,
    change: ReportChange | None = None,
) -> Baseline:
    """Keep a window's figure as it stands.

    :param change: the change that it is frozen before
    :raises NotPossible: if complete batches do not tell enough of the window, or days of it wait to be counted
    """
    # Whoever writes points of this connector holds its row: none change between reading the sum and its days.
    db.session.execute(sa.select(ProviderAccount.id).where(ProviderAccount.id == account.id).with_for_update())
    figure = figure_of(account, metric, window)
    why_not = why_not_frozen(figure)
    if why_not:
        raise NotPossible(why_not)
    versions = {coverage.data_type: sorted(map_numbers(account, coverage.data_type, window)) for coverage in figure.coverages}
    baseline = Baseline(
        account_id=account.id,
        metric_key=metric.key,
        window_start=window.start,
        window_end=window.end,
        time_zone=figure.zone,
        formula_version=metric.formula_version,
        map_versions=canonical_json(versions),
        rows=figure.rows,
        num=figure.parts.num if figure.parts else None,
        den=figure.parts.den if figure.parts else None,
        figures=canonical_json(_figures(account, figure)),
        note=note.strip(),
        change_id=change.id if change is not None else None,
        frozen_by_id=frozen_by.id if frozen_by is not None else None,
        frozen_at=utc_now(),
    )
    baseline.hash = hash_of(baseline, account)
    target = Target.of(baseline, account.organization)
    changes = {"metric": metric.key, "window": str(window), "hash": baseline.hash, "connector": account.public_id}
    audit.record(db.session(), actor, "baseline.frozen", target, changes)
    db.session.add(baseline)
    db.session.flush()
    return baseline


def hash_of(baseline: Baseline, account: ProviderAccount) -> str:
    """SHA-256, in hex, over what was frozen: anything that is changed afterwards shows."""
    content = {
        "account": account.public_id,
        "metric": baseline.metric_key,
        "window": [baseline.window_start.isoformat(), baseline.window_end.isoformat()],
        "zone": baseline.time_zone,
        "formula": baseline.formula_version,
        "maps": json.loads(baseline.map_versions),
        "rows": baseline.rows,
        "num": _text(baseline.num),
        "den": _text(baseline.den),
        "figures": json.loads(baseline.figures),
    }
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()


def is_intact(baseline: Baseline) -> bool:
    """Whether it is as it was frozen."""
    try:
        return hash_of(baseline, baseline.account) == baseline.hash
    except ValueError:
        return False


def get_baseline(public_id: str) -> Baseline:
    """:raises sqlalchemy.exc.NoResultFound: if there is none"""
    return db.session.scalars(_shown().where(Baseline.public_id == public_id)).one()


def list_baselines(account: ProviderAccount, *, metric: Metric | None = None, page: int) -> Page[Baseline]:
    """The newest first."""
    query = _shown().where(Baseline.account_id == account.id)
    if metric is not None:
        query = query.where(Baseline.metric_key == metric.key)
    return paginate(query.order_by(Baseline.id.desc()), page=page)


def newest(account: ProviderAccount, metric: Metric, window: Window) -> Baseline | None:
    """The newest baseline of exactly this window."""
    query = _shown().where(
        Baseline.account_id == account.id,
        Baseline.metric_key == metric.key,
        Baseline.window_start == window.start,
        Baseline.window_end == window.end,
    )
    return db.session.scalars(query.order_by(Baseline.id.desc()).limit(1)).one_or_none()


def figure_in(baseline: Baseline) -> Figure:
    """The figure as it was frozen."""
    metric = metric_of(baseline.metric_key)
    content = json.loads(baseline.figures)
    currency = str(content["currency"])
    lines = tuple(_lines(metric, content["days"], currency))
    unknown = frozenset(date.fromisoformat(day) for day in content["unknown_days"])
    whole = None
    if baseline.num is not None:
        whole = Parts(metric.signal_kinds[0], baseline.rows, baseline.num, baseline.den, currency)
    window = window_of(baseline)
    return Figure(
        metric=metric,
        window=window,
        zone=baseline.time_zone,
        currency=currency,
        coverages=(),
        parts=whole,
        lines=() if metric.has_total else lines,
        rows=baseline.rows,
        days_missing=len(unknown),
        days_to_come=0,
        unknown_days=unknown,
    )


def side_of(baseline: Baseline, *, is_restated: bool) -> Side:
    """What a comparison has to know of it."""
    figure = figure_in(baseline)
    return Side(
        window=figure.window,
        zone=figure.zone,
        rows=figure.rows,
        formula_version=baseline.formula_version,
        signal_kinds=frozenset(figure.metric.signal_kinds),
        days_missing=figure.days_missing,
        map_numbers={data_type: frozenset(numbers) for data_type, numbers in json.loads(baseline.map_versions).items()},
        currency=figure.currency,
        is_restated=is_restated,
    )


def still_holds(baseline: Baseline, figure: Figure) -> bool:
    """Whether the source still says of these days what it said when they were frozen."""
    frozen = figure_in(baseline)
    if frozen.parts != figure.parts:
        return False
    return {_key(line): line.parts for line in frozen.lines} == {_key(line): line.parts for line in figure.lines}


def window_of(baseline: Baseline) -> Window:
    return Window(baseline.window_start, baseline.window_end)


def _shown() -> "sa.Select[Baseline]":
    return sa.select(Baseline).options(
        joinedload(Baseline.account).joinedload(ProviderAccount.organization), joinedload(Baseline.frozen_by), joinedload(Baseline.change)
    )


def _figures(account: ProviderAccount, figure: Figure) -> dict[str, Any]:
    days = [
        [point.local_date.isoformat(), point.signal_kind, point.dim, point.rows, _text(point.num), _text(point.den)]
        for point in points_in(account, figure.metric, figure.window)
    ]
    through = figure.data_through
    return {
        "currency": figure.currency,
        "days": days,
        "unknown_days": sorted(day.isoformat() for day in figure.unknown_days),
        "data_through": through.isoformat() if through else None,
    }


def _lines(metric: Metric, days: Sequence[Sequence[Any]], currency: str) -> Sequence[Line]:
    found: dict[tuple[str, str], Parts] = {}
    for _day, kind, name, rows, num, den in days:
        parts = Parts(kind, rows, Decimal(num), None if den is None else Decimal(den), currency)
        found[kind, name] = found[kind, name] + parts if (kind, name) in found else parts
    return [Line(kind, name, parts, metric.value(parts)) for (kind, name), parts in sorted(found.items())]


def _key(line: Line) -> tuple[str, str]:
    return line.signal_kind, line.name


def _text(value: Decimal | None) -> str | None:
    """To four decimals on every database."""
    return None if value is None else f"{value:.4f}"
