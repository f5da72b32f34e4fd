"""The demo: what it asks for, what it leaves alone the second time."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app.cli.demo import make_demo
from app.extensions import db
from app.imports.files import inspect_file
from app.models import FieldMap, ImportBatch, Organization, ProviderAccount, ReportMetric, SyncJob
from app.services.demo_exports import company_of, write_exports

ROWS = (Organization, ProviderAccount, FieldMap, ImportBatch, SyncJob, ReportMetric)


def counts() -> list[int]:
    db.session.rollback()
    return [db.session.scalar(sa.select(sa.func.count()).select_from(row)) or 0 for row in ROWS]


@pytest.fixture
def data_dir(app: Flask) -> Iterator[Path]:
    """Of all tests of this process, without what the demo writes into it."""
    path: Path = app.extensions["fivegate.settings"].data_dir
    yield path
    (path / "demo.json").unlink()
    shutil.rmtree(path / "exports")


def test_the_demo_is_filled_in_once_and_leaves_changed_files_alone(data_dir: Path) -> None:
    make_demo()
    before = counts()
    assert before[:2] == [2, 11]
    (data_dir / "exports" / "jobs.xlsx").unlink()
    make_demo()
    assert counts() == before
    assert not (data_dir / "exports" / "jobs.xlsx").exists()


def test_the_exports_are_messy_and_read_right(tmp_path: Path) -> None:
    write_exports(tmp_path / "exports", company_of(seed=11, time_zone="America/Los_Angeles", today=date(2026, 11, 22)))
    found = {path.name: inspect_file(path) for path in (tmp_path / "exports").iterdir()}
    assert {name: (each.reading.delimiter, each.reading.header_row, each.reading.totals_rows) for name, each in found.items()} == {
        "calls.csv": (",", 4, 1),
        "calls-corrected.csv": (",", 4, 1),
        "invoices.csv": (";", 1, 1),
        "jobs.xlsx": (",", 4, 1),
    }
    assert all(each.rows > 200 for each in found.values())
