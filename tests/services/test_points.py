"""Daily points: counted again for the days that something touched, equal to a recount, and never by two at once."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.extensions import db
from app.models import DataHome, DirtyCause, LeadClass, MetricPoint, ProviderAccount, Restatement, StateOfBatch
from app.services import points
from app.services.points import Counted
from app.unit_of_work import transaction
from tests.support import factories
from tests.support.row_tables import Row, RowTable, Written, days_from

FIRST = date(2026, 9, 1)
D1, D2, D3, D4, D5 = days_from(FIRST, 5)


@pytest.fixture
def account(app: Flask) -> ProviderAccount:
    return factories.connector(of=factories.organization())


def roll_up(account: ProviderAccount, data_type: str = "calls", *, written: Written | None = None) -> Counted:
    counted = points.count_points(account, data_type)
    with transaction():
        points.write_points(counted, batch=written.batch if written else None)
    points.forget_dirty_days(counted)
    return counted


def stored(key: str = "booked_calls") -> dict[tuple[date, str], str]:
    db.session.expire_all()
    found = db.session.scalars(sa.select(MetricPoint).where(MetricPoint.metric_key == key))
    shown = {(point.local_date, point.dim): f"{point.num:f}" if point.den is None else f"{point.num:f}/{point.den:f}" for point in found}
    db.session.rollback()
    return {key: value.replace(".0000", "") for key, value in shown.items()}


def ledger(key: str = "booked_calls") -> list[tuple[Any, ...]]:
    rows = db.session.scalars(sa.select(Restatement).where(Restatement.metric_key == key).order_by(Restatement.id)).all()
    shown = [(row.local_date, _plain(row.was_num), _plain(row.became_num), row.cause.value) for row in rows]
    db.session.rollback()
    return shown


def _plain(value: Decimal | None) -> int | None:
    return None if value is None else int(value)


@pytest.mark.parametrize("home", list(DataHome))
def test_points_are_sums_of_the_current_active_genuine_rows(account: ProviderAccount, home: DataHome) -> None:
    calls = RowTable(account, home=home)
    rows = [
        Row("1", D1),
        Row("2", D1, "unbooked"),
        Row("3", D1, active=False),
        Row("4", D1, lead_class=LeadClass.SPAM),
        Row("5", D2, campaign="Ads"),
        Row("6", D2, campaign="ads"),
        Row("7", None),
    ]
    written = calls.write(rows)
    calls.write([Row("8", D1), Row("1", D1, "unbooked")], state=StateOfBatch.LOADING)
    roll_up(account, written=written)
    assert stored() == {(D1, ""): "1", (D2, ""): "2"}
    assert stored("booking_rate") == {(D1, ""): "1/2", (D2, ""): "2/2"}
    assert stored("leads_by_campaign_source") == {(D1, ""): "2", (D2, "Ads"): "1", (D2, "ads"): "1"}
    assert calls.dirty_days() == set()


def test_money_is_added_exactly(account: ProviderAccount) -> None:
    invoices = RowTable(account, "invoices")
    written = invoices.write([Row(str(number), D1, "", amount=Decimal("0.07")) for number in range(100)] + [Row("x", D1, "", amount=None)])
    roll_up(account, "invoices", written=written)
    assert stored("revenue_invoiced") == {(D1, ""): "7"}
    point = db.session.scalars(sa.select(MetricPoint)).one()
    assert (point.rows, point.num, point.signal_kind) == (101, Decimal("7.0000"), "invoice")


def test_only_touched_days_are_counted(account: ProviderAccount) -> None:
    calls = RowTable(account)
    roll_up(account, written=calls.write([Row("1", D1), Row("2", D5)]))
    calls.change("1", active=False)  # past the imports: nobody noted the day
    counted = roll_up(account, written=calls.write([Row("3", D5)]))
    assert set(counted.days) == {D5}
    assert stored() == {(D1, ""): "1", (D5, ""): "2"}


@pytest.mark.parametrize("touched", [[D1, D2, D3], [D1, D1 + timedelta(days=40)], days_from(D1, 30)])
def test_a_range_and_single_days_give_the_same(account: ProviderAccount, touched: list[date]) -> None:
    calls = RowTable(account)
    everywhere = [Row(day.isoformat(), day) for day in days_from(D1, 45)]
    roll_up(account, written=calls.write(everywhere))
    counted = roll_up(account, written=calls.write([Row(day.isoformat(), day, "unbooked") for day in touched]))
    assert set(counted.days) == set(touched)
    assert stored() == {(row.day, ""): "1" for row in everywhere if row.day not in touched}


def test_a_killed_roll_up_is_done_again(account: ProviderAccount) -> None:
    calls = RowTable(account)
    written = calls.write([Row("1", D1)])
    counted = points.count_points(account, "calls")
    with transaction():
        points.write_points(counted, batch=written.batch)
    assert calls.dirty_days() == {D1}  # killed before the notes were removed
    roll_up(account, written=written)
    assert stored() == {(D1, ""): "1"}
    assert calls.dirty_days() == set()
    assert ledger() == []


def test_a_day_that_becomes_dirty_after_it_was_counted_is_left_to_the_next_round(account: ProviderAccount) -> None:
    calls = RowTable(account)
    written = calls.write([Row("1", D1), Row("2", D2)])
    counted = points.count_points(account, "calls")
    calls.change("1", note=True, status="unbooked")
    with transaction():
        points.write_points(counted, batch=written.batch)
    points.forget_dirty_days(counted)
    assert counted.skipped == {D1}
    assert stored() == {(D2, ""): "1"}
    assert calls.dirty_days() == {D1}
    roll_up(account)
    assert stored() == {(D2, ""): "1"}
    assert calls.dirty_days() == set()


@pytest.mark.parametrize("is_forgotten", [False, True])
def test_an_older_count_never_overwrites_a_newer_one(account: ProviderAccount, *, is_forgotten: bool) -> None:
    calls = RowTable(account)
    written = calls.write([Row("1", D1)])
    older = points.count_points(account, "calls")
    calls.change("1", note=True, status="unbooked")
    newer = points.count_points(account, "calls")
    with transaction():
        points.write_points(newer, batch=None)
    if is_forgotten:
        points.forget_dirty_days(newer)
    with transaction():
        points.write_points(older, batch=written.batch)
    points.forget_dirty_days(older)
    points.forget_dirty_days(newer)
    assert older.skipped == {D1}
    assert stored("booking_rate") == {(D1, ""): "0/1"}
    assert calls.dirty_days() == set()


def test_days_before_the_horizon_are_never_counted_again(account: ProviderAccount) -> None:
    calls = RowTable(account)
    roll_up(account, written=calls.write([Row("1", D1), Row("2", D3)]))
    factories.data_type(account=account, data_type="calls", sealed_before=D2)
    calls.change("1", note=True, active=False)
    calls.change("2", note=True, active=False)
    roll_up(account)
    assert stored() == {(D1, ""): "1"}
    assert calls.dirty_days() == set()
    assert points.recount(account, "calls").points == {}


def test_a_reversal_brings_back_the_points_of_before(account: ProviderAccount) -> None:
    calls = RowTable(account)
    roll_up(account, written=calls.write([Row("1", D1), Row("2", D2)]))
    before = stored("booking_rate")
    second = calls.write([Row("1", D3), Row("2", D2, "unbooked"), Row("3", D4)])
    roll_up(account, written=second)
    assert stored() == {(D3, ""): "1", (D4, ""): "1"}
    calls.reverse(second)
    roll_up(account, written=second)
    assert stored("booking_rate") == before


def test_the_first_filling_of_days_is_no_restatement(account: ProviderAccount) -> None:
    calls = RowTable(account)
    roll_up(account, written=calls.write([Row("1", D1), Row("2", D2)]))
    roll_up(account, written=calls.write([Row("3", D3), Row("4", D4)]))
    assert ledger() == []


def test_what_a_source_adds_at_its_growing_end_is_no_restatement(account: ProviderAccount) -> None:
    calls = RowTable(account)
    roll_up(account, written=calls.write([Row("1", D1), Row("2", D2)]))
    roll_up(account, written=calls.write([Row("3", D1), Row("4", D2), Row("5", D3)]))
    assert ledger() == [(D1, 1, 2, "source")]


def test_a_rewritten_past_is_told_with_what_it_was_and_what_it_became(account: ProviderAccount) -> None:
    calls = RowTable(account)
    roll_up(account, written=calls.write([Row("1", D1), Row("2", D1), Row("3", D3)]))
    second = calls.write([Row("1", D2), Row("3", D3, active=False)])
    roll_up(account, written=second)
    assert ledger() == [(D1, 2, 1, "source"), (D2, None, 1, "source"), (D3, 1, None, "source")]
    row = db.session.scalars(sa.select(Restatement)).first()
    assert row is not None
    assert row.batch_public_id == second.batch.public_id


def test_a_row_that_changes_without_changing_the_figure_is_no_restatement(account: ProviderAccount) -> None:
    calls = RowTable(account)
    roll_up(account, written=calls.write([Row("1", D1), Row("9", D2)]))
    roll_up(account, written=calls.write([Row("1", D1, campaign="Ads")]))
    assert ledger() == []
    assert [entry[1:] for entry in ledger("leads_by_campaign_source")] == [(1, None, "source"), (None, 1, "source")]


@pytest.mark.parametrize("cause", [DirtyCause.MAP, DirtyCause.RULES, DirtyCause.REVERSAL])
def test_the_ledger_names_the_cause(account: ProviderAccount, cause: DirtyCause) -> None:
    calls = RowTable(account)
    roll_up(account, written=calls.write([Row("1", D1), Row("2", D2)]))
    roll_up(account, written=calls.write([Row("1", D1, "unbooked")], cause=cause))
    assert ledger() == [(D1, 1, None, cause.value)]


def test_of_several_causes_the_weightiest_is_named(account: ProviderAccount) -> None:
    calls = RowTable(account)
    roll_up(account, written=calls.write([Row("1", D1), Row("2", D2)]))
    calls.note(D1, cause=DirtyCause.RULES)
    roll_up(account, written=calls.write([Row("1", D1, "unbooked")], cause=DirtyCause.MAP))
    assert [entry[3] for entry in ledger()] == ["map"]


def test_all_points_can_be_counted_anew_without_a_word_in_the_ledger(account: ProviderAccount) -> None:
    calls = RowTable(account)
    roll_up(account, written=calls.write([Row("1", D1), Row("2", D2)]))
    with transaction():
        db.session.execute(sa.delete(MetricPoint).where(MetricPoint.local_date == D1))
        db.session.execute(sa.update(MetricPoint).values(num=Decimal(9)))
    counted = points.count_all(account, "calls")
    with transaction():
        points.write_points(counted, batch=None)
    points.forget_dirty_days(counted)
    assert stored() == {(D1, ""): "1", (D2, ""): "1"}
    assert ledger() == []


def test_one_connector_never_counts_another_ones_rows(account: ProviderAccount) -> None:
    other = factories.connector(of=account.organization)
    RowTable(other).write([Row("1", D1)])
    roll_up(account, written=RowTable(account).write([Row("1", D2)]))
    assert stored() == {(D2, ""): "1"}


@pytest.mark.parametrize("data_type", ["calls", "invoices"])
@pytest.mark.parametrize("touched", [1, 30])
def test_rows_are_counted_from_the_covering_index_alone(account: ProviderAccount, data_type: str, touched: int) -> None:
    table = RowTable(account, data_type)
    table.write([Row(day.isoformat(), day, amount=Decimal(1)) for day in days_from(D1, 40)])
    table.reverse(table.write([Row(day.isoformat(), day, "unbooked", amount=Decimal(2)) for day in days_from(D1, touched)]))
    seen: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_rest: object) -> None:
        if "GROUP BY" in statement:
            seen.append((statement, parameters))

    engine = table.home.engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        points.recount(account, data_type, days=days_from(D1, touched))
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    ((statement, parameters),) = seen
    with engine.connect() as connection:
        (plan,) = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).mappings().all()
    assert plan["key"] == f"ix_{table.rows.__tablename__}_roll"
    assert "Using index" in plan["Extra"].replace("Using index condition", "")
