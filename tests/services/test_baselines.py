"""Baselines, the changes that they are frozen before, and the choice of metrics."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask

from app.extensions import db
from app.metrics.registry import metric_of
from app.metrics.windows import Window
from app.models import AuditEvent, Baseline, ChangeKind, FieldDecision, FieldMapField, PrivacyClass, ProviderAccount, StateOfBatch, Surface
from app.services import baselines, changes, field_maps, report_metrics, tasks
from app.services.errors import InvalidField, NotPossible, StaleVersion
from app.unit_of_work import transaction
from tests.services.test_figures import AUGUST, CALLS, LEADS, RATE, SEPTEMBER, bring
from tests.services.test_points import roll_up
from tests.support import factories
from tests.support.row_tables import ACTOR, Row, RowTable


@pytest.fixture
def account(app: Flask) -> ProviderAccount:
    return factories.connector(of=factories.organization())


@pytest.fixture
def calls(account: ProviderAccount) -> RowTable:
    return RowTable(account)


def freeze(account: ProviderAccount, window: Window = SEPTEMBER, key: str = "booked_calls") -> Baseline:
    with transaction():
        return baselines.freeze(account, metric_of(key), window, note=" before the form ", frozen_by=factories.staff(), actor=ACTOR)


def actions() -> list[str]:
    db.session.expire_all()
    return list(db.session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)))


def test_a_baseline_keeps_the_figure_and_all_that_it_rests_on(account: ProviderAccount, calls: RowTable) -> None:
    bring(calls, SEPTEMBER, map_number=3)
    frozen = freeze(account, key="booking_rate")
    assert (frozen.rows, frozen.num, frozen.den) == (90, Decimal(60), Decimal(90))
    assert (frozen.time_zone, frozen.formula_version, frozen.map_versions) == ("America/Chicago", 1, '{"calls":[3]}')
    assert (frozen.note, frozen.change_id, frozen.frozen_by is not None) == ("before the form", None, True)
    figure = baselines.figure_in(frozen)
    assert (figure.words, figure.window, figure.days_known) == ("66.7 %", SEPTEMBER, 30)
    assert actions() == ["baseline.frozen"]


def test_a_later_restatement_changes_no_baseline(account: ProviderAccount, calls: RowTable) -> None:
    bring(calls, SEPTEMBER)
    first = freeze(account)
    bring(calls, SEPTEMBER, booked=5)
    second = freeze(account)
    assert (first.num, second.num) == (60, 150)
    assert baselines.is_intact(first)
    listed = baselines.list_baselines(account, metric=CALLS, page=1).items
    assert [row.id for row in listed] == [second.id, first.id]
    newest = baselines.newest(account, CALLS, SEPTEMBER)
    assert newest is not None
    assert newest.id == second.id


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("num", Decimal("60.0001")),
        ("rows", 61),
        ("window_end", date(2026, 9, 30)),
        ("map_versions", '{"calls":[2]}'),
        ("figures", '{"currency":"","days":[],"data_through":null,"unknown_days":[]}'),
        ("figures", "no json"),
        ("formula_version", 2),
        ("time_zone", "UTC"),
    ],
)
def test_a_baseline_that_was_changed_shows(account: ProviderAccount, calls: RowTable, column: str, value: object) -> None:
    bring(calls, SEPTEMBER)
    frozen = freeze(account)
    db.session.refresh(frozen)
    assert baselines.is_intact(frozen)
    with transaction():
        setattr(frozen, column, value)
        assert not baselines.is_intact(frozen)


def test_lines_are_frozen_with_it(account: ProviderAccount, calls: RowTable) -> None:
    roll_up(account, written=calls.write([Row("1", SEPTEMBER.start, campaign="Ads"), Row("2", SEPTEMBER.last_day, campaign="Mail")]))
    frozen = freeze(account, key=LEADS.key)
    assert (frozen.num, frozen.rows) == (None, 2)
    assert [(line.name, line.value) for line in baselines.figure_in(frozen).lines] == [("Ads", 1), ("Mail", 1)]


def test_nothing_is_frozen_from_nothing(account: ProviderAccount, calls: RowTable) -> None:
    with pytest.raises(NotPossible, match=r"There is nothing to freeze. Nothing was imported yet"):
        freeze(account)
    calls.write([Row("1", SEPTEMBER.start), Row("2", SEPTEMBER.last_day)], state=StateOfBatch.LOADING)
    with pytest.raises(NotPossible, match="There is nothing to freeze"):
        freeze(account)


def test_nothing_is_frozen_while_days_wait(account: ProviderAccount, calls: RowTable) -> None:
    bring(calls, SEPTEMBER)
    calls.note(date(2026, 9, 12))
    with pytest.raises(NotPossible, match="Days from 2026-09-12 on wait to be counted again"):
        freeze(account)


def test_a_batch_that_is_still_loading_leaves_a_clean_baseline_clean(account: ProviderAccount, calls: RowTable) -> None:
    bring(calls, SEPTEMBER)
    calls.write([Row("partial", SEPTEMBER.start)], state=StateOfBatch.LOADING)
    assert freeze(account).num == 60


def test_a_window_that_is_half_known_cannot_be_frozen(account: ProviderAccount, calls: RowTable) -> None:
    bring(calls, Window(SEPTEMBER.start, date(2026, 9, 16)))
    with pytest.raises(NotPossible, match="nothing about 15 of the 30 days of 1–30 Sep 2026"):
        freeze(account)
    assert db.session.scalars(sa.select(Baseline)).all() == []


def test_a_change_freezes_the_four_weeks_before_it(account: ProviderAccount, calls: RowTable) -> None:
    bring(calls, Window(AUGUST.start, SEPTEMBER.end))
    with transaction():
        logged = changes.log_change(
            account, kind=ChangeKind.FORM, changed_on=date(2026, 9, 15), title=" New form ", logged_by=factories.staff(), actor=ACTOR
        )
    assert [(frozen.metric_key, str(baselines.window_of(frozen))) for frozen in logged.baselines] == [
        (key, "2026-08-18..2026-09-15") for key in ("booked_calls", "booking_rate", "leads_by_campaign_source")
    ]
    assert {frozen.change_id for frozen in logged.baselines} == {logged.change.id}
    assert logged.not_frozen == ()
    assert logged.change.title == "New form"
    assert [change.id for change in changes.changes_in(account, SEPTEMBER)] == [logged.change.id]
    assert list(changes.changes_in(account, AUGUST)) == []
    assert [change.id for change in changes.list_changes(account, page=1).items] == [logged.change.id]


def test_a_change_touches_the_chosen_metrics_and_tells_what_could_not_be_frozen(account: ProviderAccount, calls: RowTable) -> None:
    bring(calls, SEPTEMBER)
    with transaction():
        for key in ("booking_rate", "revenue_invoiced"):
            report_metrics.choose(account, metric_of(key), surfaces=[Surface.CARD], actor=ACTOR)
        logged = changes.log_change(account, kind=ChangeKind.PAGE, changed_on=date(2026, 10, 20), title="Page", logged_by=None, actor=ACTOR)
    assert [(frozen.metric_key, str(baselines.window_of(frozen))) for frozen in logged.baselines] == [
        ("booking_rate", "2026-09-03..2026-10-01")
    ]
    assert [metric.key for metric, _why in logged.not_frozen] == ["revenue_invoiced"]
    assert "Nothing was imported yet" in logged.not_frozen[0][1]


def test_a_change_of_one_map_touches_its_metrics_alone(account: ProviderAccount, calls: RowTable) -> None:
    bring(calls, SEPTEMBER)
    assert [metric.key for metric in changes.affected(account, data_type="jobs")] == []
    assert [metric.key for metric in changes.affected(account, data_type="calls")] == [
        "booked_calls",
        "booking_rate",
        "leads_by_campaign_source",
    ]


@pytest.mark.parametrize(("title", "days", "field"), [("  ", 0, "title"), ("Form", 400, "changed_on"), ("Form", -400, "changed_on")])
def test_a_change_that_cannot_be_logged(account: ProviderAccount, title: str, days: int, field: str) -> None:
    on = tasks.today(account.organization) + timedelta(days=days)
    with pytest.raises(InvalidField) as caught, transaction():
        changes.log_change(account, kind=ChangeKind.PAGE, changed_on=on, title=title, logged_by=None, actor=ACTOR)
    assert caught.value.field == field


def test_choosing_editing_and_dropping_a_metric(account: ProviderAccount, calls: RowTable) -> None:
    bring(calls, SEPTEMBER)
    with transaction():
        row = report_metrics.choose(account, CALLS, surfaces=[Surface.ADMIN_TASK, Surface.CARD], actor=ACTOR)
    assert report_metrics.surfaces_of(row) == (Surface.CARD, Surface.ADMIN_TASK)
    by_key = {choice.metric.key: choice for choice in report_metrics.choices(account)}
    assert (by_key["booked_calls"].surfaces, by_key["booked_calls"].has_data) == ((Surface.CARD, Surface.ADMIN_TASK), True)
    assert (by_key["revenue_invoiced"].chosen, by_key["revenue_invoiced"].has_data) == (None, False)
    with pytest.raises(NotPossible, match="chosen for this connector already"), transaction():
        report_metrics.choose(account, CALLS, surfaces=[Surface.CARD], actor=ACTOR)
    with pytest.raises(InvalidField, match="at least one place"), transaction():
        report_metrics.edit(row, surfaces=[], version=row.version, actor=ACTOR)
    with transaction():
        report_metrics.edit(row, surfaces=[Surface.REPORT_NOTE], version=row.version, actor=ACTOR)
    with pytest.raises(StaleVersion), transaction():
        report_metrics.edit(row, surfaces=[Surface.CARD], version=1, actor=ACTOR)
    with transaction():
        report_metrics.drop(row, actor=ACTOR)
    assert report_metrics.get_chosen(account, "booked_calls") is None
    assert actions() == ["metric.chosen", "metric.edited", "metric.dropped"]


def test_how_a_number_is_made_comes_from_the_active_map(account: ProviderAccount) -> None:
    field_map = factories.field_map(account=account, number=4)
    fields = [
        ("Received On", "received_on", PrivacyClass.PUBLIC),
        ("Call Type", "status", PrivacyClass.PUBLIC),
        ("Agent", "employee", PrivacyClass.PUBLIC),
    ]
    with transaction():
        db.session.add_all(
            FieldMapField(
                map_id=field_map.id,
                position=number,
                source=source,
                label=source,
                target=target,
                privacy=privacy,
                decision=FieldDecision.MAPPED,
            )
            for number, (source, target, privacy) in enumerate(fields)
        )
    text = report_metrics.how_it_is_made(account, RATE)
    assert "(field “Received On”), in America/Chicago" in text
    assert "told by the field “Call Type”" in text
    assert "Agent" not in text
    assert text.endswith("Formula version 1, field map of calls version 4.")


def test_another_version_of_a_map_is_a_logged_change_with_baselines_before_it(account: ProviderAccount, calls: RowTable) -> None:
    bring(calls, SEPTEMBER)
    former = factories.field_map(account=account, number=1)
    titles = {"Call ID": "external_id", "Received On": "received_on", "Call Type": "status"}
    owner = factories.staff()
    with transaction():
        account.owner_id = owner.id
        former.fields = [
            FieldMapField(
                position=number,
                source=source,
                label=source,
                target=target,
                owner_id=owner.id,
                explanation=f"{source}.",
                decision=FieldDecision.MAPPED,
            )
            for number, (source, target) in enumerate(titles.items())
        ]
        draft = field_maps.start_draft_from_active(account, "calls", actor=ACTOR)
        field_maps.activate(draft, actor=ACTOR)
    (change,) = changes.list_changes(account, page=1).items
    assert (change.kind, change.title) == (ChangeKind.MAPPING, "Field map of calls: version 2 in place of 1")
    assert [row.change_id for row in baselines.list_baselines(account, page=1).items] == [change.id] * 3
