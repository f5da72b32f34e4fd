"""Runs migrations in both databases, as the account that may change tables.

Each revision has a part for the application database and one for the traffic database. MySQL commits after every
DDL statement, so a revision holds one step: what was done before a failure is never half a revision.
"""

from typing import Any

import sqlalchemy as sa
from alembic import context
from alembic.operations import MigrationScript
from alembic.runtime.migration import MigrationContext
from flask import current_app
from pydantic import SecretStr

from app.config import Settings
from app.extensions import engine_options, prepare_engine, will_write
from app.models import Base, TrafficBase
from app.models.base import UtcDateTime

HOMES: dict[str, sa.MetaData] = {"app": Base.metadata, "traffic": TrafficBase.metadata}


def render_item(kind: str, item: Any, _context: Any) -> str | bool:
    """Write our own column types by name in new revisions."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "types.UtcDateTime()"
    return False


def keep_if_changed(_context: MigrationContext, _revision: Any, directives: list[MigrationScript]) -> None:
    """Write no revision when nothing differs."""
    config = context.config
    if config.cmd_opts is not None and getattr(config.cmd_opts, "autogenerate", False):
        script = directives[0]
        if all(ops.is_empty() for ops in script.upgrade_ops_list):
            directives[:] = []


def url_of(settings: Settings, home: str) -> str:
    pairs: dict[str, tuple[SecretStr, SecretStr]] = {
        "app": (settings.migrations_database_url, settings.database_url),
        "traffic": (settings.traffic_migrations_database_url, settings.traffic_database_url),
    }
    own, runtime = pairs[home]
    return own.get_secret_value() or runtime.get_secret_value()


def run() -> None:
    settings: Settings = current_app.extensions["fivegate.settings"]
    before = will_write.set(True)
    for home, metadata in HOMES.items():
        url = url_of(settings, home)
        engine = sa.create_engine(url, **engine_options(url, pool_size=1, runtime=False))
        prepare_engine(engine, runtime=False)
        with engine.connect() as connection:
            context.configure(
                connection=connection,
                target_metadata=metadata,
                upgrade_token=f"{home}_upgrades",
                downgrade_token=f"{home}_downgrades",
                render_item=render_item,
                render_as_batch=connection.dialect.name == "sqlite",
                process_revision_directives=keep_if_changed,
                compare_type=True,
                transaction_per_migration=True,
            )
            with context.begin_transaction():
                context.run_migrations(home=home)
        engine.dispose()
    will_write.reset(before)


run()
