"""Two windows of a figure beside each other: the verdict and its reasons stand before any percentage."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.admin import bp
from app.admin.figure_baselines import baseline_of
from app.admin.figure_view import latest_figure
from app.admin.figure_words import kind_label, line_label, made_of
from app.admin.figures import asked_metric
from app.metrics.metric import Direction, Metric
from app.metrics.movement import in_words
from app.metrics.windows import Window
from app.models import Baseline, ProviderAccount
from app.security.permissions import Permission
from app.services import accounts, baselines, comparisons
from app.services.comparisons import Comparison
from app.services.figures import has_only_samples
from app.services.tasks import today
from app.web.access import requires
from app.web.window_forms import AskedForm, Preset, WindowForm, first_day, last_day, presets, window_after, window_of

PAGE = "admin/figures/compare.html"
TONES = {"comparable": "good", "with caveats": "warn", "not comparable": "bad"}


class CompareForm(AskedForm):
    first = first_day("Now: from")
    last = last_day("Now: until and including")
    baseline_first = first_day("Before: from")
    baseline_last = last_day("Before: until and including", first="baseline_first")

    @property
    def windows(self) -> tuple[Window, Window]:
        return window_of(self.first, self.last), window_of(self.baseline_first, self.baseline_last)


@bp.get("/connectors/<uuid:connector_id>/figures/<metric_key>/compare")
@requires(Permission.METRIC_READ)
def compare_figure(connector_id: UUID, metric_key: str) -> ResponseReturnValue:
    account, metric = accounts.get_connector(str(connector_id)), asked_metric(metric_key)
    latest = latest_figure(account, metric, today(account.organization))
    known_to = latest.data_through or latest.window.last_day
    form = CompareForm.asked()
    if not form.is_sent:
        form = _filled(latest.window, latest.window.before)
    found = None
    if form.is_good:
        current, baseline = form.windows
        found = comparisons.compare(account, metric, current=current, baseline=baseline)
    ways = [(preset, _is_asked(preset.arguments)) for preset in presets(known_to, week_start=account.organization.week_start)]
    return _answer(account, metric, form, found, ways=ways)


@bp.get("/connectors/<uuid:connector_id>/figures/baselines/<uuid:baseline_id>/compare")
@requires(Permission.METRIC_READ)
def compare_baseline(connector_id: UUID, baseline_id: UUID) -> ResponseReturnValue:
    """A window beside a baseline as it stood when it was frozen."""
    account = accounts.get_connector(str(connector_id))
    frozen = baseline_of(account, baseline_id)
    form = WindowForm.asked()
    if not form.is_sent:
        after = window_after(baselines.window_of(frozen))
        form = WindowForm(formdata=None, first=after.start, last=after.last_day)
    found = comparisons.compare_with(frozen, current=form.window) if form.is_good else None
    return _answer(account, asked_metric(frozen.metric_key), form, found, frozen=frozen)


def _answer(
    account: ProviderAccount,
    metric: Metric,
    form: AskedForm,
    found: Comparison | None,
    *,
    ways: Sequence[tuple[Preset, bool]] = (),
    frozen: Baseline | None = None,
) -> ResponseReturnValue:
    context = {
        "account": account,
        "metric": metric,
        "form": form,
        "found": found,
        "tones": TONES,
        "is_sample": has_only_samples(account, metric),
        "is_good_when": {Direction.UP: "up", Direction.DOWN: "down"}.get(metric.direction, ""),
        "words": {"kind": kind_label, "line": line_label, "made": made_of, "value": in_words},
    }
    frozen_window = baselines.window_of(frozen) if frozen else None
    return render_template(PAGE, **context, ways=ways, frozen=frozen, frozen_window=frozen_window), form.status


def _filled(current: Window, baseline: Window) -> CompareForm:
    days: dict[str, date] = {"first": current.start, "last": current.last_day}
    return CompareForm(formdata=None, **days, baseline_first=baseline.start, baseline_last=baseline.last_day)


def _is_asked(arguments: dict[str, str]) -> bool:
    return all(request.args.get(name) == value for name, value in arguments.items())
