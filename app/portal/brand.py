"""The organization's color as a style sheet of its own: the policy forbids styles inside a page."""

from flask import make_response, request
from flask.typing import ResponseReturnValue

from app.portal import bp
from app.security.permissions import Permission
from app.services.contrast import Brand, Shade, brand_of
from app.web.access import requires
from app.web.current import current_organization

KEEP_SECONDS = 86_400


@bp.get("/brand.css")
@requires(Permission.PORTAL_READ)
def brand_style() -> ResponseReturnValue:
    """The page's address carries the organization's version, so a browser may keep this for as long as nothing changes."""
    organization = current_organization()
    response = make_response(style_of(brand_of(organization.brand_color)))
    response.mimetype = "text/css"
    response.headers["Cache-Control"] = f"private, max-age={KEEP_SECONDS}"
    response.set_etag(f"{organization.public_id}-{organization.version}")
    return response.make_conditional(request)


def style_of(brand: Brand) -> str:
    return f":root{{{_variables(brand.light)}}}@media screen and (prefers-color-scheme: dark){{:root{{{_variables(brand.dark)}}}}}\n"


def _variables(shade: Shade) -> str:
    return f"--fg-brand:{shade.color};--fg-brand-ink:{shade.ink}"
