"""Promotion of a connector: how far it is, asking, approving by somebody else, taking back, and all promotions so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import TextAreaField

from app.admin import bp
from app.admin.check_words import badge_of
from app.admin.choices import show_error
from app.admin.promotion_panel import PAGE, PromotionPanel, active_admins
from app.models import ConfigurationStatus, PromotionStatus, ProviderAccount
from app.readiness.facets import in_words
from app.readiness.gates import CheckSpec
from app.security.permissions import Permission
from app.services import accounts, configurations, facets, people, promotions, stands
from app.services.errors import InvalidField, NotPossible
from app.services.promotions import LONGEST_NOTE
from app.services.stands import APPROVAL, Stands
from app.unit_of_work import transaction
from app.web.access import requires
from app.web.current import the_person
from app.web.fields import AtMost, Form, PlainText


class AskForm(Form):
    note = TextAreaField("Note for whoever approves", [AtMost(LONGEST_NOTE), PlainText(multiline=True)])


@dataclass(frozen=True)
class MissingLine:
    """A check that does not stand yet."""

    spec: CheckSpec
    label: str
    tone: str
    url: str


@bp.get("/connectors/<uuid:connector_id>/promotion", endpoint="promotions")
@requires(Permission.CONNECTOR_READ)
def show_promotions(connector_id: UUID) -> ResponseReturnValue:
    return _page(accounts.get_connector(str(connector_id)), AskForm(formdata=None))


@bp.get("/connectors/<uuid:connector_id>/promotion/panel")
@requires(Permission.CONNECTOR_READ, panel=True)
def promotion_panel(connector_id: UUID) -> ResponseReturnValue:
    """The panel of the page alone."""
    account = accounts.get_connector(str(connector_id))
    return PromotionPanel.of(account, promotions.newest(account)).answer()


@bp.post("/connectors/<uuid:connector_id>/promotion")
@requires(Permission.PROMOTION_WRITE)
def request_promotion(connector_id: UUID) -> ResponseReturnValue:
    person, account = the_person(), accounts.get_connector(str(connector_id))
    form = AskForm()
    if not form.validate_on_submit():
        return _page(account, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        with transaction():
            by = people.get_person(person.public_id)
            promotions.request(account, note=form.note.data or "", by=by, actor=person.actor)
    except InvalidField as exc:
        show_error(form, exc)
        return _page(accounts.get_connector(str(connector_id)), form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except NotPossible as exc:
        return _page(accounts.get_connector(str(connector_id)), form, refusal=str(exc), status=HTTPStatus.CONFLICT)
    flash("The promotion was asked for. Somebody else has to approve it now.", "success")
    return redirect(url_for("admin.promotions", connector_id=connector_id), HTTPStatus.SEE_OTHER)


@bp.post("/promotions/<uuid:promotion_id>/approval")
@requires(Permission.PROMOTION_WRITE)
def approve_promotion(promotion_id: UUID) -> ResponseReturnValue:
    """Approve it. Where something changed since, that is kept too: the promotion is void, and the page says what differs."""
    person, row = the_person(), promotions.get_promotion(str(promotion_id))
    connector_id = row.account.public_id
    try:
        with transaction():
            decision = promotions.approve(row, by=people.get_person(person.public_id), actor=person.actor)
            differences = decision.differences
    except NotPossible as exc:
        return _again(connector_id, refusal=str(exc), status=HTTPStatus.CONFLICT)
    if differences:
        return _again(connector_id, differences=differences, status=HTTPStatus.CONFLICT)
    flash("The promotion is approved. A job verifies everything once more and brings it live.", "success")
    return _back(connector_id)


@bp.post("/promotions/<uuid:promotion_id>/withdrawal")
@requires(Permission.PROMOTION_WRITE)
def withdraw_promotion(promotion_id: UUID) -> ResponseReturnValue:
    row = promotions.get_promotion(str(promotion_id))
    connector_id, number = row.account.public_id, row.number
    try:
        with transaction():
            promotions.withdraw(row, actor=the_person().actor)
    except NotPossible as exc:
        return _again(connector_id, refusal=str(exc), status=HTTPStatus.CONFLICT)
    flash(f"Promotion {number} was taken back.", "success")
    return _back(connector_id)


@bp.post("/promotions/<uuid:promotion_id>/start")
@requires(Permission.PROMOTION_WRITE)
def start_promotion(promotion_id: UUID) -> ResponseReturnValue:
    """Ask once more for the job of an approved promotion, which ended without bringing it live."""
    person, row = the_person(), promotions.get_promotion(str(promotion_id))
    connector_id = row.account.public_id
    try:
        with transaction():
            promotions.start(row, by=people.get_person(person.public_id), actor=person.actor)
    except NotPossible as exc:
        return _again(connector_id, refusal=str(exc), status=HTTPStatus.CONFLICT)
    flash("It is tried again. The panel follows it.", "success")
    return _back(connector_id)


def _back(connector_id: str) -> ResponseReturnValue:
    return redirect(url_for("admin.promotions", connector_id=connector_id), HTTPStatus.SEE_OTHER)


def _again(connector_id: str, *, refusal: str = "", differences: Sequence[str] = (), status: int) -> ResponseReturnValue:
    account = accounts.get_connector(connector_id)
    return _page(account, AskForm(formdata=None), refusal=refusal, differences=differences, status=status)


def _page(
    account: ProviderAccount, form: AskForm, *, refusal: str = "", differences: Sequence[str] = (), status: int = HTTPStatus.OK
) -> ResponseReturnValue:
    draft = configurations.find(account, ConfigurationStatus.DRAFT)
    live = configurations.find(account, ConfigurationStatus.LIVE)
    found = stands.of(account, draft)
    rows = promotions.all_of(account)
    newest = rows[0] if rows else None
    is_open = newest is not None and newest.status.is_open
    html = render_template(
        PAGE,
        account=account,
        form=form,
        panel=PromotionPanel.of(account, newest),
        found=found,
        missing=_missing(account, found),
        why_not="" if is_open else promotions.why_not_requestable(account, found),
        is_open=is_open,
        rows=rows,
        running=next((row for row in rows if row.status is PromotionStatus.LIVE), None),
        changes=[f"{in_words(key)} changed." for key in sorted(facets.differing(draft, live))] if draft and live else [],
        refusal=refusal,
        differences=differences,
        has_no_second=not is_open and active_admins() < 2,
    )
    return html, status


def _missing(account: ProviderAccount, found: Stands) -> list[MissingLine]:
    may_start = {each.gate: each.may_start for each in found.gates}
    return [
        MissingLine(
            spec,
            *badge_of(found.checks[spec.key], may_start=may_start[spec.gate]),
            url_for("admin.show_check", connector_id=account.public_id, check_key=spec.key),
        )
        for spec in found.missing(but=frozenset({APPROVAL}))
    ]
