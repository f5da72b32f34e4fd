"""The nightly proof: what was left over is counted, and what does not equal its rows opens a task."""

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask

from app.extensions import db
from app.models import AdminTask, BatchStatus, DataHome, JobStatus, MetricPoint, ProviderAccount, StateOfBatch, TaskStatus
from app.queue import JobKind
from app.services import point_checks
from app.unit_of_work import transaction
from tests.services.test_job_handlers import carried_out
from tests.services.test_points import D1, D2, roll_up, stored
from tests.support import factories
from tests.support.row_tables import Row, RowTable


@pytest.fixture
def account(app: Flask) -> ProviderAccount:
    return factories.connector(of=factories.organization())


def tamper(day: date) -> None:
    with transaction():
        db.session.execute(sa.update(MetricPoint).where(MetricPoint.local_date == day).values(num=Decimal(99)))


def open_tasks() -> list[AdminTask]:
    db.session.expire_all()
    return list(db.session.scalars(sa.select(AdminTask).where(AdminTask.status == TaskStatus.OPEN)))


@pytest.mark.parametrize("home", list(DataHome))
def test_figures_that_equal_their_rows_are_said_to(account: ProviderAccount, home: DataHome) -> None:
    table = RowTable(account, home=home)
    roll_up(account, written=table.write([Row("1", D1), Row("2", D2)]))
    job = carried_out(JobKind.PROVE_POINTS)
    assert job.status is JobStatus.SUCCEEDED
    assert job.result_note == "Figures equal their rows: 2 days of 1 data type."
    assert open_tasks() == []


def test_days_that_were_left_over_are_counted(account: ProviderAccount) -> None:
    table = RowTable(account)
    table.write([Row("1", D1), Row("2", D2)])
    job = carried_out(JobKind.PROVE_POINTS)
    assert job.result_note.endswith("Left over and counted now: 2 days.")
    assert stored() == {(D1, ""): "1", (D2, ""): "1"}
    assert table.dirty_days() == set()


def test_days_of_an_import_that_is_under_way_are_left_to_it(account: ProviderAccount) -> None:
    table = RowTable(account)
    table.write([Row("1", D1)])
    factories.import_batch(account=account, status=BatchStatus.STAGED)
    assert carried_out(JobKind.PROVE_POINTS).status is JobStatus.SUCCEEDED
    assert (stored(), table.dirty_days(), open_tasks()) == ({}, {D1}, [])


def test_a_figure_that_differs_opens_one_task_and_it_closes_when_mended(account: ProviderAccount) -> None:
    table = RowTable(account)
    roll_up(account, written=table.write([Row("1", D1), Row("2", D2)]))
    tamper(D2)
    for _ in range(2):
        job = carried_out(JobKind.PROVE_POINTS)
        assert "not sound" in job.result_note
        (task,) = open_tasks()
    assert task.kind == "points-differ"
    assert task.account_id == account.id
    assert "the points of 1 of 2 days do not equal a recount (2026-09-02)" in task.detail
    table.note(D2)
    carried_out(JobKind.PROVE_POINTS)
    assert open_tasks() == []


def test_a_point_that_is_missing_differs_too(account: ProviderAccount) -> None:
    roll_up(account, written=RowTable(account).write([Row("1", D1), Row("2", D2)]))
    with transaction():
        db.session.execute(sa.delete(MetricPoint).where(MetricPoint.local_date == D1))
    assert carried_out(JobKind.PROVE_POINTS).counts == '{"bad":1,"data_types":1,"days":2,"left_over":0}'


def test_sealed_days_are_not_looked_at(account: ProviderAccount) -> None:
    roll_up(account, written=RowTable(account).write([Row("1", D1), Row("2", D2)]))
    factories.data_type(account=account, data_type="calls", sealed_before=D2)
    tamper(D1)
    assert "Figures equal their rows" in carried_out(JobKind.PROVE_POINTS).result_note


def test_a_sample_of_many_days_is_looked_at(account: ProviderAccount) -> None:
    rows = [Row(str(number), date(2026, 8, 1 + number)) for number in range(20)]
    roll_up(account, written=RowTable(account).write(rows))
    assert f'"days":{point_checks.SAMPLE_DAYS},' in carried_out(JobKind.PROVE_POINTS).counts


def test_an_id_that_is_current_twice_is_found(account: ProviderAccount) -> None:
    table = RowTable(account)
    roll_up(account, written=table.write([Row("1", D1), Row("2", D1), Row("3", D1)]))
    second = table.write([Row("1", D2), Row("2", D2)])
    with table.home.writing() as session:  # the former version of one did not end
        lead = table.home.lead
        session.execute(sa.update(lead).where(lead.ended_by == second.state_id, lead.external_id == "1").values(ended_by=None))
    assert point_checks.count_doubles(account, "calls") == 1
    carried_out(JobKind.PROVE_POINTS)
    assert "1 id current twice" in open_tasks()[0].detail


def test_former_versions_and_broken_batches_are_no_doubles(account: ProviderAccount) -> None:
    table = RowTable(account)
    table.write([Row("1", D1)])
    table.write([Row("1", D2)])
    table.write([Row("1", D1, "unbooked")], state=StateOfBatch.LOADING)
    assert point_checks.count_doubles(account, "calls") == 0
