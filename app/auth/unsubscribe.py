"""The link at the end of each report by mail: whoever holds it may stop the reports, signed in or not.

Mail programs send the POST themselves when their reader presses *Unsubscribe* (RFC 8058). Such a request comes from no page of
ours, so it has no form token, and this route alone is exempt from demanding one. That opens nothing: without the signed token
in its address nobody can send it, and all that it does is to end mails of that one person.
"""

from http import HTTPStatus

from flask import Response, make_response, render_template
from flask.typing import ResponseReturnValue

from app.auth import bp
from app.auth.links import TOKEN
from app.extensions import csrf
from app.models import User
from app.services import mail_choices
from app.services.branding import name_for
from app.services.mail_choices import PATH, LinkNotValid
from app.unit_of_work import transaction
from app.web.access import public

PAGE = "auth/unsubscribe.html"


@bp.get(f"/{PATH}/{TOKEN}")
@public
def unsubscribe(token: str) -> ResponseReturnValue:
    """Changes nothing: programs that look for harmful links open them too."""
    try:
        user = mail_choices.person_behind(token)
    except LinkNotValid as exc:
        return _not_valid(exc)
    return _page(user, is_off=False)


@bp.post(f"/{PATH}/{TOKEN}")
@csrf.exempt
@public
def unsubscribe_submit(token: str) -> ResponseReturnValue:
    """Answers with the page itself: a mail program follows no redirect, and pressing twice does no harm."""
    try:
        with transaction():
            user = mail_choices.unsubscribe(token)
    except LinkNotValid as exc:
        return _not_valid(exc)
    return _page(user, is_off=True)


def _page(user: User, *, is_off: bool) -> Response:
    """Names the sender, as the mail did, and nobody else."""
    sender = name_for(user.membership.organization if user.membership else None)
    return _with_policy(render_template(PAGE, is_off=is_off, sender=sender, sentence=""), HTTPStatus.OK)


def _not_valid(error: LinkNotValid) -> Response:
    return _with_policy(render_template(PAGE, is_off=False, sender="", sentence=str(error)), HTTPStatus.GONE)


def _with_policy(html: str, status: int) -> Response:
    """The address works for whoever has it: it leaves the page towards nobody."""
    response = make_response(html, status)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
