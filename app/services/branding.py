"""What an organization's portal and mails look like: its name for the portal, its color, its logo."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.extensions import db
from app.models import Logo, Organization
from app.services.contrast import Brand, Shade, brand_of

PRODUCT = "Fivegate"


@dataclass(frozen=True)
class Branding:
    """All that a page needs to dress itself; the picture's bytes are not read."""

    name: str
    """The organization's own."""
    portal_name: str
    """What the portal calls itself; ready to show."""
    logo_url_digest: str | None
    """For the logo's address; None: there is no logo, and the name stands in its place."""
    width: int
    height: int
    brand: Brand
    version: int
    """Of the organization: the address of its style sheet carries it."""
    time_zone: str
    """IANA name: every day on the pages is a day there."""


def portal_name_of(organization: Organization) -> str:
    return organization.portal_name or PRODUCT


COLUMNS = (
    Organization.name,
    Organization.portal_name,
    Organization.brand_color,
    Organization.version,
    Organization.time_zone,
    Logo.digest,
    Logo.width,
    Logo.height,
)
"""What :func:`branding_from` takes, for statements that look up something else as well."""


def branding_of(organization: Organization) -> Branding:
    """One statement."""
    query = sa.select(*COLUMNS).outerjoin(Logo, Logo.organization_id == Organization.id).where(Organization.id == organization.id)
    return branding_from(db.session.execute(query).one())


def branding_from(row: Sequence[Any]) -> Branding:
    """:param row: values of ``COLUMNS``"""
    name, portal_name, color, version, time_zone, digest, width, height = row
    return Branding(
        name=name,
        portal_name=portal_name or PRODUCT,
        logo_url_digest=digest,
        width=width or 0,
        height=height or 0,
        brand=brand_of(color),
        version=version,
        time_zone=time_zone,
    )


def name_for(organization: Organization | None) -> str:
    """What this software calls itself to somebody; None for staff."""
    return PRODUCT if organization is None else portal_name_of(organization)


@dataclass(frozen=True)
class Letterhead:
    """What a mail shows of its sender.

    The logo is left out. Mail programs cannot sign in, so an address of the portal would show a hole; attached to each mail it
    would make a small text fifty times as large, show as an attachment in some programs, and be blocked like a tracking pixel
    in others. Name and color are read everywhere.
    """

    portal_name: str
    organization: str
    """Empty: a mail to staff, which looks as it always did."""
    shade: Shade | None


def letterhead_of(organization: Organization | None) -> Letterhead:
    """No statement: a mail costs the same whoever it is for."""
    if organization is None:
        return Letterhead(PRODUCT, "", None)
    return Letterhead(portal_name_of(organization), organization.name, brand_of(organization.brand_color).light)
