"""The page of a link by which the agency asks for access. Opening it changes nothing; its form grants what was asked for.

The address carries a token, so the page sends ``Referrer-Policy: strict-origin``, as links of mails do.
"""

from http import HTTPStatus

from flask import Response, flash, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.models import AccessRequest
from app.portal import bp
from app.security.permissions import Permission
from app.services import access_requests, published_sources
from app.services.access_requests import RequestGone
from app.services.errors import NotPossible
from app.unit_of_work import transaction
from app.web.access import requires
from app.web.current import current_organization, the_person
from app.web.fields import Form

TOKEN = "<string(maxlength=200):token>"  # noqa: S105  # longer and shorter ones get the page that explains, not a 404
GRANTED = "Access is granted. Your agency is told, and its checks are asked again in a moment."


class AgreeForm(Form):
    """Nothing but the button: what is granted is what was asked for."""


@bp.get(f"/access/{TOKEN}")
@requires(Permission.PORTAL_READ)
def access_request(token: str) -> ResponseReturnValue:
    try:
        return _page(_opened(token), token)
    except RequestGone as exc:
        return _gone(exc)


@bp.post(f"/access/{TOKEN}")
@requires(Permission.PORTAL_GRANT)
def grant_requested_access(token: str) -> ResponseReturnValue:
    form, person = AgreeForm(), the_person()
    try:
        row = _opened(token)
        if not form.validate_on_submit():
            return _page(row, token, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        with transaction():
            access_requests.accept(row, by_user_id=person.user_id, actor=person.actor)
            source_id = row.account.public_id
    except RequestGone as exc:
        return _gone(exc)
    except NotPossible as exc:
        return _page(_opened(token), token, refusal=str(exc), status=HTTPStatus.CONFLICT)
    flash(GRANTED, "success")
    return redirect(_source_url(source_id) or url_for("portal.sources"), HTTPStatus.SEE_OTHER)


@bp.post(f"/access/{TOKEN}/opened")
@requires(Permission.PORTAL_READ, panel=True)
def access_request_opened(token: str) -> ResponseReturnValue:
    """The page says by itself that it was looked at; a mail scanner that follows links does not come here."""
    try:
        row = _opened(token)
    except RequestGone:
        return "", HTTPStatus.NO_CONTENT
    with transaction():
        access_requests.note_opened(row, actor=the_person().actor)
    return "", HTTPStatus.NO_CONTENT


def _opened(token: str) -> AccessRequest:
    person = the_person()
    return access_requests.open_link(token, user_id=person.user_id, organization_id=person.organization_id)


def _source_url(source_id: str) -> str:
    """Empty where the source was not published yet."""
    is_shown = published_sources.find(current_organization().id, source_id) is not None
    return url_for("portal.show_source", source_id=source_id) if is_shown else ""


def _page(row: AccessRequest, token: str, *, refusal: str = "", status: int = HTTPStatus.OK) -> Response:
    html = render_template(
        "portal/access.html",
        organization=current_organization(),
        label=row.account.source_label,
        reads=access_requests.labels_of(row.reads),
        writes=access_requests.labels_of(row.writes),
        why=row.why,
        expires_at=row.expires_at,
        token=token,
        source_url=_source_url(row.account.public_id),
        refusal=refusal,
    )
    return _with_policy(html, status)


def _gone(gone: RequestGone) -> Response:
    html = render_template("portal/access_gone.html", organization=current_organization(), title=gone.title, sentence=str(gone))
    return _with_policy(html, HTTPStatus.GONE)


def _with_policy(html: str, status: int) -> Response:
    response = make_response(html, status)
    response.headers["Referrer-Policy"] = "strict-origin"
    return response
