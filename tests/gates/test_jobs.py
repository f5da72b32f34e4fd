"""The job that promotes: once, whoever presses, dies or works beside it; and what comes between asking, approving and going live."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.clock import moved_by
from app.extensions import db
from app.jobs import entry, readiness
from app.models import (
    BatchStatus,
    ImportBatch,
    JobStatus,
    NoteKind,
    PromotionStatus,
    SyncJob,
)
from app.queue import JobKind
from app.readiness.facts import PrivilegeFacts
from app.readiness.standing import Standing
from app.services import (
    agreements,
    check_runs,
    configurations,
    people,
    privilege_tries,
    promotions,
    readiness_clock,
    rollback_notes,
    rollbacks,
    settling,
    sign_offs,
    stands,
)
from app.services.check_keys import EVERY_CHECK, OF_INSTALLATION
from app.services.demo_path import PLAN
from app.services.errors import InvalidField, NotPossible
from app.unit_of_work import transaction
from tests.gates import story
from tests.gates.asked import Asked, let_lease_run_out
from tests.gates.walking import drain
from tests.support import factories
from tests.support.kept import Keeper

LONG = timedelta(days=40)
"""Longer than any test of a connector that is not live counts."""
FAR_TOO_LONG = "x" * 100_000


@pytest.fixture(scope="module")
def once_asked(keeper: Keeper) -> Iterator[Asked]:
    with keeper.for_a_module():
        yield Asked.after_all(keeper)


@pytest.fixture
def asked(once_asked: Asked) -> Iterator[Asked]:
    """Whatever is committed is undone after the test."""
    db.session.rollback()
    with story.undone():
        yield once_asked


@pytest.fixture(autouse=True)
def _privileges_are_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are tried on connections of their own, which would wait for the one that is undone."""
    monkeypatch.setattr(privilege_tries, "try_now", lambda: PrivilegeFacts(readiness_clock.now(), ()))


# Once


def test_pressed_twice_there_is_one_job_and_one_promotion(asked: Asked) -> None:
    asked.approve()
    with transaction():
        promotions.start(asked.open, by=None, actor=asked.admin)
    with pytest.raises(NotPossible, match="does not wait for approval any more"):
        asked.approve()
    query = sa.select(SyncJob).where(SyncJob.kind == JobKind.PROMOTE.value)
    assert len(db.session.scalars(query).all()) == 1
    drain()
    asked.check_live_once()
    with transaction():
        again = promotions.go_live(asked.promotion.id, actor=asked.admin)
        assert again.status is PromotionStatus.LIVE
    asked.check_live_once()


def test_a_worker_that_lost_its_lease_to_another_one_promotes_nothing_more(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = readiness._stop_if_void
    slow: list[str] = []

    def meanwhile(*args: object) -> None:
        looked(*args)  # type: ignore[arg-type]
        if not slow:
            slow.append("the other one had all the time that it needed")
            let_lease_run_out(asked.job)
            drain()
            asked.check_live_once()

    monkeypatch.setattr(readiness, "_stop_if_void", meanwhile)
    asked.approve()
    drain()
    assert slow
    assert asked.job.status is JobStatus.SUCCEEDED
    assert asked.job.attempts == 2
    asked.check_live_once()


class _Killed(BaseException):
    """Passes whatever handles errors, as a kill would."""


@pytest.fixture
def die_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let the work end right before its commit of a number; 0: nothing ends."""
    commit, state = Session.commit, {"at": 0, "count": 0}

    def counted(session: Session) -> None:
        state["count"] += 1
        if state["count"] == state["at"]:
            raise _Killed
        commit(session)

    def begin(number: int) -> None:
        state.update(at=number, count=0)

    monkeypatch.setattr(Session, "commit", counted)
    return begin


def test_a_worker_that_dies_at_any_commit_leaves_one_promotion(once_asked: Asked, die_at: Callable[[int], None]) -> None:
    """Right before commit N is right after commit N - 1."""
    number, was_killed = 0, True
    while was_killed:
        number += 1
        assert number < 30
        db.session.rollback()
        with story.undone():
            once_asked.approve()
            die_at(number)
            was_killed = _drain_until_killed()
            die_at(0)
            if was_killed:
                _check_all_or_nothing(once_asked)
                let_lease_run_out(once_asked.job)
                drain()
            assert once_asked.job.status is JobStatus.SUCCEEDED, (number, once_asked.job.error_note)
            once_asked.check_live_once()
    assert number > 5


def _drain_until_killed() -> bool:
    try:
        entry.drain(JobKind.PROMOTE.queue.value)
    except _Killed:
        db.session.rollback()
        return True
    return False


def _check_all_or_nothing(asked: Asked) -> None:
    if asked.promotion.status is PromotionStatus.LIVE:
        asked.check_live_once()
    else:
        asked.check_not_live()
        assert asked.promotion.packet == ""


# In between


def test_evidence_that_lapses_before_the_approval_voids_the_asking(asked: Asked) -> None:
    with moved_by(LONG):
        decision = asked.approve()
    assert not decision.is_approved
    assert "“The test is recent” does not stand any more." in decision.differences
    assert asked.promotion.status is PromotionStatus.VOID
    assert asked.promotion.void_reason.startswith("Something changed after it was asked for. ")
    drain()
    asked.check_not_live()


def test_evidence_that_lapses_after_the_approval_keeps_it_from_going_live(asked: Asked) -> None:
    asked.approve()
    with moved_by(LONG):
        drain()
    assert asked.job.status is JobStatus.FAILED
    assert asked.job.error_note.startswith("It could not go live, and the approval is void. ")
    assert asked.promotion.status is PromotionStatus.VOID
    asked.check_not_live()


def test_an_owner_who_is_deactivated_meanwhile_voids_it_with_the_differences(asked: Asked) -> None:
    with transaction():
        people.deactivate(asked.person(asked.people.admin), actor=asked.approver)
    decision = asked.approve()
    assert "“Somebody owns it” does not stand any more." in decision.differences
    assert asked.promotion.status is PromotionStatus.VOID
    asked.check_not_live()


def test_one_who_approved_and_is_deactivated_then_voids_it(asked: Asked) -> None:
    factories.credential(asked.person(asked.people.admin))
    asked.approve()
    with transaction():
        people.deactivate(asked.person(asked.people.approver), actor=asked.admin)
    drain()
    assert asked.job.status is JobStatus.FAILED
    assert asked.promotion.status is PromotionStatus.VOID
    asked.check_not_live()


def test_a_clock_that_is_set_back_revives_nothing(asked: Asked) -> None:
    with moved_by(LONG), transaction():
        readiness_clock.tick()
        settling.settle(asked.account, actor=asked.admin)
    draft = configurations.draft_of(asked.account)
    assert stands.of(asked.account, draft).checks["test-batch"].stand.standing is Standing.LAPSED
    decision = asked.approve()
    assert "“The test is recent” does not stand any more." in decision.differences
    with pytest.raises(NotPossible, match="does not stand yet"), transaction():
        promotions.request(asked.account, note="", by=asked.person(asked.people.admin), actor=asked.admin)
    asked.check_not_live()


@pytest.mark.parametrize("is_seen_first", [True, False], ids=["there before", "begins at the last moment"])
def test_it_waits_for_an_import_and_goes_live_by_itself(is_seen_first: bool, asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    batch_id = factories.import_batch(account=asked.account, data_type="payments", status=BatchStatus.STAGED).id
    asked.approve()
    with monkeypatch.context() as patched:
        if not is_seen_first:
            patched.setattr(readiness, "_stop_if_void", lambda *_: None)
        drain()
    for _ in range(5):  # more often than a job that fails is tried
        assert (asked.job.status, asked.job.error_note) == (JobStatus.RETRYING, promotions.IMPORT_UNDER_WAY)
        let_lease_run_out(asked.job)
        drain()
    assert asked.promotion.status is PromotionStatus.APPROVED
    with transaction():
        db.session.execute(sa.update(ImportBatch).where(ImportBatch.id == batch_id).values(status=BatchStatus.FAILED, open_key=None))
    let_lease_run_out(asked.job)
    drain()
    assert asked.job.status is JobStatus.SUCCEEDED
    asked.check_live_once()


def test_a_rollback_voids_what_was_approved_meanwhile(asked: Asked) -> None:
    asked.approve()
    drain()
    _approve_a_second(asked)
    second = asked.promotion.public_id
    with transaction():
        text = replace(PLAN, trigger="Rows of another company show.")
        by = asked.person(asked.people.admin)
        rollbacks.request(asked.account, None, text, typed="roll back", by=by, actor=asked.admin)
        rollbacks.carry_out(asked.account, actor=asked.admin)
    drain()
    promotion = promotions.get_promotion(second)
    assert (promotion.status, promotion.void_reason) == (PromotionStatus.VOID, "The connector was rolled back meanwhile.")
    assert asked.job.status is JobStatus.FAILED
    assert asked.job.error_note == "There is no approved promotion of this connector any more."
    asked.check_not_live()


def _approve_a_second(asked: Asked) -> None:
    """Something is changed under a note, asked for by one and approved by another; nobody works on the job yet."""
    by = asked.person(asked.people.admin)
    with transaction():
        account = asked.account
        rollback_notes.write(account, NoteKind.PLANNED, PLAN, target=None, by=by, actor=asked.admin)
        rollbacks.rehearse(account, actor=asked.admin)
        seen = {key: row.version for key, row in agreements.retention_of(account).items()}
        agreements.decide_retention(account, {"evidence": 400}, seen=seen, actor=asked.admin)
    with transaction():
        account = asked.account
        check_runs.run(account, set(EVERY_CHECK) - OF_INSTALLATION, actor=asked.admin)
        sign_offs.sign(account, configurations.draft_of(account), "qa", comment="Went through it again.", person=by, actor=asked.admin)
        check_runs.run(account, ["qa"], actor=asked.admin)
        promotions.request(account, note="", by=by, actor=asked.admin)
    assert asked.approve().is_approved


def test_a_job_that_is_run_once_more_for_a_former_promotion_promotes_nothing(asked: Asked) -> None:
    asked.approve()
    drain()
    with transaction():
        promotions.go_back(asked.account, None, actor=asked.admin)
    promotion_id = asked.promotion.id
    with pytest.raises(NotPossible, match="not approved any more"), transaction():
        promotions.go_live(promotion_id, actor=asked.admin)
    asked.check_not_live()


# What is typed


def test_a_note_of_a_hundred_kilobytes_is_refused(asked: Asked) -> None:
    by = asked.person(asked.people.admin)
    with pytest.raises(InvalidField, match=r"at most 500 characters; this has 100,000\."), transaction():
        promotions.request(asked.account, note=FAR_TOO_LONG, by=by, actor=asked.admin)
    text = replace(PLAN, stays=FAR_TOO_LONG)
    with pytest.raises(InvalidField, match="“What stays” has 100,000 characters"), transaction():
        rollback_notes.write(asked.account, NoteKind.PLANNED, text, target=None, by=by, actor=asked.admin)
    assert asked.promotion.status is PromotionStatus.REQUESTED
