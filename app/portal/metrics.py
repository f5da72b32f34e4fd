"""A metric's own page: chart and table of a chosen period, how the number is made, what became another figure, and its CSV."""

import csv
import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import abort, make_response, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types

from app.clock import utc_now
from app.metrics.periods import Step
from app.metrics.registry import metric_of
from app.metrics.windows import DAY, LONGEST, Window
from app.metrics.words import cause_in_words, kind_label, line_label, parts_in_words
from app.models import ClientQuestion, PublishedRestatement
from app.portal import bp
from app.portal.questions import QuestionForm, question_form_of
from app.security.permissions import Permission
from app.services import cards, published_points, questions
from app.services.cards import Card
from app.services.periods_of_cards import Period, period_of
from app.web.access import requires
from app.web.current import current_organization
from app.web.window_forms import AskedForm, first_day, last_day, window_of

MOST_RESTATEMENTS = 30


class PeriodForm(AskedForm):
    """Which days, and cut how."""

    first = first_day("From")
    last = last_day("Until and including")
    step = SelectField("By", choices=[SelectChoice(step.value, step.label) for step in Step], default="", validate_choice=False)

    @property
    def chosen_step(self) -> Step | None:
        return Step(self.step.data) if self.step.data in set(Step) else None


@dataclass(frozen=True)
class Preset:
    label: str
    window: Window

    def arguments(self) -> dict[str, str]:
        return {"first": self.window.start.isoformat(), "last": self.window.last_day.isoformat()}


@dataclass(frozen=True)
class Change:
    """A published figure that became another one."""

    day: date
    line: str
    was: str
    became: str
    why: str
    came_in: date | None
    seen_on: date


@dataclass(frozen=True)
class MetricPage:
    """Everything that the page shows."""

    card: Card
    form: PeriodForm
    period: Period | None
    """None: nothing was published of it yet, or the dates cannot be taken."""
    presets: Sequence[Preset]
    changes: Sequence[Change]
    question: QuestionForm
    waiting: Sequence[ClientQuestion]
    """Questions about the card that have no answer yet."""

    @property
    def csv_url(self) -> str:
        if self.period is None:
            return ""
        window = self.period.window
        return url_for(
            "portal.metric_csv",
            source_id=self.card.source_id,
            metric_key=self.card.metric_key,
            first=window.start.isoformat(),
            last=window.last_day.isoformat(),
            step=self.period.step.value,
        )


@bp.get("/cards/<uuid:source_id>/<metric_key>")
@requires(Permission.PORTAL_READ)
def metric(source_id: UUID, metric_key: str) -> ResponseReturnValue:
    page = _page(_card(str(source_id), metric_key))
    status = HTTPStatus.OK if page.form.is_good else HTTPStatus.UNPROCESSABLE_ENTITY
    return render_template("portal/metric.html", organization=current_organization(), page=page), status


@bp.get("/cards/<uuid:source_id>/<metric_key>.csv")
@requires(Permission.PORTAL_READ)
def metric_csv(source_id: UUID, metric_key: str) -> ResponseReturnValue:
    page = _page(_card(str(source_id), metric_key))
    if page.period is None:
        abort(HTTPStatus.UNPROCESSABLE_ENTITY if not page.form.is_good else HTTPStatus.NOT_FOUND)
    response = make_response("\ufeff" + _csv(page.card, page.period))  # spreadsheets take it for another encoding without the mark
    response.mimetype = "text/csv"
    name = f"{metric_key}-{page.period.window.start}-{page.period.window.last_day}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _card(source_id: str, metric_key: str) -> Card:
    """404 also for another organization's."""
    card = cards.find_card(current_organization().id, source_id, metric_key, now=utc_now())
    if card is None or not metric_key:
        abort(HTTPStatus.NOT_FOUND)
    return card


def _page(card: Card) -> MetricPage:
    form, organization = PeriodForm.asked(), current_organization()
    asking = question_form_of(card.source_id, card.metric_key)
    waiting = questions.open_questions(organization.id, card.source_id, card.metric_key)
    if not card.details:
        return MetricPage(card, form, None, (), (), asking, waiting)
    presets = _presets(card)
    restated = _restated(card)
    changes = [_change(card, each) for each in restated]
    if not form.is_good or not presets:
        return MetricPage(card, form, None, presets, changes, asking, waiting)
    window = window_of(form.first, form.last) if form.is_sent else presets[0].window
    step = form.chosen_step or Step.fitting(window)
    if window.days > step.most_days:
        step = Step.fitting(window)
    form.first.data, form.last.data, form.step.data = window.start, window.last_day, step.value
    period = period_of(card, organization.id, window, step, marks=_marks(card, restated))
    return MetricPage(card, form, period, presets, changes, asking, waiting)


def _restated(card: Card) -> Sequence[PublishedRestatement]:
    organization = current_organization()
    return published_points.restatements_of(
        organization.id, card.source_id, card.metric_key, revision=card.points_revision, limit=MOST_RESTATEMENTS
    )


def _presets(card: Card) -> list[Preset]:
    """Days that people ask for often; the card's own window first."""
    found = []
    for name, label in (("window", "As on the card"), ("baseline", "The baseline's days")):
        span = card.details.get(name)
        if span:
            found.append(Preset(label, Window(date.fromisoformat(span[0]), date.fromisoformat(span[1]))))
    known = card.details.get("known") or []
    if known:
        start, end = date.fromisoformat(known[0][0]), date.fromisoformat(known[-1][1])
        found.append(Preset("The last 28 known days", Window(end - 28 * DAY, end)))
        found.append(Preset("All known days", Window(max(start, end - LONGEST * DAY), end)))
    return found


def _marks(card: Card, restated: Sequence[PublishedRestatement]) -> Mapping[date, Sequence[str]]:
    found: dict[date, list[str]] = defaultdict(list)
    for change in card.details["changes"]:
        found[date.fromisoformat(change["on"])].append(f"{change['kind']}: {change['title']}")
    for each in restated:
        found[each.local_date].append("Restated by the source" if each.cause.value == "source" else "Counted anew")
    return found


def _change(card: Card, row: PublishedRestatement) -> Change:
    metric = metric_of(card.metric_key)
    currency = str(card.details["currency"])
    line = "" if metric.has_total else f"{kind_label(row.signal_kind)}, {line_label(metric, row.dim)}"
    return Change(
        day=row.local_date,
        line=line,
        was=parts_in_words(metric, row.was_num, row.was_den, currency),
        became=parts_in_words(metric, row.became_num, row.became_den, currency),
        why=cause_in_words(row.cause),
        came_in=row.came_in,
        seen_on=row.seen_at.astimezone(ZoneInfo(card.details["zone"])).date(),
    )


def _csv(card: Card, period: Period) -> str:
    """The table of the page, with what a reader needs to know of it in every row."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(
        ["Metric", "Source", "Unit", "First day", "Last day", "Whole and known", *(_plain(each.label) for each in period.columns)]
    )
    for row in period.rows:
        values = [cell.plain for cell in row.cells]
        first, last = row.window.start.isoformat(), row.window.last_day.isoformat()
        writer.writerow([card.title, _plain(card.source_label), card.unit, first, last, "yes" if row.is_whole else "no", *values])
    return out.getvalue()


def _plain(text: str) -> str:
    """A name that a spreadsheet must not take for a formula."""
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text
