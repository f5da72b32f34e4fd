"""The demo: what it asks for, what it leaves alone the second time."""

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app.cli.demo import make_demo
from app.clock import utc_now
from app.extensions import db
from app.imports.files import inspect_file
from app.models import (
    ConfigurationStatus,
    ConnectorState,
    FieldMap,
    ImportBatch,
    Organization,
    Promotion,
    ProviderAccount,
    ReportMetric,
    SyncJob,
)
from app.services import configurations, promotion_packets, stands
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
    assert before[:2] == [2, 7]
    (data_dir / "exports" / "jobs.xlsx").unlink()
    make_demo()
    assert counts() == before
    assert not (data_dir / "exports" / "jobs.xlsx").exists()


def test_the_walk_leaves_one_connector_at_each_gate_and_one_live(app: Flask, data_dir: Path) -> None:
    make_demo()
    seen = []
    for _again in range(2):
        db.session.rollback()
        result = app.test_cli_runner().invoke(args=["demo-walk"])
        assert result.exit_code == 0, result.output
        seen.append(counts())
    assert seen[0] == seen[1]
    found = {}
    for account in db.session.scalars(sa.select(ProviderAccount)):
        status = ConfigurationStatus.DRAFT if account.state is ConnectorState.PREPARING else ConfigurationStatus.LIVE
        standing = stands.of(account, configurations.find(account, status))
        found[account.source_label] = (account.state.value, standing.gate.number, standing.is_all_open)
    assert found == {
        "ServiceTitan exports": ("live", 5, True),
        "Payment exports": ("preparing", 5, False),
        "Job exports": ("preparing", 4, False),
        "Invoice exports": ("preparing", 3, False),
        "Membership exports": ("preparing", 2, False),
        "Call tracking sheet": ("preparing", 1, False),
        "ServiceTitan monthly reports": ("preparing", 1, False),
    }
    live = db.session.scalars(sa.select(Promotion)).one()
    assert promotion_packets.verify(live) == []
    assert utc_now() - timedelta(days=4) < live.requested_at < utc_now() - timedelta(days=2)


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
