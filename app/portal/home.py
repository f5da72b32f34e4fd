"""What clients see first."""

from flask import render_template
from flask.typing import ResponseReturnValue

from app.portal import bp
from app.security.permissions import Permission
from app.web.access import requires
from app.web.current import current_organization


@bp.get("/")
@requires(Permission.PORTAL_READ)
def home() -> ResponseReturnValue:
    return render_template("portal/home.html", organization=current_organization())
