"""Where the demo's own walk leaves its connectors."""

import subprocess
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from app.clock import utc_now
from app.config import load_settings
from app.extensions import db
from app.models import ConfigurationStatus, ConnectorState, FieldMap, ImportBatch, Promotion, ProviderAccount, ReportMetric, SyncJob
from app.services import configurations, promotion_packets, stands
from tests.browser.conftest import BIN, ROOT, Installation
from tests.support.apps import another_app


@pytest.fixture
def demo(app: Flask, installation: Installation, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The application as the installation's processes are, in this one."""
    for name, value in installation.environment.items():
        if name.startswith("FIVEGATE_"):
            monkeypatch.setenv(name, value)
    with another_app(load_settings()) as made, made.app_context():
        yield made
        db.session.remove()


def counts() -> list[int]:
    """Rows of connectors; what the scheduler asks for has none."""
    db.session.rollback()
    queries = [sa.select(sa.func.count()).select_from(row) for row in (ProviderAccount, FieldMap, ImportBatch, ReportMetric, Promotion)]
    queries.append(sa.select(sa.func.count()).select_from(SyncJob).where(SyncJob.account_id.is_not(None)))
    return [db.session.scalar(query) or 0 for query in queries]


@pytest.mark.timeout(1200)  # as long as the demo's own walk takes, which comes first
@pytest.mark.usefixtures("walked", "demo")
def test_the_walk_leaves_one_connector_at_each_gate_and_one_in_each_state(installation: Installation) -> None:
    found = {}
    for account in db.session.scalars(sa.select(ProviderAccount)):
        status = ConfigurationStatus.DRAFT if account.state is ConnectorState.PREPARING else ConfigurationStatus.LIVE
        standing = stands.of(account, configurations.find(account, status))
        # The watch may have noted by now what the card has told since the export was due.
        state = ConnectorState.LIVE if account.state is ConnectorState.LATE else account.state
        found[account.source_label] = (state.value, standing.gate.number, standing.is_all_open)
    assert found == {
        "ServiceTitan exports": ("live", 5, True),
        "Dispatch board": ("live", 5, True),
        "Invoice archive": ("needs_attention", 1, False),
        "Payment gateway": ("needs_customer", 1, False),
        "Card terminal (old)": ("retired", 5, True),
        "Payment exports": ("preparing", 5, False),
        "Job exports": ("preparing", 4, False),
        "Invoice exports": ("preparing", 3, False),
        "Membership exports": ("preparing", 2, False),
        "Call tracking sheet": ("preparing", 1, False),
        "ServiceTitan monthly reports": ("preparing", 1, False),
    }
    live = db.session.scalars(
        sa.select(Promotion).join(ProviderAccount).where(ProviderAccount.source_label == "ServiceTitan exports")
    ).one()
    assert promotion_packets.verify(live) == []
    assert utc_now() - timedelta(days=4) < live.requested_at < utc_now() - timedelta(days=2)
    before = counts()
    again = subprocess.run([BIN / "flask", "demo-walk"], env=dict(installation.environment), cwd=ROOT, check=False, capture_output=True)
    assert again.returncode == 0, again.stderr.decode()[-2000:]
    assert counts() == before
