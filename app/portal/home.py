"""What clients see first."""

from flask import render_template
from flask.typing import ResponseReturnValue

from app.portal import bp
from app.security.permissions import Permission
from app.services.sources import sources_of
from app.web.access import requires
from app.web.current import current_organization


@bp.get("/")
@requires(Permission.PORTAL_READ)
def home() -> ResponseReturnValue:
    organization = current_organization()
    return render_template("portal/home.html", organization=organization, sources=sources_of(organization))
