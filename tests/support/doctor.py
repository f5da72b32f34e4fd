"""Looking at a set-up with flask doctor's eyes."""

from dataclasses import replace

from flask import Flask

from app import nudge
from app.config import Environment
from app.extensions import db
from app.models.base import TRAFFIC
from app.services.doctor import CHECKS, Finding, Setup, WebFlags

FLAGS = WebFlags(debug=False, cookie_secure=False, cookie_http_only=True, cookie_same_site="Lax")


def setup_of(app: Flask) -> Setup:
    return Setup(app.extensions["fivegate.settings"], FLAGS, db.engines[None], db.engines[TRAFFIC], app.extensions[nudge.EXTENSION])


def changed(setup: Setup, *, production: bool = False, **changes: object) -> Setup:
    """The same set-up with other settings, as they would be after the guards of production have passed them."""
    values = {**changes, **({"environment": Environment.PRODUCTION, "public_url": "https://portal.example.com"} if production else {})}
    return replace(setup, settings=setup.settings.model_copy(update=values))


def look(key: str, setup: Setup) -> list[Finding]:
    (check,) = [check for check in CHECKS if check.key == key]
    return check.run(setup)


def levels(key: str, setup: Setup) -> list[str]:
    return [finding.level.value for finding in look(key, setup)]


def text(findings: list[Finding]) -> str:
    return "\n".join(f"{finding.sentence} {finding.remedy}" for finding in findings)
