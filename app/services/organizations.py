"""Organizations: client companies, and what staff see of one."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from app import audit
from app.audit import Actor, Target
from app.extensions import db
from app.models import AuditChain, AuditEvent, ConnectorState, Organization, ProviderAccount
from app.services.audit_log import EventLine, in_words
from app.services.contrast import is_color
from app.services.errors import InvalidField, StaleVersion
from app.services.paging import Page, paginate
from app.services.reference import MONTHS, WEEKDAYS

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
MAX_SLUG = 60
EVENTS_SHOWN = 8

LABELS = {
    "name": "Name",
    "slug": "Short name",
    "time_zone": "Time zone",
    "currency": "Currency",
    "week_start": "First day of the week",
    "fiscal_month": "Fiscal year begins in",
    "portal_name": "Name of the portal",
    "brand_color": "Brand color",
}
"""Column → what forms and notices call it."""


def create_organization(
    *,
    name: str,
    slug: str,
    time_zone: str,
    currency: str,
    week_start: int,
    fiscal_month: int,
    brand_color: str,
    actor: Actor,
    portal_name: str = "",
) -> Organization:
    """Add a client company.

    :param slug: empty: one is made of the name
    :raises InvalidField: the short name is taken or cannot be made of this name, or the color is none
    """
    _demand_color(brand_color)
    organization = Organization(
        name=name,
        slug=checked_slug(slug or proposed_slug(name)),
        time_zone=time_zone,
        currency=currency,
        week_start=week_start,
        fiscal_month=fiscal_month,
        brand_color=brand_color,
        portal_name=portal_name,
    )
    changes = audit.changes_of(organization)
    try:
        with db.session.begin_nested():
            db.session.add(organization)
    except IntegrityError as exc:
        raise _slug_is_taken(organization.slug) from exc
    audit.record(db.session(), actor, "organization.created", Target.of(organization, organization), changes)
    return organization


def edit_organization(organization: Organization, *, seen_version: int, actor: Actor, **values: str | int) -> None:
    """Change what stands about an organization. Saving what stands there already changes nothing.

    The row is locked before its version is looked at: of two people who save at once, the second one learns of the first.

    :raises StaleVersion: it was changed since the form was opened; ``changes`` has what saving would overwrite
    :raises InvalidField: the short name is taken or is none, or the color is none
    """
    _demand_color(str(values.get("brand_color", organization.brand_color)))
    db.session.refresh(organization, with_for_update=True)
    if organization.version != seen_version:
        raise StaleVersion("Somebody else changed this organization while you had it open.", _differences(organization, values))
    if "slug" in values:
        values["slug"] = checked_slug(str(values["slug"]))
    wanted_slug = str(values.get("slug", organization.slug))
    try:
        with db.session.begin_nested():
            for column, value in values.items():
                if getattr(organization, column) != value:
                    setattr(organization, column, value)
            changes = audit.changes_of(organization)
    except IntegrityError as exc:
        raise _slug_is_taken(wanted_slug) from exc
    if changes:
        audit.record(db.session(), actor, "organization.edited", Target.of(organization, organization), changes)


def get_organization(public_id: str) -> Organization:
    """:raises sqlalchemy.exc.NoResultFound: if there is none"""
    return db.session.scalars(sa.select(Organization).where(Organization.public_id == public_id)).one()


def list_organizations(*, search: str, page: int) -> Page[Organization]:
    """By name. ``search`` is looked for in name and short name, each of its characters literally."""
    query = sa.select(Organization).order_by(Organization.name, Organization.id)
    if search:
        query = query.where(
            sa.or_(Organization.name.icontains(search, autoescape=True), Organization.slug.icontains(search, autoescape=True))
        )
    return paginate(query, page=page)


def proposed_slug(name: str) -> str:
    """``Müller & Söhne GmbH`` → ``muller-sohne-gmbh``; empty if nothing of the name can be written that way."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:MAX_SLUG].strip("-")


def checked_slug(slug: str) -> str:
    """:raises InvalidField: if it is none"""
    if not slug:
        raise InvalidField("slug", "Enter a short name: none can be made of this name.")
    if len(slug) > MAX_SLUG or not SLUG.fullmatch(slug):
        raise InvalidField("slug", "Use lower-case letters, digits and single hyphens between them, for instance acme-heating.")
    return slug


def _demand_color(color: str) -> None:
    """Pages put it into a style sheet, so nothing else may ever be stored."""
    if not is_color(color):
        raise InvalidField("brand_color", "Write the color as # and six digits, for instance #1f5f8b.")


def _slug_is_taken(slug: str) -> InvalidField:
    return InvalidField("slug", f"Another organization has the short name {slug}. Choose a different one.")


def shown_value(column: str, value: str | int) -> str:
    """A column's value in words."""
    if column == "week_start":
        return WEEKDAYS.get(int(value), str(value))
    if column == "fiscal_month":
        return MONTHS.get(int(value), str(value))
    return str(value)


def _differences(organization: Organization, values: Mapping[str, str | int]) -> dict[str, str]:
    return {
        LABELS[column]: shown_value(column, getattr(organization, column))
        for column, value in values.items()
        if getattr(organization, column) != value
    }


@dataclass(frozen=True)
class ConnectorCount:
    """How many connectors of an organization are in one state."""

    state: ConnectorState
    number: int


def connector_counts(organizations: Sequence[Organization]) -> dict[int, list[ConnectorCount]]:
    """Organization id → its connectors by state, worst first."""
    ids = [organization.id for organization in organizations]
    counts: dict[int, list[ConnectorCount]] = {one: [] for one in ids}
    query = (
        sa.select(ProviderAccount.organization_id, ProviderAccount.state, sa.func.count())
        .where(ProviderAccount.organization_id.in_(ids))
        .group_by(ProviderAccount.organization_id, ProviderAccount.state)
    )
    for organization_id, state, number in db.session.execute(query):
        counts[organization_id].append(ConnectorCount(state, number))
    for found in counts.values():
        found.sort(key=lambda count: count.state.severity)
    return counts


def connectors_of(organization: Organization) -> list[ProviderAccount]:
    """Worst first."""
    query = sa.select(ProviderAccount).where(ProviderAccount.organization_id == organization.id).options(joinedload(ProviderAccount.owner))
    return sorted(db.session.scalars(query), key=lambda account: (account.state.severity, account.source_label.lower()))


def latest_events(organization: Organization) -> Sequence[EventLine]:
    """The last events of the organization's chain."""
    query = (
        sa.select(AuditEvent)
        .join(AuditEvent.chain)
        .where(AuditChain.key == organization.public_id)
        .order_by(AuditEvent.seq.desc())
        .limit(EVENTS_SHOWN)
    )
    return in_words(db.session.scalars(query).all())
