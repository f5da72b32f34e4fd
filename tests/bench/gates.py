"""The connector page with few and with millions of records behind it, and rounds of the periodic re-check and of the watch over many
connectors.

Both run in this process on a server of their own, as the runtime account. FIVEGATE_BENCH_ROWS and FIVEGATE_BENCH_CONNECTORS
shrink it all.
"""

import json
import logging
import os
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.extensions import db
from app.jobs import entry
from app.models import (
    AppRecord,
    AppStream,
    Authorization,
    Base,
    ConnectorConfiguration,
    ConnectorFacet,
    EvidenceDependency,
    ExportAgreement,
    JobStatus,
    Lane,
    Promotion,
    ProviderAccount,
    ReadinessCurrent,
    ReadinessEvidence,
    SyncJob,
)
from app.queue import JobKind, QueueClass
from app.services import jobs, rechecks
from app.unit_of_work import transaction
from tests.bench.imports import Line
from tests.gates.walking import People, live_connector
from tests.support import factories
from tests.support.client import PageClient, sign_in_as
from tests.support.databases import make_accounts, settings_for
from tests.support.mariadb import MariaDb
from tests.support.statements import Heard, heard
from tests.support.valkey import Valkey

SMALL = 10_000
LARGE = int(os.environ.get("FIVEGATE_BENCH_ROWS", "5000000"))
CONNECTORS = int(os.environ.get("FIVEGATE_BENCH_CONNECTORS", "2000"))
CHUNK = 250_000
REQUESTS = 60
WARM_UP = 5
APART = 1_000_000
"""Between the id of a row and that of its next copy."""
LATE = 100
MOST_SECONDS = 60
MOST_STATEMENTS = 12
READS_ALL = frozenset({"ALL", "index"})
TINY = 100
"""Rows of a table that the server reads whole by choice, whatever indexes there are."""


@dataclass(frozen=True)
class Place:
    """A server with two connectors that went the whole way."""

    app: Flask
    admin: sa.Engine
    """May do everything in the application database."""
    accounts: tuple[str, str]
    """Public ids."""
    person: int

    def fill(self, statement: str, **values: Any) -> None:
        with self.admin.begin() as connection:
            connection.exec_driver_sql("SET unique_checks = 0, foreign_key_checks = 0")
            connection.execute(sa.text(statement), values)

    def analyze(self, *models: type[Base]) -> None:
        """Let the server know how much there is."""
        with self.admin.connect() as connection:
            for model in models:
                connection.exec_driver_sql(f"ANALYZE TABLE {model.__tablename__}").all()


@contextmanager
def place() -> Iterator[Place]:
    with tempfile.TemporaryDirectory(prefix="fivegate-bench-") as directory:
        server = MariaDb.start("--innodb-buffer-pool-size=1G", "--innodb-log-file-size=1G")
        valkey = Valkey.start()
        logging.disable(logging.INFO)
        try:
            accounts = make_accounts(server, suffix="gates")
            app = create_app(settings_for(accounts, data_dir=Path(directory), redis_url=valkey.url))
            app.test_client_class = PageClient
            with app.app_context():
                people = People()
                connectors = (live_connector(people).public_id, live_connector(people).public_id)
                admin = sa.create_engine(accounts.admin[0])
                yield Place(app, admin, connectors, factories.staff().id)
                admin.dispose()
                db.session.remove()
        finally:
            logging.disable(logging.NOTSET)
            valkey.stop()
            server.stop()


def gates() -> Iterator[Line]:
    """The rounds first: the pages are then looked at beside many other connectors."""
    from tests.bench.home_scale import portal_home_scale  # it looks at what is made here

    with place() as here:
        yield from recheck_round(here)
        yield from watch_round(here)
        yield from connector_page_scale(here)
        yield from portal_home_scale(here)


# The round


def recheck_round(here: Place) -> Iterator[Line]:
    """Nothing changed: a round says that there is nothing to look at."""
    _copy_connector(here, CONNECTORS - 2)
    counted = db.session.scalar(sa.select(sa.func.count()).select_from(ConnectorConfiguration).where(_IS_LIVE))
    if counted != CONNECTORS:
        raise SystemExit(f"{counted} live connectors instead of {CONNECTORS}: nothing was measured.")
    db.session.rollback()
    plain, rows = _count_of_evidence()
    seconds, told, job = _round()
    if job.status is not JobStatus.SUCCEEDED or job.counts != '{"connectors":0}':
        raise SystemExit(f"The round came to {job.status}, {job.counts} {job.error_note}: nothing was measured.")
    yield {
        "name": "recheck_round",
        "value": round(seconds, 2),
        "unit": "s",
        "bound": MOST_SECONDS,
        "floor": round(plain, 3),
        "ratio": round(seconds / plain, 1),
        "connectors": CONNECTORS,
        "evidence": rows,
        "statements": len(told.sent),
        "reads_all": reads_all(told),
    }
    yield _one_that_fell(here, seconds)


def _one_that_fell(here: Place, before: float) -> Line:
    """The same round with one change among them, which it has to find and to look at."""
    account = _account(here.accounts[0])
    owner = sa.select(ConnectorConfiguration.id).where(ConnectorConfiguration.account_id == account.id, _IS_LIVE)
    here.fill(
        f"UPDATE {ConnectorFacet.__tablename__} SET digest = 'other' WHERE facet = 'zone' AND configuration_id = :id",
        id=db.session.scalar(owner),
    )
    db.session.rollback()
    seconds, told, job = _round()
    if job.status is not JobStatus.SUCCEEDED or job.counts != '{"connectors":1}':
        raise SystemExit(f"The round came to {job.status}, {job.counts} {job.error_note}: nothing was measured.")
    left = len(rechecks.to_look_at(now=job.finished_at or job.created_at))
    db.session.rollback()
    return {
        "name": "recheck_round_with_one_change",
        "value": round(seconds, 2),
        "unit": "s",
        "floor": round(before, 2),
        "ratio": round(seconds / before, 2),
        "statements": len(told.sent),
        "left": left,
    }


def watch_round(here: Place) -> Iterator[Line]:
    """Nothing happened: a round looks at nobody. Then an export of each of some connectors is late at once."""
    _settle_marks()
    plain, agreements = _count_of_agreements()
    seconds, told, job = _round(JobKind.WATCH)
    _demand(job, connectors=0)
    yield {
        "name": "watch_round",
        "value": round(seconds, 2),
        "unit": "s",
        "bound": MOST_SECONDS,
        "floor": round(plain, 3),
        "ratio": round(seconds / plain, 1),
        "connectors": CONNECTORS,
        "agreements": agreements,
        "statements": len(told.sent),
        "reads_all": reads_all(told),
    }
    some = min(LATE, CONNECTORS - 2)
    due = "next_due = DATE_SUB(CURRENT_DATE, INTERVAL 2 DAY)"
    here.fill(f"UPDATE {ExportAgreement.__tablename__} SET {due} WHERE account_id BETWEEN {APART} AND {(some + 1) * APART - 1}")
    late, told, job = _round(JobKind.WATCH)
    _demand(job, connectors=some)
    yield {
        "name": "watch_round_with_some_late",
        "value": round(late, 2),
        "unit": "s",
        "floor": round(seconds, 2),
        "ratio": round(late / seconds, 1),
        "connectors": CONNECTORS,
        "late": some,
        "statements_a_connector": round(len(told.sent) / some, 1),
    }


def _settle_marks() -> None:
    """What was done to bring the connectors live has marked them."""
    for kind in (JobKind.RECHECK, JobKind.WATCH):
        _round(kind)


def _demand(job: SyncJob, *, connectors: int) -> None:
    if job.status is not JobStatus.SUCCEEDED or json.loads(job.counts)["connectors"] != connectors:
        raise SystemExit(f"The round came to {job.status}, {job.counts} {job.error_note}: nothing was measured.")


def _count_of_agreements() -> tuple[float, int]:
    """The plain statement beside it: every row of the table that time alone changes, counted, the best of three."""
    best, rows = float("inf"), 0
    for _ in range(3):
        began = time.perf_counter()
        rows = db.session.scalars(sa.select(sa.func.count()).select_from(ExportAgreement)).one()
        best = min(best, time.perf_counter() - began)
        db.session.rollback()
    return best, rows


_IS_LIVE = ConnectorConfiguration.status_key.endswith(":live")


def _copy_connector(here: Place, copies: int) -> None:
    """Everything that the round reads of a connector, so many times: the ids of copy N lie N times ``APART`` above their own."""
    account = _account(here.accounts[0])
    ids = [row.id for row in db.session.scalars(sa.select(ConnectorConfiguration).where(ConnectorConfiguration.account_id == account.id))]
    own = f"IN ({', '.join(str(each) for each in ids)})"
    evidence = f"SELECT id FROM {ReadinessEvidence.__tablename__} WHERE configuration_id {own}"
    common = {"public_id": "UUID()"}
    elsewhere = factories.organization().id  # its client's home would be longer than the other's
    new_account = f"{account.id} + n.seq * {APART}"
    label = {**common, "id": f"old.id + n.seq * {APART}"}
    key = f"REPLACE(old.status_key, '{account.public_id}', LPAD(n.seq, 36, '0'))"
    of_configuration = {"configuration_id": f"old.configuration_id + n.seq * {APART}"}
    of_evidence = {"evidence_id": f"old.evidence_id + n.seq * {APART}"}
    plan: Sequence[tuple[type[Base], Mapping[str, str], str]] = (
        (
            ProviderAccount,
            {**label, "public_id": "LPAD(n.seq, 36, '0')", "source_label": "CONCAT('Copy ', n.seq)", "organization_id": f"{elsewhere}"},
            f"old.id = {account.id}",
        ),
        (ConnectorConfiguration, {**label, "account_id": new_account, "status_key": key}, f"old.id {own}"),
        (ConnectorFacet, of_configuration, f"old.configuration_id {own}"),
        (ReadinessEvidence, {**label, **of_configuration}, f"old.configuration_id {own}"),
        (EvidenceDependency, of_evidence, f"old.evidence_id IN ({evidence})"),
        (
            ReadinessCurrent,
            {**of_configuration, **of_evidence, "good_id": f"old.good_id + n.seq * {APART}"},
            f"old.configuration_id {own}",
        ),
        (
            Promotion,
            {
                **label,
                **of_configuration,
                "account_id": new_account,
                "live_key": "IF(old.live_key IS NULL, NULL, LPAD(n.seq, 36, '0'))",
                "packet": "''",
            },
            f"old.account_id = {account.id}",
        ),
        (ExportAgreement, {**label, "account_id": new_account}, f"old.account_id = {account.id}"),
        (
            Authorization,
            {**label, "account_id": new_account, "current_key": "LPAD(n.seq, 36, '0')"},
            f"old.account_id = {account.id} AND old.current_key IS NOT NULL",
        ),
    )
    for model, changed, which in plan:
        _copy(here, model, changed, which, copies)
    here.analyze(*(model for model, _changed, _which in plan))
    db.session.rollback()


def _copy(here: Place, model: type[Base], changed: Mapping[str, str], which: str, copies: int) -> None:
    columns = [column.name for column in model.__table__.columns]
    values = [changed.get(name, f"old.`{name}`") for name in columns]
    names = ", ".join(f"`{name}`" for name in columns)
    table = model.__tablename__
    here.fill(f"INSERT INTO {table} ({names}) SELECT {', '.join(values)} FROM {table} old JOIN seq_1_to_{copies} n WHERE {which}")


def _count_of_evidence() -> tuple[float, int]:
    """The plain statement beside it: every row of the same table counted, the best of three."""
    best, rows = float("inf"), 0
    for _ in range(3):
        began = time.perf_counter()
        rows = db.session.scalars(sa.select(sa.func.count()).select_from(ReadinessEvidence)).one()
        best = min(best, time.perf_counter() - began)
        db.session.rollback()
    return best, rows


def _round(kind: JobKind = JobKind.RECHECK) -> tuple[float, Heard, SyncJob]:
    """What the scheduler's slot of the job takes."""
    with transaction():
        if not jobs.request_slot(kind, slot=f"bench:{time.monotonic_ns()}"):
            raise SystemExit("The round before is still open: nothing was measured.")
    with heard() as told:
        began = time.perf_counter()
        entry.drain(QueueClass.WATCH.value)
        seconds = time.perf_counter() - began
    job = db.session.scalars(sa.select(SyncJob).where(SyncJob.kind == kind.value).order_by(SyncJob.id.desc()).limit(1)).one()
    return seconds, told, job


# The page


def connector_page_scale(here: Place) -> Iterator[Line]:
    """The same page of two connectors that differ in their records alone, in turns."""
    few, many = here.accounts
    began = time.perf_counter()
    _add_records(here, few, SMALL)
    _add_records(here, many, LARGE)
    here.analyze(AppRecord, AppStream, ProviderAccount)
    filled_in = time.perf_counter() - began
    browser = sign_in_as(here.app.test_client(), factories.staff())
    spent: dict[str, list[float]] = {few: [], many: []}
    for _ in range(WARM_UP):
        for account_id in here.accounts:
            _page(browser, account_id)
    for _ in range(REQUESTS):
        for account_id in here.accounts:
            spent[account_id].append(_page(browser, account_id))
    with heard() as told:
        _page(browser, many)
    over_few, over_many = (statistics.median(spent[account_id]) for account_id in here.accounts)
    yield {
        "name": "connector_page_scale",
        "value": round(over_many * 1000, 2),
        "unit": "ms",
        "floor": round(over_few * 1000, 2),
        "ratio": round(over_many / over_few, 3),
        "bound": 1.2,
        "records": [SMALL, LARGE],
        "requests": REQUESTS,
        "statements": len(told.sent),
        "most_statements": MOST_STATEMENTS,
        "without_index": told.without_index(),
        "reads_all": reads_all(told),
        "filled_in_s": round(filled_in),
    }


def _page(browser: FlaskClient, account_id: str) -> float:
    began = time.perf_counter()
    answer = browser.get(f"/admin/connectors/{account_id}")
    seconds = time.perf_counter() - began
    if answer.status_code != 200:
        raise SystemExit(f"The page answered {answer.status_code}, so there is nothing to measure.")
    return seconds


def _add_records(here: Place, account_id: str, rows: int) -> None:
    """Copies of one of its records that count, each with an id of its own, a thousand a day."""
    stream = db.session.scalars(sa.select(AppStream).where(AppStream.account_public_id == account_id, AppStream.lane == Lane.LIVE)).one()
    record = db.session.scalars(sa.select(AppRecord).where(AppRecord.stream_id == stream.id).limit(1)).one()
    changed = {
        "id": "NULL",
        "external_id": "CONCAT('bench-', LPAD(n.seq, 9, '0'))",
        "local_date": "DATE_SUB(CURRENT_DATE, INTERVAL :days - FLOOR(n.seq / 1000) DAY)",
    }
    columns = [column.name for column in AppRecord.__table__.columns]
    values = ", ".join(changed.get(name, f"old.`{name}`") for name in columns)
    names = ", ".join(f"`{name}`" for name in columns)
    own_id, days = record.id, rows // 1000 + 1
    db.session.rollback()
    for first in range(1, rows + 1, CHUNK):
        numbers = f"seq_{first}_to_{min(first + CHUNK - 1, rows)}"
        table = AppRecord.__tablename__
        here.fill(
            f"INSERT INTO {table} ({names}) SELECT {values} FROM {numbers} n JOIN {table} old ON old.id = :own ORDER BY n.seq",
            own=own_id,
            days=days,
        )


# Both


def _account(public_id: str) -> ProviderAccount:
    return db.session.scalars(sa.select(ProviderAccount).where(ProviderAccount.public_id == public_id)).one()


def reads_all(told: Heard) -> list[str]:
    """Tables, as the statement calls them, of which a statement reads every row, with how many the server expects."""
    found = []
    with db.engine.connect() as connection:
        for statement, parameters in told.sent:
            if not statement.lstrip("( \n").upper().startswith("SELECT"):
                continue
            plan = connection.exec_driver_sql(f"EXPLAIN {statement}", parameters).mappings().all()
            found += [
                f"{step['table']} ({step['type']}, {step['rows']} rows): {' '.join(statement.split())[:300]}"
                for step in plan
                if step["type"] in READS_ALL and not str(step["table"]).startswith("<") and int(step["rows"]) > TINY
            ]
    return found
