"""Signing in and out."""

from datetime import timedelta
from http import HTTPStatus

from flask import redirect, render_template, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import logout_user
from wtforms import PasswordField, StringField

from app.auth import bp
from app.models import UserKind
from app.security.permissions import Permission
from app.services import sign_in as sign_in_service
from app.services.sign_in import SignInRefused
from app.unit_of_work import transaction
from app.web.access import public, requires
from app.web.current import current_person, settings, the_person, touch_session
from app.web.fields import AtMost, Form, Required


class SignInForm(Form):
    email = StringField("Mail address", [Required("Enter your mail address."), AtMost(254)])
    password = PasswordField("Password", [Required("Enter your password."), AtMost(200)])


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
    return render_template("auth/sign_in.html", form=SignInForm())


@bp.post("/sign-in")
@public
def sign_in_submit() -> ResponseReturnValue:
    form = SignInForm()
    if not form.validate_on_submit():
        return render_template("auth/sign_in.html", form=form), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        proven = sign_in_service.check_password(email=form.email.data or "", password=form.password.data or "", kinds=_kinds())
    except SignInRefused as exc:
        form.form_errors.append(str(exc))
        return render_template("auth/sign_in.html", form=form), HTTPStatus.UNPROCESSABLE_ENTITY
    with transaction():
        identity = sign_in_service.start_session(proven.user, lifetime=timedelta(hours=settings().session_absolute_hours))
    session.clear()
    session.permanent = True
    session["_user_id"] = identity
    touch_session()
    return redirect(url_for("auth.start"), HTTPStatus.SEE_OTHER)


@bp.post("/sign-out")
@requires(Permission.OWN_ACCOUNT, before_enrolment=True)
def sign_out() -> ResponseReturnValue:
    person = the_person()
    with transaction():
        sign_in_service.end_session(kind=person.kind, session_id=person.session_id)
    logout_user()
    session.clear()
    return redirect(url_for("auth.sign_in"), HTTPStatus.SEE_OTHER)


@bp.get("/account")
@requires(Permission.OWN_ACCOUNT)
def account() -> ResponseReturnValue:
    return render_template("auth/account.html")


@bp.get("/account/second-factor")
@requires(Permission.OWN_ACCOUNT, before_enrolment=True)
def second_factor() -> ResponseReturnValue:
    return render_template("auth/account.html")


def _kinds() -> frozenset[UserKind]:
    served = settings()
    return frozenset(kind for kind, on in ((UserKind.STAFF, served.serves_staff), (UserKind.CLIENT, served.serves_clients)) if on)
