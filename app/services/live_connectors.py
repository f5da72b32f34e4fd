"""What runs under a promotion, and how many people look at what it feeds: one statement."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.extensions import db
from app.models import (
    ConfigurationStatus,
    ConnectorConfiguration,
    ConnectorState,
    Organization,
    OrganizationMember,
    Promotion,
    ProviderAccount,
    PublishedCard,
    PublishedSource,
    ReadinessCurrent,
    User,
)
from app.models.readiness import INSTALLATION_KEY


@dataclass(frozen=True)
class LiveConnector:
    """A connector that runs under a promotion, and whom it matters to."""

    configuration_id: int
    public_id: str
    label: str
    organization_id: str
    organization: str
    zone: str
    state: ConnectorState
    owner: str
    """Who answers for it; empty where nobody who may sign in does."""
    promotion: int
    clients: int
    """People of the client who may sign in."""
    cards: int
    """That are shown to them."""
    asked: frozenset[str] = field(default=frozenset(), repr=False)
    """Checks of which there is evidence."""

    @property
    def rank(self) -> tuple[int, int, str, str, str]:
        """The most clients first, then the most cards."""
        return (-self.clients, -self.cards, self.organization, self.label, self.public_id)

    def day_at(self, now: datetime) -> date:
        return now.astimezone(ZoneInfo(self.zone)).date()


def live_connectors() -> tuple[list[LiveConnector], bool]:
    """What runs, those first that most clients look at; and whether the checks that count for all of it were ever asked."""
    account, configuration = ProviderAccount, ConnectorConfiguration
    common = sa.orm.aliased(ConnectorConfiguration)
    clients = (
        sa.select(sa.func.count())
        .select_from(OrganizationMember)
        .join(User, User.id == OrganizationMember.user_id)
        .where(OrganizationMember.organization_id == Organization.id, User.is_active.is_(True))
    )
    cards = (
        sa.select(sa.func.count())
        .select_from(PublishedCard)
        .join(PublishedSource, PublishedSource.account_id == PublishedCard.account_id)
        .where(PublishedCard.account_id == account.id, PublishedCard.revision == PublishedSource.revision)
    )
    asked = sa.select(sa.func.group_concat(ReadinessCurrent.check_key)).where(ReadinessCurrent.configuration_id == configuration.id)
    common_asked = (
        sa.select(sa.func.count())
        .select_from(ReadinessCurrent)
        .join(common, common.id == ReadinessCurrent.configuration_id)
        .where(common.status_key == INSTALLATION_KEY)
    )
    query: Any = (
        sa.select(
            configuration.id.label("configuration_id"),
            account.public_id,
            account.source_label.label("label"),
            Organization.public_id.label("organization_id"),
            Organization.name.label("organization"),
            Organization.time_zone.label("zone"),
            account.state,
            sa.case((User.is_active.is_(True), User.name), else_="").label("owner"),
            Promotion.number.label("promotion"),
            clients.correlate(Organization).scalar_subquery().label("clients"),
            cards.correlate(account).scalar_subquery().label("cards"),
            asked.correlate(configuration).scalar_subquery().label("asked"),
            common_asked.scalar_subquery().label("common"),
        )
        .select_from(configuration)
        .join(account, account.id == configuration.account_id)
        .join(Organization, Organization.id == account.organization_id)
        .join(Promotion, sa.and_(Promotion.configuration_id == configuration.id, Promotion.live_key == account.public_id))
        .outerjoin(User, User.id == account.owner_id)
        .where(configuration.status == ConfigurationStatus.LIVE, account.state != ConnectorState.RETIRED)
    )
    found, is_common_asked = [], False
    for row in db.session.execute(query).mappings():
        values = dict(row)
        is_common_asked = bool(values.pop("common"))
        found.append(LiveConnector(**{**values, "asked": frozenset((values["asked"] or "").split(","))}))
    return sorted(found, key=lambda each: each.rank), is_common_asked
