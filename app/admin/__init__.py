"""Staff console."""

from flask import Blueprint

bp = Blueprint("admin", __name__)

from app.admin import overview  # noqa: E402,F401  # views register themselves on the blueprint above
