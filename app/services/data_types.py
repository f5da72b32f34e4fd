"""A connector's data types: where the rows of each go, how far back they may change, how long its files are kept."""

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app import audit
from app.audit import Actor, Target
from app.extensions import db
from app.models import AccountDataType, DataHome, ImportBatch, ProviderAccount, User
from app.services.errors import InvalidField, NotPossible, StaleVersion

LONGEST_KEPT_DAYS = 3650


def of(account: ProviderAccount, data_type: str) -> AccountDataType:
    """The data type of a connector; with the defaults where nobody decided anything yet."""
    row = find(account, data_type)
    if row is not None:
        return row
    row = AccountDataType(account_id=account.id, data_type=data_type)
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError:  # somebody else made it in the same moment
        row = find(account, data_type)
        if row is None:
            raise
    return row


def find(account: ProviderAccount, data_type: str) -> AccountDataType | None:
    query = sa.select(AccountDataType).where(AccountDataType.account_id == account.id, AccountDataType.data_type == data_type)
    return db.session.scalar(query)


def or_default(account: ProviderAccount, data_type: str) -> AccountDataType:
    """For pages: what :func:`of` would give, without writing anything."""
    defaults = AccountDataType(data_type=data_type, home=DataHome.APP, keep_files_days=0, version=1)
    return find(account, data_type) or defaults


def all_of(account: ProviderAccount) -> Sequence[AccountDataType]:
    query = sa.select(AccountDataType).where(AccountDataType.account_id == account.id)
    return db.session.scalars(query.order_by(AccountDataType.data_type)).all()


def latest_batches(account: ProviderAccount) -> dict[str, ImportBatch]:
    """The newest batch of each data type."""
    newest = sa.select(sa.func.max(ImportBatch.id)).where(ImportBatch.account_id == account.id).group_by(ImportBatch.data_type)
    return {batch.data_type: batch for batch in db.session.scalars(sa.select(ImportBatch).where(ImportBatch.id.in_(newest)))}


def why_home_is_settled(account: ProviderAccount, data_type: str) -> str:
    """A sentence; empty while the home can still be chosen."""
    query = sa.select(ImportBatch.id).where(ImportBatch.account_id == account.id, ImportBatch.data_type == data_type).limit(1)
    if db.session.scalar(query) is None:
        return ""
    return "Rows of this data type were imported already, and rows do not move from one database to the other."


def edit(
    account: ProviderAccount,
    data_type: str,
    *,
    seen_version: int,
    home: DataHome,
    keep_files_days: int,
    sealed_before: date | None,
    decided_by: User | None,
    actor: Actor,
) -> AccountDataType:
    """Change where rows go, how long files are kept, and from which day on figures may still change.

    :raises StaleVersion: if somebody changed it since the form was opened
    :raises InvalidField: if the home is settled already, or a day that is sealed would be opened again
    """
    row = of(account, data_type)
    db.session.refresh(row, with_for_update=True)
    if row.version != seen_version:
        raise StaleVersion(
            "Somebody else changed this data type while you had it open.", _differences(row, home, keep_files_days, sealed_before)
        )
    if home is not row.home and (why := why_home_is_settled(account, data_type)):
        raise InvalidField("home", why)
    if row.sealed_before is not None and (sealed_before is None or sealed_before < row.sealed_before):
        raise InvalidField("sealed_before", "Days that were sealed stay sealed: their rows may be gone. Choose this day or a later one.")
    if home is not row.home or row.home_decided_by_id is None:
        row.home, row.home_decided_by_id = home, decided_by.id if decided_by else None
    row.keep_files_days, row.sealed_before = keep_files_days, sealed_before
    _record(row, account, actor)
    return row


def set_home(account: ProviderAccount, data_type: str, home: DataHome, *, decided_by: User | None, actor: Actor) -> AccountDataType:
    """Decide which database holds the rows.

    :raises NotPossible: once there are rows
    """
    row = of(account, data_type)
    if home is not row.home and (why := why_home_is_settled(account, data_type)):
        raise NotPossible(why)
    row.home, row.home_decided_by_id = home, decided_by.id if decided_by else None
    _record(row, account, actor)
    return row


def _record(row: AccountDataType, account: ProviderAccount, actor: Actor) -> None:
    changes = audit.changes_of(row)
    changes.pop("home_decided_by_id", None)  # the event says who
    if changes:
        audit.record(db.session(), actor, "data_type.edited", Target.of(row, account.organization), {"data_type": row.data_type, **changes})
    db.session.flush()


def _differences(row: AccountDataType, home: DataHome, keep_files_days: int, sealed_before: date | None) -> dict[str, str]:
    changes = {}
    if row.home is not home:
        changes["Database of the rows"] = row.home.label
    if row.keep_files_days != keep_files_days:
        changes["Keep files for"] = f"{row.keep_files_days} days"
    if row.sealed_before != sealed_before:
        changes["Sealed before"] = row.sealed_before.isoformat() if row.sealed_before else "no day"
    return changes
