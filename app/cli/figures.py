"""Figures at a terminal: compare two windows, print points, freeze a baseline. ``--json`` is for scripts.

Counts are numbers; money and ratios are strings, so that no reader makes binary fractions of them.
"""

import json
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any, NoReturn, TypeVar

import click
from flask import Flask
from sqlalchemy.exc import NoResultFound

from app.audit import Actor, ActorKind
from app.metrics.metric import Metric, Unit
from app.metrics.movement import Movement, in_words
from app.metrics.registry import metrics_of
from app.metrics.windows import BadWindowError, Window
from app.models import Baseline, MetricPoint, ProviderAccount
from app.services import accounts, baselines, figures
from app.services import points as day_points
from app.services.comparisons import Comparison, LineMovement
from app.services.comparisons import compare as compare_windows
from app.services.errors import ServiceError
from app.services.figures import Figure
from app.services.point_checks import many
from app.unit_of_work import transaction

ACTOR = Actor(ActorKind.COMMAND, "baseline freeze")
CENT = Decimal("0.01")
SIX = Decimal("0.000001")
T = TypeVar("T")


def init_app(app: Flask) -> None:
    app.cli.add_command(compare)
    app.cli.add_command(points)
    app.cli.add_command(baseline_group)
    app.cli.add_command(recount_points)


class WindowType(click.ParamType[Window]):
    """``2026-10-01..2026-11-01``."""

    name = "window"

    def convert(self, value: Any, _parameter: click.Parameter | None, _context: click.Context | None) -> Window:
        if isinstance(value, Window):
            return value
        try:
            return Window.parse(str(value))
        except BadWindowError as exc:
            _refuse(str(exc))


WINDOW = WindowType()
AS_JSON = click.option("--json", "as_json", is_flag=True, help="For scripts.")


@click.command("compare")
@click.argument("account")
@click.argument("metric_key")
@click.option("--baseline", "baseline", type=WINDOW, required=True, help="First day..day after the last one.")
@click.option("--current", "current", type=WINDOW, required=True, help="First day..day after the last one.")
@AS_JSON
def compare(account: str, metric_key: str, baseline: Window, current: Window, *, as_json: bool) -> None:
    """Compare two windows of a metric, with the verdict whether they may be compared.

    ACCOUNT is the connector's public id. Windows are local dates of the organization; the end is the day after the last one.
    """
    found = _or_refuse(lambda: compare_windows(_account(account), figures.find_metric(metric_key), current=current, baseline=baseline))
    click.echo(json.dumps(_comparison(found), indent=2, ensure_ascii=False) if as_json else _told(found))


@click.command("points")
@click.argument("account")
@click.argument("metric_key")
@click.option("--window", "window", type=WINDOW, default=None, help="Only these days: first day..day after the last one.")
@AS_JSON
def points(account: str, metric_key: str, window: Window | None, *, as_json: bool) -> None:
    """Print the daily points of a metric.

    ACCOUNT is the connector's public id.
    """
    row = _or_refuse(lambda: _account(account))
    metric = _or_refuse(lambda: figures.find_metric(metric_key))
    found = figures.points_in(row, metric, window)
    currency = row.currency if metric.unit is Unit.MONEY else ""
    if as_json:
        click.echo(json.dumps({**_about(row, metric), "points": [_point(metric, point) for point in found]}, indent=2, ensure_ascii=False))
        return
    for point in found:
        name = " ".join(part for part in (point.signal_kind, point.dim) if part)
        value = in_words(metric, figures.value_of(metric, point), currency=currency)
        click.echo(f"{point.local_date}  {name:<32}  {value:>16}  {point.rows:>8} rows")
    if not found:
        click.echo(f"There are no points of {metric.title} yet. Import data that it is counted from.")


@click.group("baseline")
def baseline_group() -> None:
    """Freeze figures, so that later ones can be compared with what was known."""


@baseline_group.command("freeze")
@click.argument("account")
@click.argument("metric_key")
@click.argument("window", type=WINDOW)
@click.option("--note", default="", help="What it is for, in a few words.")
@AS_JSON
def freeze(account: str, metric_key: str, window: Window, note: str, *, as_json: bool) -> None:
    """Keep the figure of a window as it stands now.

    ACCOUNT is the connector's public id. A new baseline never takes the place of an old one.
    """
    if len(note) > 300:
        _refuse("A note is at most 300 characters long.")

    def carry_out() -> dict[str, Any]:
        with transaction():
            row, metric = _account(account), figures.find_metric(metric_key)
            return _baseline(row, baselines.freeze(row, metric, window, note=note, frozen_by=None, actor=ACTOR))

    frozen = _or_refuse(carry_out)
    click.echo(
        json.dumps(frozen, indent=2, ensure_ascii=False)
        if as_json
        else f"{frozen['title']}, {frozen['label']}: frozen as {frozen['public_id']}."
    )


@click.command("recount-points")
@click.argument("account")
@click.argument("data_type")
def recount_points(account: str, data_type: str) -> None:
    """Count all daily points of a data type anew, after a release with a new metric or another formula.

    ACCOUNT is the connector's public id. Days before the horizon stay as they are.
    """
    if not metrics_of(data_type):
        _refuse(f"No metric is counted from “{data_type[:40]}”.")
    counted = day_points.count_all(_account(account), data_type)
    with transaction():
        day_points.write_points(counted, batch=None)
    day_points.forget_dirty_days(counted)
    click.echo(f"Counted: {many(len(counted.days) - len(counted.skipped), 'day')}.")


def _refuse(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(1)


def _or_refuse(ask: Callable[[], T]) -> T:
    try:
        return ask()
    except ServiceError as exc:
        _refuse(str(exc))


def _account(public_id: str) -> ProviderAccount:
    try:
        return accounts.get_connector(public_id)
    except NoResultFound:
        _refuse(f"There is no connector {public_id[:60]}. `flask accounts list` prints those that there are.")


def _about(account: ProviderAccount, metric: Metric) -> dict[str, Any]:
    return {
        "account": account.public_id,
        "metric": metric.key,
        "title": metric.title,
        "unit": metric.unit.value,
        "currency": account.currency if metric.unit is Unit.MONEY else None,
        "formula_version": metric.formula_version,
        "time_zone": account.organization.time_zone,
    }


def _comparison(found: Comparison) -> dict[str, Any]:
    metric = found.metric
    return {
        **_about(found.account, metric),
        "windows": found.windows,
        "baseline": _figure(found.baseline),
        "current": _figure(found.current),
        "verdict": found.verdict.value,
        "reasons": [{"key": reason.key.value, "sentence": reason.sentence, "forbids": reason.forbids} for reason in found.reasons],
        "movement": _movement(metric, found.movement),
        "lines": [_line(metric, line) for line in found.lines],
        "frozen_baseline": found.frozen.public_id if found.frozen is not None else None,
    }


def _figure(figure: Figure) -> dict[str, Any]:
    metric, parts, through = figure.metric, figure.parts, figure.data_through
    return {
        "from": figure.window.start.isoformat(),
        "to": figure.window.end.isoformat(),
        "label": figure.window.label,
        "days": figure.window.days,
        "days_with_data": figure.days_known,
        "rows": figure.rows,
        "value": _number(metric, figure.value),
        "words": figure.words,
        "why_no_value": figure.why_no_value,
        "numerator": _plain(parts.num) if parts is not None and parts.den is not None else None,
        "denominator": _plain(parts.den) if parts is not None and parts.den is not None else None,
        "data_through": through.isoformat() if through is not None else None,
    }


def _movement(metric: Metric, moved: Movement | None) -> dict[str, Any] | None:
    if moved is None:
        return None
    percent = None if moved.percent is None else str(moved.percent)
    return {"direction": moved.arrow.value, "difference": _number(metric, moved.difference), "percent": percent, "words": moved.words}


def _line(metric: Metric, line: LineMovement) -> dict[str, Any]:
    return {
        "signal_kind": line.signal_kind,
        "name": line.name,
        "baseline": _number(metric, line.baseline),
        "current": _number(metric, line.current),
        "movement": _movement(metric, line.movement),
    }


def _point(metric: Metric, point: MetricPoint) -> dict[str, Any]:
    return {
        "date": point.local_date.isoformat(),
        "data_type": point.data_type,
        "signal_kind": point.signal_kind,
        "name": point.dim,
        "value": _number(metric, figures.value_of(metric, point)),
        "rows": point.rows,
        "numerator": _plain(point.num) if point.den is not None else None,
        "denominator": _plain(point.den) if point.den is not None else None,
    }


def _baseline(account: ProviderAccount, frozen: Baseline) -> dict[str, Any]:
    figure = baselines.figure_in(frozen)
    return {
        **_about(account, figure.metric),
        "public_id": frozen.public_id,
        **_figure(figure),
        "hash": frozen.hash,
        "note": frozen.note,
        "frozen_at": frozen.frozen_at.isoformat(),
    }


def _number(metric: Metric, value: Decimal | None) -> int | str | None:
    if value is None:
        return None
    if metric.unit is Unit.COUNT:
        return int(value)
    if metric.unit is Unit.RATIO:
        return f"{value.quantize(SIX):f}"
    return _plain(value)


def _plain(value: Decimal | None) -> str | None:
    """Exact, with two decimals at least where there are any."""
    if value is None:
        return None
    return f"{value.quantize(CENT):f}" if value == value.quantize(CENT) else f"{value.normalize():f}"


def _told(found: Comparison) -> str:
    metric = found.metric
    lines = [f"{metric.title}, {found.windows}"]
    for name, figure in (("Baseline", found.baseline), ("Current", found.current)):
        lines.append(f"{name}: {figure.words} ({figure.rows:,} rows) {figure.why_no_value}".rstrip())
    lines.append(f"Verdict: {found.verdict.value}")
    lines += [f"* {reason.sentence}" for reason in found.reasons]
    if found.movement is not None:
        lines.append(f"Movement: {found.movement.words}")
    for line in found.lines:
        now, then = (in_words(metric, value, currency=found.current.currency) for value in (line.current, line.baseline))
        moved = line.movement.words if line.movement is not None else f"{now}, and {then} in the baseline"
        lines.append(f"- {line.signal_kind}, {line.name or 'no name'}: {moved}")
    return "\n".join(lines)
