"""Promotions and rollback notes for the database in which every page has something to show."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from app.audit import Actor, ActorKind, canonical_json
from app.clock import utc_now
from app.extensions import db
from app.models import ConnectorConfiguration, JobStatus, NoteKind, Promotion, PromotionStatus, ProviderAccount, RollbackNote, User
from app.queue import JobKind
from app.services import configurations, facets, promotion_packets, rollback_notes, stands
from app.services.facets import Cause
from app.services.rollback_notes import Finding, NoteText
from app.unit_of_work import transaction
from tests.support import factories


@dataclass(frozen=True)
class CompanyGates:
    """What was asked for, approved and written down for one company."""

    promotion: Promotion
    """A former one, with its packet."""
    waiting: Promotion
    note: RollbackNote

    @property
    def marks(self) -> frozenset[str]:
        ids = {str(row.public_id) for row in (self.promotion, self.waiting, self.note)}
        return frozenset({self.promotion.note, self.promotion.packet_hash, self.note.trigger} | ids)


def fill_gates(connector: ProviderAccount, staff: User, other: User, name: str) -> CompanyGates:
    """A promotion that ran, a void one and one that waits; a plan with its drill; jobs that no worker of a test takes up."""
    actor = Actor(ActorKind.STAFF, staff.public_id)
    with transaction():
        facets.refresh(connector, Cause("checks.run", actor))
        former = _promotion(connector, 1, PromotionStatus.FORMER, staff, other, note=f"The first one of {name}")
        former.approved_by_id, former.approved_at, former.promoted_at = other.id, utc_now(), utc_now()
        db.session.flush()
        former.packet = canonical_json(promotion_packets.build(former, stands.of(connector, configurations.draft_of(connector)), None))
        former.packet_hash = promotion_packets.hash_of(former.packet)
        _promotion(connector, 2, PromotionStatus.VOID, staff, other, void_reason="The source label changed.")
        waiting = _promotion(connector, 3, PromotionStatus.APPROVED, other, staff, open_key=connector.public_id)
        text = NoteText(**{part: f"{part} of {name}" for part in rollback_notes.LABELS})
        note = rollback_notes.write(connector, NoteKind.PLANNED, text, target=former, by=other, actor=actor)
        found = [Finding("The packet is sound", held=True), Finding("The owner can be reached", held=False)]
        rollback_notes.write(
            connector, NoteKind.DRILL, text, target=former, by=None, actor=actor, follows=note, passed=False, findings=found
        )
    for kind in (JobKind.DRILL_ROLLBACK, JobKind.ROLL_BACK):
        _open_job(connector, kind, staff)
    job = _open_job(connector, JobKind.PROMOTE, staff)
    with transaction():
        db.session.get_one(Promotion, waiting.id).job_id = job.id
    return CompanyGates(former, waiting, note)


def _promotion(connector: ProviderAccount, number: int, status: PromotionStatus, asker: User, _other: User, **changes: Any) -> Promotion:
    draft = db.session.scalars(sa.select(ConnectorConfiguration).where(ConnectorConfiguration.account_id == connector.id)).first()
    assert draft is not None
    values = {"vouched": "{}", "digest": "0" * 64, "requested_at": utc_now() - timedelta(days=4 - number), **changes}
    row = Promotion(account_id=connector.id, configuration_id=draft.id, number=number, status=status, requested_by_id=asker.id, **values)
    db.session.add(row)
    db.session.flush()
    return row


def _open_job(connector: ProviderAccount, kind: JobKind, staff: User) -> Any:
    return factories.job(
        account=connector,
        kind=kind.value,
        queue=kind.queue.value,
        open_key=f"{connector.public_id}:{kind.value}:",
        status=JobStatus.QUEUED,
        requested_by_id=staff.id,
        due_at=utc_now() + timedelta(hours=1),
    )
