"""Whatever batches come, go and come again: points equal a count that knows nothing of the program, on every clean day."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import create_app
from app.extensions import db
from app.models import DataHome, LeadClass, MetricPoint, ProviderAccount, Restatement
from app.services import point_checks, points
from app.services.point_checks import LiveStream
from app.unit_of_work import transaction
from tests.support import factories
from tests.support.databases import SqliteFiles, settings_for
from tests.support.row_tables import Row, RowTable, Written
from tests.support.valkey import Valkey

FIRST = date(2026, 2, 26)
IDS = st.sampled_from([str(number) for number in range(8)])
DAYS = st.one_of(st.none(), st.integers(0, 5).map(lambda number: FIRST + timedelta(days=number)), st.just(FIRST + timedelta(days=60)))
CALLS = st.builds(
    Row,
    IDS,
    DAYS,
    st.sampled_from(["booked", "unbooked", "excused", ""]),
    active=st.booleans(),
    campaign=st.sampled_from(["", "Ads", "ads"]),
    lead_class=st.sampled_from([LeadClass.GENUINE, LeadClass.GENUINE, LeadClass.DUPLICATE]),
)
INVOICES = st.builds(
    Row,
    IDS,
    DAYS,
    st.just(""),
    active=st.booleans(),
    amount=st.one_of(st.none(), st.decimals("-1000", "100000", places=4)),
)
STEPS = ("write", "write", "write", "reverse", "roll_up", "roll_up", "killed")


def steps(rows: st.SearchStrategy[Row]) -> st.SearchStrategy[list[tuple[str, list[Row]]]]:
    return st.lists(st.tuples(st.sampled_from(STEPS), st.lists(rows, max_size=6)), min_size=1, max_size=10)


class Story:
    """Batches of one connector's data type, and a plain memory of what is current."""

    def __init__(self, data_type: str, home: DataHome) -> None:
        self.account: ProviderAccount = factories.connector(of=factories.organization())
        self.data_type = data_type
        self.table = RowTable(self.account, data_type, home=home)
        self.states: list[dict[str, Row]] = [{}]
        """What was current before each batch that was not reversed, and now."""
        self.written: list[Written] = []

    def play(self, step: str, rows: list[Row]) -> None:
        if step == "write":
            self.written.append(self.table.write(rows))
            self.states.append({**self.states[-1], **{row.external_id: row for row in rows}})
        elif step == "reverse" and self.written:
            self.table.reverse(self.written.pop())
            self.states.pop()
        elif step in {"roll_up", "killed"}:
            self.roll_up(is_killed=step == "killed")

    def roll_up(self, *, is_killed: bool = False) -> None:
        counted = points.count_points(self.account, self.data_type)
        with transaction():
            points.write_points(counted, batch=self.written[-1].batch if self.written else None)
        if not is_killed:
            points.forget_dirty_days(counted)

    def expected(self) -> dict[tuple[str, date, str], tuple[int, Decimal, Decimal | None]]:
        found: dict[tuple[str, date, str], list[Row]] = defaultdict(list)
        for row in self.states[-1].values():
            if row.day is None or not row.active or row.lead_class is not LeadClass.GENUINE:
                continue
            for key, line in self.lines_of(row):
                found[key, row.day, line].append(row)
        return {name: figure_of(name[0], rows) for name, rows in found.items()}

    def lines_of(self, row: Row) -> Iterator[tuple[str, str]]:
        if self.data_type == "invoices":
            yield "revenue_invoiced", ""
            return
        if row.status == "booked":
            yield "booked_calls", ""
        if row.status in {"booked", "unbooked"}:
            yield "booking_rate", ""
            yield "leads_by_campaign_source", row.campaign

    def stored(self) -> dict[tuple[str, date, str], tuple[int, Decimal, Decimal | None]]:
        query = sa.select(MetricPoint).where(MetricPoint.account_id == self.account.id)
        found = {(point.metric_key, point.local_date, point.dim): (point.rows, point.num, point.den) for point in db.session.scalars(query)}
        db.session.rollback()
        return found


def figure_of(key: str, rows: list[Row]) -> tuple[int, Decimal, Decimal | None]:
    match key:
        case "revenue_invoiced":
            return len(rows), sum((row.amount or Decimal(0) for row in rows), Decimal(0)), None
        case "booking_rate":
            return len(rows), Decimal(sum(row.status == "booked" for row in rows)), Decimal(len(rows))
    return len(rows), Decimal(len(rows)), None


def tell(data_type: str, home: DataHome, story: list[tuple[str, list[Row]]]) -> None:
    played = Story(data_type, home)
    for step, rows in story:
        played.play(step, rows)
        dirty = played.table.dirty_days()
        expected, stored = played.expected(), played.stored()
        differing = {name for name in expected.keys() | stored.keys() if expected.get(name) != stored.get(name)}
        assert {day for _key, day, _line in differing} <= dirty
    played.roll_up()
    assert played.table.dirty_days() == set()
    assert played.stored() == played.expected()
    stream = LiveStream(played.account.public_id, data_type, is_waiting=False)
    assert point_checks.prove(played.account, stream, sample=None).is_sound
    empty = sa.select(Restatement.id).where(Restatement.was_num == Restatement.became_num, Restatement.was_den.is_(None))
    assert db.session.scalars(empty).all() == []
    db.session.rollback()


SLOWLY = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@pytest.mark.parametrize("home", list(DataHome))
@SLOWLY
@given(steps(CALLS))
def test_points_of_leads_equal_a_recount(app: Flask, home: DataHome, story: list[tuple[str, list[Row]]]) -> None:
    tell("calls", home, story)


@SLOWLY
@given(steps(INVOICES))
def test_points_of_money_equal_a_recount(app: Flask, story: list[tuple[str, list[Row]]]) -> None:
    tell("invoices", DataHome.APP, story)


@pytest.fixture(scope="module")
def embedded(valkey: Valkey, tmp_path_factory: pytest.TempPathFactory, sqlite_files: SqliteFiles) -> Iterator[Flask]:
    directory: Path = tmp_path_factory.mktemp("sqlite")
    app = create_app(settings_for(sqlite_files.copy_to(directory), data_dir=directory, redis_url=valkey.url))
    with app.app_context():
        yield app
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


@pytest.mark.parametrize("home", list(DataHome))
@SLOWLY
@given(steps(CALLS))
def test_points_of_leads_equal_a_recount_on_sqlite(embedded: Flask, home: DataHome, story: list[tuple[str, list[Row]]]) -> None:
    tell("calls", home, story)


@SLOWLY
@given(steps(INVOICES))
def test_points_of_money_equal_a_recount_on_sqlite(embedded: Flask, story: list[tuple[str, list[Row]]]) -> None:
    tell("invoices", DataHome.TRAFFIC, story)
