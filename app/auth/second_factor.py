"""The own second factor: setting it up, new recovery codes, another phone, turning it off."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from wtforms import StringField

from app.audit import Actor
from app.auth import bp
from app.auth.account import own_organization
from app.auth.limits import limited, person_signed_in
from app.models import User
from app.security import totp
from app.security.passwords import MAX_LENGTH
from app.security.permissions import Permission
from app.services import credentials, sign_in
from app.services import second_factor as second_factor_service
from app.services.errors import InvalidField, NotPossible
from app.services.identity import person_row
from app.unit_of_work import release, transaction
from app.web.access import requires
from app.web.current import the_person
from app.web.fields import AtMost, Form, PasswordAsTyped, Required


class FirstCodeForm(Form):
    code = StringField("Code from the app", [Required("Enter the six digits that the app shows."), AtMost(20)])


class ProofForm(Form):
    current_password = PasswordAsTyped("Current password", [Required("Enter your current password."), AtMost(MAX_LENGTH)])
    code = StringField("Code from the app, or a recovery code", [Required("Enter a code."), AtMost(60)])


def _renew(user: User, answer: str, actor: Actor) -> Sequence[str]:
    return second_factor_service.renew_codes(user, answer, actor=actor)


def _move(user: User, answer: str, actor: Actor) -> Sequence[str]:
    second_factor_service.move(user, answer, actor=actor)
    return ()


def _turn_off(user: User, answer: str, actor: Actor) -> Sequence[str]:
    second_factor_service.turn_off(user, answer, actor=actor)
    return ()


@dataclass(frozen=True)
class Act:
    """Something that asks for the password and a code."""

    title: str
    means: str
    button: str
    carry_out: Callable[[User, str, Actor], Sequence[str]]
    said: str = ""
    is_danger: bool = False


ACTS = {
    "recovery-codes": Act("New recovery codes", "You get ten new codes. The old ones stop working, used or not.", "Make new codes", _renew),
    "move": Act(
        "Move to another phone",
        "The codes of your present phone and your recovery codes stop working, and you set up the other phone right away.",
        "Go on",
        _move,
        "The old phone counts no more. Set up the new one now.",
    ),
    "turn-off": Act(
        "Turn off the second factor",
        "From then on your password alone signs you in. Whoever learns it can do what you can.",
        "Turn it off",
        _turn_off,
        "Your second factor is off.",
        is_danger=True,
    ),
}
ACT = "<any('recovery-codes','move','turn-off'):act>"


@bp.get("/account/second-factor")
@requires(Permission.OWN_ACCOUNT, before_enrolment=True)
def second_factor() -> ResponseReturnValue:
    return _page(FirstCodeForm())


@bp.post("/account/second-factor/start")
@requires(Permission.OWN_ACCOUNT, before_enrolment=True)
def start_second_factor() -> ResponseReturnValue:
    with transaction():
        second_factor_service.start(person_row(the_person().user_id))
    return redirect(url_for("auth.second_factor"), HTTPStatus.SEE_OTHER)


@bp.post("/account/second-factor/confirm")
@requires(Permission.OWN_ACCOUNT, before_enrolment=True)
@limited(person_signed_in)
def confirm_second_factor() -> ResponseReturnValue:
    """Shows the recovery codes in the answer itself: they are kept nowhere in clear, so no later page could."""
    person, form = the_person(), FirstCodeForm()
    if not form.validate_on_submit():
        return _page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        with transaction():
            user = person_row(person.user_id)
            codes = second_factor_service.confirm(user, form.code.data or "", actor=person.actor)
            sign_in.end_all_sessions(user, actor=person.actor, but=person.session_id)
    except InvalidField as exc:
        form.code.errors = [str(exc)]
        return _page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    return _codes_page(codes, is_new=True)


@bp.get(f"/account/second-factor/{ACT}")
@requires(Permission.OWN_ACCOUNT)
def second_factor_act(act: str) -> ResponseReturnValue:
    _demand_possible(act)
    return _act_page(act, ProofForm())


@bp.post(f"/account/second-factor/{ACT}")
@requires(Permission.OWN_ACCOUNT)
@limited(person_signed_in)
def second_factor_act_submit(act: str) -> ResponseReturnValue:
    _demand_possible(act)
    form = ProofForm()
    if not form.validate_on_submit():
        return _act_page(act, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        codes = _prove_and_do(ACTS[act], form)
    except InvalidField as exc:
        form[exc.field].errors = [str(exc)]
        return _act_page(act, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    if codes:
        return _codes_page(codes, is_new=False)
    flash(ACTS[act].said, "success")
    return redirect(url_for("auth.second_factor"), HTTPStatus.SEE_OTHER)


def _prove_and_do(act: Act, form: ProofForm) -> Sequence[str]:
    person = the_person()
    own = credentials.own_credential(user_id=person.user_id, kind=person.kind)
    release()
    own.demand(form.current_password.data or "")
    with transaction():
        return act.carry_out(person_row(person.user_id), form.code.data or "", person.actor)


def _demand_possible(act: str) -> None:
    """Whether there is anything to do it to, told before the person types a password."""
    person = the_person()
    if not person.has_second_factor:
        raise NotPossible("Your second factor is off, so there is nothing to change. You can set it up on your account page.")
    if act == "turn-off" and not second_factor_service.may_turn_off(person.kind):
        raise NotPossible(second_factor_service.STAFF_NEED_ONE)


def _page(form: FirstCodeForm, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    person = the_person()
    enrolment = second_factor_service.enrolment_of(user_id=person.user_id, kind=person.kind)
    uri = totp.provisioning_uri(enrolment.secret, account=person.email) if enrolment.is_started else ""
    return render_template(
        "auth/second_factor.html",
        form=form,
        organization=own_organization(),
        enrolment=enrolment,
        qr=Markup(totp.qr_svg(uri)) if uri else "",  # noqa: S704  # made by us from digits; holds nothing of what was typed
        secret=totp.in_groups(enrolment.secret),
        may_turn_off=second_factor_service.may_turn_off(person.kind),
    ), status


def _codes_page(codes: Sequence[str], *, is_new: bool) -> ResponseReturnValue:
    return render_template("auth/recovery_codes.html", codes=codes, is_new=is_new, organization=own_organization())


def _act_page(act: str, form: ProofForm, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    return render_template("auth/second_factor_act.html", act=act, words=ACTS[act], form=form, organization=own_organization()), status
