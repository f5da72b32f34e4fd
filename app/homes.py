"""The two homes of imported rows, one explicit session each.

Rows never go through the session of the web: it knows a class's database, not a row's. Whoever writes to a home holds
no transaction of another one meanwhile: nothing here is atomic over two databases, and on SQLite the application's
database would wait for itself.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.extensions import db, will_write
from app.models import (
    AppBatchState,
    AppDirtyDay,
    AppLead,
    AppRecord,
    AppStaged,
    AppStream,
    DataHome,
    TrafficBatchState,
    TrafficDirtyDay,
    TrafficLead,
    TrafficRecord,
    TrafficStaged,
    TrafficStream,
)
from app.models.base import TRAFFIC

Stream = AppStream | TrafficStream
BatchState = AppBatchState | TrafficBatchState
Row = AppRecord | AppLead | TrafficRecord | TrafficLead


@dataclass(frozen=True)
class Home:
    """Where rows are: the classes of its tables and how to reach it. Both homes have the same tables."""

    key: DataHome
    stream: type[AppStream] | type[TrafficStream]
    state: type[AppBatchState] | type[TrafficBatchState]
    staged: type[AppStaged] | type[TrafficStaged]
    record: type[AppRecord] | type[TrafficRecord]
    lead: type[AppLead] | type[TrafficLead]
    dirty_day: type[AppDirtyDay] | type[TrafficDirtyDay]

    @property
    def engine(self) -> sa.Engine:
        return db.engine if self.key is DataHome.APP else db.engines[TRAFFIC]

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session to read with; nothing is committed."""
        before = will_write.set(False)
        try:
            with Session(self.engine) as session:
                yield session
                session.rollback()
        finally:
            will_write.reset(before)

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction in this home: committed at the end, undone on an error."""
        before = will_write.set(True)
        try:
            with Session(self.engine) as session, session.begin():
                yield session
        finally:
            will_write.reset(before)


HOMES: dict[DataHome, Home] = {
    DataHome.APP: Home(DataHome.APP, AppStream, AppBatchState, AppStaged, AppRecord, AppLead, AppDirtyDay),
    DataHome.TRAFFIC: Home(DataHome.TRAFFIC, TrafficStream, TrafficBatchState, TrafficStaged, TrafficRecord, TrafficLead, TrafficDirtyDay),
}
