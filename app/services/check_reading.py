"""What pages of gates and checks read beside how the checks stand: versions, former results, who did what."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.audit import ActorKind
from app.extensions import db
from app.models import (
    ConfigurationStatus,
    ConnectorConfiguration,
    Promotion,
    ProviderAccount,
    ReadinessAcknowledgement,
    ReadinessEvidence,
    ReadinessSignOff,
    User,
)
from app.services import configurations
from app.services.audit_log import DELETED_PERSON
from app.services.check_keys import OF_INSTALLATION


@dataclass(frozen=True)
class LiveVersion:
    """What runs, and under which promotion."""

    configuration: ConnectorConfiguration
    promotion: int
    since: datetime | None
    held_since: datetime | None


@dataclass(frozen=True)
class Versions:
    """The open configurations of a connector."""

    draft: ConnectorConfiguration | None
    live: LiveVersion | None

    @property
    def open_ones(self) -> list[ConnectorConfiguration]:
        """The draft first."""
        return [each for each in (self.draft, self.live.configuration if self.live else None) if each is not None]


def versions_of(account: ProviderAccount) -> Versions:
    """Draft, live configuration and its promotion, in one statement."""
    keys = [configurations.status_key_of(account, status) for status in (ConfigurationStatus.DRAFT, ConfigurationStatus.LIVE)]
    promotion = sa.and_(Promotion.configuration_id == ConnectorConfiguration.id, Promotion.live_key == account.public_id)
    query = (
        sa.select(ConnectorConfiguration, Promotion.number, Promotion.promoted_at, Promotion.held_since)
        .outerjoin(Promotion, promotion)
        .where(ConnectorConfiguration.status_key.in_(keys))
    )
    draft, live = None, None
    for configuration, number, since, held_since in db.session.execute(query):
        if configuration.status is ConfigurationStatus.DRAFT:
            draft = configuration
        elif number is not None:
            live = LiveVersion(configuration, number, since, held_since)
    return Versions(draft, live)


def history(account: ProviderAccount, draft: ConnectorConfiguration | None, key: str, *, limit: int) -> Sequence[ReadinessEvidence]:
    """What a check came to so far, the newest first: in the draft, and before there was this draft in the versions before it."""
    row = ReadinessEvidence
    query = sa.select(row).where(row.check_key == key)
    if key in OF_INSTALLATION:
        common = configurations.find_installation()
        return _newest(query.where(row.configuration_id == common.id), limit) if common is not None else []
    if draft is None:
        return []
    former = sa.select(ConnectorConfiguration.id).where(
        ConnectorConfiguration.account_id == account.id, ConnectorConfiguration.number < draft.number
    )
    before = sa.and_(row.configuration_id.in_(former), row.made_at < draft.created_at)
    return _newest(query.where(sa.or_(row.configuration_id == draft.id, before)), limit)


def _newest(query: sa.Select[ReadinessEvidence], limit: int) -> Sequence[ReadinessEvidence]:
    return db.session.scalars(query.order_by(ReadinessEvidence.id.desc()).limit(limit)).all()


def acknowledgements(configurations_: Sequence[ConnectorConfiguration], key: str) -> dict[str, ReadinessAcknowledgement]:
    """Item → who saw it and what they said."""
    row = ReadinessAcknowledgement
    query = sa.select(row).where(row.configuration_id.in_([each.id for each in configurations_]), row.check_key == key)
    return {each.item: each for each in db.session.scalars(query.options(joinedload(row.person)).order_by(row.id))}


def sign_offs(configuration: ConnectorConfiguration | None, key: str, *, limit: int = 5) -> Sequence[ReadinessSignOff]:
    """The newest signatures, the newest first."""
    if configuration is None:
        return []
    row = ReadinessSignOff
    query = sa.select(row).where(row.configuration_id == configuration.id, row.check_key == key)
    return db.session.scalars(query.options(joinedload(row.person)).order_by(row.id.desc()).limit(limit)).all()


def names_of(public_ids: Collection[str]) -> dict[str, str]:
    """People's names by their public ids; of what is no person's, nothing."""
    if not public_ids:
        return {}
    return {row[0]: row[1] for row in db.session.execute(sa.select(User.public_id, User.name).where(User.public_id.in_(public_ids)))}


def people_among(actors: Iterable[tuple[str, str]]) -> set[str]:
    return {public_id for kind, public_id in actors if kind in {ActorKind.STAFF, ActorKind.CLIENT}}


def who(kind: str, public_id: str, names: Mapping[str, str]) -> str:
    """Somebody who did something, in words that follow *by*."""
    match kind:
        case ActorKind.STAFF | ActorKind.CLIENT:
            return names.get(public_id, DELETED_PERSON)
        case ActorKind.COMMAND:
            return f"the command {public_id}" if public_id else "a command"
        case ActorKind.JOB:
            return "a job"
    return "nobody by name" if not kind else f"a {kind}"
