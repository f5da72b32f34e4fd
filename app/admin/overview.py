"""What staff see first."""

from flask import render_template
from flask.typing import ResponseReturnValue

from app.admin import bp
from app.clock import utc_now
from app.security.permissions import Permission
from app.services.overview import overview_for
from app.web.access import requires
from app.web.current import the_person


@bp.get("/")
@requires(Permission.ORGANIZATION_READ)
def overview() -> ResponseReturnValue:
    now = utc_now()
    return render_template("admin/overview.html", overview=overview_for(the_person().user_id, now=now), today=now.date())
