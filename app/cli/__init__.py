"""Commands: `flask --help` lists them."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register every command group."""
    from app.cli import audit, cards, database, demo, docs, doctor, figures, imports, inspect_file, keys, people, readiness, sample, work

    for group in (audit, cards, database, demo, docs, doctor, figures, imports, inspect_file, keys, people, readiness, sample, work):
        group.init_app(app)
