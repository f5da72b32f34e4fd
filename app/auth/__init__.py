"""Signing in and out, invitations, second factor, the own account."""

from flask import Blueprint

bp = Blueprint("auth", __name__)

from app.auth import account, links, second_factor, sign_in, unsubscribe  # noqa: E402,F401  # views register themselves on the blueprint above
