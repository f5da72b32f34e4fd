"""The database's clock: leases compare instants of several machines, so one clock decides."""

from datetime import UTC, datetime
from typing import cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.models.base import UtcDateTime


def is_server(executor: Session | sa.Connection) -> bool:
    """Whether there is a server with connections of its own, which SQLite is not."""
    bind = executor.get_bind() if isinstance(executor, Session) else executor
    return bind.dialect.name != "sqlite"


def database_now(executor: Session | sa.Connection) -> datetime:
    """The present instant by the database's clock. On SQLite that is this machine's."""
    if not is_server(executor):
        return datetime.now(UTC)
    return cast(datetime, executor.scalar(sa.select(server_now())))


def server_now() -> sa.ColumnElement[datetime]:
    """The same as a part of a statement, where there is a server."""
    return sa.type_coerce(sa.func.utc_timestamp(sa.text("6")), UtcDateTime)
