"""A change drops exactly the ticks that rest on what was changed, says which change it was and whose act, opens a task for each,
and the tasks close by themselves once the checks were asked again and stand."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from app import audit
from app.audit import Actor, ActorKind, Target
from app.clock import moved_by
from app.extensions import db
from app.imports.leads.rules import RuleSet
from app.jobs import entry
from app.jobs.rechecks import UNNOTED
from app.metrics.registry import METRICS, metric_of
from app.metrics.window_rules import WindowRule
from app.metrics.windows import Window
from app.models import (
    AccessMode,
    AdminTask,
    ConfigurationStatus,
    DataHome,
    ImportBatch,
    JobStatus,
    NoteKind,
    ProviderAccount,
    Surface,
    SyncJob,
    TaskStatus,
    User,
)
from app.queue import JobKind, QueueClass
from app.readiness.facets import FACETS, FacetScope, in_words
from app.readiness.registry import REGISTRY
from app.readiness.standing import Standing
from app.services import (
    accounts,
    agreements,
    baselines,
    check_runs,
    configurations,
    data_types,
    facet_contents,
    facets,
    field_maps,
    jobs,
    lead_rules,
    organizations,
    readiness_clock,
    rechecks,
    reconciliations,
    report_metrics,
    rollback_notes,
    rollbacks,
    settling,
    stands,
    tasks,
)
from app.services.account_credentials import set_credential
from app.services.audit_words import action_in_words
from app.services.check_keys import EVERY_CHECK, OF_INSTALLATION
from app.services.demo_path import PLAN
from app.services.reconciliations import SourceTotals
from app.services.stands import APPROVAL
from app.unit_of_work import transaction
from tests.gates import story
from tests.gates.live import Live, follow, live_for_a_module, undone
from tests.support.kept import Keeper
from tests.support.statements import heard

Deed = Callable[[ProviderAccount, User, Actor], object]


@pytest.fixture(scope="module")
def live(keeper: Keeper) -> Iterator[Live]:
    with live_for_a_module(keeper) as found:
        yield found


# What people do


def _secret(account: ProviderAccount, _by: User, actor: Actor) -> None:
    set_credential(account, name="client_secret", value="a secret of some length", actor=actor)


def _edit(**changes: object) -> Deed:
    def deed(account: ProviderAccount, _by: User, actor: Actor) -> None:
        values = {"mode": account.mode, "source_label": account.source_label, "owner": account.owner, "currency": account.currency}
        accounts.edit_connector(account, seen_version=account.version, actor=actor, **{**values, **changes})  # type: ignore[arg-type]

    return deed


def _owner(account: ProviderAccount, by: User, actor: Actor) -> None:
    other = db.session.scalars(sa.select(User).where(User.id != by.id, User.staff_role == by.staff_role).limit(1)).one()
    _edit(owner=other)(account, by, actor)


def _choose_type(account: ProviderAccount, _by: User, actor: Actor) -> None:
    agreements.choose_data_type(account, "calls", actor=actor)


def _home(account: ProviderAccount, _by: User, actor: Actor) -> None:
    """As the service would, did it not refuse once there are rows."""
    row = data_types.of(account, "payments")
    row.home = DataHome.TRAFFIC
    audit.record(db.session(), actor, "data_type.edited", Target.of(row, account.organization), {"data_type": "payments"})


def _supply(account: ProviderAccount, _by: User, actor: Actor) -> None:
    row = agreements.exports_of(account)[0]
    agreements.agree_on_export(
        account, row.data_type, supplier="Somebody else", every_days=30, next_due=row.next_due, seen_version=row.version, actor=actor
    )


def _consent(account: ProviderAccount, by: User, actor: Actor) -> None:
    agreements.record_consent(
        account,
        reads=["payments", "calls"],
        writes=[],
        given_by="Their owner",
        given_on=tasks.today(account.organization),
        proof="A letter",
        by=by,
        actor=actor,
    )


def _map(account: ProviderAccount, _by: User, actor: Actor) -> None:
    draft = field_maps.start_draft_from_active(account, "payments", actor=actor)
    db.session.flush()
    field_maps.activate(draft, actor=actor)


def _choose_metric(account: ProviderAccount, _by: User, actor: Actor) -> None:
    report_metrics.choose(account, metric_of("booked_calls"), surfaces=[Surface.CARD], actor=actor)


def _drop_metric(account: ProviderAccount, _by: User, actor: Actor) -> None:
    report_metrics.drop(report_metrics.chosen_metrics(account)[0], actor=actor)


def _choose_it_again(account: ProviderAccount, _by: User, actor: Actor) -> None:
    report_metrics.choose(account, metric_of("payments_received"), surfaces=[Surface.CARD], actor=actor)


def _show_elsewhere(account: ProviderAccount, _by: User, actor: Actor) -> None:
    row = report_metrics.chosen_metrics(account)[0]
    report_metrics.edit(row, surfaces=list(Surface), version=row.version, actor=actor)


def _zone(account: ProviderAccount, _by: User, actor: Actor) -> None:
    organization = account.organization
    organizations.edit_organization(organization, seen_version=organization.version, actor=actor, time_zone="America/Denver")


def _windows(account: ProviderAccount, _by: User, actor: Actor) -> None:
    agreements.choose_window_rule(account, next(each for each in WindowRule if each is not WindowRule.MONTH), actor=actor)


def _lead_rules(account: ProviderAccount, by: User, actor: Actor) -> None:
    former = lead_rules.rules_of(account.organization)
    fewer = RuleSet(former.rules[:-1])
    lead_rules.save_rules(account.organization, fewer, seen_number=former.number, saved_by=by, actor=actor)


def _baseline(account: ProviderAccount, by: User, actor: Actor) -> None:
    last = db.session.scalars(sa.select(sa.func.max(ImportBatch.last_date)).where(ImportBatch.account_id == account.id)).one()
    assert last is not None
    newest = baselines.list_baselines(account, page=1).items[0]
    week = Window(newest.window_start, newest.window_start + timedelta(days=7))
    baselines.freeze(account, metric_of(newest.metric_key), week, note="", frozen_by=by, actor=actor)


def _totals(account: ProviderAccount, by: User, actor: Actor) -> None:
    window = Window.month(2026, 1)
    ours = reconciliations.our_totals(account, "payments", window)
    theirs = SourceTotals(window, ours.rows, ours.total)
    reconciliations.enter(account, "payments", theirs, tolerance=Decimal(1), entered_by=by, actor=actor)


def _retention(account: ProviderAccount, _by: User, actor: Actor) -> None:
    seen = {key: row.version for key, row in agreements.retention_of(account).items()}
    agreements.decide_retention(account, {"evidence": 400}, seen=seen, actor=actor)


def _failure_path(account: ProviderAccount, by: User, actor: Actor) -> None:
    row = agreements.failure_path_of(account)
    assert row is not None
    agreements.write_failure_path(
        account, told=[by], channel="Telephone", client_sees="Held figures", fallback="By hand", seen_version=row.version, actor=actor
    )


def _drill(account: ProviderAccount, _by: User, actor: Actor) -> None:
    rollbacks.rehearse(account, actor=actor)


def _rollback(account: ProviderAccount, by: User, actor: Actor) -> None:
    rollback_notes.write(account, NoteKind.PLANNED, replace(PLAN, trigger="Something else"), target=None, by=by, actor=actor)


@dataclass(frozen=True)
class Change:
    deed: Deed
    causes: Mapping[str, str]
    """Facet → the act that its change is put down to."""
    then: Deed
    """What has to be done before the checks can stand again."""


def _nothing(_account: ProviderAccount, _by: User, _actor: Actor) -> None:
    """Asking again is enough."""


def _change(deed: Deed, action: str, *facets: str, then: Deed = _nothing) -> Change:
    return Change(deed, dict.fromkeys(facets, action), then)


CHANGES = {
    "credential": _change(_secret, "credential.set", "credential"),
    "owner": _change(_owner, "connector.edited", "owner"),
    "source label": _change(_edit(source_label="Another name"), "connector.edited", "source-label"),
    "mode": _change(_edit(mode=AccessMode.API), "connector.edited", "mode"),
    "data type": _change(_choose_type, "data_type.chosen", "data-types", "data-homes"),
    "data home": _change(_home, "data_type.edited", "data-homes"),
    "supply": _change(_supply, "export.agreed", "supply"),
    "consent": _change(_consent, "consent.recorded", "consent"),
    "field map": Change(_map, {"maps": "field_map.activated", "baselines": "baseline.frozen"}, _nothing),  # it freezes what was before
    "metric choice": _change(_choose_metric, "metric.chosen", "metrics", "formulas"),
    "metric dropped": _change(_drop_metric, "metric.dropped", "metrics", "formulas", "baselines", then=_choose_it_again),
    "metric's surfaces": _change(_show_elsewhere, "metric.edited", "metrics"),
    "zone": _change(_zone, "organization.edited", "zone"),
    "window rule": _change(_windows, "window_rule.chosen", "windows"),
    "lead rules": _change(_lead_rules, "lead_rules.saved", "lead-rules"),
    "baseline": _change(_baseline, "baseline.frozen", "baselines"),
    "reconciliation": _change(_totals, "reconciliation.entered", "reconciliations"),
    "retention": _change(_retention, "retention.decided", "retention"),
    "failure path": _change(_failure_path, "failure_path.written", "failure-path"),
    "rollback plan": _change(_rollback, "rollback_note.written", "rollback", then=_drill),
}


def test_every_facet_that_people_change_is_tried() -> None:
    by_others = {"access", "scopes", "privileges"}  # no act of the trail changes these yet
    tried = {facet for change in CHANGES.values() for facet in change.causes}
    assert tried == FACETS.keys() - by_others


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_drops_the_ticks_that_rest_on_it_and_no_other(change: Change, live: Live) -> None:
    with undone():
        account, by = live.account, live.person(live.people.admin)
        actor = Actor(ActorKind.STAFF, by.public_id)
        rollback_notes.incident(account, "Something is to be changed.", actor=actor)  # it is live
        follow()
        assert not _changed(account)
        change.deed(account, by, actor)
        follow()
        assert not any(facets.unnoted(account).values()), "a facet became another one, and it is not written down"
        _check_fall(account, change.causes)
        _check_round(account)
        before = _open_tasks(account).keys()
        change.then(account, by, actor)
        _check_back(account, before)


def test_a_formula_that_a_release_changes_is_found_by_night(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody did anything, so no act says so: the proof of all facets does, and opens a task of its own."""
    newer = tuple(replace(each, formula_version=each.formula_version + 1) for each in METRICS)
    with _whole_story():
        account = live.account
        monkeypatch.setattr(facet_contents, "METRICS", newer)
        assert not _changed(account)
        with transaction():
            jobs.request_slot(JobKind.PROVE_FACETS, slot="proof")
        entry.drain(QueueClass.WATCH.value)
        account = live.account
        job = db.session.scalars(sa.select(SyncJob).where(SyncJob.kind == JobKind.PROVE_FACETS.value)).one()
        assert (job.status, job.result_note) == (JobStatus.SUCCEEDED, "At 1 connectors something changed that nothing had noted.")
        _check_fall(account, {"formulas": check_runs.RUN})
        task = db.session.scalars(sa.select(AdminTask).where(AdminTask.open_key == f"{UNNOTED}:{account.public_id}")).one()
        assert task.detail.startswith("A formula: not what was written down.")
        assert (task.owner_id, task.due_on) == (account.owner_id, tasks.today(account.organization))


def test_a_check_that_a_release_asks_another_way_drops_its_own_tick(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    newer = tuple(replace(each, version=each.version + 1) if each.key == "failure-path" else each for each in REGISTRY)
    monkeypatch.setattr(facet_contents, "REGISTRY", newer)
    with undone():
        account, actor = live.account, Actor(ActorKind.STAFF, live.people.admin)
        check_runs.run(account, ["owner"], actor=actor)  # any run writes the versions down
        assert _changed(account) == {(status, "failure-path"): ("check:failure-path",) for status in _both()}
        _check_reasons(account, {"check:failure-path": check_runs.RUN})
        _check_round(account)
        check_runs.run(account, ["failure-path"], actor=actor)
        assert not _changed(account)
        assert not _open_tasks(account)


def test_what_lapses_soon_is_asked_once_a_day_and_somebody_is_told(live: Live) -> None:
    """Until it is renewed: then the task closes by itself."""
    with undone():
        account, actor = live.account, Actor(ActorKind.JOB, "recheck")
        assert rechecks.to_look_at(now=readiness_clock.now()) == []
        with moved_by(timedelta(days=25)):
            assert rechecks.to_look_at(now=readiness_clock.now()) == [account.id]
            rechecks.recheck(account, actor=actor)
            db.session.flush()
            told = _told(account)
            assert "rollback-plan" in told
            assert told.keys() == {check for _id, check, _until in rechecks.lapsing(now=readiness_clock.now())} - OF_INSTALLATION
            assert "lapses soon" in told["rollback-plan"].title
            assert rechecks.to_look_at(now=readiness_clock.now()) == []
        with moved_by(timedelta(days=26, minutes=1)):
            assert rechecks.to_look_at(now=readiness_clock.now()) == [account.id]
            _drill(account, live.person(live.people.admin), actor)
            check_runs.run(account, set(EVERY_CHECK) - OF_INSTALLATION, actor=actor)
            assert rechecks.to_look_at(now=readiness_clock.now()) == [account.id]
            rechecks.recheck(account, actor=actor)
            assert "rollback-plan" not in _told(account)
            assert rechecks.to_look_at(now=readiness_clock.now()) == []


def test_an_export_that_is_due_soon_is_no_evidence_that_lapses_soon(live: Live) -> None:
    """By hand, the watch tells of exports that do not come."""
    with undone():
        account, actor = live.account, Actor(ActorKind.JOB, "recheck")
        row = agreements.exports_of(account)[0]
        row.every_days, row.next_due = 1, tasks.today(account.organization) + timedelta(days=1)
        check_runs.run(account, ["access-tested"], actor=actor)
        with moved_by(timedelta(days=1, hours=1)):
            assert "access-tested" in {check for _id, check, _until in rechecks.lapsing(now=readiness_clock.now())}
            rechecks.recheck(account, actor=actor)
            assert "access-tested" not in _told(account)


def _told(account: ProviderAccount) -> dict[str, AdminTask]:
    query = sa.select(AdminTask).where(AdminTask.kind == rechecks.SOON_KIND, AdminTask.status == TaskStatus.OPEN)
    rows = db.session.scalars(query.where(AdminTask.account_id == account.id)).all()
    return {str(row.open_key).rpartition(":")[2]: row for row in rows}


# How it is looked at

Where = tuple[ConfigurationStatus, str]


def _both() -> tuple[ConfigurationStatus, ConfigurationStatus]:
    return ConfigurationStatus.DRAFT, ConfigurationStatus.LIVE


def _changed(account: ProviderAccount) -> dict[Where, tuple[str, ...]]:
    """Every tick that fell, and the facets that dropped it."""
    return {
        (configuration.status, key): shown.stand.changed
        for configuration in configurations.open_ones(account)
        for key, shown in stands.of(account, configuration).checks.items()
        if shown.stand.standing is Standing.CHANGED
    }


def _expected(account: ProviderAccount, facets: frozenset[str]) -> dict[Where, tuple[str, ...]]:
    """By what the checks declare. What belongs to a configuration leaves the live one alone; the draft was not approved yet."""
    shared = frozenset(facet for facet in facets if FACETS[facet].scope is FacetScope.SHARED)
    expected = {}
    for configuration in configurations.open_ones(account):
        is_draft = configuration.status is ConfigurationStatus.DRAFT
        own = facets if is_draft else shared
        if not is_draft and facets >= {"metrics", "formulas"}:
            own = frozenset()  # formulas of the metrics that are live
        for check in REGISTRY:
            hit = tuple(sorted(check.facets & own))
            if hit and not (is_draft and check.key == APPROVAL):
                expected[configuration.status, check.key] = hit
    return expected


def _check_fall(account: ProviderAccount, causes: Mapping[str, str]) -> None:
    found = _changed(account)
    assert found == _expected(account, frozenset(causes))
    assert found
    _check_reasons(account, causes)
    tasks_there = _open_tasks(account)
    assert tasks_there.keys() == found.keys()
    today = tasks.today(account.organization)
    for where, task in tasks_there.items():
        assert task.owner_id == account.owner_id is not None
        assert today < task.due_on <= today + settling.DUE + timedelta(days=settling.SPREAD_DAYS)
        assert all(_said(facet, causes) in task.detail for facet in found[where])


def _said(facet: str, causes: Mapping[str, str]) -> str:
    return f"{in_words(facet)} changed ({action_in_words(causes[facet])})."


def _check_reasons(account: ProviderAccount, causes: Mapping[str, str]) -> None:
    for configuration in configurations.open_ones(account):
        found = stands.of(account, configuration)
        for shown in found.checks.values():
            if shown.stand.standing is Standing.CHANGED:
                assert settling.why_fallen(found, shown) == " ".join(_said(facet, causes) for facet in shown.stand.changed)


def _check_round(account: ProviderAccount) -> None:
    """The periodic round finds the same by one statement."""
    by_id = {each.id: each.status for each in configurations.open_ones(account)}
    now = readiness_clock.now()
    db.session.flush()
    with heard() as told:
        everywhere = rechecks.fallen(now=now)
    assert len(told.sent) == 1
    assert rechecks.fallen(now=now, of=account) == everywhere
    found: dict[Where, list[str]] = {}
    for each in everywhere:
        assert each.facet is not None
        found.setdefault((by_id[each.configuration_id], each.check_key), []).append(each.facet)
    assert {where: tuple(sorted(facets)) for where, facets in found.items()} == _changed(account)
    assert account.id in rechecks.to_look_at(now=now)


def _check_back(account: ProviderAccount, before: Collection[Where]) -> None:
    """Asked again, each tick stands or says what is missing; a task is open for the latter alone."""
    check_runs.run(account, set(EVERY_CHECK) - OF_INSTALLATION, actor=Actor(ActorKind.STAFF, "somebody"))
    assert not _changed(account)
    closed = {
        (configuration.status, key)
        for configuration in configurations.open_ones(account)
        for key, shown in stands.of(account, configuration).checks.items()
        if shown.ever_stood and not shown.stand.standing.is_open
    }
    assert _open_tasks(account).keys() == closed
    assert set(before) - closed, "not one tick came back"


def _open_tasks(account: ProviderAccount) -> dict[Where, AdminTask]:
    query = sa.select(AdminTask).where(AdminTask.account_id == account.id, AdminTask.kind == settling.TASK_KIND)
    rows = db.session.scalars(query.where(AdminTask.status == TaskStatus.OPEN)).all()
    return {
        (configuration.status, key): task
        for configuration in configurations.open_ones(account)
        for task in rows
        if (key := settling.check_of_task(configuration, task))
    }


def _whole_story() -> AbstractContextManager[None]:
    db.session.rollback()
    return story.undone()
