"""Client portal."""

from flask import Blueprint

bp = Blueprint("portal", __name__)

from app.portal import access_link, brand, home, questions, sources  # noqa: E402,F401  # views register themselves on the blueprint above
