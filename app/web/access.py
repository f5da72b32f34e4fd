"""Who may call a route. Every view declares it; the declaration is stored on the view, where a test reads it.

Order: ``@bp.get(...)`` above, the declaration right below it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any, ParamSpec

from flask import abort, flash, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from app.security.permissions import Permission
from app.web.current import TIMED_OUT, Person, current_person, touch_session
from app.web.htmx import redirect_whole_page, wants_fragment

P = ParamSpec("P")
View = Callable[P, ResponseReturnValue]
_ATTRIBUTE = "__access__"


@dataclass(frozen=True)
class Access:
    """What a view demands."""

    permission: Permission | None
    """None: open to everybody."""
    is_panel: bool = False
    """A part that polls: it does not count as a click."""
    works_before_enrolment: bool = False
    """Reachable for staff who still have to set up their second factor."""


def declared_access(view: Callable[..., Any]) -> Access | None:
    return getattr(view, _ATTRIBUTE, None)


def public(view: View[P]) -> View[P]:
    """Open to visitors."""
    setattr(view, _ATTRIBUTE, Access(None))
    return view


def requires(permission: Permission, *, panel: bool = False, before_enrolment: bool = False) -> Callable[[View[P]], View[P]]:
    """Only for people whose role grants ``permission``."""
    access = Access(permission, is_panel=panel, works_before_enrolment=before_enrolment)

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            person = current_person()
            if person is None:
                return _to_sign_in()
            if not access.is_panel:
                touch_session()
            if person.must_enrol and not access.works_before_enrolment:
                return _to_enrolment()
            if not person.may(permission):
                _refuse(person, permission)
            return view(*args, **kwargs)

        setattr(guarded, _ATTRIBUTE, access)
        return guarded

    return decorate


def _refuse(person: Person, permission: Permission) -> None:
    """Staff are told what they lack; to a client the console does not exist."""
    abort(HTTPStatus.FORBIDDEN if person.is_staff or permission is Permission.PORTAL_READ else HTTPStatus.NOT_FOUND)


def _to_sign_in() -> ResponseReturnValue:
    if session.pop(TIMED_OUT, False):
        flash("You were signed out because nothing was clicked for a while. Sign in to go on.", "info")
    wanted = request.full_path.rstrip("?") if request.method == "GET" and not wants_fragment() else None
    url = url_for("auth.sign_in", next=wanted) if wanted and wanted != "/" else url_for("auth.sign_in")
    if wants_fragment():
        return redirect_whole_page(url)
    return redirect(url, HTTPStatus.SEE_OTHER)


def _to_enrolment() -> ResponseReturnValue:
    url = url_for("auth.second_factor")
    if wants_fragment():
        return redirect_whole_page(url)
    flash("Set up your second factor first: staff need one here.", "info")
    return redirect(url, HTTPStatus.SEE_OTHER)
