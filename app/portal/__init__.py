"""Client portal."""

from flask import Blueprint

bp = Blueprint("portal", __name__)

from app.portal import (  # noqa: E402  # views register themselves on the blueprint above
    access_link,  # noqa: F401
    brand,  # noqa: F401
    home,  # noqa: F401
    logo,  # noqa: F401
    mails,  # noqa: F401
    metrics,  # noqa: F401
    questions,  # noqa: F401
    sources,  # noqa: F401
)
