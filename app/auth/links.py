"""Links from mails: accepting an invitation, and a new password for one that was forgotten.

These pages carry a token in their address, so they send ``Referrer-Policy: strict-origin``: the path never leaves the
page, not even towards our own server's log. ``no-referrer`` would go further than is possible: over HTTPS the form
check demands a referrer, and compares its origin alone.
"""

from http import HTTPStatus

from flask import Response, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField

from app.auth import bp
from app.auth.cookie import identity, served_kinds
from app.auth.limits import address_in_form, limited, link_in_address
from app.auth.sign_in import forget_browser
from app.models import LinkPurpose
from app.security.passwords import HINT, MAX_LENGTH
from app.services import links as link_service
from app.services.credentials import acceptable_hash
from app.services.errors import InvalidField
from app.services.links import LinkGone, OpenLink
from app.services.sign_in import end_session
from app.unit_of_work import release, transaction
from app.web.access import public
from app.web.fields import AtMost, Form, MailAddress, PasswordAsTyped, Required, SameAs

TOKEN = "<string(maxlength=200):token>"  # noqa: S105  # longer and shorter ones get the page that explains, not a 404


class ForgottenForm(Form):
    email = StringField("Mail address", [Required("Enter your mail address."), AtMost(254), MailAddress()])


class ChooseForm(Form):
    password = PasswordAsTyped("New password", [Required("Choose a password."), AtMost(MAX_LENGTH)])
    password_again = PasswordAsTyped(
        "New password, again",
        [Required("Type the new password a second time."), SameAs("password", "The two passwords differ. Type both again.")],
    )


@bp.get("/forgotten-password")
@public
def forgotten_password() -> ResponseReturnValue:
    return render_template("auth/forgotten.html", form=ForgottenForm())


@bp.post("/forgotten-password")
@public
@limited(address_in_form)
def forgotten_password_submit() -> ResponseReturnValue:
    """The same answer for everybody: who has an account is nobody else's business."""
    form = ForgottenForm()
    if not form.validate_on_submit():
        return render_template("auth/forgotten.html", form=form), HTTPStatus.UNPROCESSABLE_ENTITY
    with transaction():
        link_service.request_password_reset(email=form.email.data or "", kinds=served_kinds())
    return redirect(url_for("auth.link_sent"), HTTPStatus.SEE_OTHER)


@bp.get("/forgotten-password/sent")
@public
def link_sent() -> ResponseReturnValue:
    return render_template("auth/link_sent.html")


@bp.get(f"/invitation/{TOKEN}")
@public
def invitation(token: str) -> ResponseReturnValue:
    return _show(token, LinkPurpose.INVITATION)


@bp.post(f"/invitation/{TOKEN}")
@public
@limited(link_in_address)
def accept_invitation(token: str) -> ResponseReturnValue:
    return _use(token, LinkPurpose.INVITATION, said="Your password is set. Sign in with it.")


@bp.get(f"/reset-password/{TOKEN}")
@public
def reset_password(token: str) -> ResponseReturnValue:
    return _show(token, LinkPurpose.PASSWORD_RESET)


@bp.post(f"/reset-password/{TOKEN}")
@public
@limited(link_in_address)
def reset_password_submit(token: str) -> ResponseReturnValue:
    return _use(token, LinkPurpose.PASSWORD_RESET, said="Your new password is set, and you are signed out everywhere. Sign in with it.")


def _show(token: str, purpose: LinkPurpose) -> ResponseReturnValue:
    try:
        link = link_service.open_link(token, purpose, kinds=served_kinds())
    except LinkGone as exc:
        return _gone(exc)
    return _page(link, ChooseForm())


def _use(token: str, purpose: LinkPurpose, *, said: str) -> ResponseReturnValue:
    try:
        link = link_service.open_link(token, purpose, kinds=served_kinds())
        release()
        form = ChooseForm()
        password_hash = _hash_from(form, link)
        if password_hash is None:
            return _page(link, form, HTTPStatus.UNPROCESSABLE_ENTITY)
        with transaction():
            link_service.use_link(link, password_hash=password_hash)
            end_session(identity(), kinds=served_kinds())
    except LinkGone as exc:
        return _gone(exc)
    forget_browser()
    flash(said, "success")
    return redirect(url_for("auth.sign_in"), HTTPStatus.SEE_OTHER)


def _hash_from(form: ChooseForm, link: OpenLink) -> str | None:
    """None if the form's password cannot be taken; the form says why."""
    if not form.validate_on_submit():
        return None
    try:
        return acceptable_hash(form.password.data or "", email=link.email, name=link.name)
    except InvalidField as exc:
        form.password.errors = [str(exc)]
        return None


def _page(link: OpenLink, form: ChooseForm, status: int = HTTPStatus.OK) -> Response:
    return _with_policy(
        render_template(
            "auth/choose_password.html", link=link, form=form, is_invitation=link.purpose is LinkPurpose.INVITATION, password_hint=HINT
        ),
        status,
    )


def _gone(gone: LinkGone) -> Response:
    html = render_template(
        "auth/link_gone.html", why=gone.why.value, sentence=str(gone), is_invitation=gone.purpose is LinkPurpose.INVITATION
    )
    return _with_policy(html, HTTPStatus.GONE)


def _with_policy(html: str, status: int) -> Response:
    response = make_response(html, status)
    response.headers["Referrer-Policy"] = "strict-origin"
    return response
