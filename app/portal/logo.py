"""The organization's logo."""

from flask import make_response
from flask.typing import ResponseReturnValue

from app.portal import bp
from app.security.permissions import Permission
from app.services import logos
from app.web.access import requires
from app.web.current import current_organization

ONE_YEAR = 31_536_000


@bp.get("/logo/<string(length=64):digest>.png")
@requires(Permission.PORTAL_READ)
def show_logo(digest: str) -> ResponseReturnValue:
    """Another logo has another address, so a browser may keep this one. Another organization's is not there."""
    png, found = logos.png_of(current_organization(), digest)
    response = make_response(png)
    response.mimetype = "image/png"
    response.headers["Cache-Control"] = f"private, max-age={ONE_YEAR}, immutable"
    response.set_etag(found)
    return response
