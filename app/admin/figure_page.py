"""One figure: its value in a window, its periods, what became of it, and how it is made."""

from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.admin import bp
from app.admin.figure_view import FigureView, largest, latest_figure, state_of
from app.admin.figure_words import cause_in_words, kind_label, line_label, parts_in_words, surfaces_in_words
from app.admin.figures import asked_metric
from app.metrics.metric import Metric, Unit
from app.metrics.periods import Step
from app.metrics.windows import Window
from app.models import ProviderAccount
from app.security.permissions import Permission
from app.services import accounts, baselines, figures, report_metrics, restatements
from app.services.tasks import today
from app.web.access import requires
from app.web.listing import asked_page
from app.web.window_forms import WindowForm

PAGE = "admin/figures/show.html"


@bp.get("/connectors/<uuid:connector_id>/figures/<metric_key>")
@requires(Permission.METRIC_READ)
def show_figure(connector_id: UUID, metric_key: str) -> ResponseReturnValue:
    account, metric = accounts.get_connector(str(connector_id)), asked_metric(metric_key)
    form, figure = _asked_figure(account, metric)
    step = _asked_step(figure.window)
    view = FigureView.of(account, figure, step, (request.args.get("kind", ""), request.args.get("name", "")))
    chosen = report_metrics.get_chosen(account, metric.key)
    return render_template(
        PAGE,
        account=account,
        metric=metric,
        form=form,
        view=view,
        figure=figure,
        steps=[each for each in Step if figure.window.days <= each.most_days],
        bars_end=1 if metric.unit is Unit.RATIO else largest(view.periods),
        lines_end=largest(view.lines),
        state=state_of(figure),
        surfaces=surfaces_in_words(report_metrics.surfaces_of(chosen)) if chosen else "",
        how=report_metrics.how_it_is_made(account, metric),
        restated=restatements.list_restatements(account, metric.key, page=asked_page()),
        frozen=baselines.list_baselines(account, metric=metric, page=1),
        window_of=baselines.window_of,
        words={"kind": kind_label, "line": line_label, "cause": cause_in_words, "parts": parts_in_words},
    ), form.status


def _asked_figure(account: ProviderAccount, metric: Metric) -> tuple[WindowForm, figures.Figure]:
    """What the address asks for; the latest figure beside a form that says what is wrong with it."""
    form = WindowForm.asked()
    if form.is_sent and form.is_good:
        return form, figures.figure_of(account, metric, form.window)
    figure = latest_figure(account, metric, today(account.organization))
    if not form.is_sent:
        form = WindowForm(formdata=None, first=figure.window.start, last=figure.window.last_day)
    return form, figure


def _asked_step(window: Window) -> Step:
    asked = request.args.get("by", "")
    if asked in set(Step) and window.days <= Step(asked).most_days:
        return Step(asked)
    return Step.fitting(window)
