"""Bringing files in and taking them back, on both kinds of database and in both homes."""

import pytest
from flask import Flask

from app.extensions import db
from app.models import BatchStatus, DataHome, JobStatus
from tests.imports.engine.support import bring, calls, changed, counts, invoices, picture, put_in_home, take_back
from tests.support import factories

MAKERS = {"invoices": invoices, "calls": calls}


@pytest.fixture(params=["invoices", "calls"])
def data_type(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(params=list(DataHome))
def home(request: pytest.FixtureRequest) -> DataHome:
    return request.param


def test_a_file_comes_in_again_changed_and_back(app: Flask, data_type: str, home: DataHome) -> None:
    account = factories.connector()
    put_in_home(account, data_type, home)
    rows = MAKERS[data_type](60)
    first = bring(account, rows)
    assert (first.status, first.job.status, counts(first)) == (BatchStatus.COMPLETE, JobStatus.SUCCEEDED, (60, 0, 0))
    assert first.home is home
    before = picture(account, with_history=False)
    again = bring(account, rows)
    assert (again.status, counts(again)) == (BatchStatus.COMPLETE, (0, 0, 60))
    assert picture(account, with_history=False) == before
    later = bring(account, [*changed(rows, 10), *MAKERS[data_type](5, first=500)])
    assert counts(later) == (5, 6, 54)
    assert picture(account, with_history=False) != before
    assert take_back(later).status is BatchStatus.REVERSED
    assert picture(account, with_history=False) == before
    take_back(again)
    take_back(first)
    gone = picture(account, with_history=False)
    assert not any(gone.values())
    db.session.rollback()
