"""Signing in, in one step or two, and out."""

from http import HTTPStatus

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import logout_user
from wtforms import HiddenField, StringField

from app.auth import bp
from app.auth.cookie import (
    HalfWay,
    destination,
    forget_half_way,
    half_way,
    identity,
    keep_half_way,
    keep_signed_in,
    safe_next,
    served_kinds,
    session_lifetime,
)
from app.auth.limits import address_in_form, limited, person_half_way
from app.models import UserKind
from app.security.passwords import MAX_LENGTH
from app.security.permissions import Permission
from app.services import sign_in as sign_in_service
from app.services.second_factor import WRONG_CODE
from app.services.sign_in import Claim, SignInInterrupted, SignInRefused
from app.unit_of_work import release, transaction
from app.web.access import public, requires
from app.web.current import current_person, the_person
from app.web.fields import AtMost, Form, PasswordAsTyped, Required


class SignInForm(Form):
    email = StringField("Mail address", [Required("Enter your mail address."), AtMost(254)])
    password = PasswordAsTyped("Password", [Required("Enter your password."), AtMost(MAX_LENGTH)])
    next = HiddenField()


class CodeForm(Form):
    code = StringField("Code", [Required("Enter the code."), AtMost(60)])


@bp.get("/")
@public
def start() -> ResponseReturnValue:
    """Where a person belongs."""
    person = current_person()
    if person is None:
        return redirect(url_for("auth.sign_in"), HTTPStatus.SEE_OTHER)
    return redirect(url_for("admin.overview" if person.is_staff else "portal.home"), HTTPStatus.SEE_OTHER)


@bp.get("/sign-in")
@public
def sign_in() -> ResponseReturnValue:
    if current_person() is not None:
        return redirect(url_for("auth.start"), HTTPStatus.SEE_OTHER)
    return _sign_in_page(SignInForm(data={"next": safe_next(request.args.get("next"))}))


@bp.post("/sign-in")
@public
@limited(address_in_form)
def sign_in_submit() -> ResponseReturnValue:
    form = SignInForm()
    if not form.validate_on_submit():
        return _sign_in_page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    claim = sign_in_service.look_up(email=form.email.data or "", kinds=served_kinds())
    release()
    if not claim.is_proven_by(form.password.data or ""):
        with transaction():
            sign_in_service.note_refusal(claim)
        return _refused(form)
    try:
        return _let_in(claim, password=form.password.data or "", wanted=safe_next(form.next.data))
    except SignInRefused:
        return _refused(form)


def _let_in(claim: Claim, *, password: str, wanted: str) -> ResponseReturnValue:
    """The browser's former session ends here, whoever's it was."""
    rehashed = claim.rehashed(password)
    new_identity = ""
    with transaction():
        admitted = sign_in_service.admit(claim, rehashed=rehashed)
        sign_in_service.end_session(identity(), kinds=served_kinds())
        if not admitted.needs_second_factor:
            new_identity = sign_in_service.start_session(admitted.user, lifetime=session_lifetime())
        state = HalfWay(admitted.user.kind, claim.public_id, admitted.password_set_at, wanted)
    if not new_identity:
        keep_half_way(state)
        return redirect(url_for("auth.second_step"), HTTPStatus.SEE_OTHER)
    return _signed_in(new_identity, state.kind, wanted)


def _signed_in(new_identity: str, kind: UserKind, wanted: str) -> ResponseReturnValue:
    keep_signed_in(new_identity)
    return redirect(destination(wanted, kind), HTTPStatus.SEE_OTHER)


def _refused(form: SignInForm) -> ResponseReturnValue:
    form.form_errors.append(str(SignInRefused()))
    return _sign_in_page(form, HTTPStatus.UNPROCESSABLE_ENTITY)


def _sign_in_page(form: SignInForm, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    return render_template("auth/sign_in.html", form=form), status


@bp.get("/sign-in/second-factor")
@public
def second_step() -> ResponseReturnValue:
    if half_way() is None:
        return _back_to_the_first_step()
    return _second_step_page(CodeForm())


@bp.post("/sign-in/second-factor")
@public
@limited(person_half_way)
def second_step_submit() -> ResponseReturnValue:
    state, form = half_way(), CodeForm()
    if state is None:
        return _back_to_the_first_step()
    if not form.validate_on_submit():
        return _second_step_page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    new_identity = ""
    try:
        with transaction():
            user = sign_in_service.pass_second_factor(
                kind=state.kind, public_id=state.public_id, password_set_at=state.password_set_at, answer=form.code.data or ""
            )
            if user is not None:
                new_identity = sign_in_service.start_session(user, lifetime=session_lifetime(), used_second_factor=True)
    except SignInInterrupted:
        return _back_to_the_first_step()
    if not new_identity:
        form.code.errors = [WRONG_CODE]
        return _second_step_page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    return _signed_in(new_identity, state.kind, state.next)


def _second_step_page(form: CodeForm, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    return render_template("auth/second_step.html", form=form, by_recovery_code="recovery" in request.args), status


def _back_to_the_first_step() -> ResponseReturnValue:
    forget_half_way()
    if current_person() is None:
        flash(str(SignInInterrupted()), "info")
    return redirect(url_for("auth.sign_in"), HTTPStatus.SEE_OTHER)


@bp.post("/sign-out")
@requires(Permission.OWN_ACCOUNT, before_enrolment=True)
def sign_out() -> ResponseReturnValue:
    with transaction():
        sign_in_service.end_session(the_person().get_id(), kinds=served_kinds())
    forget_browser()
    flash("You are signed out.", "success")
    return redirect(url_for("auth.sign_in"), HTTPStatus.SEE_OTHER)


def forget_browser() -> None:
    """Empty the cookie."""
    logout_user()
    session.clear()
