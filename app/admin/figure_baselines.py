"""Baselines: freeze a window's figure, list them, and see whether one is intact and still what the source says."""

import json
from http import HTTPStatus
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import NoResultFound
from wtforms import StringField

from app.admin import bp
from app.admin.figure_view import latest_figure
from app.admin.figure_words import kind_label, line_label, made_of
from app.admin.figures import asked_metric
from app.metrics.metric import Metric
from app.metrics.movement import in_words
from app.metrics.windows import DAY, BadWindowError, Window
from app.models import Baseline, ProviderAccount
from app.security.permissions import Permission
from app.services import accounts, baselines, people
from app.services.errors import NotPossible
from app.services.figures import Figure, Line, figure_of
from app.services.tasks import today
from app.unit_of_work import transaction
from app.web.access import requires
from app.web.current import the_person
from app.web.fields import AtMost, Form, PlainText
from app.web.listing import asked_page
from app.web.window_forms import first_day, last_day, typed_day, window_of

FORM = "admin/figures/freeze.html"


class FreezeForm(Form):
    first = first_day()
    last = last_day()
    note = StringField("Note", [AtMost(300), PlainText()])


@bp.get("/connectors/<uuid:connector_id>/figures/<metric_key>/baselines")
@requires(Permission.METRIC_READ)
def figure_baselines(connector_id: UUID, metric_key: str) -> ResponseReturnValue:
    account, metric = accounts.get_connector(str(connector_id)), asked_metric(metric_key)
    page = baselines.list_baselines(account, metric=metric, page=asked_page())
    return render_template(
        "admin/figures/baselines.html",
        account=account,
        metric=metric,
        page=page,
        window_of=baselines.window_of,
        figure_in=baselines.figure_in,
    )


@bp.get("/connectors/<uuid:connector_id>/figures/<metric_key>/baselines/new")
@requires(Permission.METRIC_WRITE)
def freeze_baseline(connector_id: UUID, metric_key: str) -> ResponseReturnValue:
    account, metric = accounts.get_connector(str(connector_id)), asked_metric(metric_key)
    window = _asked_window() or latest_figure(account, metric, today(account.organization)).window
    form = FreezeForm(formdata=None, first=window.start, last=window.last_day)
    return _freeze_page(form, account, metric)


@bp.post("/connectors/<uuid:connector_id>/figures/<metric_key>/baselines/new")
@requires(Permission.METRIC_WRITE)
def freeze_baseline_submit(connector_id: UUID, metric_key: str) -> ResponseReturnValue:
    account, metric, form = accounts.get_connector(str(connector_id)), asked_metric(metric_key), FreezeForm()
    if not form.validate_on_submit():
        return _freeze_page(form, account, metric, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    person = the_person()
    try:
        with transaction():
            baseline = baselines.freeze(
                account,
                metric,
                window_of(form.first, form.last),
                note=form.note.data or "",
                frozen_by=people.get_person(person.public_id),
                actor=person.actor,
            )
    except NotPossible as exc:
        form.form_errors.append(str(exc))
        account = accounts.get_connector(str(connector_id))
        return _freeze_page(form, account, metric, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    flash("The baseline is frozen. Nothing overwrites it.", "success")
    return redirect(_address_of(connector_id, baseline), HTTPStatus.SEE_OTHER)


@bp.get("/connectors/<uuid:connector_id>/figures/baselines/<uuid:baseline_id>")
@requires(Permission.METRIC_READ)
def show_baseline(connector_id: UUID, baseline_id: UUID) -> ResponseReturnValue:
    """What was frozen, whether it is intact, and whether the source still says the same."""
    account = accounts.get_connector(str(connector_id))
    baseline = baseline_of(account, baseline_id)
    metric, window = asked_metric(baseline.metric_key), baselines.window_of(baseline)
    frozen, live = baselines.figure_in(baseline), figure_of(account, metric, window)
    return render_template(
        "admin/figures/baseline.html",
        account=account,
        metric=metric,
        baseline=baseline,
        window=window,
        frozen=frozen,
        live=live,
        is_intact=baselines.is_intact(baseline),
        still_holds=baselines.still_holds(baseline, live),
        maps=sorted(json.loads(baseline.map_versions).items()),
        lines=_beside(frozen, live),
        words={"kind": kind_label, "line": line_label, "made": made_of, "value": in_words},
    )


def baseline_of(account: ProviderAccount, baseline_id: UUID) -> Baseline:
    """:raises sqlalchemy.exc.NoResultFound: if the connector has none of that id"""
    baseline = baselines.get_baseline(str(baseline_id))
    if baseline.account_id != account.id:
        raise NoResultFound
    return baseline


def _beside(frozen: Figure, live: Figure) -> list[tuple[str, str, Line | None, Line | None]]:
    """Lines of both, each with what stands on either side; None where it has none."""
    then, now = ({(line.signal_kind, line.name): line for line in figure.lines} for figure in (frozen, live))
    return [(kind, name, then.get((kind, name)), now.get((kind, name))) for kind, name in sorted(then.keys() | now.keys())]


def _address_of(connector_id: UUID, baseline: Baseline) -> str:
    return url_for("admin.show_baseline", connector_id=connector_id, baseline_id=baseline.public_id)


def _asked_window() -> Window | None:
    """The window of the page that led here; nothing if the address says nonsense."""
    first, last = typed_day(request.args.get("first")), typed_day(request.args.get("last"))
    if first is None or last is None:
        return None
    try:
        return Window(first, last + DAY)
    except BadWindowError:
        return None


def _freeze_page(form: FreezeForm, account: ProviderAccount, metric: Metric, *, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    return render_template(FORM, form=form, account=account, metric=metric), status
