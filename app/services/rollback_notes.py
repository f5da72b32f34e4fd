"""Rollback notes: what would go back, or went back, and what people are told. Written by admins and support, never edited."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app import audit
from app.audit import Actor, Target, canonical_json
from app.clock import utc_now
from app.extensions import db
from app.models import NoteKind, Promotion, ProviderAccount, RollbackNote, User
from app.services import configurations
from app.services.errors import InvalidField, NotPossible

LONGEST = 4000
"""Characters in one part of a note."""
WRITABLE = frozenset({NoteKind.PLANNED, NoteKind.INCIDENT})
"""Kinds that people write; drills and rollbacks write theirs themselves."""
LABELS = {
    "trigger": "Trigger",
    "goes_back": "What goes back",
    "stays": "What stays",
    "affected": "Who is affected",
    "verified": "How it is verified",
    "client_words": "Words for the client",
}


@dataclass(frozen=True)
class NoteText:
    """The parts of a note, all of which have to be said."""

    trigger: str
    goes_back: str
    stays: str
    affected: str
    verified: str
    client_words: str

    def check(self) -> None:
        """:raises InvalidField: with the part that is missing or too long"""
        for name, text in asdict(self).items():
            if not text.strip():
                raise InvalidField(name, f"Fill in “{LABELS[name]}”: whoever has to go back in a hurry reads it.")
            if len(text) > LONGEST:
                raise InvalidField(name, f"“{LABELS[name]}” has {len(text):,} characters. Say it in at most {LONGEST:,}.")


@dataclass(frozen=True)
class Finding:
    """One thing that a drill or a rollback looked at."""

    what: str
    held: bool


def write(
    account: ProviderAccount,
    kind: NoteKind,
    text: NoteText,
    *,
    target: Promotion | None,
    by: User | None,
    actor: Actor,
    follows: RollbackNote | None = None,
    closes: bool = False,
    passed: bool | None = None,
    findings: Sequence[Finding] = (),
) -> RollbackNote:
    """Add a note.

    :param target: the promotion that is gone back to; None: not live
    :param by: None: it is opened by what happened
    :param closes: this follow-up says that what it follows is over
    :raises InvalidField: if a part is missing or too long
    :raises NotPossible: if it follows a note of another connector, or goes back to a promotion that never ran
    """
    text.check()
    if follows is not None and follows.account_id != account.id:
        raise NotPossible("This note belongs to another connector.")
    if target is not None and (target.account_id != account.id or target.promoted_at is None):
        raise NotPossible("Choose a promotion that this connector ran under.")
    row = RollbackNote(
        account_id=account.id,
        configuration_id=configurations.draft_of(account).id,
        kind=kind,
        follows_id=follows.id if follows is not None else None,
        closes=closes,
        target_id=target.id if target is not None else None,
        **{field.name: getattr(text, field.name).strip() for field in fields(text)},
        passed=passed,
        findings=canonical_json([asdict(each) for each in findings]),
        written_by_id=by.id if by is not None else None,
        written_at=utc_now(),
    )
    changes = {"kind": kind, "connector": account.public_id, "closes": closes}
    record_target = Target.of(row, account.organization)
    db.session.add(row)
    db.session.flush()
    audit.record(db.session(), actor, "rollback_note.written", record_target, changes)
    return row


def incident(account: ProviderAccount, what: str, *, actor: Actor) -> RollbackNote:
    """Open the note that an act writes by itself which only stops or protects.

    :param what: what was done, as a sentence
    """
    text = NoteText(
        trigger=what,
        goes_back="Nothing yet: the act only stops or protects. Say here, as a follow-up, what goes back.",
        stays="All records, figures and evidence.",
        affected="Whoever reads this connector's cards.",
        verified="By the checks of the connector, which were asked again.",
        client_words="We are looking into a change to this source. Figures are held at the last good ones meanwhile.",
    )
    return write(account, NoteKind.INCIDENT, text, target=None, by=None, actor=actor)


def get_note(account: ProviderAccount, public_id: str) -> RollbackNote:
    """:raises sqlalchemy.exc.NoResultFound: if the connector has none of that id"""
    query = sa.select(RollbackNote).where(RollbackNote.account_id == account.id, RollbackNote.public_id == public_id)
    return db.session.scalars(query.options(*_SHOWN)).one()


def all_of(account: ProviderAccount, *, limit: int = 100) -> Sequence[RollbackNote]:
    """The newest first."""
    query = sa.select(RollbackNote).where(RollbackNote.account_id == account.id).options(*_SHOWN)
    return db.session.scalars(query.order_by(RollbackNote.id.desc()).limit(limit)).all()


def newest_of(account: ProviderAccount, kind: NoteKind) -> RollbackNote | None:
    """The newest note of a kind."""
    query = sa.select(RollbackNote).where(RollbackNote.account_id == account.id, RollbackNote.kind == kind)
    return db.session.scalar(query.options(*_SHOWN).order_by(RollbackNote.id.desc()).limit(1))


def followed_by(note: RollbackNote) -> Sequence[RollbackNote]:
    """What was written after it about the same thing, in order."""
    query = sa.select(RollbackNote).where(RollbackNote.follows_id == note.id).options(*_SHOWN)
    return db.session.scalars(query.order_by(RollbackNote.id)).all()


_SHOWN = (joinedload(RollbackNote.written_by), joinedload(RollbackNote.target), joinedload(RollbackNote.follows))
