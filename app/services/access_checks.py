"""Checking whether a connector's source can be reached: what is needed to ask, and what is written down after."""

from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app import audit
from app.audit import Actor, Target
from app.connectors.base import CheckStep, Connector, Opening
from app.connectors.registry import open_connector
from app.extensions import db
from app.models import ProviderAccount
from app.services.installation import settings


@dataclass(frozen=True)
class Verdict:
    """What a check found."""

    steps: tuple[CheckStep, ...]

    @property
    def counts(self) -> dict[str, int]:
        warnings = sum(step.is_warning for step in self.steps)
        return {"passed": len(self.steps) - warnings, "warnings": warnings}

    @property
    def sentence(self) -> str:
        said = " ".join(step.sentence for step in self.steps)
        beginning = "Access works, with something to see to." if self.counts["warnings"] else "Access works."
        return f"{beginning} {said}"


def upload_area(account_public_id: str) -> Path:
    """Where the supplied exports of one connector are put."""
    return settings().data_dir / "uploads" / account_public_id


def opening_of(account_id: int) -> Opening:
    """:raises NoResultFound: if there is no such connector"""
    account = db.session.scalars(sa.select(ProviderAccount).where(ProviderAccount.id == account_id)).one()
    return Opening(
        provider=account.provider,
        mode=account.mode.value,
        source_label=account.source_label,
        upload_area=upload_area(account.public_id),
    )


def connect(opening: Opening) -> Connector:
    """:raises ConnectorError: if this provider cannot be reached in this mode"""
    return open_connector(opening)


def record_verdict(account_id: int, verdict: Verdict, *, actor: Actor) -> None:
    """Write down that access was checked."""
    query = sa.select(ProviderAccount).where(ProviderAccount.id == account_id).options(joinedload(ProviderAccount.organization))
    account = db.session.scalars(query).one()
    audit.record(
        db.session(),
        actor,
        "access.checked",
        Target.of(account, account.organization),
        {**verdict.counts, "steps": ",".join(step.key for step in verdict.steps)},
    )
