"""Whether the process is alive, and whether it can work."""

from http import HTTPStatus

import sqlalchemy as sa
from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue
from redis.exceptions import RedisError
from sqlalchemy.exc import SQLAlchemyError

from app.extensions import db
from app.nudge import redis_client
from app.web.access import public

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def alive() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="alive")


@bp.get("/readyz")
@public
def ready() -> ResponseReturnValue:
    """Database and queue answer. A queue that is away stops no page, so it is told, not refused."""
    database = _database_answers()
    body = {"database": "ok" if database else "away", "queue": "ok" if _queue_answers() else "away"}
    return jsonify(body), HTTPStatus.OK if database else HTTPStatus.SERVICE_UNAVAILABLE


def _database_answers() -> bool:
    try:
        db.session.execute(sa.text("SELECT 1"))
    except SQLAlchemyError:
        return False
    return True


def _queue_answers() -> bool:
    try:
        return bool(redis_client().ping())
    except RedisError:
        return False
