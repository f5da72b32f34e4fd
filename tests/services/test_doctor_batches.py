"""What flask doctor says where the two databases do not tell the same of an import."""

import pytest
import sqlalchemy as sa
from flask import Flask

from app.extensions import db
from app.homes import HOMES
from app.models import BatchStatus, DataHome, ImportBatch, JobStatus, StateOfBatch
from app.unit_of_work import transaction
from tests.imports.engine.support import bring, invoices, put_in_home, take_back
from tests.support import factories
from tests.support.doctor import levels, look, setup_of

HOME = HOMES[DataHome.TRAFFIC]


@pytest.fixture
def batch(app: Flask) -> ImportBatch:
    account = factories.connector()
    put_in_home(account, "invoices", DataHome.TRAFFIC)
    take_back(bring(account, invoices(3)))
    return bring(account, invoices(3))


def test_imports_and_reversals_leave_nothing_to_say(app: Flask, batch: ImportBatch) -> None:
    assert [finding.sentence for finding in look("batches", setup_of(app))] == ["Both databases tell the same of 2 imports."]


def test_what_counts_in_one_and_not_in_the_other_is_a_danger(app: Flask, batch: ImportBatch) -> None:
    for status, state in (
        (BatchStatus.COMPLETE, StateOfBatch.LOADING),
        (BatchStatus.COMPLETE, StateOfBatch.REVERSED),
        (BatchStatus.REVERSED, StateOfBatch.COMPLETE),
        (BatchStatus.FAILED, StateOfBatch.COMPLETE),
    ):
        with transaction():
            batch.status = status
        with HOME.writing() as session:
            session.execute(sa.update(HOME.state).where(HOME.state.batch_public_id == batch.public_id).values(state=state))
        (finding,) = look("batches", setup_of(app))
        assert finding.level.value == "danger"
        assert batch.public_id in finding.sentence
    with transaction():
        db.session.delete(batch)
    (finding,) = look("batches", setup_of(app))
    assert finding.level.value == "danger"
    assert "restored from a backup" in finding.remedy


def test_a_batch_that_no_job_works_on_is_a_warning(app: Flask) -> None:
    batch = factories.import_batch(status=BatchStatus.STAGED)
    assert levels("batches", setup_of(app)) == ["ok"]
    with transaction():
        batch.job.status = JobStatus.PARKED
    (finding,) = look("batches", setup_of(app))
    assert finding.level.value == "warning"
    assert finding.sentence.startswith(f"1 import stopped half-way, and no job works on it: {batch.public_id}.")
