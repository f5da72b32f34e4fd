"""What people and time can do to one connector, each act as the one who does it: refused with a sentence, or done whole."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

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
from tests.gates.story import person

SENTENCE = 20
WHO = st.sampled_from(["admin", "approver", "supporter"])
GATE_OR_ALL = st.sampled_from([None, *Gate])


class Acts(RuleBasedStateMachine):
    """The rules of a story; what it begins with and what has to hold is the story's."""

    account_id: ClassVar[int]
    seen: ClassVar[Counter[str]] = Counter()
    """What the examples came to, so that none of it stays out unnoticed."""
    public_ids: ClassVar[dict[str, str]]
    ahead: timedelta
    """How far time went by."""

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
        self.act(key, Permission.JOB_RUN, lambda account, _by, actor: check_runs.run(account, keys, actor=actor, privileges=tried()))

    @rule(key=WHO, word=st.sampled_from(["Ledger", "ServiceTitan exports", "Office export"]))
    def rename(self, key: str, word: str) -> None:
        self.act(key, Permission.CONNECTOR_WRITE, lambda account, _by, actor: edit(account, actor, source_label=word))

    @rule(key=WHO, owner=WHO)
    def name_owner(self, key: str, owner: str) -> None:
        self.act(key, Permission.CONNECTOR_WRITE, lambda account, _by, actor: edit(account, actor, owner=person(self.public_ids[owner])))

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


def check_runs_gate(key: str) -> Gate:
    return next(spec.gate for spec in stands.CHECKS if spec.key == key)


def tried() -> PrivilegeFacts:
    return PrivilegeFacts(readiness_clock.now(), ())


def edit(account: ProviderAccount, actor: Actor, **changes: Any) -> None:
    values = {"mode": AccessMode.MANUAL, "source_label": account.source_label, "owner": account.owner, "currency": account.currency}
    accounts.edit_connector(account, seen_version=account.version, actor=actor, **{**values, **changes})
