"""The way of a made-up connector through the gates, step by step, by the services that the pages use."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from app.audit import Actor, ActorKind
from app.extensions import db
from app.metrics.registry import metric_of
from app.metrics.window_rules import WindowRule
from app.metrics.windows import Window
from app.models import (
    BatchKind,
    BatchStatus,
    ConfigurationStatus,
    ConnectorState,
    DataHome,
    NoteKind,
    PromotionStatus,
    ProviderAccount,
    StoredFile,
    Surface,
    SyncJob,
    User,
)
from app.readiness.checks.retention import CLASSES
from app.readiness.gates import Gate
from app.sample_company import Company
from app.services import (
    accounts,
    acknowledgements,
    agreements,
    baselines,
    check_jobs,
    check_runs,
    configurations,
    data_types,
    field_maps,
    file_imports,
    imports,
    inspections,
    map_versions,
    promotions,
    reconciliations,
    report_metrics,
    retirement,
    rollback_notes,
    rollback_reading,
    rollbacks,
    settling,
    sign_offs,
    stands,
    tasks,
    uploads,
)
from app.services.acknowledgements import item_digest
from app.services.demo_exports import Export, content_of
from app.services.reconciliations import SourceTotals
from app.services.rollback_notes import NoteText

Step = Callable[[], SyncJob | None]
"""One transaction's worth; the job that it asked for has to be over before the next one."""
PLAN = NoteText(
    trigger="Figures on the cards differ from the source's own by more than the tolerance, or rows of another company show.",
    goes_back="The live pointer: cards are withdrawn, or shown as the promotion before this one published them.",
    stays="All records, batches, baselines, evidence and notes.",
    affected="Everybody at the client who reads the cards, and the owner of the connector.",
    verified="By the drill: packets are sound, maps are there, baselines are as they were frozen.",
    client_words="We are checking these figures with the source. They are held at the last good ones until we are done.",
)
EXPLANATION = "Read the sentence on the card beside the export: it says what is counted, from where, and since when."
QA = "Went through the list: labels, units, windows, the totals of one month against the source, the card at 320 pixels."


@dataclass(frozen=True)
class Walk:
    """Who walks which connector, and with which files. Plain values: rows are read anew in each step."""

    account_id: str
    company: Company
    exports: Sequence[Export]
    metrics: Sequence[str]
    admin: str
    """Public id of the one who does the work."""
    approver: str
    supporter: str
    every_days: int = 30
    """How often each export is agreed to come."""

    @property
    def account(self) -> ProviderAccount:
        return db.session.scalars(sa.select(ProviderAccount).where(ProviderAccount.public_id == self.account_id)).one()

    def person(self, public_id: str) -> User:
        return db.session.scalars(sa.select(User).where(User.public_id == public_id)).one()

    @property
    def actor(self) -> Actor:
        return Actor(ActorKind.STAFF, self.admin)

    def steps(self, *, through: Gate | None) -> list[Step]:
        """Everything up to and with a gate.

        :param through: the last gate to pass; None: none at all
        """
        ways: dict[Gate, list[Step]] = {
            Gate.ACCESS: [self.agree, self.run(Gate.ACCESS)],
            Gate.MAP: [self.map_fields, self.choose_metrics, self.run(Gate.MAP)],
            Gate.TEST: [
                *(self.bring(export, BatchKind.TEST, times=times) for export in self.exports for times in (1, 2)),
                self.run(Gate.TEST),
                self.acknowledge("rejects-reviewed"),
                self.run(Gate.TEST),
            ],
            Gate.COMPARE: [
                *(self.bring(export, BatchKind.PRODUCTION) for export in self.exports),
                self.compare,
                self.run(Gate.COMPARE),
                self.acknowledge("comparable"),
            ],
            Gate.PROMOTE: [
                self.settle_the_end,
                self.drill,
                self.run(Gate.PROMOTE),
                self.ask_for_promotion,
                self.approve,
            ],
        }
        wanted = [gate for gate in Gate if through is not None and gate.number <= through.number]
        return [step for gate in wanted for step in ways[gate]]

    def has_arrived(self, through: Gate | None) -> bool:
        """Whether there is nothing left to do. What became of a live connector since is no reason to begin anew."""
        return self._is_promoted() if through is Gate.PROMOTE else not self.stopped_by(through)

    def stopped_by(self, through: Gate | None) -> str:
        """The first check that does not stand, of the gates that were to be passed; empty where all of them do."""
        account = self.account
        status = ConfigurationStatus.LIVE if through is Gate.PROMOTE else ConfigurationStatus.DRAFT
        found = stands.of(account, configurations.find(account, status))
        for shown in found.checks.values():
            is_asked = through is not None and shown.spec.gate.number <= through.number
            if is_asked and not shown.stand.standing.is_open:
                return shown.newest.sentence if shown.newest is not None else shown.spec.title
        return ""

    def agree(self) -> None:
        """Gate 1: data types and homes, who supplies what, consent."""
        account, today = self.account, tasks.today(self.account.organization)
        by = self.person(self.admin)
        if agreements.consent_of(account) is not None:
            return
        keys = sorted(export.data_type for export in self.exports)
        for key in keys:
            agreements.choose_data_type(account, key, actor=self.actor)
            data_types.set_home(account, key, DataHome.APP, decided_by=by, actor=self.actor)
            agreements.agree_on_export(
                account,
                key,
                supplier="Their office manager",
                every_days=self.every_days,
                next_due=today + timedelta(days=self.every_days),
                seen_version=0,
                actor=self.actor,
            )
        agreements.record_consent(
            account,
            reads=keys,
            writes=[],
            given_by="Their owner",
            given_on=today,
            proof="Signed order form, in the contract folder",
            by=by,
            actor=self.actor,
        )

    def map_fields(self) -> None:
        """Gate 2: upload a file of each type, and take the suggested map."""
        there = map_versions.active_maps_of(self.account)
        for export in self.exports:
            if export.data_type in there:
                continue
            stored = self._upload(export)
            noted = inspections.noted_of(stored)
            if noted is not None:
                field_maps.suggest_and_activate(self.account, export.data_type, noted.inspection, actor=self.actor)

    def choose_metrics(self) -> None:
        for key in sorted(set(self.metrics) - report_metrics.chosen_keys(self.account)):
            report_metrics.choose(self.account, metric_of(key), surfaces=[Surface.CARD], actor=self.actor)
        if agreements.window_rule_of(self.account) is None:
            agreements.choose_window_rule(self.account, WindowRule.MONTH, actor=self.actor)

    def bring(self, export: Export, kind: BatchKind, *, times: int = 1) -> Step:
        """Gates 3 and 4: import a file that was uploaded.

        :param times: how often it has been imported after this
        """

        def step() -> SyncJob | None:
            page = imports.list_batches(account=self.account, data_type=export.data_type, kind=kind, status=BatchStatus.COMPLETE)
            if page.total >= times:
                return None
            stored = self._kept(export) or self._upload(export)
            batch = file_imports.import_stored(
                stored, account=self.account, kind=kind, requested_by=self.person(self.admin), actor=self.actor
            )
            return batch.job

        return step

    def compare(self) -> None:
        """Gate 4: freeze the month before the last, enter the source's totals of the last, sign the explanation."""
        account, by = self.account, self.person(self.admin)
        if baselines.list_baselines(account, page=1).total:
            return
        last = self.company.end - timedelta(days=1)
        month = Window.month(last.year, last.month)
        day_before = month.start - timedelta(days=1)
        for key in self.metrics:
            before = Window.month(day_before.year, day_before.month)
            baselines.freeze(account, metric_of(key), before, note="Before the cards go live", frozen_by=by, actor=self.actor)
        for export in self.exports:
            ours = reconciliations.our_totals(account, export.data_type, month)
            theirs = SourceTotals(month, ours.rows, ours.total)
            reconciliations.enter(account, export.data_type, theirs, note="From their own report", entered_by=by, actor=self.actor)
        db.session.flush()
        check_runs.run(account, ["baseline"], actor=self.actor)
        sign_offs.sign(account, configurations.draft_of(account), "explained", comment=EXPLANATION, person=by, actor=self.actor)

    def settle_the_end(self) -> None:
        """Gate 5: retention, failure path, rollback note, QA."""
        account, by = self.account, self.person(self.admin)
        if agreements.failure_path_of(account) is not None:
            return
        agreements.decide_retention(account, dict.fromkeys(CLASSES, 365), seen={}, actor=self.actor)
        agreements.write_failure_path(
            account,
            told=[by, self.person(self.approver)],
            channel="Mail, then a call",
            client_sees="Cards are held at the last good figures, with their date.",
            fallback="The monthly report by hand, from the source's own screens.",
            seen_version=0,
            actor=self.actor,
        )
        supporter = Actor(ActorKind.STAFF, self.supporter)
        rollback_notes.write(account, NoteKind.PLANNED, PLAN, target=None, by=self.person(self.supporter), actor=supporter)
        sign_offs.sign(account, configurations.draft_of(account), "qa", comment=QA, person=by, actor=self.actor)

    def drill(self) -> SyncJob | None:
        account = self.account
        plan = rollback_reading.plan_of(account)
        if plan is None or rollback_reading.drill_of(plan) is not None:
            return None
        return rollbacks.request_drill(account, by=self.person(self.admin), actor=self.actor)

    def run(self, gate: Gate) -> Step:
        def step() -> SyncJob | None:
            if self._is_promoted():
                return None
            job, _is_new = check_jobs.request(self.account, gate, by=self.person(self.admin), actor=self.actor)
            return job

        return step

    def acknowledge(self, check: str) -> Step:
        """See every item of a warning."""

        def step() -> None:
            account = self.account
            draft = configurations.draft_of(account)
            found = stands.of(account, draft)
            digests = frozenset(item_digest(item) for item in found.checks[check].unacknowledged)
            if not digests:
                return
            acknowledgements.acknowledge(
                account,
                draft,
                found,
                check,
                digests=digests,
                comment="Seen, and known to the client",
                person=self.person(self.admin),
                actor=self.actor,
            )
            check_runs.run(account, [check], actor=self.actor)

        return step

    def ask_for_promotion(self) -> None:
        if self._is_promoted() or promotions.open_promotion(self.account) is not None:
            return
        promotions.request(self.account, note="Everything stands.", by=self.person(self.admin), actor=self.actor)

    def approve(self) -> SyncJob | None:
        promotion = promotions.open_promotion(self.account)
        if promotion is None or promotion.status is not PromotionStatus.REQUESTED:
            return promotion.job if promotion is not None else None
        decision = promotions.approve(promotion, by=self.person(self.approver), actor=Actor(ActorKind.STAFF, self.approver))
        return decision.promotion.job

    def _is_promoted(self) -> bool:
        return settling.live_promotion(self.account) is not None

    def lose_owner(self) -> None:
        """The member of staff who answers for it goes on to other work, and nobody is named."""
        account = self.account
        if account.owner is None:
            return
        accounts.edit_connector(
            account,
            seen_version=account.version,
            mode=account.mode,
            source_label=account.source_label,
            owner=None,
            currency=account.currency,
            actor=self.actor,
        )

    def retire(self) -> None:
        if self.account.state is not ConnectorState.RETIRED:
            retirement.retire(self.account, confirmation=self.account.source_label, actor=self.actor)

    def _upload(self, export: Export) -> StoredFile:
        name = f"{export.data_type}.{export.form}"
        with uploads.arriving(io.BytesIO(content_of(export, self.company)), name=name) as arrived:
            with arrived.plain() as path:
                noted = inspections.look_into(path, name=name, data_type=export.data_type, changed={})
            stored = uploads.keep(arrived, account=self.account, uploaded_by=self.person(self.admin), actor=self.actor)
        inspections.note(stored, noted)
        return stored

    def _kept(self, export: Export) -> StoredFile | None:
        name = f"{export.data_type}.{export.form}"
        query = sa.select(StoredFile).where(StoredFile.account_id == self.account.id, StoredFile.name == name)
        return db.session.scalar(query.order_by(StoredFile.id.desc()).limit(1))
