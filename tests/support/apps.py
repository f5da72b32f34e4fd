"""A second application beside the session's, for tests that need other settings."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask

from app import create_app
from app.config import Settings
from app.extensions import db, limiter
from app.services import installation
from tests.support.client import PageClient


@contextmanager
def another_app(settings: Settings) -> Iterator[Flask]:
    """Extensions and settings are the process's: what a new application does to them is taken back at the end."""
    former_settings, former_limiter = installation.settings(), dict(vars(limiter))
    app = create_app(settings)
    app.test_client_class = PageClient
    try:
        yield app
    finally:
        with app.app_context():
            for engine in db.engines.values():
                engine.dispose()
        vars(limiter).clear()
        vars(limiter).update(former_limiter)
        installation.use_settings(former_settings)
