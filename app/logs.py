"""Structured logs: events with fields. Bodies, lists, dicts and anything that looks like a secret never get in."""

import logging
import re
import sys
import time
from typing import Any

import structlog
from flask import Flask, Response, g, request
from structlog.typing import EventDict, WrappedLogger

from app.config import LogFormat
from app.ids import new_public_id

REDACTED = "[redacted]"
_SECRET_NAME = re.compile(r"pass(word)?|secret|token|authorization|cookie|api_?key|app_?key|key_ring|email|phone", re.IGNORECASE)
_URL_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]*:[^/@\s]*(?=@)")
_SCALARS = (str, int, float, bool, type(None))


def configure(log_format: LogFormat) -> None:
    """Send structlog and the standard library through one formatter to standard error."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        refuse_what_must_not_be_logged,
    ]
    # Neither renderer prints the locals of frames: they hold form values and keys.
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if log_format is LogFormat.JSON
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    )
    exceptions = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    final: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if log_format is LogFormat.JSON:
        final.append(exceptions)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[*final, redact_exception_text, renderer])
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for noisy in ("rq", "rq.worker", "flask-limiter", "alembic", "werkzeug"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def refuse_what_must_not_be_logged(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Redact secrets by name, and collections altogether: nobody knows what is in them."""
    for name, value in event.items():
        if name.startswith("_") or name in {"exc_info", "event"}:
            continue
        if _SECRET_NAME.search(name) or not isinstance(value, _SCALARS):
            event[name] = REDACTED
        elif isinstance(value, str):
            event[name] = _URL_CREDENTIALS.sub(REDACTED, value)
    return event


def redact_exception_text(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Database errors quote statement parameters: keep their kind and number, drop the values."""
    for name in ("exception", "event"):
        text = event.get(name)
        if isinstance(text, str):
            event[name] = _PARAMETERS.sub(f"[parameters: {REDACTED}]", _URL_CREDENTIALS.sub(REDACTED, text))
    return event


_PARAMETERS = re.compile(r"\[parameters: .*?\](?=\n|$)", re.DOTALL)


def init_app(app: Flask) -> None:
    @app.before_request
    def begin() -> None:
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=new_public_id())
        g.began = time.perf_counter()

    @app.after_request
    def finish(response: Response) -> Response:
        structlog.get_logger("app.request").info(
            "request.finished",
            method=request.method,
            # The rule, not the path: paths hold link tokens.
            rule=request.url_rule.rule if request.url_rule else "none",
            status=response.status_code,
            milliseconds=round((time.perf_counter() - g.began) * 1000, 1) if "began" in g else None,
        )
        return response
