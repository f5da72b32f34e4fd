"""Questions about a card: asking one, and what was asked and answered so far."""

from http import HTTPStatus
from uuid import UUID

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import NoResultFound
from wtforms import HiddenField, TextAreaField

from app.clock import utc_now
from app.models import ProviderAccount
from app.portal import bp
from app.security.permissions import Permission
from app.services import cards, published_sources, questions, report_metrics
from app.services.errors import InvalidField
from app.unit_of_work import transaction
from app.web.access import requires
from app.web.current import current_organization, the_person
from app.web.fields import AtMost, Form, PlainText, Required

METRIC_PAGE = "portal.metric"
"""Endpoint of a card's own page, with ``source_id`` and ``metric_key``."""
ASKED = "Your question is with your agency. The answer is shown here, on the card."


class QuestionForm(Form):
    source = HiddenField()
    metric = HiddenField()
    text = TextAreaField(
        "Your question", [Required("Write what you would like to know."), AtMost(questions.LONGEST), PlainText(multiline=True)]
    )


def question_form_of(source_id: str, metric_key: str) -> QuestionForm:
    """An empty form for a card's page."""
    return QuestionForm(formdata=None, source=source_id, metric=metric_key)


@bp.get("/questions")
@requires(Permission.PORTAL_READ)
def asked_questions() -> ResponseReturnValue:
    organization = current_organization()
    found = questions.asked_by_clients_of(organization.id)
    lines = [(each, report_metrics.title_of(each.metric_key) if each.metric_key else each.account.source_label) for each in found]
    return render_template("portal/asked.html", organization=organization, lines=lines)


@bp.post("/questions")
@requires(Permission.PORTAL_READ)
def ask_question() -> ResponseReturnValue:
    form, person = QuestionForm(), the_person()
    account, metric_key = _card_of(form)
    source_id, about = account.public_id, report_metrics.title_of(metric_key) if metric_key else account.source_label
    if form.validate_on_submit():
        try:
            with transaction():
                questions.ask(account, metric_key, form.text.data or "", by_user_id=person.user_id, actor=person.actor)
            flash(ASKED, "success")
            return redirect(_card_url(source_id, metric_key), HTTPStatus.SEE_OTHER)
        except InvalidField as exc:
            form.text.errors = [str(exc)]
    return render_template(
        "portal/ask.html",
        organization=current_organization(),
        form=form,
        about=about,
        source_id=source_id,
        metric_key=metric_key,
        back=_card_url(source_id, metric_key),
    ), HTTPStatus.UNPROCESSABLE_ENTITY


def _card_of(form: QuestionForm) -> tuple[ProviderAccount, str]:
    """:raises NoResultFound: unless it is a card of the person's organization"""
    organization, metric_key = current_organization(), form.metric.data or ""
    if not form.source.data:
        raise InvalidField("source", "Open the card that you want to ask about, and ask there.")
    try:
        account = published_sources.account_of(organization.id, str(UUID(form.source.data or "")))
    except ValueError as exc:
        raise NoResultFound from exc
    if metric_key and cards.find_card(organization.id, account.public_id, metric_key, now=utc_now()) is None:
        raise NoResultFound
    return account, metric_key


def _card_url(source_id: str, metric_key: str) -> str:
    if metric_key and METRIC_PAGE in current_app.view_functions:
        return url_for(METRIC_PAGE, source_id=source_id, metric_key=metric_key)
    if published_sources.find(current_organization().id, source_id) is not None:
        return url_for("portal.show_source", source_id=source_id)
    return url_for("portal.asked_questions")
