"""Promotions: asked for, approved by somebody else, verified and frozen in one transaction, rolled back. Nothing is ever deleted."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from app import audit
from app.audit import Actor, Target, canonical_json
from app.extensions import db
from app.models import (
    BatchKind,
    BatchStatus,
    ConfigurationStatus,
    ConnectorConfiguration,
    ConnectorState,
    ImportBatch,
    Promotion,
    PromotionStatus,
    ProviderAccount,
    ReadinessCurrent,
    User,
)
from app.queue import JobKind
from app.readiness.facets import Vouched, differences
from app.readiness.gates import CHECKS
from app.services import check_runs, configurations, facets, jobs, promotion_packets, readiness_clock, settling, stands
from app.services.errors import InvalidField, NotPossible
from app.services.facets import Cause
from app.services.stands import APPROVAL, Stands

TITLES = {spec.key: spec.title for spec in CHECKS}
LONGEST_NOTE = 500
NOT_THE_SAME = "You asked for this promotion, so somebody else has to approve it."
IMPORT_UNDER_WAY = "An import of this connector is under way. It is promoted by itself once that is over."


class ImportUnderWay(NotPossible):
    """It has to wait; nothing speaks against it."""


@dataclass(frozen=True)
class Decision:
    """What came of an approval."""

    promotion: Promotion
    differences: tuple[str, ...]
    """What had changed since it was asked for; empty: it is approved."""

    @property
    def is_approved(self) -> bool:
        return not self.differences


def open_promotion(account: ProviderAccount) -> Promotion | None:
    """The one that is asked for or approved and not live yet."""
    return db.session.scalar(sa.select(Promotion).where(Promotion.open_key == account.public_id).options(*_SHOWN))


def all_of(account: ProviderAccount) -> Sequence[Promotion]:
    """The newest first."""
    query = sa.select(Promotion).where(Promotion.account_id == account.id).options(*_SHOWN)
    return db.session.scalars(query.order_by(Promotion.number.desc())).all()


def newest(account: ProviderAccount) -> Promotion | None:
    """The open one, or else the latest that was asked for: numbers only go up, and there is one open at a time."""
    query = sa.select(Promotion).where(Promotion.account_id == account.id).options(*_SHOWN)
    return db.session.scalar(query.order_by(Promotion.number.desc()).limit(1))


def get_promotion(public_id: str) -> Promotion:
    """:raises sqlalchemy.exc.NoResultFound: if there is none"""
    return db.session.scalars(sa.select(Promotion).where(Promotion.public_id == public_id).options(*_SHOWN)).one()


def why_not_requestable(account: ProviderAccount, found: Stands) -> str:
    """A sentence; empty where a promotion can be asked for."""
    if account.state is ConnectorState.RETIRED:
        return "This connector is retired."
    missing = found.missing(but=frozenset({APPROVAL}))
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        return f"“{missing[0].title}”{more} does not stand yet. All checks but the approval have to, before it is asked for."
    live = configurations.find(account, ConfigurationStatus.LIVE)
    if live is not None and found.configuration is not None and not facets.differing(found.configuration, live) and not _is_held(account):
        return "Nothing differs from what is live, so there is nothing to promote."
    return ""


def request(account: ProviderAccount, *, note: str, by: User, actor: Actor) -> Promotion:
    """Ask for what stands now to go live.

    :raises NotPossible: if a check does not stand, or a promotion is open already
    :raises InvalidField: if the note is too long
    """
    if len(note) > LONGEST_NOTE:
        raise InvalidField("note", f"Say it in at most {LONGEST_NOTE} characters; this has {len(note):,}.")
    _lock(account)
    facets.refresh(account, Cause("promotion.requested", actor))
    draft = configurations.draft_of(account)
    found = stands.of(account, draft)
    why_not = why_not_requestable(account, found)
    if why_not:
        raise NotPossible(why_not)
    highest = db.session.scalar(sa.select(sa.func.max(Promotion.number)).where(Promotion.account_id == account.id))
    vouched = found.vouched()
    row = Promotion(
        account_id=account.id,
        configuration_id=draft.id,
        number=(highest or 0) + 1,
        status=PromotionStatus.REQUESTED,
        open_key=account.public_id,
        note=note.strip(),
        digest=found.approval_digest,
        vouched=canonical_json({key: asdict(each) for key, each in vouched.items()}),
        requested_by_id=by.id,
        requested_at=readiness_clock.now(),
    )
    target = Target.of(row, account.organization)
    try:
        with db.session.begin_nested():
            db.session.add(row)
    except IntegrityError as exc:
        raise NotPossible("A promotion of this connector is open already.") from exc
    _record(target, actor, "promotion.requested", account, {"number": row.number, "digest": row.digest})
    _ask_again(account, actor)
    return row


def approve(promotion: Promotion, *, by: User, actor: Actor) -> Decision:
    """Approve exactly what was asked for; void it where anything changed since. Commit either way.

    :raises NotPossible: if the same person asked for it, may not act any more, or it was decided already
    """
    account = promotion.account
    _lock(account)
    db.session.refresh(promotion)
    if promotion.status is not PromotionStatus.REQUESTED:
        raise NotPossible("This promotion does not wait for approval any more.")
    if promotion.requested_by_id == by.id:
        raise NotPossible(NOT_THE_SAME)
    if not by.is_active:
        raise NotPossible("Only somebody who is active can approve.")
    changed = _what_changed(account, promotion, actor)
    if changed:
        void(promotion, "Something changed after it was asked for. " + " ".join(changed), actor=actor)
        return Decision(promotion, tuple(changed))
    promotion.status = PromotionStatus.APPROVED
    promotion.approved_by_id, promotion.approved_at = by.id, readiness_clock.now()
    db.session.flush()
    db.session.refresh(promotion)
    _record(Target.of(promotion, account.organization), actor, "promotion.approved", account, {"digest": promotion.digest})
    _ask_again(account, actor)
    start(promotion, by=by, actor=actor)
    return Decision(promotion, ())


def start(promotion: Promotion, *, by: User | None, actor: Actor) -> None:
    """Ask for the job that promotes; pressed twice there is one.

    :raises NotPossible: if it is not approved
    """
    if promotion.status is not PromotionStatus.APPROVED:
        raise NotPossible("This promotion is not approved, so it cannot go live.")
    job, _is_new = jobs.request_job(JobKind.PROMOTE, account=promotion.account, requested_by=by, actor=actor)
    promotion.job = job
    db.session.flush()


def void(promotion: Promotion, reason: str, *, actor: Actor) -> None:
    """Let it count no more: what it was asked for is not what is there, or nobody wants it."""
    account = promotion.account
    promotion.status, promotion.open_key, promotion.void_reason = PromotionStatus.VOID, None, reason[:1000]
    _record(Target.of(promotion, account.organization), actor, "promotion.voided", account, {"number": promotion.number})
    db.session.flush()
    _ask_again(account, actor)


def withdraw(promotion: Promotion, *, actor: Actor) -> None:
    """Take back the asking or the approval.

    :raises NotPossible: if it is live or over
    """
    _lock(promotion.account)
    db.session.refresh(promotion)
    if not promotion.status.is_open:
        raise NotPossible("This promotion is not open any more.")
    void(promotion, "It was taken back before it went live.", actor=actor)


def approved_for(account: ProviderAccount) -> Promotion | None:
    """The one that a job is to bring live."""
    found = open_promotion(account)
    return found if found is not None and found.status is PromotionStatus.APPROVED else None


def of_job(job_id: int) -> Promotion | None:
    """The newest that a job was asked for."""
    return db.session.scalar(sa.select(Promotion).where(Promotion.job_id == job_id).order_by(Promotion.id.desc()).limit(1))


def speaks_against(promotion: Promotion, *, actor: Actor) -> list[str]:
    """Everything that keeps an approved promotion from going live, in sentences. Asks no provider."""
    account = promotion.account
    found = _what_changed(account, promotion, actor)
    if promotion.approved_by is None or promotion.approved_by_id == promotion.requested_by_id:
        found.append("Nobody but the one who asked approved it.")
    elif not promotion.approved_by.is_active:
        found.append("The person who approved is no longer active.")
    if not promotion.requested_by.is_active:
        found.append("The person who asked for it is no longer active.")
    now = stands.of(account, configurations.draft_of(account))
    if not found:
        found += [f"“{spec.title}” does not stand." for spec in now.missing()]
    return found


def is_import_open(account: ProviderAccount) -> bool:
    query = sa.select(ImportBatch.id).where(
        ImportBatch.account_id == account.id, ImportBatch.kind == BatchKind.PRODUCTION, ImportBatch.status == BatchStatus.STAGED
    )
    return db.session.scalar(query.limit(1)) is not None


def go_live(promotion_id: int, *, actor: Actor) -> Promotion:
    """Verify everything and freeze it, in the caller's one transaction, which talks to nobody.

    :raises ImportUnderWay: if it has to wait
    :raises NotPossible: if anything speaks against it; nothing is changed then
    """
    promotion = db.session.get_one(Promotion, promotion_id, populate_existing=True)
    account = promotion.account
    _lock(account)
    db.session.refresh(promotion)
    if promotion.status is PromotionStatus.LIVE:
        return promotion  # an earlier attempt brought it there
    if promotion.status is not PromotionStatus.APPROVED:
        raise NotPossible("This promotion is not approved any more, so it does not go live.")
    if is_import_open(account):
        raise ImportUnderWay(IMPORT_UNDER_WAY)
    against = speaks_against(promotion, actor=actor)
    if against:
        raise NotPossible("It cannot go live. " + " ".join(against))
    draft = configurations.draft_of(account)
    former = settling.live_promotion(account)
    found = stands.of(account, draft)
    promotion.promoted_at = readiness_clock.now()
    packet = promotion_packets.build(promotion, found, former)
    promotion.packet = canonical_json(packet)
    promotion.packet_hash = promotion_packets.hash_of(promotion.packet)
    _step_down(account, former)
    promotion.status, promotion.open_key, promotion.live_key = PromotionStatus.LIVE, None, account.public_id
    draft.status, draft.status_key = ConfigurationStatus.LIVE, configurations.status_key_of(account, ConfigurationStatus.LIVE)
    db.session.flush()
    _next_draft(account, draft)
    _record(
        Target.of(promotion, account.organization),
        actor,
        "promotion.live",
        account,
        {"number": promotion.number, "hash": promotion.packet_hash},
    )
    settling.settle(account, actor=actor)
    readiness_clock.tick()
    return promotion


def go_back(account: ProviderAccount, target: Promotion | None, *, actor: Actor) -> None:
    """Move the live pointer to an earlier promotion, or to none. Figures are held until a complete batch comes in under it.

    :raises NotPossible: if the connector runs under it already
    """
    _lock(account)
    live = settling.live_promotion(account)
    if (live is None and target is None) or (live is not None and target is not None and live.id == target.id):
        raise NotPossible("The connector is there already, so there is nothing to go back to.")
    opened = open_promotion(account)
    if opened is not None:
        void(opened, "The connector was rolled back meanwhile.", actor=actor)
    _step_down(account, live)
    if target is not None:
        db.session.refresh(target)
        target.status, target.live_key, target.held_since = PromotionStatus.LIVE, account.public_id, readiness_clock.now()
        configuration = target.configuration
        configuration.status = ConfigurationStatus.LIVE
        configuration.status_key = configurations.status_key_of(account, ConfigurationStatus.LIVE)
        db.session.flush()
        facets.refresh(account, Cause("promotion.rolled_back", actor))
    changes = {"from": live.number if live is not None else None, "to": target.number if target is not None else None}
    audit.record(db.session(), actor, "promotion.rolled_back", Target.of(account, account.organization), changes)
    settling.settle(account, actor=actor)


def _step_down(account: ProviderAccount, live: Promotion | None) -> None:
    configuration = configurations.find(account, ConfigurationStatus.LIVE)
    if live is not None:
        live.status, live.live_key = PromotionStatus.FORMER, None
    if configuration is not None:
        configuration.status, configuration.status_key = ConfigurationStatus.FORMER, None
    db.session.flush()  # their keys are free before others take them


def _next_draft(account: ProviderAccount, live: ConnectorConfiguration) -> None:
    """Work goes on in a draft of its own, which begins with what went live."""
    draft = configurations.draft_of(account)
    draft.passed_gates = live.passed_gates
    facets.copy_to(live, draft)
    rows = db.session.scalars(sa.select(ReadinessCurrent).where(ReadinessCurrent.configuration_id == live.id)).all()
    for row in rows:
        if row.check_key == APPROVAL:
            continue  # what is approved is what went live
        db.session.add(
            ReadinessCurrent(configuration_id=draft.id, check_key=row.check_key, evidence_id=row.evidence_id, good_id=row.good_id)
        )
    promotion_packets.copy_acts(live, draft)
    db.session.flush()


def _what_changed(account: ProviderAccount, promotion: Promotion, actor: Actor) -> list[str]:
    """Between what was asked for and what is there now, in sentences."""
    facets.refresh(account, Cause("promotion.verified", actor))
    found = stands.of(account, configurations.draft_of(account))
    lines: list[str] = []
    if found.approval_digest != promotion.digest:
        lines = differences(vouched_of(promotion), found.vouched(), TITLES)
    lines += [f"“{spec.title}” does not stand any more." for spec in found.missing(but=frozenset({APPROVAL}))]
    return list(dict.fromkeys(lines))


def vouched_of(promotion: Promotion) -> dict[str, Vouched]:
    """What was asked for, check by check."""
    kept: dict[str, Any] = json.loads(promotion.vouched)
    return {key: Vouched(each["result"], each["rests_on"]) for key, each in kept.items()}


def _ask_again(account: ProviderAccount, actor: Actor) -> None:
    """The check of the approval itself."""
    check_runs.run(account, [APPROVAL], actor=actor)


def _is_held(account: ProviderAccount) -> bool:
    live = settling.live_promotion(account)
    return live is not None and live.held_since is not None


def _lock(account: ProviderAccount) -> None:
    """Promotions, rollbacks and points of a connector one after the other."""
    db.session.flush()
    db.session.refresh(account, with_for_update=True)  # its state may be set next, and what was read before the wait would be stale


def _record(target: Target, actor: Actor, action: str, account: ProviderAccount, changes: dict[str, object]) -> None:
    audit.record(db.session(), actor, action, target, {**changes, "connector": account.public_id})


_SHOWN = (
    joinedload(Promotion.account).joinedload(ProviderAccount.organization),
    joinedload(Promotion.requested_by),
    joinedload(Promotion.approved_by),
    joinedload(Promotion.configuration),
    joinedload(Promotion.job),
)
