"""The application factory."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from flask import Flask, request
from jinja2 import StrictUndefined
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from app import logs, nudge
from app.config import ROOT, Settings, load_settings
from app.extensions import csrf, db, engine_options, limiter, migrate, prepare_engine, will_write
from app.models.base import TRAFFIC
from app.services.installation import use_settings

MAX_FORM_BYTES = 512 * 1024
ASSET_MANIFEST = ROOT / "static" / "vendor" / "manifest.json"


def create_app(settings: Settings | None = None, *, pool_size: int = 5) -> Flask:
    """Build the application.

    :param pool_size: connections that each database engine keeps; a worker takes 1, so that the connection named in
        its job's row is the one that it works on
    :raises SettingsError: if the environment cannot be used
    """
    settings = settings or load_settings()
    logs.configure(settings.log_format)
    app = Flask(__name__, static_folder=None, template_folder=str(ROOT / "templates"))
    _configure(app, settings, pool_size)
    _make_room_for_files(app, settings)
    _bind_extensions(app, settings)
    _register_web(app, settings)
    _register_blueprints(app, settings)
    _register_consequences()
    _serve_static(app)
    return app


def _configure(app: Flask, settings: Settings, pool_size: int) -> None:
    app.extensions["fivegate.settings"] = settings
    use_settings(settings)
    url = settings.database_url.get_secret_value()
    traffic_url = settings.traffic_database_url.get_secret_value()
    app.config.update(
        DEBUG=settings.debug,
        TESTING=settings.environment == "test",
        SECRET_KEY=settings.secret_key.get_secret_value(),
        MAX_CONTENT_LENGTH=MAX_FORM_BYTES,
        MAX_FORM_MEMORY_SIZE=MAX_FORM_BYTES,
        MAX_FORM_PARTS=200,
        SESSION_COOKIE_NAME="fivegate_session",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.is_https,
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.session_absolute_hours),
        WTF_CSRF_TIME_LIMIT=None,  # the token lives as long as the session
        SQLALCHEMY_DATABASE_URI=url,
        SQLALCHEMY_ENGINE_OPTIONS=engine_options(url, pool_size=pool_size),
        SQLALCHEMY_BINDS={TRAFFIC: {"url": traffic_url, **engine_options(traffic_url, pool_size=pool_size)}},
        RATELIMIT_STORAGE_URI=_limiter_url(settings.redis_url.get_secret_value()),
        RATELIMIT_STORAGE_OPTIONS={"socket_timeout": 1, "socket_connect_timeout": 1},
        RATELIMIT_KEY_PREFIX="fivegate-limit",
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def _limiter_url(url: str) -> str:
    """The limiter's library names Unix sockets differently from redis-py."""
    return url.replace("unix://", "redis+unix://", 1) if url.startswith("unix://") else url


def _bind_extensions(app: Flask, settings: Settings) -> None:
    db.init_app(app)
    migrate.init_app(app, db, directory=str(ROOT / "migrations"))
    csrf.init_app(app)
    limiter.init_app(app)
    app.extensions[nudge.EXTENSION] = nudge.connect(settings.redis_url.get_secret_value())
    with app.app_context():
        for engine in db.engines.values():
            prepare_engine(engine)


def _make_room_for_files(app: Flask, settings: Settings) -> None:
    """Before the forms' protection is bound: it reads the whole body."""
    from app.web import large_files

    large_files.init_app(app, settings)


def _register_web(app: Flask, settings: Settings) -> None:
    from app.web import current, errors, filters, headers, htmx, large_files, shell

    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    logs.init_app(app)
    htmx.init_app(app)
    large_files.keep_files_private(app)
    current.init_app(app)
    headers.init_app(app, settings)
    errors.init_app(app)
    filters.init_app(app)
    shell.init_app(app, _assets())

    @app.before_request
    def expect_writes() -> None:
        will_write.set(request.method not in {"GET", "HEAD", "OPTIONS"})

    @app.teardown_request
    def expect_none(_error: BaseException | None) -> None:
        will_write.set(False)  # what runs next in this thread says so itself


def _register_blueprints(app: Flask, settings: Settings) -> None:
    from app import admin, auth, cli, portal
    from app.web import health, metrics

    app.register_blueprint(health.bp)
    app.register_blueprint(auth.bp)
    if settings.serves_staff:
        app.register_blueprint(metrics.bp)
        app.register_blueprint(admin.bp, url_prefix="/admin")
    if settings.serves_clients:
        app.register_blueprint(portal.bp, url_prefix="/portal")
    cli.init_app(app)


def _register_consequences() -> None:
    """What has to be written with a setting that changes: in the same transaction, whoever changes it."""
    from app import unit_of_work
    from app.services import card_changes, facet_changes, watch_marks

    for follow in (facet_changes.follow, watch_marks.follow, card_changes.follow):  # what is published is true after everything else
        if follow not in unit_of_work.before_commit:
            unit_of_work.before_commit.append(follow)


def _serve_static(app: Flask) -> None:
    """Serve the built assets: compressed beforehand, names hold a hash, so a browser keeps them for a year."""
    whitenoise = WhiteNoise(app.wsgi_app, autorefresh=False, immutable_file_test=_has_hash, max_age=300)
    if ASSET_MANIFEST.parent.is_dir():
        whitenoise.add_files(str(ASSET_MANIFEST.parent), prefix="static/")
    app.wsgi_app = whitenoise  # type: ignore[method-assign]


def _has_hash(_path: str, url: str) -> bool:
    return re.search(r"\.[0-9a-f]{12}\.\w+$", url) is not None


def _assets() -> dict[str, str]:
    """Asset name → built file name."""
    if not ASSET_MANIFEST.exists():
        structlog.get_logger(__name__).warning("assets.missing", advice="run make run or make test once: they build static/vendor")
        return {}
    names: dict[str, Any] = json.loads(Path(ASSET_MANIFEST).read_text())
    return {str(name): str(file) for name, file in names.items()}
