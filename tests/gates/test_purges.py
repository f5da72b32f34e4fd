"""What retention removes, piece by piece, and what it leaves; receipts of all of it."""

import hashlib
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from flask import Flask, current_app

from app.audit import Actor, ActorKind, canonical_json
from app.clock import utc_now
from app.extensions import db
from app.jobs import entry
from app.jobs.reversals import FORMER_VERSIONS_GONE
from app.models import (
    AccountDataType,
    AuditEvent,
    BatchKind,
    BatchStatus,
    DataHome,
    EvidenceDependency,
    ImportBatch,
    ImportReject,
    JobStatus,
    MetricPoint,
    ProviderAccount,
    PurgeReceipt,
    ReadinessCurrent,
    ReadinessEvidence,
    RetentionRule,
    StoredFile,
    SyncJob,
)
from app.queue import JobKind
from app.readiness.checks.retention import CLASSES
from app.services import agreements, configurations, imports, jobs, old_rows, purge_classes, purges
from app.services.purges import DuePurge
from app.unit_of_work import transaction
from tests.services.test_points import roll_up
from tests.support import factories
from tests.support.apps import another_app
from tests.support.databases import SqliteFiles, settings_for
from tests.support.row_tables import Row, RowTable
from tests.support.valkey import Valkey

ACTOR = Actor(ActorKind.JOB, "test")
JOB = "0190aaaa-0000-7000-8000-000000000000"
EVERY_HOME = pytest.mark.parametrize("home", list(DataHome))


@pytest.fixture
def account(app: Flask) -> ProviderAccount:
    return factories.connector()


@pytest.fixture
def embedded(tmp_path: Path, valkey: Valkey, sqlite_files: SqliteFiles) -> Iterator[Flask]:
    settings = settings_for(sqlite_files.copy_to(tmp_path), data_dir=tmp_path / "data", redis_url=valkey.url)
    with another_app(settings) as app, app.app_context():
        yield app
        db.session.remove()


def keep(account: ProviderAccount, **days: int) -> None:
    """Rules for classes of data."""
    with transaction():
        seen = {key: row.version for key, row in agreements.retention_of(account).items()}
        agreements.decide_retention(account, days, seen=seen, actor=ACTOR)


def ago(days: float) -> datetime:
    return utc_now() - timedelta(days=days)


def today(account: ProviderAccount) -> date:
    return utc_now().astimezone(ZoneInfo(account.organization.time_zone)).date()


def purge() -> SyncJob:
    """A round, by a worker."""
    with transaction():
        job, _ = jobs.request_job(JobKind.PURGE, account=None, requested_by=None, actor=ACTOR)
    job_id = job.id
    db.session.rollback()
    with current_app.app_context():
        entry.drain(JobKind.PURGE.queue.value)
    db.session.expire_all()
    done = db.session.get_one(SyncJob, job_id, populate_existing=True)
    assert done.status is JobStatus.SUCCEEDED, done.error_note
    return done


def receipts() -> list[PurgeReceipt]:
    return list(db.session.scalars(sa.select(PurgeReceipt).order_by(PurgeReceipt.id)))


def digest_over(names: list[str]) -> str:
    return hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()


def next_of(account: ProviderAccount, data_class: str) -> datetime | None:
    return dict(purges.next_purge(account))[data_class]


def test_without_a_rule_nothing_goes(account: ProviderAccount) -> None:
    batch = factories.import_batch(account=account, completed_at=ago(900))
    factories.import_reject(batch)
    done = purge()
    assert (done.result_note, receipts()) == ("Nothing's time was over, so nothing was removed.", [])
    assert purges.next_purge(account) == [(key, None) for key in CLASSES]


def test_samples_of_rejects_go_and_their_counts_stay(account: ProviderAccount) -> None:
    keep(account, reject_sample=30)
    old = factories.import_batch(account=account, completed_at=ago(31), rows_rejected=2, reject_counts='{"bad_date":2}')
    new = factories.import_batch(account=account, completed_at=ago(29))
    gone = [f"integration_import_rejects:{factories.import_reject(old).id}" for _ in range(2)]
    stays = factories.import_reject(new).id
    assert next_of(account, "reject_sample") == old.completed_at + timedelta(days=30)  # type: ignore[operator]
    old_id = old.id
    done = purge()
    assert done.result_note == "2 removed; the receipts say what."
    assert list(db.session.scalars(sa.select(ImportReject.id))) == [stays]
    kept = db.session.get_one(ImportBatch, old_id)
    assert (kept.rows_rejected, kept.reject_counts) == (2, '{"bad_date":2}')
    (receipt,) = receipts()
    assert (receipt.data_class, receipt.rule_days, receipt.removed, receipt.job_public_id) == ("reject_sample", 30, 2, done.public_id)
    assert receipt.digest == digest_over(gone)
    assert ago(31) < receipt.older_than < ago(29.9)


def test_a_receipt_is_told_in_the_trail_of_the_organization(account: ProviderAccount) -> None:
    keep(account, reject_sample=0)
    factories.import_reject(factories.import_batch(account=account, completed_at=ago(1)))
    purge()
    (receipt,) = receipts()
    event = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "retention.purged")).one()
    assert (event.target_type, event.target_id) == ("purge_receipts", receipt.public_id)
    assert receipt.digest in event.changes
    assert '"removed":1' in event.changes


def test_much_goes_in_pieces_each_with_a_receipt(account: ProviderAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purge_classes, "PIECE", 2)
    keep(account, reject_sample=30)
    batch = factories.import_batch(account=account, completed_at=ago(31))
    for number in range(5):
        factories.import_reject(batch, row_number=number)
    assert purge().result_note == "5 removed; the receipts say what."
    assert [receipt.removed for receipt in receipts()] == [2, 2, 1]
    assert len({receipt.digest for receipt in receipts()}) == 3


def test_a_second_round_finds_nothing(account: ProviderAccount) -> None:
    keep(account, reject_sample=30)
    factories.import_reject(factories.import_batch(account=account, completed_at=ago(31)))
    purge()
    assert purge().counts == '{"removed":0,"rules":0}'


def test_a_rule_that_was_changed_meanwhile_counts_no_more(account: ProviderAccount) -> None:
    keep(account, reject_sample=30)
    factories.import_reject(factories.import_batch(account=account, completed_at=ago(31)))
    (one,) = purges.due()
    keep(account, reject_sample=60)
    with transaction():
        assert purges.carry_out(one, job_id=JOB, actor=ACTOR).removed == 0
    assert receipts() == []


def imported_file(account: ProviderAccount, *, days: float, **changes: Any) -> StoredFile:
    """A file that a production batch was made from."""
    stored = factories.stored_file(account=account, remove_after=utc_now() + timedelta(days=900))
    factories.import_batch(account=account, file_id=stored.id, completed_at=ago(days), **changes)
    return stored


def test_a_file_goes_by_the_rule_that_ends_first(account: ProviderAccount) -> None:
    factories.data_type(account=account, keep_files_days=365)
    keep(account, raw_file=30)
    old, new = imported_file(account, days=31), imported_file(account, days=29)
    assert next_of(account, "raw_file") < utc_now()  # type: ignore[operator]
    ids = (old.public_id, new.public_id)
    purge()
    assert list(db.session.scalars(sa.select(StoredFile.public_id))) == [ids[1]]
    assert receipts()[0].digest == digest_over([ids[0]])
    assert "file.removed" in db.session.scalars(sa.select(AuditEvent.action)).all()
    upcoming = next_of(db.session.get_one(ProviderAccount, account.id), "raw_file")
    assert upcoming is not None
    assert ago(0) < upcoming < ago(-1.01)


def test_a_file_goes_on_the_day_of_its_data_type_where_that_is_sooner(account: ProviderAccount) -> None:
    factories.data_type(account=account, keep_files_days=10)
    keep(account, raw_file=300)
    stored = imported_file(account, days=3)
    batch = db.session.scalars(sa.select(ImportBatch).where(ImportBatch.file_id == stored.id)).one()
    assert next_of(account, "raw_file") == batch.completed_at + timedelta(days=10)  # type: ignore[operator]


def test_files_that_something_needs_stay_though_they_are_not_kept(account: ProviderAccount) -> None:
    keep(account, raw_file=0)
    waiting = factories.stored_file(account=account)
    tested = factories.stored_file(account=account)
    factories.import_batch(account=account, file_id=tested.id, kind=BatchKind.TEST, completed_at=ago(2))
    read_again = imported_file(account, days=2)
    factories.import_batch(account=account, file_id=read_again.id, status=BatchStatus.STAGED)
    wanted = {waiting.public_id, tested.public_id, read_again.public_id}
    imported_file(account, days=2)
    purge()
    assert set(db.session.scalars(sa.select(StoredFile.public_id))) == wanted


def evidence_of(account: ProviderAccount, key: str, *, days: float) -> ReadinessEvidence:
    with transaction():
        row = ReadinessEvidence(
            configuration_id=configurations.draft_of(account).id,
            check_key=key,
            result="passed",
            sentence="So it is.",
            made_at=ago(days),
            actor_kind="job",
        )
        db.session.add(row)
        db.session.flush()
        db.session.add(EvidenceDependency(evidence_id=row.id, facet="owner", digest="0" * 64))
    return row


def test_evidence_goes_unless_a_check_counts_by_it(account: ProviderAccount) -> None:
    keep(account, evidence=90)
    gone, newest, last_good, young = (evidence_of(account, "owner", days=days) for days in (400, 300, 200, 10))
    with transaction():
        db.session.add(
            ReadinessCurrent(configuration_id=gone.configuration_id, check_key="owner", evidence_id=newest.id, good_id=last_good.id)
        )
    assert next_of(account, "evidence") == gone.made_at + timedelta(days=90)
    name, wanted = gone.public_id, {newest.id, last_good.id, young.id}
    purge()
    assert set(db.session.scalars(sa.select(ReadinessEvidence.id))) == wanted
    assert set(db.session.scalars(sa.select(EvidenceDependency.evidence_id))) == wanted
    assert receipts()[0].digest == digest_over([name])
    db.session.rollback()
    upcoming = next_of(db.session.get_one(ProviderAccount, account.id), "evidence")
    assert upcoming is not None
    assert ago(-79) < upcoming < ago(-80.01)


def records(account: ProviderAccount, ages: list[int], *, home: DataHome = DataHome.APP, counted: bool = True) -> RowTable:
    """Invoices of so many days ago, each counted."""
    table = RowTable(account, "invoices", home=home)
    if home is DataHome.APP:
        factories.data_type(account=account, data_type="invoices")
    written = table.write([Row(f"I-{age}", today(account) - timedelta(days=age), "", amount=None) for age in ages])
    if counted:
        roll_up(account, "invoices", written=written)
    return table


def sealed_before(account: ProviderAccount) -> date | None:
    db.session.rollback()
    return db.session.scalars(sa.select(AccountDataType.sealed_before).where(AccountDataType.account_id == account.id)).one()


@EVERY_HOME
def test_old_rows_go_and_their_days_are_sealed(home: DataHome, account: ProviderAccount) -> None:
    table = records(account, [400, 31, 30, 2], home=home)
    points = db.session.scalar(sa.select(sa.func.count()).select_from(MetricPoint))
    keep(account, record=30)
    assert next_of(account, "record") < utc_now()  # type: ignore[operator]
    day = today(account) - timedelta(days=30)
    assert purge().result_note == "2 removed; the receipts say what."
    assert set(table.current()) == {"I-30", "I-2"}
    assert sealed_before(account) == day
    assert db.session.scalar(sa.select(sa.func.count()).select_from(MetricPoint)) == points
    (receipt,) = receipts()
    assert (receipt.data_class, receipt.removed) == ("record", 2)
    zone = ZoneInfo(account.organization.time_zone)
    assert receipt.older_than.astimezone(zone) == datetime(day.year, day.month, day.day, tzinfo=zone)
    upcoming = next_of(account, "record")
    assert upcoming is not None
    assert upcoming.astimezone(zone).date() == today(account) + timedelta(days=1)
    assert purge().counts == '{"removed":0,"rules":0}'


def test_what_was_sealed_is_told_once(account: ProviderAccount) -> None:
    records(account, [2])
    keep(account, record=30)
    for _ in range(2):
        purge()
    event = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "retention.purged")).one()
    day = (today(account) - timedelta(days=30)).isoformat()
    assert canonical_json({"class": "record", "rule_days": 30, "sealed_before": {"invoices": [None, day]}}) == event.changes
    assert receipts() == []


def test_a_day_that_is_sealed_is_never_opened_again_and_keeps_its_rows_by_the_rule(account: ProviderAccount) -> None:
    table = records(account, [100, 20])
    with transaction():
        row = db.session.scalars(sa.select(AccountDataType)).one()
        row.sealed_before = today(account) - timedelta(days=10)
    keep(account, record=50)
    purge()
    assert set(table.current()) == {"I-20"}
    assert sealed_before(account) == today(account) - timedelta(days=10)


def test_days_that_wait_to_be_counted_are_not_sealed(account: ProviderAccount) -> None:
    table = records(account, [400, 2], counted=False)
    keep(account, record=30)
    purge()
    assert (sealed_before(account), len(table.current()), receipts()) == (None, 2, [])


def test_rows_stay_while_an_import_is_under_way(account: ProviderAccount) -> None:
    table = records(account, [400, 2])
    keep(account, record=30)
    factories.import_batch(account=account, data_type="invoices", status=BatchStatus.STAGED)
    purge()
    assert (sealed_before(account), len(table.current()), receipts()) == (None, 2, [])


def test_an_import_that_begins_between_receipt_and_removal_keeps_the_rows_for_a_round(account: ProviderAccount) -> None:
    table = records(account, [400, 2])
    keep(account, record=30)
    with transaction():
        carried = purges.carry_out(DuePurge(account.id, "record", 30), job_id=JOB, actor=ACTOR)
    batch = factories.import_batch(account=account, data_type="invoices", status=BatchStatus.STAGED)
    batch_id = batch.id
    assert not purges.finish(carried)
    assert len(table.current()) == 2
    with transaction():
        over = db.session.get_one(ImportBatch, batch_id)
        over.status, over.open_key = BatchStatus.FAILED, None
    purge()
    assert set(table.current()) == {"I-2"}
    assert len(receipts()) == 1


@EVERY_HOME
def test_what_was_killed_between_receipt_and_removal_is_removed_under_that_receipt(home: DataHome, account: ProviderAccount) -> None:
    table = records(account, [400, 399, 2], home=home)
    keep(account, record=30)
    with transaction():
        carried = purges.carry_out(DuePurge(account.id, "record", 30), job_id=JOB, actor=ACTOR)
    assert carried.rows is not None
    assert len(table.current()) == 3
    purge()
    assert set(table.current()) == {"I-2"}
    (receipt,) = receipts()
    assert (receipt.job_public_id, receipt.removed, receipt.digest) == (JOB, 2, digest_over(list(carried.rows.names)))


def test_rows_go_in_pieces_of_whole_days(account: ProviderAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(old_rows, "PIECE", 3)
    table = records(account, [404, 403, 402, 401, 2])
    keep(account, record=30)
    purge()
    assert set(table.current()) == {"I-2"}
    assert [receipt.removed for receipt in receipts()] == [3, 1]


def test_a_day_with_more_rows_than_a_piece_goes_in_several(account: ProviderAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(old_rows, "PIECE", 2)
    table = RowTable(account, "invoices")
    factories.data_type(account=account, data_type="invoices")
    day = today(account) - timedelta(days=90)
    roll_up(account, "invoices", written=table.write([Row(str(number), day, "") for number in range(5)]))
    keep(account, record=30)
    purge()
    assert table.current() == {}
    assert [receipt.removed for receipt in receipts()] == [2, 2, 1]


def test_a_batch_whose_former_versions_are_gone_is_not_reversed(account: ProviderAccount) -> None:
    table = records(account, [400, 2])
    moved = table.write([Row("I-400", today(account) - timedelta(days=1), "")])
    moved.batch.rows_new, moved.batch.rows_changed = 0, 1
    with transaction():
        db.session.add(db.session.merge(moved.batch))
    roll_up(account, "invoices", written=moved)
    keep(account, record=30)
    purge()
    with transaction():
        batch = db.session.scalars(sa.select(ImportBatch).order_by(ImportBatch.id.desc()).limit(1)).one()
        job_id = imports.reversal_job_of(imports.request_reversal(batch, requested_by=None, actor=ACTOR)).id
    db.session.rollback()
    with current_app.app_context():
        entry.drain(JobKind.REVERSE_BATCH.queue.value)
    db.session.expire_all()
    assert db.session.get_one(SyncJob, job_id).error_note == FORMER_VERSIONS_GONE
    assert set(table.current()) == {"I-400", "I-2"}


def test_a_round_on_sqlite(embedded: Flask) -> None:
    account = factories.connector()
    tables = [records(account, [400, 2])]
    other = factories.connector()
    tables.append(records(other, [400, 2], home=DataHome.TRAFFIC))
    for each in (account, other):
        keep(each, record=30, reject_sample=0, raw_file=0, evidence=0)
        factories.import_reject(factories.import_batch(account=each, completed_at=ago(1)))
        imported_file(each, days=1)
        evidence_of(each, "owner", days=3)
    assert purge().result_note == "8 removed; the receipts say what."
    assert [set(table.current()) for table in tables] == [{"I-2"}, {"I-2"}]
    assert len(receipts()) == 8


def test_the_audit_trail_is_not_purged(account: ProviderAccount) -> None:
    keep(account, audit=0, webhook_event=0)
    assert purges.due() == []
    assert next_of(account, "audit") is None
    assert purge().result_note == "Nothing's time was over, so nothing was removed."


def test_receipts_are_listed_the_newest_first(account: ProviderAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purge_classes, "PIECE", 1)
    keep(account, reject_sample=0)
    batch = factories.import_batch(account=account, completed_at=ago(1))
    for _ in range(3):
        factories.import_reject(batch)
    purge()
    found = purges.receipts_of(account, limit=2)
    assert [row.id for row in found] == [row.id for row in reversed(receipts())][:2]
    assert db.session.scalars(sa.select(RetentionRule.days)).all() == [0]
