"""No order of acts, by whomever, makes a connector live on a failing, missing, stale, foreign or self-approved piece of evidence;
and no tick falls without a reason and a task.

A connector is walked once to the door of the promotion; each example begins there and is undone at its end.
``FIVEGATE_SEED`` and the number of examples: see ``make soak``.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

import pytest
import sqlalchemy as sa
from flask import Flask
from hypothesis import HealthCheck, Phase, core, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from app.audit import Actor, ActorKind
from app.clock import moved_by
from app.extensions import db
from app.metrics.registry import metric_of
from app.metrics.window_rules import WindowRule
from app.metrics.windows import Window
from app.models import AccessMode, NoteKind, Promotion, PromotionStatus, ProviderAccount, Surface, User
from app.readiness.facts import PrivilegeFacts
from app.readiness.gates import Gate
from app.security.permissions import Permission, Role, is_granted
from app.services import (
    account_credentials,
    accounts,
    acknowledgements,
    agreements,
    check_runs,
    configurations,
    facets,
    field_maps,
    organizations,
    people,
    promotions,
    readiness_clock,
    rechecks,
    reconciliations,
    report_metrics,
    rollback_notes,
    rollback_reading,
    rollbacks,
    sign_offs,
    stands,
    tasks,
    waivers,
)
from app.services.acknowledgements import item_digest
from app.services.check_keys import EVERY_CHECK
from app.services.demo_path import PLAN
from app.services.errors import ServiceError
from app.services.reconciliations import SourceTotals
from app.unit_of_work import transaction
from tests.gates.story import facts_against, falls_without_task, holes_in, instant, is_waived, live_of, person, self_approved, undone
from tests.gates.walking import People, go, walk_of
from tests.support import factories

EXAMPLES, SAMPLE, PARTS = 500, 50, 4
LONG, SHORT = 4, 1
"""Acts of an example beside those that it begins with."""
SENTENCE = 20
WHO = st.sampled_from(["admin", "approver", "supporter"])
TROUBLES = ("consent", "secret", "owner", "time", "totals")
GATE_OR_ALL = st.sampled_from([None, *Gate])


class Story(RuleBasedStateMachine):
    """What people and time can do to one connector."""

    account_id: ClassVar[int]
    seen: ClassVar[Counter[str]] = Counter()
    """What the examples came to, so that none of it stays out unnoticed."""
    public_ids: ClassVar[dict[str, str]]

    @initialize(is_live=st.booleans(), asker=st.sampled_from(["admin", "approver"]), trouble=st.sampled_from(["", *TROUBLES]))
    def begin(self, is_live: bool, asker: str, trouble: str) -> None:
        self.stack = ExitStack()
        self.stack.enter_context(undone())
        self.ahead = timedelta(0)
        self.lives: set[int] = set()
        if is_live:
            self.whole_promotion(asker=asker, with_care=False, gap=False)
            assert live_of(self.account_id)[1] is not None
            self.happens(trouble, asker)
        elif trouble:
            self.happens(trouble, asker)
            self.run_checks(key=asker, gate=None)
            self.whole_promotion(asker=asker, with_care=False, gap=False)

    def teardown(self) -> None:
        if hasattr(self, "stack"):
            self.stack.close()

    @property
    def account(self) -> ProviderAccount:
        return db.session.get_one(ProviderAccount, self.account_id)

    def who(self, key: str) -> tuple[User, Actor]:
        found = person(self.public_ids[key])
        return found, Actor(ActorKind.STAFF, found.public_id)

    def act(self, key: str, permission: Permission, deed: Callable[[ProviderAccount, User, Actor], object]) -> None:
        """Do something as a person: refused with a sentence, or done whole."""
        with moved_by(self.ahead):
            by, actor = self.who(key)
            role = Role.of_staff(by.staff_role) if by.staff_role is not None else None
            if role is None or not is_granted(role, permission) or not by.is_active:
                return
            try:
                with transaction():
                    deed(self.account, by, actor)
            except ServiceError as exc:
                self.refused(exc)

    def refused(self, exc: ServiceError) -> None:
        """Nothing was done, and it was said why."""
        db.session.expire_all()
        self.seen["refused"] += 1
        if len(str(exc)) < SENTENCE:
            raise AssertionError(f"no sentence: {exc}")

    # What people do.

    @rule(key=WHO, gate=GATE_OR_ALL)
    def run_checks(self, key: str, gate: Gate | None) -> None:
        keys = [each for each in EVERY_CHECK if gate is None or check_runs_gate(each) is gate]
        self.act(key, Permission.JOB_RUN, lambda account, _by, actor: check_runs.run(account, keys, actor=actor, privileges=_tried()))

    @rule(key=WHO, word=st.sampled_from(["Ledger", "ServiceTitan exports", "Office export"]))
    def rename(self, key: str, word: str) -> None:
        self.act(key, Permission.CONNECTOR_WRITE, lambda account, _by, actor: _edit(account, actor, source_label=word))

    @rule(key=WHO, owner=WHO)
    def name_owner(self, key: str, owner: str) -> None:
        self.act(key, Permission.CONNECTOR_WRITE, lambda account, _by, actor: _edit(account, actor, owner=person(self.public_ids[owner])))

    @rule(key=WHO, whom=WHO, back=st.booleans())
    def deactivate(self, key: str, whom: str, back: bool) -> None:
        deed = people.reactivate if back else people.deactivate
        self.act(key, Permission.PEOPLE_WRITE, lambda _account, _by, actor: deed(person(self.public_ids[whom]), actor=actor))

    @rule(key=WHO, secret=st.sampled_from(["first-secret-value", "second-secret-value"]))
    def replace_secret(self, key: str, secret: str) -> None:
        self.act(
            key,
            Permission.CREDENTIAL_WRITE,
            lambda account, _by, actor: account_credentials.set_credential(account, name="app_key", value=secret, actor=actor),
        )

    @rule(key=WHO)
    def activate_map(self, key: str) -> None:
        def deed(account: ProviderAccount, _by: User, actor: Actor) -> None:
            draft = field_maps.draft_map(account, "payments") or field_maps.start_draft_from_active(account, "payments", actor=actor)
            db.session.flush()
            field_maps.activate(draft, actor=actor)

        self.act(key, Permission.MAP_WRITE, deed)

    @rule(key=WHO, metric=st.sampled_from(["payments_received", "booked_calls"]))
    def choose_or_drop_metric(self, key: str, metric: str) -> None:
        def deed(account: ProviderAccount, _by: User, actor: Actor) -> None:
            chosen = report_metrics.get_chosen(account, metric)
            if chosen is None:
                report_metrics.choose(account, metric_of(metric), surfaces=[Surface.CARD], actor=actor)
            else:
                report_metrics.drop(chosen, actor=actor)

        self.act(key, Permission.METRIC_WRITE, deed)

    @rule(key=WHO, rule_key=st.sampled_from(list(WindowRule)))
    def choose_windows(self, key: str, rule_key: WindowRule) -> None:
        self.act(key, Permission.METRIC_WRITE, lambda account, _by, actor: agreements.choose_window_rule(account, rule_key, actor=actor))

    @rule(key=WHO, zone=st.sampled_from(["America/Chicago", "America/Denver"]))
    def move(self, key: str, zone: str) -> None:
        def deed(account: ProviderAccount, _by: User, actor: Actor) -> None:
            organization = account.organization
            organizations.edit_organization(organization, seen_version=organization.version, actor=actor, time_zone=zone)

        self.act(key, Permission.ORGANIZATION_WRITE, deed)

    @rule(key=WHO, days=st.sampled_from([0, 365]))
    def decide_retention(self, key: str, days: int) -> None:
        def deed(account: ProviderAccount, _by: User, actor: Actor) -> None:
            seen = {name: row.version for name, row in agreements.retention_of(account).items()}
            agreements.decide_retention(account, {"record": days}, seen=seen, actor=actor)

        self.act(key, Permission.CONNECTOR_WRITE, deed)

    @rule(key=WHO, told=WHO, channel=st.sampled_from(["Mail", "Telephone"]))
    def write_failure_path(self, key: str, told: str, channel: str) -> None:
        def deed(account: ProviderAccount, _by: User, actor: Actor) -> None:
            row = agreements.failure_path_of(account)
            agreements.write_failure_path(
                account,
                told=[person(self.public_ids[told])],
                channel=channel,
                client_sees="Held figures",
                fallback="By hand",
                seen_version=row.version if row is not None else 0,
                actor=actor,
            )

        self.act(key, Permission.CONNECTOR_WRITE, deed)

    @rule(key=WHO, reads=st.sampled_from([["payments"], ["payments", "calls"], ["calls"]]), withdraw=st.booleans())
    def consent(self, key: str, reads: list[str], withdraw: bool) -> None:
        def deed(account: ProviderAccount, by: User, actor: Actor) -> None:
            if withdraw:
                agreements.withdraw_consent(account, note="They called", actor=actor)
                return
            agreements.record_consent(
                account,
                reads=reads,
                writes=[],
                given_by="Their owner",
                given_on=tasks.today(account.organization),
                proof="A letter",
                by=by,
                actor=actor,
            )

        self.act(key, Permission.CONNECTOR_WRITE, deed)

    @rule(key=WHO, off=st.sampled_from([0, 40]))
    def enter_totals(self, key: str, off: int) -> None:
        def deed(account: ProviderAccount, by: User, actor: Actor) -> None:
            window = Window.month(2026, 1)
            ours = reconciliations.our_totals(account, "payments", window)
            totals = SourceTotals(window, ours.rows + off, ours.total)
            reconciliations.enter(account, "payments", totals, tolerance=Decimal(0), entered_by=by, actor=actor)

        self.act(key, Permission.METRIC_WRITE, deed)

    @rule(key=WHO, check=st.sampled_from(sorted(sign_offs.SIGNABLE)))
    def sign(self, key: str, check: str) -> None:
        def deed(account: ProviderAccount, by: User, actor: Actor) -> None:
            facets.refresh(account, facets.Cause("check.signed", actor))
            sign_offs.sign(account, configurations.draft_of(account), check, comment="Looked at all of it", person=by, actor=actor)

        self.act(key, Permission.CONNECTOR_WRITE, deed)

    @rule(key=WHO, check=st.sampled_from(["comparable", "rejects-reviewed"]))
    def acknowledge(self, key: str, check: str) -> None:
        def deed(account: ProviderAccount, by: User, actor: Actor) -> None:
            draft = configurations.draft_of(account)
            found = stands.of(account, draft)
            digests = frozenset(item_digest(item) for item in found.checks[check].unacknowledged)
            acknowledgements.acknowledge(account, draft, found, check, digests=digests, comment="", person=by, actor=actor)

        self.act(key, Permission.CONNECTOR_WRITE, deed)

    @rule(key=WHO, check=st.sampled_from(["reconciled", "rejects-reviewed", "owner"]), days=st.integers(1, 60))
    def ask_for_waiver(self, key: str, check: str, days: int) -> None:
        def deed(account: ProviderAccount, by: User, actor: Actor) -> None:
            last_day = tasks.today(account.organization) + timedelta(days=days)
            waivers.request(account, configurations.draft_of(account), check, reason="For now", last_day=last_day, by=by, actor=actor)

        self.act(key, Permission.CONNECTOR_WRITE, deed)

    @rule(key=WHO, check=st.sampled_from(["reconciled", "rejects-reviewed"]), refuse=st.booleans())
    def decide_waiver(self, key: str, check: str, refuse: bool) -> None:
        def deed(account: ProviderAccount, by: User, actor: Actor) -> None:
            found = waivers.open_waiver(configurations.draft_of(account), check)
            if found is None:
                return
            if refuse:
                waivers.end(account, found, actor=actor)
            else:
                waivers.approve(account, found, by=by, actor=actor)

        self.act(key, Permission.CONNECTOR_WRITE, deed)

    @rule(key=WHO)
    def write_note(self, key: str) -> None:
        self.act(
            key,
            Permission.NOTE_WRITE,
            lambda account, by, actor: rollback_notes.write(account, NoteKind.PLANNED, PLAN, target=None, by=by, actor=actor),
        )

    @rule(key=WHO)
    def drill(self, key: str) -> None:
        self.act(key, Permission.PROMOTION_WRITE, lambda account, _by, actor: rollbacks.rehearse(account, actor=actor))

    @rule(key=WHO)
    def ask_for_promotion(self, key: str) -> None:
        self.act(key, Permission.PROMOTION_WRITE, lambda account, by, actor: promotions.request(account, note="", by=by, actor=actor))

    @rule(key=WHO)
    def approve(self, key: str) -> None:
        def deed(account: ProviderAccount, by: User, actor: Actor) -> None:
            found = promotions.open_promotion(account)
            if found is not None:
                promotions.approve(found, by=by, actor=actor)

        self.act(key, Permission.PROMOTION_WRITE, deed)

    @rule()
    def promote(self) -> None:
        """What the job does in its last transaction, whenever a worker comes to it."""
        found = db.session.scalar(
            sa.select(Promotion.id).where(Promotion.account_id == self.account_id, Promotion.status == PromotionStatus.APPROVED)
        )
        if found is None:
            return
        with moved_by(self.ahead):
            try:
                with transaction():
                    promotions.go_live(found, actor=Actor(ActorKind.JOB, "promote"))
            except ServiceError as exc:
                self.refused(exc)

    @rule(key=WHO)
    def roll_back(self, key: str) -> None:
        def deed(account: ProviderAccount, _by: User, actor: Actor) -> None:
            before = db.session.scalar(
                sa.select(Promotion)
                .where(Promotion.account_id == account.id, Promotion.status == PromotionStatus.FORMER)
                .order_by(Promotion.id.desc())
                .limit(1)
            )
            promotions.go_back(account, before, actor=actor)

        self.act(key, Permission.PROMOTION_WRITE, deed)

    @rule(days=st.sampled_from([-3, -1, 1, 6, 12, 29]))
    def time_goes_by(self, days: int) -> None:
        """Forward, or a clock that is set back; then the watch has its round."""
        self.ahead += timedelta(days=days)
        with moved_by(self.ahead), transaction():
            rechecks.note_time()
            rechecks.recheck(self.account, actor=Actor(ActorKind.JOB, "recheck"))

    # Ways that lead somewhere more often than chance does.

    @rule(asker=st.sampled_from(["admin", "approver"]))
    def make_everything_stand(self, asker: str) -> None:
        """Somebody does what the pages ask for, at one go."""

        def deed(account: ProviderAccount, by: User, actor: Actor) -> None:
            today = tasks.today(account.organization)
            agreements.record_consent(
                account, reads=["payments"], writes=[], given_by="Their owner", given_on=today, proof="A letter", by=by, actor=actor
            )
            path = agreements.failure_path_of(account)
            agreements.write_failure_path(
                account,
                told=[by],
                channel="Mail",
                client_sees="Held figures",
                fallback="By hand",
                seen_version=path.version if path is not None else 0,
                actor=actor,
            )
            _edit(account, actor, owner=by)
            window = Window.month(2026, 1)
            ours = reconciliations.our_totals(account, "payments", window)
            reconciliations.enter(account, "payments", SourceTotals(window, ours.rows, ours.total), entered_by=by, actor=actor)
            db.session.flush()
            facets.refresh(account, facets.Cause("check.signed", actor))
            draft = configurations.draft_of(account)
            for check in sorted(sign_offs.SIGNABLE):
                sign_offs.sign(account, draft, check, comment="Looked at all of it", person=by, actor=actor)
            rollbacks.rehearse(account, actor=actor)
            check_runs.run(account, EVERY_CHECK, actor=actor, privileges=_tried())
            found = stands.of(account, draft)
            digests = frozenset(item_digest(item) for item in found.checks["comparable"].unacknowledged)
            if digests:
                acknowledgements.acknowledge(account, draft, found, "comparable", digests=digests, comment="", person=by, actor=actor)

        self.act(asker, Permission.PROMOTION_WRITE, deed)

    @rule(asker=st.sampled_from(["admin", "approver"]), with_care=st.booleans(), gap=st.booleans())
    def whole_promotion(self, asker: str, with_care: bool, gap: bool) -> None:
        if with_care:
            self.make_everything_stand(asker=asker)
        other = {"admin": "approver", "approver": "admin"}[asker]
        self.ask_for_promotion(key=asker)
        if gap:
            self.deactivate(key=other, whom=asker, back=False)
        self.approve(key=other)
        self.promote()
        self.what_is_live_stands()

    @rule(asker=st.sampled_from(["admin", "approver"]), trouble=st.sampled_from(TROUBLES))
    def live_and_then_trouble(self, asker: str, trouble: str) -> None:
        """Something happens to a connector that was just promoted."""
        self.whole_promotion(asker=asker, with_care=True, gap=False)
        self.happens(trouble, asker)

    def happens(self, trouble: str, asker: str) -> None:
        match trouble:
            case "consent":
                self.consent(key=asker, reads=["payments"], withdraw=True)
            case "secret":
                self.replace_secret(key=asker, secret="another-secret-value")  # made up
            case "owner":
                self.name_owner(key=asker, owner="supporter")
                self.run_checks(key=asker, gate=Gate.ACCESS)
                self.deactivate(key=asker, whom="supporter", back=False)
                self.run_checks(key=asker, gate=Gate.ACCESS)
            case "time":
                self.time_goes_by(days=29)
                self.time_goes_by(days=29)
            case "totals":
                self.enter_totals(key=asker, off=40)
                self.run_checks(key=asker, gate=Gate.COMPARE)

    # What has to be true whatever was done.

    @invariant()
    def what_is_live_stands(self) -> None:
        if not hasattr(self, "stack"):
            return
        with moved_by(self.ahead):
            account, promotion, configuration = live_of(self.account_id)
            assert (promotion is None) is (configuration is None)
            if promotion is None or configuration is None:
                assert account.state.value == "preparing"
                return
            assert promotion.configuration_id == configuration.id
            assert not self_approved(promotion)
            holes = holes_in(configuration, account, now=instant())
            if promotion.id not in self.lives:
                assert holes == [], "it went live with holes"
                assert facts_against(account) == [] or is_waived(configuration, "reconciled", instant())
                self.lives.add(promotion.id)
                self.seen["went live"] += 1
            self.seen[account.state.value] += 1
            if account.state.value == "live":
                assert holes == [], "it is called live and is not"
                against = facts_against(account)
                assert against in ([], ["totals differ"]), against
                if against:
                    assert is_waived(configuration, "reconciled", instant())
                assert promotion.held_since is None

    @invariant()
    def no_tick_falls_in_silence(self) -> None:
        if not hasattr(self, "stack"):
            return
        with moved_by(self.ahead):
            assert falls_without_task(self.account_id, now=instant()) == []


def check_runs_gate(key: str) -> Gate:
    return next(spec.gate for spec in stands.CHECKS if spec.key == key)


def _tried() -> PrivilegeFacts:
    return PrivilegeFacts(readiness_clock.now(), ())


def _edit(account: ProviderAccount, actor: Actor, **changes: Any) -> None:
    values = {"mode": AccessMode.MANUAL, "source_label": account.source_label, "owner": account.owner, "currency": account.currency}
    accounts.edit_connector(account, seen_version=account.version, actor=actor, **{**values, **changes})


@pytest.fixture
def at_the_door(app: Flask) -> Iterator[None]:
    """A connector of which everything stands but the approval."""
    assert app is not None
    who = People()
    account = factories.connector(owner_id=who.owner_id, may_import=False)
    walk = walk_of(account, who)
    go(walk.steps(through=Gate.PROMOTE)[:-2])
    Story.account_id = walk.account.id
    Story.public_ids = {"admin": who.admin, "approver": who.approver, "supporter": who.supporter}
    found = stands.of(walk.account, configurations.draft_of(walk.account))
    assert [spec.key for spec in found.missing()] == ["second-approval"]
    assert rollback_reading.plan_of(walk.account) is not None
    db.session.rollback()
    yield
    db.session.remove()


def tell(examples: int, *, steps: int, part: int = 0) -> None:
    """Examples of one part: the same ones each time, and others in each part and for another ``FIVEGATE_SEED``."""
    Story.seen.clear()
    before = core.global_force_seed
    core.global_force_seed = int(os.environ.get("FIVEGATE_SEED", "0")) * PARTS + part + 1
    try:
        run_state_machine_as_test(  # type: ignore[no-untyped-call]
            Story,
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        core.global_force_seed = before
    assert {"went live", "live", "needs_attention", "needs_customer", "refused"} <= Story.seen.keys(), Story.seen


@pytest.mark.timeout(1800)  # a minute or two on a machine that has nothing else to do
@pytest.mark.usefixtures("at_the_door")
def test_nothing_goes_live_on_less_than_everything() -> None:
    tell(SAMPLE, steps=SHORT)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.usefixtures("at_the_door")
def test_nothing_goes_live_on_less_than_everything_in_many_orders(part: int) -> None:
    tell(EXAMPLES // PARTS, steps=LONG, part=part)
