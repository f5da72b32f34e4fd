"""The versions of a field map side by side: which there are, who activated them, how two differ."""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from app.extensions import db
from app.imports.field_map import difference
from app.models import FieldMap, ProviderAccount, User
from app.services.field_maps import changed_reading, spec_of, whole


def versions(account: ProviderAccount, data_type: str) -> Sequence[FieldMap]:
    """All versions, the newest first."""
    query = whole().where(FieldMap.account_id == account.id, FieldMap.data_type == data_type)
    return db.session.scalars(query.order_by(FieldMap.number.desc())).all()


def active_maps_of(account: ProviderAccount) -> dict[str, FieldMap]:
    """Data type → active version."""
    query = sa.select(FieldMap).where(FieldMap.account_id == account.id, FieldMap.active_key.is_not(None))
    return {row.data_type: row for row in db.session.scalars(query)}


def drafts_of(account: ProviderAccount) -> dict[str, FieldMap]:
    """Data type → draft."""
    query = sa.select(FieldMap).where(FieldMap.account_id == account.id, FieldMap.draft_key.is_not(None))
    return {row.data_type: row for row in db.session.scalars(query)}


def who_activated(maps: Iterable[FieldMap]) -> dict[int, str]:
    """Ids and names of the people who activated these versions."""
    ids = {each.activated_by_id for each in maps if each.activated_by_id is not None}
    return {row.id: row.name for row in db.session.execute(sa.select(User.id, User.name).where(User.id.in_(ids)))} if ids else {}


def differences(old: FieldMap, new: FieldMap) -> list[str]:
    """Sentences: what the newer one says otherwise."""
    lines = list(difference(spec_of(old), spec_of(new)))
    if changed_reading(old) != changed_reading(new):
        lines.append("Files are read another way: what was changed by hand of the guess differs.")
    owners = {field.source: field.owner.name if field.owner else "nobody" for field in old.fields}
    for field in new.fields:
        name = field.owner.name if field.owner else "nobody"
        if field.source in owners and owners[field.source] != name:
            lines.append(f"“{field.source}” belonged to {owners[field.source]} and now belongs to {name}.")
    return lines
