"""Commands: `flask --help` lists them."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register every command group."""
    from app.cli import database, demo, doctor, keys

    for group in (database, demo, doctor, keys):
        group.init_app(app)
