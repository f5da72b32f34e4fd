"""Error pages. None of them calls the database: the database may be what failed."""

from http import HTTPStatus

import structlog
from flask import Flask, Response, make_response, render_template
from flask_limiter.errors import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from app.services.errors import InvalidField, ServiceError
from app.web.htmx import wants_fragment

log = structlog.get_logger(__name__)

WORDS: dict[int, tuple[str, str]] = {
    400: ("This request could not be read", "Go back, reload the page and try again. What you typed is still in the form."),
    403: ("Your role does not allow this", "Nothing was changed. An admin can do it, or change your role."),
    404: ("There is nothing here", "The address may be mistyped, or what it named is not yours to see."),
    405: ("This address does not answer that way", "Go back to the page you came from and use its buttons."),
    409: ("This does not fit what is there now", "Nothing was changed. Reload the page to see how things stand."),
    413: (
        "That is too large",
        "Nothing was saved. Shorten the text or choose a smaller file, then send it again: going back keeps what you typed.",
    ),
    415: ("This kind of content is not accepted here", "Nothing was changed. Use the form on the page."),
    422: ("Something in the form cannot be taken", "Nothing was saved. Go back and correct it: what you typed is still there."),
    429: ("Too many attempts", "Wait a few minutes and try again. Nothing is locked for good."),
    500: (
        "Something broke on our side",
        "Nothing half done was saved. Try again; if it happens again, tell your admin the reference below.",
    ),
    507: (
        "There is no room left for this",
        "Nothing was saved. The disk of this installation is full: tell whoever runs it to make room, then try again.",
    ),
    503: ("Fivegate cannot be reached just now", "Nothing was changed. Try again in a minute."),
}


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(RateLimitExceeded, _limited)
    app.register_error_handler(NoResultFound, _missing)
    app.register_error_handler(StaleDataError, _stale)
    app.register_error_handler(ServiceError, _service)
    app.register_error_handler(Exception, _broken)


def error_page(status: int, *, sentence: str = "", way_on: str = "") -> Response:
    """An error page, or its short form for a fragment."""
    title, default_way_on = WORDS.get(status, WORDS[500] if status >= 500 else WORDS[400])
    template = "errors/fragment.html" if wants_fragment() else "errors/page.html"
    reference = structlog.contextvars.get_contextvars().get("request_id", "")
    html = render_template(template, status=status, title=title, sentence=sentence, way_on=way_on or default_way_on, reference=reference)
    return make_response(html, status)


def _http(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        return error.get_response()  # type: ignore[return-value]  # werkzeug's Response is what Flask's derives from
    return error_page(error.code)


def _csrf(_error: CSRFError) -> Response:
    return error_page(
        400, sentence="The form's safety token is missing or too old.", way_on="Go back, reload the page and send the form again."
    )


def _limited(_error: RateLimitExceeded) -> Response:
    response = error_page(429)
    response.headers["Retry-After"] = "900"
    return response


def _missing(_error: NoResultFound) -> Response:
    return error_page(404)


def _stale(_error: StaleDataError) -> Response:
    return error_page(409, sentence="Somebody else changed this in the same moment.")


def _service(error: ServiceError) -> Response:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if isinstance(error, InvalidField) else HTTPStatus.CONFLICT
    return error_page(status, sentence=str(error))


def _broken(error: Exception) -> Response:
    # The traceback's frames stay in the log; their local variables, which may hold secrets, are never logged.
    log.error("request.broken", error=type(error).__name__, exc_info=error)
    return error_page(500)
