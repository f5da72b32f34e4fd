"""Rows for tests, committed. Each call makes a new one unless it is told otherwise."""

from datetime import date, timedelta
from itertools import count
from typing import Any

from app.clock import utc_now
from app.extensions import db, will_write
from app.models import (
    REALMS,
    AccessMode,
    AdminTask,
    MemberRole,
    Organization,
    OrganizationMember,
    ProviderAccount,
    StaffRole,
    SyncJob,
    User,
    UserKind,
)
from app.queue import JobKind
from app.security.passwords import hash_password

PASSWORD = "correct horse battery"
_HASH = hash_password(PASSWORD)
_number = count(1)


def _save(*rows: Any) -> None:
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


def connector(*, of: Organization | None = None, **changes: Any) -> ProviderAccount:
    number = next(_number)
    values = {"provider": "servicetitan", "mode": AccessMode.MANUAL, "source_label": f"Source {number}", **changes}
    row = ProviderAccount(organization_id=(of or organization()).id, **values)
    _save(row)
    return row


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
