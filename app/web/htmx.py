"""The one module that knows htmx-flask: whether a request wants a fragment, and how to answer with one."""

from http import HTTPStatus
from typing import Any

from flask import Flask, Response, make_response, request
from htmx_flask import Htmx
from jinja2_fragments.flask import render_block

STOP_POLLING = 286
"""htmx swaps the answer in and stops polling."""

_htmx = Htmx()


def init_app(app: Flask) -> None:
    _htmx.init_app(app)


def wants_fragment() -> bool:
    """Whether htmx asked for a part of a page (and not a boosted or restored whole one)."""
    htmx: Any = request.htmx  # type: ignore[attr-defined]  # htmx-flask puts it there without types
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def fragment(template: str, block: str, *, status: int = HTTPStatus.OK, **context: Any) -> Response:
    """One block of a page, as the page itself would show it."""
    return make_response(render_block(template, block, **context), status)


def unchanged() -> Response:
    """Nothing new: htmx leaves the panel as it is and goes on polling."""
    return make_response("", HTTPStatus.NO_CONTENT)


def redirect_whole_page(url: str, status: int = HTTPStatus.OK) -> Response:
    """Tell htmx to leave the page: a sign-in form must not land inside a panel."""
    response = make_response("", status)
    response.headers["HX-Redirect"] = url
    return response
