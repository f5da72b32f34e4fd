"""The own account: password, second factor at a glance, browsers that are signed in."""

from http import HTTPStatus

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.auth import bp
from app.auth.limits import limited, person_signed_in
from app.auth.sign_in import forget_browser
from app.models import Organization
from app.security.passwords import HINT, MAX_LENGTH
from app.security.permissions import Permission
from app.services import credentials, second_factor
from app.services import sign_in as sign_in_service
from app.services.errors import InvalidField, NotPossible
from app.services.identity import person_row
from app.unit_of_work import release, transaction
from app.web.access import requires
from app.web.current import current_organization, the_person
from app.web.fields import AtMost, Form, PasswordAsTyped, Required, SameAs


class PasswordForm(Form):
    current_password = PasswordAsTyped("Current password", [Required("Enter your current password."), AtMost(MAX_LENGTH)])
    password = PasswordAsTyped("New password", [Required("Choose a new password."), AtMost(MAX_LENGTH)])
    password_again = PasswordAsTyped(
        "New password, again",
        [Required("Type the new password a second time."), SameAs("password", "The two passwords differ. Type both again.")],
    )


@bp.get("/account")
@requires(Permission.OWN_ACCOUNT)
def account() -> ResponseReturnValue:
    return _page(PasswordForm())


@bp.post("/account/password")
@requires(Permission.OWN_ACCOUNT)
@limited(person_signed_in)
def change_password() -> ResponseReturnValue:
    form = PasswordForm()
    if not form.validate_on_submit():
        return _page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        _change(form)
    except InvalidField as exc:
        form[exc.field].errors = [str(exc)]
        return _page(form, HTTPStatus.UNPROCESSABLE_ENTITY)
    except NotPossible as exc:
        form.form_errors.append(str(exc))
        return _page(form, HTTPStatus.CONFLICT)
    flash("Your password is changed. Other browsers are signed out.", "success")
    return redirect(url_for("auth.account"), HTTPStatus.SEE_OTHER)


def _change(form: PasswordForm) -> None:
    person = the_person()
    own = credentials.own_credential(user_id=person.user_id, kind=person.kind)
    release()
    own.demand(form.current_password.data or "")
    new_hash = credentials.acceptable_hash(form.password.data or "", email=own.email, name=own.name)
    with transaction():
        credentials.change_password(own, new_hash, session_id=person.session_id, actor=person.actor)


@bp.post("/account/sign-out-everywhere")
@requires(Permission.OWN_ACCOUNT, before_enrolment=True)
def sign_out_everywhere() -> ResponseReturnValue:
    person = the_person()
    with transaction():
        sign_in_service.end_all_sessions(person_row(person.user_id), actor=person.actor)
    forget_browser()
    flash("You are signed out everywhere, in this browser too.", "success")
    return redirect(url_for("auth.sign_in"), HTTPStatus.SEE_OTHER)


def _page(form: PasswordForm, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    person = the_person()
    return render_template(
        "auth/account.html",
        form=form,
        password_hint=HINT,
        organization=own_organization(),
        enrolment=second_factor.enrolment_of(user_id=person.user_id, kind=person.kind),
        sessions=sign_in_service.open_sessions(user_id=person.user_id, kind=person.kind),
    ), status


def own_organization() -> Organization | None:
    """Whose colours the page wears; staff have none."""
    return None if the_person().is_staff else current_organization()
