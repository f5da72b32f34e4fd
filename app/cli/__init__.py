"""Commands: `flask --help` lists them."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register every command group."""
    from app.cli import database

    for group in (database,):
        group.init_app(app)
