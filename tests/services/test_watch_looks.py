"""Looking at a live connector: what each kind of trouble does to findings, tasks and its state, and what ends it."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa

from app import audit
from app.audit import Actor, ActorKind, Target
from app.clock import utc_now
from app.extensions import db
from app.imports.files import ColumnProfile, Inspection, Reading
from app.models import (
    AccountCredential,
    AdminTask,
    AlertDelivery,
    BatchKind,
    BatchStatus,
    ChannelKind,
    ConnectorState,
    DirtyCause,
    FindingKind,
    ImportBatch,
    MetricPoint,
    ProviderAccount,
    ReadinessEvidence,
    Restatement,
    StoredFile,
    TaskStatus,
    WatchFinding,
    WatchMark,
)
from app.services import (
    alert_channels,
    connector_troubles,
    coverage,
    file_imports,
    findings,
    inspections,
    readiness_clock,
    watch,
    watch_marks,
)
from app.services.errors import InvalidField, NotPossible
from app.services.findings import Change
from app.services.inspections import Noted
from app.services.watching import schema
from tests.gates.live import Live, live_for_a_module, undone
from tests.support.kept import Keeper

ACTOR = Actor(ActorKind.JOB, "watch")
DAY = timedelta(days=1)
PAYMENTS = "payments"
KEEPS_FIGURES = {FindingKind.RESTATED, FindingKind.SECRET_AGE}


@pytest.fixture(scope="module")
def live(keeper: Keeper) -> Iterator[Live]:
    with live_for_a_module(keeper) as found:
        yield found


def look(account: ProviderAccount) -> list[tuple[str, FindingKind]]:
    changes: list[Change] = watch.look(account, actor=ACTOR)
    db.session.flush()
    return [(each.turn.value, each.finding.kind) for each in changes]


def finding(kind: FindingKind) -> WatchFinding:
    return db.session.scalars(sa.select(WatchFinding).where(WatchFinding.kind == kind, WatchFinding.open_key.is_not(None))).one()


def own_tasks() -> list[tuple[str, TaskStatus]]:
    query = sa.select(AdminTask).where(AdminTask.kind == findings.TASK_KIND).order_by(AdminTask.id)
    return [(task.title, task.status) for task in db.session.scalars(query)]


# How each comes about


def last_day(account: ProviderAccount) -> date:
    found = connector_troubles._last_complete_day(coverage.coverage_of(account, PAYMENTS))
    assert found is not None
    return found


def make_volume(account: ProviderAccount) -> None:
    """A hundred rows on each day of twelve weeks, but for the newest two."""
    last = last_day(account)
    _replace_points(account, {last - back * DAY: 1 if back < 2 else 100 for back in range(84)})


def make_silence(account: ProviderAccount) -> None:
    last = last_day(account)
    _replace_points(account, {last - back * DAY: 10 for back in range(4, 150)})


def _replace_points(account: ProviderAccount, rows: dict[date, int]) -> None:
    db.session.execute(sa.delete(MetricPoint).where(MetricPoint.account_id == account.id))
    db.session.add_all(
        MetricPoint(
            account_id=account.id,
            metric_key="payments_received",
            data_type=PAYMENTS,
            local_date=day,
            signal_kind="payment",
            rows=count,
            num=Decimal(count),
        )
        for day, count in rows.items()
    )
    db.session.flush()


def make_schema(account: ProviderAccount) -> None:
    _file_comes(account, drop=1)


def _file_comes(account: ProviderAccount, *, drop: int) -> None:
    """A file with fewer columns than the map reads, and one that the map does not know."""
    in_force = file_imports.map_for(account, PAYMENTS, BatchKind.PRODUCTION)
    assert in_force is not None
    titles = [field.source for field in in_force.fields][drop:] + (["Somebody's name"] if drop else [])
    columns = tuple(ColumnProfile(title, "text", 0, 1, ()) for title in titles)
    stored = StoredFile(account_id=account.id, name="x.csv", size=1, sha256="x", sealed=b"x", key_id="k", remove_after=utc_now())
    db.session.add(stored)
    inspections.note(stored, Noted(PAYMENTS, Inspection(Reading("csv", "utf-8", ",", '"', 1, 0), columns, rows=1)))
    audit.record(db.session(), ACTOR, "file.uploaded", Target.of(stored, account.organization), {})
    watch_marks.follow(db.session())
    db.session.delete(stored)  # it is gone as soon as it was imported
    db.session.flush()


def make_restated(account: ProviderAccount) -> None:
    complete = sa.select(ImportBatch).where(ImportBatch.account_id == account.id, ImportBatch.status == BatchStatus.COMPLETE)
    first = db.session.scalars(complete.order_by(ImportBatch.id.desc())).first()
    assert first is not None
    assert first.last_date is not None
    second = ImportBatch(
        account_id=account.id,
        job_id=first.job_id,
        provider=first.provider,
        data_type=PAYMENTS,
        kind=first.kind,
        status=BatchStatus.COMPLETE,
        first_date=first.last_date - 9 * DAY,
        last_date=first.last_date,
        completed_at=utc_now(),
    )
    db.session.add(second)
    db.session.flush()
    db.session.add_all(
        Restatement(
            account_id=account.id,
            metric_key="payments_received",
            data_type=PAYMENTS,
            local_date=first.last_date - back * DAY,
            signal_kind="payment",
            cause=DirtyCause.SOURCE,
            batch_public_id=second.public_id,
            seen_at=utc_now(),
        )
        for back in range(5)
    )
    db.session.flush()


def make_secret_old(account: ProviderAccount) -> None:
    values = {"sealed": b"x" * 40, "key_id": "k", "last_four": "", "set_at": utc_now() - 181 * DAY}
    db.session.add(AccountCredential(account_id=account.id, name="client_secret", **values))
    db.session.flush()


MAKERS = {
    FindingKind.VOLUME: make_volume,
    FindingKind.SILENCE: make_silence,
    FindingKind.SCHEMA: make_schema,
    FindingKind.RESTATED: make_restated,
    FindingKind.SECRET_AGE: make_secret_old,
}


def test_a_sound_connector_has_no_trouble(live: Live) -> None:
    with undone():
        account = live.account
        assert look(account) == []
        assert account.state is ConnectorState.LIVE
        assert own_tasks() == []


@pytest.mark.parametrize("kind", MAKERS, ids=[kind.value for kind in MAKERS])
def test_each_trouble_opens_one_finding_and_one_task(live: Live, kind: FindingKind) -> None:
    with undone():
        account = live.account
        MAKERS[kind](account)
        assert look(account) == [("opened", kind)]
        assert look(account) == look(account) == []
        assert own_tasks() == [(kind.label, TaskStatus.OPEN)]
        task = db.session.scalars(sa.select(AdminTask).where(AdminTask.kind == findings.TASK_KIND)).one()
        assert task.owner_id == account.owner_id
        assert finding(kind).sentence in task.detail
        assert account.state is (ConnectorState.LIVE if kind in KEEPS_FIGURES else ConnectorState.NEEDS_ATTENTION)


@pytest.mark.parametrize("kind", [kind for kind in MAKERS if kind.may_be_fine], ids=lambda kind: kind.value)
def test_what_was_called_fine_stays_fine(live: Live, kind: FindingKind) -> None:
    with undone():
        account, by = live.account, live.person(live.people.admin)
        MAKERS[kind](account)
        look(account)
        watch.review(finding(kind), comment=" Asked them: it is so. ", by=by, actor=Actor(ActorKind.STAFF, by.public_id))
        assert account.state is ConnectorState.LIVE
        assert own_tasks() == [(kind.label, TaskStatus.DONE)]
        assert look(account) == []
        row = db.session.scalars(sa.select(WatchFinding)).one()
        assert (row.comment, row.reviewed_by_id, row.open_key) == ("Asked them: it is so.", by.id, None)


def test_something_else_of_the_kind_comes_back(live: Live) -> None:
    with undone():
        account, by = live.account, live.person(live.people.admin)
        make_schema(account)
        look(account)
        watch.review(finding(FindingKind.SCHEMA), comment="Fine", by=by, actor=ACTOR)
        _file_comes(account, drop=2)
        assert look(account) == [("opened", FindingKind.SCHEMA)]


def test_who_reviews_says_why_and_only_once(live: Live) -> None:
    with undone():
        account, by = live.account, live.person(live.people.admin)
        make_schema(account)
        make_secret_old(account)
        look(account)
        row = finding(FindingKind.SCHEMA)
        with pytest.raises(InvalidField):
            watch.review(row, comment="  ", by=by, actor=ACTOR)
        with pytest.raises(NotPossible, match="Nobody can say"):
            watch.review(finding(FindingKind.SECRET_AGE), comment="Fine", by=by, actor=ACTOR)
        watch.review(row, comment="Fine", by=by, actor=ACTOR)
        with pytest.raises(NotPossible, match="over already"):
            watch.review(row, comment="Fine", by=by, actor=ACTOR)


def test_a_trouble_that_is_mended_is_over_by_itself(live: Live) -> None:
    with undone():
        account = live.account
        make_secret_old(account)
        make_volume(account)
        assert look(account) == [("opened", FindingKind.SECRET_AGE), ("opened", FindingKind.VOLUME)]
        db.session.execute(sa.delete(AccountCredential))
        db.session.execute(sa.update(MetricPoint).values(rows=100))
        db.session.expire_all()
        assert sorted(look(account)) == [("over", FindingKind.SECRET_AGE), ("over", FindingKind.VOLUME)]
        assert {status for _title, status in own_tasks()} == {TaskStatus.DONE}
        assert account.state is ConnectorState.LIVE


def test_a_file_that_is_gone_ends_nothing_and_one_that_fits_does(live: Live) -> None:
    with undone():
        account = live.account
        make_schema(account)
        look(account)
        watch_marks.mark([account.id])
        assert look(account) == []
        row = finding(FindingKind.SCHEMA)
        assert "Somebody" not in row.sentence
        assert row.sentence.endswith("1 column is new to the map.")
        _file_comes(account, drop=0)
        assert look(account) == [("over", FindingKind.SCHEMA)]


def test_a_map_that_knows_the_new_columns_ends_it(live: Live) -> None:
    with undone():
        account = live.account
        make_schema(account)
        look(account)
        in_force = file_imports.map_for(account, PAYMENTS, BatchKind.PRODUCTION)
        assert in_force is not None
        finding(FindingKind.SCHEMA).basis = schema.digest(field.source for field in in_force.fields)
        assert look(account) == [("over", FindingKind.SCHEMA)]


def test_a_connector_that_is_not_live_any_more_has_no_trouble(live: Live) -> None:
    with undone():
        account = live.account
        make_secret_old(account)
        look(account)
        live.promotion.live_key = None
        db.session.flush()
        assert account.id in watch.to_look_at(now=readiness_clock.now())
        assert ("over", FindingKind.SECRET_AGE) in look(account)


def test_everything_that_changed_at_once_is_one_alert_a_channel(live: Live) -> None:
    with undone():
        account = live.account
        for kind, address in (
            (ChannelKind.MAIL, "a@example.com"),
            (ChannelKind.WEBHOOK, "https://example.com"),
            (ChannelKind.PING, "https://example.com"),
        ):
            alert_channels.add(kind, name=kind.value, address=address, actor=ACTOR)
        paused = alert_channels.add(ChannelKind.MAIL, name="Paused", address="b@example.com", actor=ACTOR).channel
        alert_channels.set_active(paused, is_active=False, actor=ACTOR)
        make_schema(account)
        make_volume(account)
        look(account)
        look(account)
        rows = db.session.scalars(sa.select(AlertDelivery)).all()
        assert sorted(row.channel.kind for row in rows) == [ChannelKind.MAIL, ChannelKind.WEBHOOK]
        (message,) = {row.payload for row in rows}
        data = json.loads(message)["data"]
        assert (data["source"], data["organization"]) == (account.source_label, account.organization.name)
        assert data["url"].endswith(f"/admin/connectors/{account.public_id}")
        assert data["state"] == "Needs attention"
        assert sorted(each["kind"] for each in data["findings"]) == ["schema", "volume"]
        assert all(each["means"] and each["to_do"] for each in data["findings"])


def test_a_sentence_about_the_same_is_no_news(live: Live) -> None:
    with undone():
        account = live.account
        make_volume(account)
        look(account)
        before = finding(FindingKind.VOLUME).sentence
        db.session.execute(sa.update(MetricPoint).where(MetricPoint.rows == 1).values(rows=2))
        assert look(account) == []
        assert finding(FindingKind.VOLUME).sentence != before


def test_days_that_wait_to_be_counted_are_left_out(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    with undone():
        account = live.account
        make_volume(account)
        first_off = last_day(account) - DAY
        monkeypatch.setattr(coverage, "first_dirty_day", lambda _place: first_off)
        assert look(account) == []


def test_what_holds_every_connector_is_told_of_once(live: Live) -> None:
    with undone():
        account = live.account
        alert_channels.add(ChannelKind.WEBHOOK, name="On call", address="https://example.com", actor=ACTOR)
        watch.look_at_installation(actor=ACTOR)
        assert db.session.scalars(sa.select(AlertDelivery)).all() == []
        evidence = db.session.scalars(sa.select(ReadinessEvidence).where(ReadinessEvidence.check_key == "runtime-privileges")).all()
        until = {row.id: row.valid_until for row in evidence}
        for row in evidence:
            row.valid_until = utc_now() - DAY
        db.session.flush()
        for _ in range(2):
            watch.look_at_installation(actor=ACTOR)
            assert look(account) == []
        assert account.state is ConnectorState.NEEDS_ATTENTION
        task = db.session.scalars(sa.select(AdminTask).where(AdminTask.open_key == watch.OF_INSTALLATION)).one()
        for row in evidence:
            row.valid_until = until[row.id]
        db.session.flush()
        for _ in range(2):
            watch.look_at_installation(actor=ACTOR)
        assert task.status is TaskStatus.DONE
        told = [json.loads(row.payload)["data"]["findings"][0]["change"] for row in db.session.scalars(sa.select(AlertDelivery))]
        assert told == ["found", "over"]


# Who is looked at


@pytest.mark.parametrize("kind", [FindingKind.SECRET_AGE], ids=lambda kind: kind.value)
def test_time_alone_brings_a_connector_into_the_round_and_out_of_it(live: Live, kind: FindingKind) -> None:
    with undone():
        account = live.account
        look(account)
        assert watch.to_look_at(now=readiness_clock.now()) == []
        MAKERS[kind](account)
        assert watch.to_look_at(now=readiness_clock.now()) == [account.id]
        look(account)
        assert watch.to_look_at(now=readiness_clock.now()) == []


def test_an_act_marks_its_connector_once(live: Live) -> None:
    with undone():
        account = live.account
        look(account)
        watch_marks.mark([account.id])
        watch_marks.mark([account.id])
        assert db.session.scalars(sa.select(WatchMark.account_id)).all() == [account.id]
        assert watch.to_look_at(now=readiness_clock.now()) == [account.id]
        look(account)
        assert watch_marks.marked() == set()
