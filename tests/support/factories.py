"""Rows for tests, committed. Each call makes a new one unless it is told otherwise."""

import hashlib
import os
from datetime import date, timedelta
from itertools import count
from typing import Any

import sqlalchemy as sa

from app.clock import utc_now
from app.extensions import db, will_write
from app.models import (
    REALMS,
    AccessMode,
    AccountDataType,
    AdminTask,
    BatchKind,
    BatchStatus,
    ConfigurationStatus,
    ConnectorConfiguration,
    DigestFrequency,
    FieldMap,
    ImportBatch,
    ImportReject,
    JobStatus,
    Logo,
    MailChoice,
    MapStatus,
    MemberRole,
    Organization,
    OrganizationMember,
    ProviderAccount,
    StaffRole,
    StoredFile,
    SyncJob,
    User,
    UserKind,
)
from app.queue import JobKind
from app.security.passwords import hash_password

PASSWORD = "correct horse battery"
_HASH = hash_password(PASSWORD)
_number = count(1 + 10_000 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")))
"""Other numbers in each test process: rows that one of them made are put back in another."""


def _save(*rows: Any) -> None:
    db.session.commit()  # reading the id of a row that was just saved began a transaction that may not write on SQLite
    before = will_write.set(True)
    db.session.add_all(rows)
    db.session.commit()
    will_write.reset(before)


def organization(**changes: Any) -> Organization:
    number = next(_number)
    row = Organization(**{"slug": f"acme-{number}", "name": f"Acme {number}", "time_zone": "America/Chicago", **changes})
    _save(row)
    return row


def staff(role: StaffRole = StaffRole.ADMIN, *, with_password: bool = True, **changes: Any) -> User:
    number = next(_number)
    row = User(**{"kind": UserKind.STAFF, "staff_role": role, "name": f"Staff {number}", "email": f"staff{number}@example.com", **changes})
    _save(row)
    if with_password:
        credential(row)
    return row


def member(role: MemberRole = MemberRole.VIEWER, *, of: Organization | None = None, with_password: bool = True, **changes: Any) -> User:
    number = next(_number)
    row = User(**{"kind": UserKind.CLIENT, "name": f"Client {number}", "email": f"client{number}@example.com", **changes})
    _save(row)
    _save(OrganizationMember(organization_id=(of or organization()).id, user_id=row.id, role=role))
    if with_password:
        credential(row)
    return row


def credential(user: User) -> Any:
    row = REALMS[user.kind].credential(user_id=user.id, password_hash=_HASH, password_set_at=utc_now())
    _save(row)
    return row


PASSED_THREE_GATES = 0b111


def connector(*, of: Organization | None = None, may_import: bool = True, **changes: Any) -> ProviderAccount:
    """:param may_import: it is past gate 3, so that rows that count may come in"""
    number = next(_number)
    values = {"provider": "servicetitan", "mode": AccessMode.MANUAL, "source_label": f"Source {number}", **changes}
    row = ProviderAccount(organization_id=(of or organization()).id, **values)
    _save(row)
    if may_import:
        let_import(row)
    return row


def let_import(account: ProviderAccount) -> None:
    """As if it had been through gate 3."""
    draft = db.session.scalar(sa.select(ConnectorConfiguration).where(ConnectorConfiguration.account_id == account.id))
    if draft is None:
        key = f"{account.public_id}:draft"
        draft = ConnectorConfiguration(account_id=account.id, number=1, status=ConfigurationStatus.DRAFT, status_key=key)
    draft.passed_gates = PASSED_THREE_GATES
    _save(draft)


def job(*, account: ProviderAccount | None = None, **changes: Any) -> SyncJob:
    account = account or connector()
    kind = JobKind.CHECK_ACCESS
    values = {
        "kind": kind.value,
        "queue": kind.queue.value,
        "due_at": utc_now(),
        "open_key": f"{account.public_id}:{kind.value}:",
        "account_id": account.id,
        "organization_id": account.organization_id,
        **changes,
    }
    row = SyncJob(**values)
    _save(row)
    return row


def task(**changes: Any) -> AdminTask:
    number = next(_number)
    values = {"kind": "by-hand", "title": f"Task {number}", "due_on": date.today() + timedelta(days=3), **changes}  # noqa: DTZ011
    row = AdminTask(**values)
    _save(row)
    return row


def data_type(*, account: ProviderAccount | None = None, **changes: Any) -> AccountDataType:
    row = AccountDataType(account_id=(account or connector()).id, **{"data_type": "calls", **changes})
    _save(row)
    return row


def field_map(*, account: ProviderAccount | None = None, **changes: Any) -> FieldMap:
    """A version of a map without fields, active unless it is told otherwise."""
    account = account or connector()
    values = {"data_type": "calls", "number": 1, "status": MapStatus.ACTIVE, **changes}
    key = f"{account.public_id}:{values['data_type']}"
    if values["status"] is MapStatus.ACTIVE:
        values = {"active_key": key, "activated_at": utc_now(), **values}
    elif values["status"] is MapStatus.DRAFT:
        values = {"draft_key": key, **values}
    row = FieldMap(account_id=account.id, **values)
    _save(row)
    return row


def logo(*, of: Organization | None = None, **changes: Any) -> Logo:
    """A logo as its row says; its bytes are no picture."""
    row_of = of or organization()
    png = f"png of {row_of.public_id}".encode()
    values = {"png": png, "width": 240, "height": 80, "digest": hashlib.sha256(png).hexdigest(), "set_at": utc_now(), **changes}
    row = Logo(organization_id=row_of.id, **values)
    _save(row)
    return row


def mail_choice(user: User, **changes: Any) -> MailChoice:
    values = {"frequency": DigestFrequency.WEEKLY, "changed_at": utc_now() - timedelta(days=90), **changes}
    row = MailChoice(user_id=user.id, **values)
    _save(row)
    return row


def stored_file(*, account: ProviderAccount | None = None, **changes: Any) -> StoredFile:
    """The row of an uploaded file; nothing lies in the blob store."""
    values = {
        "name": "calls.csv",
        "size": 2048,
        "sha256": "0123456789abcdef" * 4,
        "sealed": b"\x00" * 60,
        "key_id": "k1",
        "remove_after": utc_now() + timedelta(days=1),
        **changes,
    }
    row = StoredFile(account_id=(account or connector()).id, **values)
    _save(row)
    return row


def import_batch(*, account: ProviderAccount | None = None, job: SyncJob | None = None, **changes: Any) -> ImportBatch:
    """An import as its row says; no rows of data come with it. Complete unless it is told otherwise."""
    account = account or connector()
    values = {
        "provider": account.provider,
        "data_type": "calls",
        "kind": BatchKind.PRODUCTION,
        "status": BatchStatus.COMPLETE,
        "source_name": "calls.csv",
        "source_sha256": "0123456789abcdef" * 4,
        "source_bytes": 2048,
        **changes,
    }
    job = job or _import_job(account, values)
    is_open = values["status"] is BatchStatus.STAGED
    key = f"{account.public_id}:{values['data_type']}:{values['kind'].lane.value}" if is_open else None
    row = ImportBatch(account_id=account.id, job_id=job.id, **{"open_key": key, **values})
    _save(row)
    return row


def _import_job(account: ProviderAccount, values: dict[str, Any]) -> SyncJob:
    ends = {BatchStatus.STAGED: JobStatus.RUNNING, BatchStatus.FAILED: JobStatus.FAILED}
    status = ends.get(values["status"], JobStatus.SUCCEEDED)
    now = utc_now()
    return job(
        account=account,
        kind="import_batch",
        queue="import",
        data_type=values["data_type"],
        open_key=None if status.is_final else f"{account.public_id}:import_batch:{values['data_type']}",
        status=status,
        started_at=now - timedelta(seconds=20),
        finished_at=now if status.is_final else None,
        attempts=1,
    )


def import_reject(batch: ImportBatch, **changes: Any) -> ImportReject:
    row = ImportReject(
        batch_id=batch.id, **{"row_number": 7, "field": "Created On", "reason": "bad_date", "sample": "99/99/9999", **changes}
    )
    _save(row)
    return row
