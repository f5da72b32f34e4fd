"""What a request sends to the application database, and by which index the server answers it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from app.extensions import db


@dataclass
class Heard:
    """Statements with their parameters, in their order."""

    sent: list[tuple[str, Any]] = field(default_factory=list)

    def without_index(self) -> list[str]:
        """Statements that read a whole table because nothing else is possible. (A tiny table is read whole by choice.)"""
        found = []
        with db.engine.connect() as connection:
            for statement, parameters in self.sent:
                if not statement.lstrip().upper().startswith("SELECT"):
                    continue
                plan = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).mappings().all()
                found += [f"{step['table']}: {statement}" for step in plan if step["type"] == "ALL" and step["possible_keys"] is None]
        return found


@contextmanager
def heard() -> Iterator[Heard]:
    """Listen to the application database."""
    collected = Heard()

    def before(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        collected.sent.append((statement, parameters))

    sa.event.listen(db.engine, "before_cursor_execute", before)
    try:
        yield collected
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", before)
