"""Client portal."""

from flask import Blueprint

bp = Blueprint("portal", __name__)

from app.portal import brand, home, logo, mails  # noqa: E402,F401  # views register themselves on the blueprint above
