"""Connectors: making, finding and editing them. Their secrets are kept by account_credentials.py."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload, selectinload

from app import audit
from app.audit import Actor, Target
from app.connectors.registry import PROVIDERS
from app.extensions import db
from app.models import AccessMode, AccountCredential, ConnectorState, ImportBatch, Organization, ProviderAccount, User, UserKind
from app.services.account_credentials import remove_credential, set_credential
from app.services.errors import InvalidField, StaleVersion
from app.services.paging import Page, paginate

__all__ = [
    "active_staff",
    "all_organizations",
    "create_connector",
    "edit_connector",
    "get_connector",
    "latest_batches",
    "list_connectors",
    "remove_credential",
    "set_credential",
]

SEARCH_LENGTH = 100


def create_connector(
    *,
    organization: Organization,
    provider: str,
    mode: AccessMode,
    source_label: str,
    owner: User | None,
    actor: Actor,
    currency: str | None = None,
) -> ProviderAccount:
    """Set up a connector. It begins as *preparing*; no gate has run.

    :param currency: ISO 4217; the organization's where it is not given
    :raises InvalidField: if the source label is taken in the organization (the unique constraint decides), or the
        provider cannot be used in this mode
    """
    check_mode(provider, mode)
    account = ProviderAccount(
        organization=organization,
        provider=provider,
        mode=mode,
        source_label=source_label,
        owner=owner,
        currency=currency or organization.currency,
    )
    changes = {**audit.changes_of(account), "owner": [None, _id_of(owner)]}
    _demand_free_label(organization, source_label)
    try:
        with db.session.begin_nested():
            db.session.add(account)
    except IntegrityError as exc:
        raise _label_taken(source_label) from exc
    audit.record(db.session(), actor, "connector.created", Target.of(account, organization), changes)
    return account


def get_connector(public_id: str) -> ProviderAccount:
    """:raises sqlalchemy.exc.NoResultFound: if there is none"""
    query = sa.select(ProviderAccount).where(ProviderAccount.public_id == public_id).options(*_SHOWN)
    query = query.options(selectinload(ProviderAccount.credentials).joinedload(AccountCredential.set_by))
    return db.session.scalars(query).one()


def list_connectors(
    *, search: str, state: ConnectorState | None, page: int, organization: Organization | None = None
) -> Page[ProviderAccount]:
    """Connectors, those in the worst state first, then by organization and label.

    :param search: part of a source label or of an organization's name
    """
    query = sa.select(ProviderAccount).join(ProviderAccount.organization).options(*_SHOWN)
    if search:
        text = search[:SEARCH_LENGTH]
        query = query.where(
            sa.or_(ProviderAccount.source_label.icontains(text, autoescape=True), Organization.name.icontains(text, autoescape=True))
        )
    if state is not None:
        query = query.where(ProviderAccount.state == state)
    if organization is not None:
        query = query.where(ProviderAccount.organization_id == organization.id)
    severity = sa.case({each: each.severity for each in ConnectorState}, value=ProviderAccount.state)
    return paginate(query.order_by(severity, Organization.name, ProviderAccount.source_label, ProviderAccount.id), page=page)


def edit_connector(
    account: ProviderAccount,
    *,
    seen_version: int,
    mode: AccessMode,
    source_label: str,
    owner: User | None,
    currency: str,
    actor: Actor,
) -> None:
    """Change what may change. Provider and organization stay: evidence, batches and secrets belong to them.

    :raises StaleVersion: if somebody changed it since the form was opened
    :raises InvalidField: if the source label is taken in the organization, or the provider cannot be used in this mode
    """
    db.session.refresh(account, with_for_update=True)
    if account.version != seen_version:
        raise StaleVersion(
            "Somebody else changed this connector while you had it open.",
            _differences(account, mode=mode, source_label=source_label, owner=owner, currency=currency),
        )
    if mode is not account.mode:
        check_mode(account.provider, mode)
    if source_label != account.source_label:
        _demand_free_label(account.organization, source_label, but=account)
    owners = [_id_of(account.owner), _id_of(owner)]
    try:
        with db.session.begin_nested():
            account.mode, account.source_label, account.owner, account.currency = mode, source_label, owner, currency
            changes = audit.changes_of(account)
    except IntegrityError as exc:
        raise _label_taken(source_label) from exc
    if owners[0] != owners[1]:
        changes["owner"] = owners
    if changes:
        audit.record(db.session(), actor, "connector.edited", Target.of(account, account.organization), changes)


def check_mode(provider: str, mode: AccessMode) -> None:
    """:raises InvalidField: if there is no such provider, or its data cannot come in this way"""
    known = PROVIDERS.get(provider)
    if known is None:
        raise InvalidField("provider", "Choose a provider from the list.")
    if mode.value not in known.modes:
        ways = " or ".join(f"“{AccessMode(each).label}”" for each in known.modes)
        raise InvalidField("mode", f"{known.label} does not work this way. Choose {ways}.")


def latest_batches(account: ProviderAccount, *, limit: int = 5) -> Sequence[ImportBatch]:
    """The newest imports of a connector."""
    query = sa.select(ImportBatch).where(ImportBatch.account_id == account.id)
    return db.session.scalars(query.order_by(ImportBatch.id.desc()).limit(limit)).all()


def active_staff() -> Sequence[User]:
    """Who may own something."""
    query = sa.select(User).where(User.kind == UserKind.STAFF, User.is_active.is_(True))
    return db.session.scalars(query.order_by(User.name, User.id)).all()


def all_organizations() -> Sequence[Organization]:
    """Every organization by name, to choose one from."""
    return db.session.scalars(sa.select(Organization).order_by(Organization.name, Organization.id)).all()


_SHOWN = (joinedload(ProviderAccount.organization), joinedload(ProviderAccount.owner))


def _demand_free_label(organization: Organization, source_label: str, *, but: ProviderAccount | None = None) -> None:
    """Compared without case everywhere, as MariaDB's collation does: SQLite's constraint alone would tell them apart."""
    query = sa.select(ProviderAccount.id).where(
        ProviderAccount.organization_id == organization.id, sa.func.lower(ProviderAccount.source_label) == source_label.lower()
    )
    if but is not None:
        query = query.where(ProviderAccount.id != but.id)
    with db.session.no_autoflush:
        if db.session.scalar(query.limit(1)) is not None:
            raise _label_taken(source_label)


def _label_taken(source_label: str) -> InvalidField:
    return InvalidField("source_label", f"This organization has a connector called “{source_label}” already. Choose another name.")


def _differences(account: ProviderAccount, *, mode: AccessMode, source_label: str, owner: User | None, currency: str) -> dict[str, str]:
    changes = {}
    if account.source_label != source_label:
        changes["Source label"] = account.source_label
    if account.mode is not mode:
        changes["How data comes in"] = account.mode.label
    if account.owner is not owner:
        changes["Owner"] = account.owner.name if account.owner else "nobody"
    if account.currency != currency:
        changes["Currency"] = account.currency
    return changes


def _id_of(person: User | None) -> str | None:
    return person.public_id if person else None
