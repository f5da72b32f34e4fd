"""What never happens (section 10 of the spec), tried on a live connector, with the sentence that is said."""

import inspect
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from types import ModuleType

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError

from app import audit
from app.audit import Actor, ActorKind, Target
from app.clock import moved_by
from app.connectors import base
from app.connectors.file import connector as file_connector
from app.extensions import db
from app.metrics.metric import Direction, Metric, Source, Unit
from app.metrics.registry import metric_of
from app.metrics.windows import Window
from app.models import (
    AppRecord,
    Baseline,
    BatchKind,
    BatchStatus,
    ConnectorState,
    ImportBatch,
    JobStatus,
    MemberRole,
    MetricPoint,
    NoteKind,
    Organization,
    Promotion,
    User,
)
from app.models.base import TRAFFIC, Base
from app.queue import JobKind
from app.readiness.check import Outcome, Result
from app.readiness.gates import CHECKS
from app.readiness.registry import REGISTRY
from app.readiness.standing import Standing
from app.services import (
    accounts,
    agreements,
    baselines,
    check_runs,
    configurations,
    file_imports,
    imports,
    jobs,
    people,
    privilege_tries,
    promotions,
    rollback_notes,
    rollbacks,
    settling,
    sign_offs,
    stands,
    uploads,
)
from app.services.account_credentials import set_credential
from app.services.demo_path import PLAN
from app.services.errors import NotPossible
from app.unit_of_work import transaction
from tests.gates.live import Live, follow, live_for_a_module, undone
from tests.gates.walking import drain
from tests.support import factories
from tests.support.client import sign_in_as
from tests.support.kept import Keeper

SECRET = "canary-9f2c-shall-never-show"  # planted to be looked for
ACTOR = Actor(ActorKind.COMMAND, "test")
DENIED = re.compile(r"(CREATE|ALTER|DROP) command denied to user")


@pytest.fixture(scope="module")
def live(keeper: Keeper) -> Iterator[Live]:
    with live_for_a_module(keeper) as found:
        factories.credential(found.person(found.people.approver))  # there is another admin who can sign in
        yield found


@pytest.fixture(autouse=True)
def _stays_live(live: Live) -> Iterator[None]:
    """Whatever was tried, it was refused or undone."""
    yield
    db.session.rollback()
    db.session.expire_all()
    assert live.account.state is ConnectorState.LIVE


def admin(live: Live) -> Actor:
    return Actor(ActorKind.STAFF, live.people.admin)


# 1. Different kinds of signals under one count


def test_a_metric_of_two_signal_kinds_without_lines_is_refused() -> None:
    sources = (Source("calls", "calls", "phone_call", is_lead=True), Source("ad_clicks", "ad clicks", "ad_click", is_lead=True))
    with pytest.raises(ValueError, match="figures of different signal kinds are never added; give it lines"):
        Metric("leads", "Leads", Unit.COUNT, Direction.UP, 1, "All of them.", sources)


def test_points_of_a_live_connector_are_of_one_kind_for_each_metric(live: Live) -> None:
    query = sa.select(MetricPoint.metric_key, MetricPoint.signal_kind).where(MetricPoint.account_id == live.account.id)
    for metric_key, signal_kind in db.session.execute(query.distinct()):
        assert signal_kind in metric_of(metric_key).signal_kinds
        assert len(metric_of(metric_key).signal_kinds) == 1 or not metric_of(metric_key).has_total


# 2. Changing tables


@pytest.mark.parametrize("bind", [None, TRAFFIC])
@pytest.mark.parametrize(
    "statement",
    ["CREATE TABLE probe (id INT)", "ALTER TABLE crm_records ADD COLUMN probe INT", "DROP TABLE crm_records"],
)
def test_the_server_refuses_the_application_to_change_tables(statement: str, bind: str | None, live: Live) -> None:
    with pytest.raises(OperationalError, match=DENIED), db.engines[bind].connect() as connection:
        connection.exec_driver_sql(statement)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(AppRecord))


def test_the_check_says_that_it_was_refused(live: Live) -> None:
    assert privilege_tries.try_now().granted == ()
    shown = stands.of(live.account, configurations.open_ones(live.account)[1]).checks["runtime-privileges"]
    assert shown.newest is not None
    assert shown.newest.sentence.endswith("the application's database account was refused DROP, ALTER and CREATE.")


# 3. Secrets


def test_a_secret_is_in_no_row_no_job_and_no_log(live: Live, capsys: pytest.CaptureFixture[str]) -> None:
    with undone():
        credential = set_credential(live.account, name="client_secret", value=SECRET, actor=admin(live))
        jobs.request_job(JobKind.CHECK_ACCESS, account=live.account, requested_by=None, actor=admin(live))
        follow()
        check_runs.run(live.account, [check.key for check in REGISTRY], actor=admin(live))
        db.session.flush()
        told = "".join(str(row) for table in Base.metadata.sorted_tables for row in db.session.execute(sa.select(table)))
        pending = str(db.session().info)
        assert SECRET not in told + pending + repr(credential)
        assert SECRET.encode() not in credential.sealed
    assert SECRET not in "".join(capsys.readouterr())


# 4. A partial import over a clean baseline


def test_a_broken_production_file_leaves_baseline_and_figures_as_they_were(live: Live) -> None:
    before = _figures(live)
    batch_id = _import_broken_file(live)
    batch = db.session.get_one(ImportBatch, batch_id)
    assert (batch.status, batch.rows_new) == (BatchStatus.FAILED, None)
    assert batch.error_note.startswith("A quote that is opened on line 2 is never closed")
    assert _figures(live) == before
    assert all(baselines.is_intact(row) for row in db.session.scalars(sa.select(Baseline)))


def test_a_batch_that_failed_or_is_under_way_makes_no_baseline(live: Live) -> None:
    day = db.session.scalars(sa.select(sa.func.max(ImportBatch.last_date))).one()
    assert day is not None
    following = Window(day + timedelta(days=1), day + timedelta(days=8))
    with undone():
        for status in (BatchStatus.FAILED, BatchStatus.STAGED):
            job_id = db.session.scalars(sa.select(ImportBatch.job_id).limit(1)).one()
            values = {"account_id": live.account.id, "job_id": job_id, "provider": "file", "data_type": "payments", "status": status}
            dates = {"first_date": following.start, "last_date": following.last_day}
            db.session.add(ImportBatch(kind=BatchKind.PRODUCTION, **values, **dates))
        db.session.flush()
        with pytest.raises(NotPossible, match="No complete batch tells about"):
            baselines.freeze(live.account, metric_of("payments_received"), following, note="", frozen_by=None, actor=ACTOR)


def _figures(live: Live) -> list[tuple[object, ...]]:
    query = sa.select(MetricPoint.metric_key, MetricPoint.local_date, MetricPoint.num, MetricPoint.rows)
    points = db.session.execute(query.where(MetricPoint.account_id == live.account.id).order_by(MetricPoint.id)).all()
    frozen = db.session.execute(sa.select(Baseline.public_id, Baseline.hash).order_by(Baseline.id)).all()
    return [tuple(row) for row in (*points, *frozen)]


def _import_broken_file(live: Live) -> int:
    """The export of payments, in which a quote is opened and never closed.

    :return: the batch's id
    """
    made: list[int] = []
    titles = db.session.scalars(sa.select(ImportBatch).where(ImportBatch.kind == BatchKind.PRODUCTION)).first()
    assert titles is not None
    assert titles.field_map is not None
    columns = [field.source for field in titles.field_map.fields]
    content = ",".join(columns) + "\n" + '"' + "1," * len(columns) + "\n" + "2," * len(columns)
    db.session.rollback()
    with transaction():
        with uploads.arriving(BytesIO(content.encode()), name="payments.csv") as arrived:
            stored = uploads.keep(arrived, account=live.account, uploaded_by=None, actor=ACTOR)
        stored_map = file_imports.map_for(live.account, "payments", BatchKind.PRODUCTION)
        assert stored_map is not None
        batch = imports.request_import(
            account=live.account,
            data_type="payments",
            kind=BatchKind.PRODUCTION,
            stored_file=stored,
            field_map=stored_map,
            requested_by=None,
            actor=ACTOR,
        )
        made.append(batch.id)
    drain()
    job = db.session.get_one(ImportBatch, made[0]).job
    assert job.status is JobStatus.FAILED
    return made[0]


# 5. Raw payloads in the portal


def test_the_portal_shows_a_client_nothing_of_a_row(live: Live, session_app: Flask) -> None:
    organization: Organization = live.account.organization
    rows = db.session.execute(sa.select(AppRecord.external_id, AppRecord.customer, AppRecord.employee).limit(200)).all()
    values = {value for row in rows for value in row if value and len(value) > 4}
    label, account_id = live.account.source_label, live.account_id
    browser = _browser_of(session_app, factories.member(MemberRole.ADMIN, of=organization))
    page = browser.get("/portal/", follow_redirects=True)
    assert page.status_code == 200
    assert label in page.text
    assert not [value for value in values if value in page.text]
    assert account_id not in re.sub(r"<[^>]*>", "", page.text)  # it stands in addresses, and nowhere to be read


def test_to_a_client_no_page_of_the_console_is_there(live: Live, session_app: Flask) -> None:
    browser = _browser_of(session_app, factories.member(MemberRole.ADMIN, of=live.account.organization))
    for address in (f"/admin/connectors/{live.account_id}", "/admin/batches", "/admin/leads"):
        answer = browser.get(address)
        assert answer.status_code == 404


def _browser_of(app: Flask, user: User) -> FlaskClient:
    return sign_in_as(app.test_client(), user)


# 6. Live without a recent test, an owner and a failure path


def _without_an_owner(live: Live) -> None:
    account = live.account
    accounts.edit_connector(
        account,
        seen_version=account.version,
        mode=account.mode,
        source_label=account.source_label,
        owner=None,
        currency=account.currency,
        actor=admin(live),
    )


def _with_an_owner_who_left(live: Live) -> None:
    people.deactivate(live.person(live.people.admin), actor=Actor(ActorKind.STAFF, live.people.approver))


def _with_nobody_who_is_told(live: Live) -> None:
    for public_id in (live.people.admin, live.people.approver):
        live.person(public_id).is_active = False
    db.session.flush()
    check_runs.run(live.account, ["failure-path"], actor=ACTOR)


def _some_weeks_later(live: Live) -> None:
    settling.settle(live.account, actor=ACTOR)


LACKING = pytest.mark.parametrize(
    ("act", "later", "checks", "sentence"),
    [
        (_without_an_owner, 0, {"owner"}, "“Somebody owns it”"),
        (_with_an_owner_who_left, 0, {"owner"}, "“Somebody owns it”"),
        (_with_nobody_who_is_told, 0, {"failure-path"}, "“Failure has a path”"),
        (_some_weeks_later, 40, {"recent-test", "test-batch"}, "“The test is recent”"),
    ],
    ids=["no owner", "owner left", "nobody is told", "test is old"],
)


@LACKING
def test_a_connector_that_lacks_what_live_needs_is_not_called_live(
    act: Callable[[Live], None], later: int, checks: set[str], sentence: str, live: Live
) -> None:
    with undone(), _at(later):
        act(live)
        follow()
        account = live.account
        assert account.state is ConnectorState.NEEDS_ATTENTION
        found = stands.of(account, configurations.open_ones(account)[1])
        assert not [key for key in checks if found.checks[key].stand.standing.is_open]
        assert sentence in "".join(f"“{each.title}”" for each in found.missing())


@LACKING
def test_it_does_not_go_live_either(act: Callable[[Live], None], later: int, checks: set[str], sentence: str, live: Live) -> None:
    with undone():
        promotion = _approved_promotion(live)
        with _at(later):
            act(live)
            follow()
            with pytest.raises(NotPossible) as refused:
                promotions.go_live(promotion.id, actor=ACTOR)
        assert str(refused.value).startswith("It cannot go live. ")
        assert sentence in str(refused.value)


def _at(days: int) -> AbstractContextManager[None]:
    return moved_by(timedelta(days=days)) if days else nullcontext()


def _approved_promotion(live: Live) -> Promotion:
    """Something is changed under a note, asked for by one and approved by another."""
    account, by = live.account, live.person(live.people.admin)
    rollback_notes.write(account, NoteKind.PLANNED, PLAN, target=None, by=by, actor=admin(live))
    rollbacks.rehearse(account, actor=admin(live))
    seen = {key: row.version for key, row in agreements.retention_of(account).items()}
    agreements.decide_retention(account, {"evidence": 400}, seen=seen, actor=admin(live))
    follow()
    check_runs.run(account, [check.key for check in REGISTRY if check.key != "runtime-privileges"], actor=admin(live))
    sign_offs.sign(account, configurations.draft_of(account), "qa", comment="Went through it again.", person=by, actor=admin(live))
    check_runs.run(account, ["qa"], actor=admin(live))
    promotion = promotions.request(account, note="", by=by, actor=admin(live))
    approver = live.people.approver
    decision = promotions.approve(promotion, by=live.person(approver), actor=Actor(ActorKind.STAFF, approver))
    assert decision.is_approved, decision.differences
    return decision.promotion


# 7. Writing to a provider


@pytest.mark.parametrize("module", [base, file_connector])
def test_no_connector_can_write_to_a_provider(module: ModuleType, live: Live) -> None:
    offered = {
        name
        for _name, kind in inspect.getmembers(module, inspect.isclass)
        if kind.__module__ == module.__name__ and kind.__name__.endswith("Connector")
        for name in vars(kind)
        if not name.startswith("_")
    }
    assert offered - {"of"} == {"steps", "check"}  # “of” makes one
    named = [kind for kind in JobKind if re.search(r"write|push|send|book|create", kind.value)]
    assert named == [JobKind.SEND_DIGESTS]  # which puts mails to clients into our own outbox


# 8. Green for nothing


def test_what_was_not_run_is_not_green(live: Live) -> None:
    found = stands.of(live.account, None)
    assert {shown.stand.standing for shown in found.checks.values()} == {Standing.NOT_RUN}
    assert (found.done, len(found.missing())) == (0, len(CHECKS))


def test_a_batch_without_rows_renews_no_test(live: Live) -> None:
    with undone():
        account = live.account
        live_one = configurations.open_ones(account)[1]
        before = stands.of(account, live_one).checks["test-batch"].newest
        batch = imports.newest_complete(account, "payments")
        assert batch is not None
        batch.rows_read = 0
        audit.record(db.session(), ACTOR, "batch.completed", Target.of(batch, account.organization))
        follow()
        after = stands.of(account, live_one).checks["test-batch"].newest
        assert before is not None
        assert after is not None
        assert after.id == before.id


def test_a_check_that_broke_is_neither_green_nor_failed(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> Outcome:
        raise ZeroDivisionError

    monkeypatch.setattr(check_runs, "REGISTRY", tuple(replace(check, ask=broken) for check in REGISTRY))
    with undone():
        account = live.account
        results = check_runs.run(account, ["owner"], actor=ACTOR).results
        shown = stands.of(account, configurations.open_ones(account)[0]).checks["owner"]
        assert results == {"owner": Result.ERROR}
        assert shown.newest is not None
        assert shown.newest.sentence.startswith("The check itself broke, which says nothing about the connector.")
        assert shown.stand.standing is Standing.GOOD  # the last good evidence counts until it lapses


# What the first seed asks for besides


def test_a_change_to_a_live_connector_without_a_rollback_note_is_refused(live: Live) -> None:
    seen = {key: row.version for key, row in agreements.retention_of(live.account).items()}
    db.session.rollback()
    with pytest.raises(NotPossible) as refused, transaction():
        agreements.decide_retention(live.account, {"evidence": 10}, seen=seen, actor=admin(live))
    assert "is live, so a change to it needs a rollback note first." in str(refused.value)
    assert str(refused.value).endswith("Then change it. Nothing was changed.")
    assert agreements.retention_of(live.account)["evidence"].days == 365


def test_what_only_protects_needs_no_note_and_opens_one(live: Live) -> None:
    with undone():
        agreements.withdraw_consent(live.account, note="By phone", actor=admin(live))
        follow()
        newest = rollback_notes.all_of(live.account, limit=1)[0]
        assert (newest.kind, newest.written_by) == (NoteKind.INCIDENT, None)
        assert newest.trigger == "The customer's consent was withdrawn."
        assert live.account.state is ConnectorState.NEEDS_CUSTOMER


def test_whoever_asked_cannot_approve(live: Live) -> None:
    with undone():
        promotion = _approved_promotion(live)
        promotion.approved_by_id = promotion.requested_by_id
        db.session.flush()
        db.session.expire(promotion)
        with pytest.raises(NotPossible, match="Nobody but the one who asked approved it"):
            promotions.go_live(promotion.id, actor=ACTOR)
