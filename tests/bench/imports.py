"""How long an import takes from the file to rolled-up points, against a bare LOAD DATA of the same rows in the same run.

The server keeps its defaults for what survives a crash and gets a buffer pool of one gigabyte; everything runs as the
runtime account. Each import runs in a process of its own, whose highest memory is told too. BENCH_ROWS shrinks it all.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app import create_app
from app.audit import Actor, ActorKind
from app.models import AccessMode, ProviderAccount
from app.services import accounts as connectors
from app.services import configurations, organizations
from app.unit_of_work import transaction
from tests.bench import floor
from tests.bench.invoices import write_invoices
from tests.support.databases import KEY_RING, SECRET_KEY, Accounts, make_accounts, settings_for
from tests.support.factories import PASSED_THREE_GATES
from tests.support.mariadb import MariaDb, execute

ROOT = Path(__file__).resolve().parents[2]
ROWS = int(os.environ.get("BENCH_ROWS", "1000000"))
MEMORY_ROWS_FACTOR = 4
Line = dict[str, object]


@dataclass(frozen=True)
class Bench:
    """A server with both databases, and a connector to import into."""

    accounts: Accounts
    directory: Path
    account_id: str
    server: MariaDb

    def run(self, *command: str) -> dict[str, Any]:
        """Work in a process of its own.

        :return: what it says: ``seconds``, ``peak_mb`` and counts
        """
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("FIVEGATE_", "FLASK_"))}
        runtime = self.accounts.runtime
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.import_child", *command],
            cwd=ROOT,
            env={  # nothing of whoever runs this
                **environment,
                "FIVEGATE_ENVIRONMENT": "embedded",
                "FIVEGATE_DATA_DIR": str(self.directory / "data"),
                "FIVEGATE_SECRET_KEY": SECRET_KEY,
                "FIVEGATE_KEY_RING": KEY_RING,
                "FIVEGATE_DATABASE_URL": runtime[0],
                "FIVEGATE_TRAFFIC_DATABASE_URL": runtime[1],
            },
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"The measured import failed.\n{done.stdout}\n{done.stderr[-2000:]}")
        told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return told


@contextmanager
def bench() -> Iterator[Bench]:
    with tempfile.TemporaryDirectory(prefix="fivegate-bench-") as name:
        directory = Path(name)
        (directory / "data").mkdir()
        server = MariaDb.start("--innodb-buffer-pool-size=1G", durable=True)
        try:
            accounts = make_accounts(server, suffix="bench")
            yield Bench(accounts, directory, _connector(accounts, directory), server)
        finally:
            server.stop()


def _connector(accounts: Accounts, directory: Path) -> str:
    app = create_app(settings_for(accounts, data_dir=directory / "data"))
    with app.app_context(), transaction():
        return past_gate_three().public_id


def past_gate_three() -> ProviderAccount:
    """A connector into which rows that count may come."""
    actor = Actor(ActorKind.COMMAND, "bench")
    organization = organizations.create_organization(
        name="Bench",
        slug="bench",
        time_zone="America/Chicago",
        currency="USD",
        week_start=1,
        fiscal_month=1,
        brand_color="#1f5f8b",
        actor=actor,
    )
    account = connectors.create_connector(
        organization=organization,
        provider="servicetitan",
        mode=AccessMode.MANUAL,
        source_label="Bench",
        owner=None,
        actor=actor,
    )
    configurations.draft_of(account).passed_gates = PASSED_THREE_GATES
    return account


def imports() -> Iterator[Line]:
    """First, again, changed, taken back: each a line with the floor of this run and the ratio to it."""
    with bench() as place:
        path, changed = place.directory / "invoices.csv", place.directory / "changed.csv"
        write_invoices(path, ROWS)
        write_invoices(changed, ROWS, changed=True)
        bare = _floor(place, path)
        first = place.run("import", place.account_id, str(path))
        yield _line("import_first", first, bare, expected={"new": ROWS})
        again = place.run("import", place.account_id, str(path))
        yield _line("import_again", again, bare, expected={"new": 0, "changed": 0})
        altered = place.run("import", place.account_id, str(changed))
        yield _line("import_changed", altered, bare, expected={"new": 0, "changed": -(-ROWS // 100)})
        taken_back = [place.run("reverse", told["batch"]) for told in (altered, again, first)]
        yield _line("import_reverse", taken_back[-1], bare, expected={})
        yield _memory("import_memory_1m", first)


def memory_of_the_long_import() -> Iterator[Line]:
    """Four times as many rows."""
    with bench() as place:
        path = place.directory / "invoices.csv"
        write_invoices(path, ROWS * MEMORY_ROWS_FACTOR)
        yield _memory("import_memory_4m", place.run("import", place.account_id, str(path)))


def _floor(place: Bench, path: Path) -> float:
    schema = place.accounts.runtime[0].partition("?")[0].rpartition("/")[2]
    user = place.accounts.runtime[0].partition("://")[2].partition(":")[0]
    execute(place.accounts.admin[0], floor.CREATE, f"GRANT SELECT, INSERT ON `{schema}`.{floor.TABLE} TO '{user}'@'localhost'")
    seconds = floor.seconds_of_a_bare_load(place.accounts.runtime[0], path, ROWS)
    execute(place.accounts.admin[0], f"DROP TABLE {floor.TABLE}")
    return seconds


def _line(name: str, told: dict[str, Any], bare: float, *, expected: dict[str, int]) -> Line:
    for count, wanted in expected.items():
        if told["counts"][count] != wanted:
            raise SystemExit(f"{name}: {told['counts'][count]} rows {count} instead of {wanted}: nothing was measured.")
    return {
        "name": name,
        "value": round(told["seconds"], 2),
        "unit": "s",
        "floor": round(bare, 2),
        "ratio": round(told["seconds"] / bare, 2),
        "rows": ROWS,
        "stages": told.get("stages", []),
    }


def _memory(name: str, told: dict[str, Any]) -> Line:
    return {"name": name, "value": round(told["peak_mb"]), "unit": "MB", "floor": 400, "ratio": round(told["peak_mb"] / 400, 2)}
