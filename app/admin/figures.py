"""Figures of a connector: which metrics it feeds, where they show, and what they say now."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import NoResultFound
from wtforms import BooleanField

from app.admin import bp
from app.admin.figure_view import State, latest_figure, state_of
from app.admin.figure_words import surfaces_in_words
from app.metrics.metric import Metric
from app.metrics.registry import metric_of
from app.models import ProviderAccount, ReportMetric, Surface
from app.security.permissions import Permission
from app.services import accounts, report_metrics
from app.services.errors import InvalidField, NotPossible, StaleVersion
from app.services.figures import Figure, coverages_for
from app.services.report_metrics import MetricChoice
from app.services.tasks import today
from app.unit_of_work import transaction
from app.web.access import requires
from app.web.current import the_person
from app.web.fields import VersionedForm

CHOOSE = "admin/figures/choose.html"


class SurfacesForm(VersionedForm):
    """Where a metric shows."""

    card = BooleanField(Surface.CARD.label)
    report_note = BooleanField(Surface.REPORT_NOTE.label)
    admin_task = BooleanField(Surface.ADMIN_TASK.label)
    health_signal = BooleanField(Surface.HEALTH_SIGNAL.label)

    @property
    def surfaces(self) -> list[Surface]:
        return [surface for surface in Surface if self[surface.value].data]


@dataclass(frozen=True)
class FigureLine:
    """A chosen metric as lists show it."""

    metric: Metric
    surfaces: str
    figure: Figure
    state: State

    @property
    def value(self) -> str:
        """A metric with lines has no value of its own."""
        if self.metric.has_total or not self.figure.days_known:
            return self.figure.words
        return f"{len(self.figure.lines)} line" if len(self.figure.lines) == 1 else f"{len(self.figure.lines):,} lines"


def figure_lines(account: ProviderAccount, choices: Sequence[MetricChoice] | None = None) -> list[FigureLine]:
    """What the connector feeds, in the order of the register."""
    now = today(account.organization)
    wanted = [choice for choice in (report_metrics.choices(account) if choices is None else choices) if choice.chosen is not None]
    known = coverages_for(account, [choice.metric for choice in wanted]) if wanted else {}
    found = []
    for choice in wanted:
        figure = latest_figure(account, choice.metric, now, known)
        found.append(FigureLine(choice.metric, surfaces_in_words(choice.surfaces), figure, state_of(figure)))
    return found


@bp.get("/connectors/<uuid:connector_id>/figures")
@requires(Permission.METRIC_READ)
def figures(connector_id: UUID) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    choices = report_metrics.choices(account)
    return render_template(
        "admin/figures/list.html",
        account=account,
        lines=figure_lines(account, choices),
        others=sorted((choice for choice in choices if choice.chosen is None), key=lambda choice: not choice.has_data),
    )


@bp.get("/connectors/<uuid:connector_id>/figures/<metric_key>/surfaces")
@requires(Permission.METRIC_WRITE)
def choose_figure(connector_id: UUID, metric_key: str) -> ResponseReturnValue:
    account, metric = accounts.get_connector(str(connector_id)), asked_metric(metric_key)
    chosen = report_metrics.get_chosen(account, metric.key)
    shown = report_metrics.surfaces_of(chosen) if chosen is not None else (Surface.CARD,)
    form = SurfacesForm(formdata=None, **{surface.value: surface in shown for surface in Surface})
    form.version.data = str(chosen.version) if chosen is not None else ""
    return _choose_page(form, account, metric, chosen)


@bp.post("/connectors/<uuid:connector_id>/figures/<metric_key>/surfaces")
@requires(Permission.METRIC_WRITE)
def choose_figure_submit(connector_id: UUID, metric_key: str) -> ResponseReturnValue:
    account, metric, form = accounts.get_connector(str(connector_id)), asked_metric(metric_key), SurfacesForm()
    chosen = report_metrics.get_chosen(account, metric.key)
    try:
        with transaction():
            if chosen is None:
                _choose(account, metric, form)
            else:
                report_metrics.edit(chosen, surfaces=form.surfaces, version=form.seen_version, actor=the_person().actor)
    except InvalidField as exc:
        form.form_errors.append(str(exc))
        return _again(form, connector_id, metric, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except StaleVersion as exc:
        return _again(form, connector_id, metric, stale=exc, status=HTTPStatus.CONFLICT)
    except NotPossible as exc:
        return _again(form, connector_id, metric, stale=StaleVersion(str(exc)), status=HTTPStatus.CONFLICT)
    flash(f"{metric.title} was saved: it shows as {surfaces_in_words(form.surfaces).lower()}.", "success")
    return redirect(url_for("admin.figures", connector_id=connector_id), HTTPStatus.SEE_OTHER)


@bp.post("/connectors/<uuid:connector_id>/figures/<metric_key>/drop")
@requires(Permission.METRIC_WRITE)
def drop_figure(connector_id: UUID, metric_key: str) -> ResponseReturnValue:
    account, metric = accounts.get_connector(str(connector_id)), asked_metric(metric_key)
    chosen = report_metrics.get_chosen(account, metric.key)
    if chosen is None:
        flash(f"{metric.title} was not chosen: nothing was changed.", "info")
    else:
        with transaction():
            report_metrics.drop(chosen, actor=the_person().actor)
        flash(f"{metric.title} shows nowhere any more. Its points, baselines and history stay.", "success")
    return redirect(url_for("admin.figures", connector_id=connector_id), HTTPStatus.SEE_OTHER)


def asked_metric(metric_key: str) -> Metric:
    """The metric that an address names."""
    try:
        return metric_of(metric_key)
    except KeyError as exc:
        raise NoResultFound from exc


def _choose(account: ProviderAccount, metric: Metric, form: SurfacesForm) -> None:
    if form.version.data:
        raise NotPossible(f"Somebody else has taken {metric.title} away meanwhile. Saving again chooses it anew.")
    report_metrics.choose(account, metric, surfaces=form.surfaces, actor=the_person().actor)


def _again(
    form: SurfacesForm, connector_id: UUID, metric: Metric, *, stale: StaleVersion | None = None, status: int
) -> ResponseReturnValue:
    """The form with what was typed, beside what stands there now."""
    account = accounts.get_connector(str(connector_id))
    chosen = report_metrics.get_chosen(account, metric.key)
    if stale is not None:
        form.version.data = str(chosen.version) if chosen is not None else ""
    return _choose_page(form, account, metric, chosen, stale=stale, status=status)


def _choose_page(
    form: SurfacesForm,
    account: ProviderAccount,
    metric: Metric,
    chosen: ReportMetric | None,
    *,
    stale: StaleVersion | None = None,
    status: int = HTTPStatus.OK,
) -> ResponseReturnValue:
    how = report_metrics.how_it_is_made(account, metric)
    return render_template(CHOOSE, form=form, account=account, metric=metric, chosen=chosen, stale=stale, how=how), status
