"""`/metrics`: figures of Fivegate itself, for a Prometheus of the own networks alone. To everybody else there is nothing here."""

from flask import Blueprint, Response, abort, request
from flask.typing import ResponseReturnValue
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from app.services.exposition import exposition_of
from app.services.health_figures import collect
from app.web.access import public
from app.web.current import settings

bp = Blueprint("metrics", __name__)


@bp.get("/metrics")
@public
def exposition() -> ResponseReturnValue:
    if not _is_from_own_network():
        abort(404)
    return Response(exposition_of(collect()), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _is_from_own_network() -> bool:
    """By the address that counts: a proxy's only where no proxy is trusted, and then whoever is behind it is not known."""
    is_forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    if is_forwarded and not settings().trusted_proxies:
        return False
    return settings().is_metrics_reader(request.remote_addr or "")
