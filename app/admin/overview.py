"""What staff see first."""

from flask import render_template
from flask.typing import ResponseReturnValue

from app.admin import bp
from app.security.permissions import Permission
from app.web.access import requires


@bp.get("/")
@requires(Permission.ORGANIZATION_READ)
def overview() -> ResponseReturnValue:
    return render_template("admin/overview.html")
