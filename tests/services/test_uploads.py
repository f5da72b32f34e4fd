"""Uploaded files as use cases see them: both stores, limits, full disks, uploads that break off, and their end."""

import errno
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest
import sqlalchemy as sa
from flask import Flask, current_app
from sqlalchemy.dialects import mysql

from app.audit import Actor, ActorKind
from app.clock import utc_now
from app.config import ROOT, BlobStoreKind, Settings
from app.extensions import db, will_write
from app.jobs import entry
from app.models import AuditEvent, BatchKind, BatchStatus, ImportBatch, JobStatus, ProviderAccount, StoredFile, StoredFileChunk, SyncJob
from app.queue import JobKind
from app.security import file_cipher
from app.security.crypto import KeyRing
from app.services import blobs, file_remains, jobs, private_files, uploads
from app.services.errors import InvalidField, NotPossible
from app.services.installation import use_settings
from app.services.key_rotation import rotate_keys
from app.unit_of_work import transaction
from tests.services.test_key_rotation import NEW_TEXT
from tests.support import factories

pytestmark = pytest.mark.usefixtures("app")
ACTOR = Actor(ActorKind.COMMAND, "test")
CONTENT = bytes(range(256)) * 5000
"""More than one chunk."""


@pytest.fixture(params=[BlobStoreKind.DIRECTORY, BlobStoreKind.DATABASE])
def stores(request: pytest.FixtureRequest, app: Flask) -> Iterator[BlobStoreKind]:
    with changed_settings(app, blob_store=request.param):
        yield request.param


class changed_settings:  # noqa: N801  # reads as a function
    """Settings of the process for the time of a block."""

    def __init__(self, app: Flask, **changes: Any) -> None:
        self.before: Settings = app.extensions["fivegate.settings"]
        self.now = self.before.model_copy(update=changes)

    def __enter__(self) -> Settings:
        use_settings(self.now)
        return self.now

    def __exit__(self, *_: object) -> None:
        use_settings(self.before)


def stored_file(account: ProviderAccount, content: bytes = CONTENT, *, name: str = "calls.csv") -> StoredFile:
    with transaction():
        return uploads.receive(io.BytesIO(content), name=name, account=account, uploaded_by=None, actor=ACTOR)


def read_back(stored: StoredFile) -> bytes:
    with uploads.plain(stored) as path:
        return path.read_bytes()


def everything_on_disk(data_dir: Path) -> list[Path]:
    return [path for folder in ("blobs", "work") for path in (data_dir / folder).rglob("*") if path.is_file()]


@pytest.mark.parametrize("content", [b"", b"a", CONTENT])
def test_what_came_is_what_is_read(stores: BlobStoreKind, content: bytes) -> None:
    stored = stored_file(factories.connector(), content)
    assert read_back(stored) == content
    assert stored.size == len(content)
    in_database = db.session.scalar(sa.select(sa.func.count()).select_from(StoredFileChunk)) or 0
    assert (in_database > 0) == (stores is BlobStoreKind.DATABASE)


def test_a_changed_setting_loses_no_file(app: Flask) -> None:
    account = factories.connector()
    with changed_settings(app, blob_store=BlobStoreKind.DATABASE):
        first = stored_file(account, b"first")
    second = stored_file(account, b"second")
    assert read_back(first) == b"first"
    with changed_settings(app, blob_store=BlobStoreKind.DATABASE):
        assert read_back(second) == b"second"


def test_a_new_key_of_the_ring_opens_old_files(app: Flask) -> None:
    stored = stored_file(factories.connector())
    db.session.rollback()
    rotate_keys(KeyRing.parse(NEW_TEXT))
    db.session.expire_all()
    only_the_newest = NEW_TEXT.partition(",")[0]
    assert stored.key_id == only_the_newest.partition(":")[0]
    secret = type(app.extensions["fivegate.settings"].key_ring)(only_the_newest)
    with changed_settings(app, key_ring=secret):
        assert read_back(stored) == CONTENT


def test_a_blob_that_was_changed_does_not_open(data_dir: Path) -> None:
    stored = stored_file(factories.connector())
    path = blobs.directory_store().path_of(stored.public_id)
    content = path.read_bytes()
    for bad in (content[:-1], content[: blobs.SEALED_CHUNK_BYTES], b"", content[:50] + b"x" + content[51:], content + content):
        path.write_bytes(bad)
        with pytest.raises(NotPossible, match="cannot be opened any more"):
            read_back(stored)
    assert list((data_dir / "work").iterdir()) == []


def test_a_key_that_was_moved_to_another_row_opens_nothing() -> None:
    account = factories.connector()
    mine, other = stored_file(account, b"mine"), stored_file(account, b"other")
    with transaction():
        mine.sealed, mine.key_id = other.sealed, other.key_id
    with pytest.raises(NotPossible, match="cannot be opened any more"):
        read_back(mine)


def test_a_file_that_is_too_large_leaves_nothing(app: Flask, data_dir: Path) -> None:
    account = factories.connector()
    before = everything_on_disk(data_dir)
    with changed_settings(app, upload_limit_mb=1), pytest.raises(InvalidField, match="larger than 1 MB"):
        stored_file(account, b"x" * (1024 * 1024 + 1))
    assert everything_on_disk(data_dir) == before
    assert db.session.scalars(sa.select(StoredFile)).all() == []


class Broken(io.RawIOBase):
    """A connection that goes away."""

    def __init__(self, error: OSError) -> None:
        self.error, self.pieces = error, [b"a,b\n" * 1000] * 3

    def read(self, _size: int = -1) -> bytes:
        if not self.pieces:
            raise self.error
        return self.pieces.pop()


def test_an_upload_that_breaks_off_leaves_nothing(data_dir: Path) -> None:
    account = factories.connector()
    before = everything_on_disk(data_dir)
    stream = cast(BinaryIO, Broken(ConnectionResetError()))
    with pytest.raises(ConnectionResetError), transaction():
        uploads.receive(stream, name="x.csv", account=account, uploaded_by=None, actor=ACTOR)
    assert everything_on_disk(data_dir) == before
    assert db.session.scalars(sa.select(StoredFile)).all() == []


def test_a_full_disk_is_said_in_words(data_dir: Path) -> None:
    account = factories.connector()
    before = everything_on_disk(data_dir)
    stream = cast(BinaryIO, Broken(OSError(errno.ENOSPC, "No space left on device")))
    with pytest.raises(NotPossible, match="disk of this installation is full"), transaction():
        uploads.receive(stream, name="x.csv", account=account, uploaded_by=None, actor=ACTOR)
    assert everything_on_disk(data_dir) == before


def test_no_plain_copy_outlives_an_error(data_dir: Path) -> None:
    stored = stored_file(factories.connector())
    with pytest.raises(ZeroDivisionError), uploads.plain(stored) as path:
        raise ZeroDivisionError(path.read_bytes())
    assert list((data_dir / "work").iterdir()) == []


HOLDER = """
import sys, time
from app.config import Settings
from app.services.installation import use_settings
from app.services.private_files import private_directory
use_settings(Settings(environment="test", data_dir=sys.argv[1]))
with private_directory() as directory:
    (directory / "content").write_bytes(b"plain")
    print("ready", flush=True)
    time.sleep(60)
"""


def drained() -> None:
    with current_app.app_context():
        entry.drain(JobKind.REMOVE_FILES.queue.value)


def next_directory() -> None:
    with private_files.private_directory():
        pass


@pytest.mark.parametrize("what_comes_next", [next_directory, drained])
def test_a_killed_process_leaves_its_plain_copy_to_the_next(app: Flask, data_dir: Path, what_comes_next: Callable[[], None]) -> None:
    command = [sys.executable, "-c", HOLDER, str(data_dir)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    with private_files.private_directory():
        assert list((data_dir / "work").glob("plain-*/content")), "it is held, so it stays"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    what_comes_next()
    assert list((data_dir / "work").glob("plain-*")) == []


def test_a_removal_that_was_killed_half_way_is_ended(data_dir: Path) -> None:
    """The lock may be gone before the copy is."""
    half = data_dir / "work" / "plain-half"
    half.mkdir(parents=True)
    (half / "content").write_bytes(b"plain")
    assert private_files.sweep(data_dir / "work") == 1
    assert not half.exists()


def carried_out() -> SyncJob:
    with transaction():
        job, _ = jobs.request_job(JobKind.REMOVE_FILES, account=None, requested_by=None, actor=ACTOR)
    job_id = job.id
    drained()
    db.session.expire_all()
    return db.session.get_one(SyncJob, job_id, populate_existing=True)


def test_work_goes_on_where_the_work_area_cannot_be_looked_through(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(area: Path) -> int:
        raise PermissionError(area)

    monkeypatch.setattr(private_files, "sweep", refuse)
    assert carried_out().status is JobStatus.SUCCEEDED


def is_here(public_id: str) -> bool:
    return db.session.scalar(sa.select(StoredFile.id).where(StoredFile.public_id == public_id)) is not None


def age(stored: StoredFile, days: float) -> None:
    before = will_write.set(True)
    stored.remove_after = utc_now() - timedelta(days=days)
    db.session.commit()
    will_write.reset(before)


def batch_of(stored: StoredFile, account: ProviderAccount, **values: Any) -> ImportBatch:
    return factories.import_batch(account=account, file_id=stored.id, **values)


def test_an_unused_file_goes_after_a_day(stores: BlobStoreKind, data_dir: Path) -> None:
    account = factories.connector()
    old, fresh = stored_file(account, b"old"), stored_file(account, b"fresh")
    age(old, days=0.01)
    old_id, fresh_id = old.public_id, fresh.public_id
    job = carried_out()
    assert job.status is JobStatus.SUCCEEDED
    assert job.result_note == "1 uploaded file was removed for good."
    assert (is_here(old_id), is_here(fresh_id)) == (False, True)
    assert [path.name for path in everything_on_disk(data_dir)].count(old_id) == 0
    event = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "file.removed")).one()
    assert json.loads(event.changes) == {"because": "time is over"}
    assert carried_out().result_note == "No uploaded file's time was over, so none was removed."


def test_a_file_that_an_import_still_reads_stays() -> None:
    account = factories.connector()
    stored = stored_file(account)
    age(stored, days=3)
    batch = batch_of(stored, account, status=BatchStatus.STAGED)
    carried_out()
    assert is_here(stored.public_id)
    with pytest.raises(NotPossible, match="reading this file just now"), transaction():
        uploads.remove(stored, account=account, actor=ACTOR)
    with transaction():
        batch = db.session.get_one(ImportBatch, batch.id)
        batch.status, batch.open_key = BatchStatus.FAILED, None
    public_id = stored.public_id
    carried_out()
    assert not is_here(public_id)


def test_a_rule_keeps_an_imported_file_for_its_days() -> None:
    account = factories.connector()
    factories.data_type(account=account, data_type="calls", keep_files_days=30)
    kept, over, no_rule = (stored_file(account) for _ in range(3))
    for stored in (kept, over, no_rule):
        age(stored, days=2)
    batch_of(kept, account, completed_at=utc_now() - timedelta(days=29))
    batch_of(over, account, completed_at=utc_now() - timedelta(days=31))
    batch_of(no_rule, account, data_type="jobs", completed_at=utc_now())
    ids = [stored.public_id for stored in (kept, over, no_rule)]
    carried_out()
    assert [is_here(public_id) for public_id in ids] == [True, False, False]
    assert db.session.scalar(sa.select(sa.func.count()).where(ImportBatch.file_id.is_not(None))) == 1


def test_a_test_batch_ends_nothing() -> None:
    account = factories.connector()
    stored = stored_file(account)
    batch = batch_of(stored, account, kind=BatchKind.TEST, completed_at=utc_now())
    with transaction():
        file_remains.after_batch(batch, actor=ACTOR)
    carried_out()
    assert is_here(stored.public_id)


@pytest.mark.parametrize(("days", "stays"), [(0, False), (7, True)])
def test_the_file_goes_with_its_batch_unless_a_rule_keeps_it(days: int, stays: bool) -> None:
    account = factories.connector()
    factories.data_type(account=account, data_type="calls", keep_files_days=days)
    stored = stored_file(account)
    batch = batch_of(stored, account, completed_at=utc_now())
    public_id = stored.public_id
    with transaction():
        file_remains.after_batch(batch, actor=ACTOR)
    assert is_here(public_id) is stays


def test_blobs_without_a_row_are_cleared_once_nobody_can_be_bringing_them(data_dir: Path) -> None:
    store = blobs.directory_store()
    known = stored_file(factories.connector())
    stray, fresh, arriving = store.path_of("a" * 36), store.path_of("b" * 36), store.arriving("c" * 36)
    for path in (stray, fresh, arriving):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
    long_ago = utc_now().timestamp() - 2 * 24 * 3600
    for path in (stray, arriving, store.path_of(known.public_id)):
        os.utime(path, (long_ago, long_ago))
    db.session.rollback()
    carried_out()
    assert [path.exists() for path in (stray, fresh, arriving)] == [False, True, False]
    assert read_back(known) == CONTENT


def test_a_chunk_fits_its_column() -> None:
    on_server = StoredFileChunk.__table__.c.content.type.dialect_impl(mysql.dialect())
    assert isinstance(on_server, mysql.MEDIUMBLOB)
    assert file_cipher.SEALED_CHUNK_BYTES < 2**24  # what a MEDIUMBLOB holds at most
