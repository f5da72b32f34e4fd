"""Going back: what a rollback would do, its rehearsal, and the rollback itself. Nothing is deleted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from app.audit import Actor
from app.extensions import db
from app.metrics.registry import metric_of
from app.models import ConnectorFacet, FieldMap, NoteKind, Promotion, ProviderAccount, RollbackNote, SyncJob, User
from app.queue import JobKind
from app.readiness.facets import in_words
from app.services import (
    baselines,
    check_runs,
    jobs,
    live_changes,
    promotion_packets,
    promotions,
    rollback_notes,
    rollback_reading,
    settling,
)
from app.services.errors import InvalidField, NotPossible
from app.services.rollback_notes import Finding, NoteText

CONFIRMATION = "roll back"
ROLLBACK_PLAN = "rollback-plan"
NO_PLAN = "No rollback note is written yet, so there is nothing to rehearse. Write one first."


@dataclass(frozen=True)
class Preview:
    """What going back would do."""

    live: Promotion | None
    target: Promotion | None
    """None: not live."""
    goes_back: Sequence[str]
    """Facets that become what they were, in words."""
    refusal: str
    """Why it cannot be done; empty where it can."""


def targets(account: ProviderAccount) -> Sequence[Promotion]:
    """Promotions that the connector ran under and could run under again, the newest first."""
    live = settling.live_promotion(account)
    query = sa.select(Promotion).where(Promotion.account_id == account.id, Promotion.promoted_at.is_not(None))
    if live is not None:
        query = query.where(Promotion.id != live.id)
    return db.session.scalars(query.order_by(Promotion.number.desc())).all()


def preview(account: ProviderAccount, target: Promotion | None) -> Preview:
    live = settling.live_promotion(account)
    refusal = ""
    if live is None:
        refusal = "The connector is not live, so there is nothing to go back from."
    elif target is not None and target.id == live.id:
        refusal = "The connector runs under this promotion already."
    goes_back = _differences(live, target) if live is not None else []
    return Preview(live, target, goes_back, refusal)


def request_drill(account: ProviderAccount, *, by: User | None, actor: Actor) -> SyncJob:
    """Ask for the rehearsal of the newest plan.

    :raises NotPossible: if there is no plan
    """
    if rollback_reading.plan_of(account) is None:
        raise NotPossible(NO_PLAN)
    job, _is_new = jobs.request_job(JobKind.DRILL_ROLLBACK, account=account, requested_by=by, actor=actor)
    return job


def request(account: ProviderAccount, target: Promotion | None, text: NoteText, *, typed: str, by: User, actor: Actor) -> RollbackNote:
    """Ask for the rollback; its note is written first.

    :raises InvalidField: if the confirmation is not typed, or a part of the note is missing
    :raises NotPossible: if there is nothing to go back from, or a rollback to something else was asked for already
    """
    shown = preview(account, target)
    if shown.refusal:
        raise NotPossible(shown.refusal)
    if typed.strip().lower() != CONFIRMATION:
        raise InvalidField("typed", f"Type “{CONFIRMATION}”, so that it is sure that this is meant.")
    note = rollback_reading.asked_for(account)
    if note is None:
        note = rollback_notes.write(account, NoteKind.EXECUTED, text, target=target, by=by, actor=actor)
    elif note.target_id != (target.id if target is not None else None):
        raise NotPossible("A rollback to something else was asked for already. Wait until it is over, and look at the connector then.")
    jobs.request_job(JobKind.ROLL_BACK, account=account, requested_by=by, actor=actor)
    return note


def look(account: ProviderAccount, target: Promotion | None) -> Iterator[Finding]:
    """Everything that has to hold before the pointer is moved. Changes nothing."""
    live = settling.live_promotion(account)
    if target is None:
        name = (
            f"Promotion {live.number} can be taken down: the connector would be not live"
            if live
            else "The connector is not live, and stays so"
        )
        yield Finding(f"{name}, cards would be withdrawn", held=True)
    else:
        unsound = promotion_packets.verify(target)
        yield Finding(f"The packet of promotion {target.number} is sound" if not unsound else unsound[0], held=not unsound)
        yield from _pinned_maps(target)
    yield from _held_figures(account, live)
    path = account.owner is not None and account.owner.is_active
    yield Finding("The owner can be reached", held=path)


def rehearse(account: ProviderAccount, *, actor: Actor) -> RollbackNote:
    """Write what the drill of the newest plan found, and ask the check again.

    :raises NotPossible: if there is no plan
    """
    plan = rollback_reading.plan_of(account)
    if plan is None:
        raise NotPossible(NO_PLAN)
    found = list(look(account, plan.target))
    note = _follow_up(account, plan, NoteKind.DRILL, found, actor=actor, closes=False)
    check_runs.run(account, [ROLLBACK_PLAN], actor=actor)
    return note


def carry_out(account: ProviderAccount, *, actor: Actor) -> RollbackNote:
    """Move the pointer as the note that was written for it says, in one transaction.

    :raises NotPossible: if nobody asked for it, or something does not hold
    """
    note = rollback_reading.asked_for(account)
    if note is None:
        raise NotPossible("There is no rollback left to carry out: it was done already, or never asked for.")
    found = list(look(account, note.target))
    failed = [each.what for each in found if not each.held]
    if failed and note.target is not None and promotion_packets.verify(note.target):
        raise NotPossible("It cannot be rolled back: " + " ".join(failed))
    promotions.go_back(account, note.target, actor=actor)
    found.append(Finding(_where(note.target), held=True))
    return _follow_up(account, note, NoteKind.EXECUTED, found, actor=actor, closes=True)


def _follow_up(
    account: ProviderAccount, note: RollbackNote, kind: NoteKind, found: Sequence[Finding], *, actor: Actor, closes: bool
) -> RollbackNote:
    text = NoteText(**{name: getattr(note, name) for name in rollback_notes.LABELS})
    passed = all(each.held for each in found)
    return rollback_notes.write(
        account, kind, text, target=note.target, by=None, actor=actor, follows=note, closes=closes, passed=passed, findings=found
    )


def _where(target: Promotion | None) -> str:
    return (
        "The connector is not live now; its cards are withdrawn"
        if target is None
        else f"The connector runs under promotion {target.number}"
    )


def _pinned_maps(target: Promotion) -> Iterator[Finding]:
    ids = set(live_changes.pinned_maps(target).values())
    there = set(db.session.scalars(sa.select(FieldMap.public_id).where(FieldMap.public_id.in_(ids))))
    yield Finding(f"All {len(ids)} field maps of promotion {target.number} are there", held=bool(ids) and there == ids)


def _held_figures(account: ProviderAccount, live: Promotion | None) -> Iterator[Finding]:
    """What cards are held at: baselines are as they were frozen."""
    if live is None:
        return
    rows = baselines.list_baselines(account, page=1).items
    broken = [metric_of(row.metric_key).title for row in rows if not baselines.is_intact(row)]
    yield Finding("The frozen baselines are as they were frozen" if not broken else f"A baseline of {broken[0]} is broken", held=not broken)


def _differences(live: Promotion, target: Promotion | None) -> list[str]:
    if target is None:
        return ["The connector is not live any more, and its cards are withdrawn."]
    ours, theirs = _digests(live), _digests(target)
    return [f"{in_words(key)}: as before." for key in sorted(theirs) if ours.get(key) != theirs[key]]


def _digests(promotion: Promotion) -> dict[str, str]:
    rows = db.session.scalars(sa.select(ConnectorFacet).where(ConnectorFacet.configuration_id == promotion.configuration_id))
    return {row.facet: row.digest for row in rows}
