"""What an import may not do, what ends it, and what is left of it then."""

import resource
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask, current_app

from app.clock import utc_now
from app.extensions import db
from app.imports.engine import loading, merging, sifting
from app.jobs import entry
from app.jobs import imports as import_jobs
from app.models import BatchKind, BatchStatus, FieldMap, ImportBatch, ImportReject, JobStatus, MapStatus, MetricPoint, ProviderAccount
from app.queue import JobKind
from app.services import field_maps, imports, jobs, points
from app.services.errors import NotPossible
from app.unit_of_work import transaction
from tests.imports.engine.support import (
    ACTOR,
    Invoice,
    ask,
    bring,
    calls,
    changed,
    counts,
    file_of,
    invoices,
    picture,
    reject_counts,
    take_back,
    work,
)
from tests.support import factories


@pytest.fixture
def account(app: Flask) -> ProviderAccount:
    return factories.connector()


def refused(account: ProviderAccount, rows: Any, *, data_type: str = "invoices") -> str:
    with pytest.raises(NotPossible) as caught:
        ask(account, file_of(rows), data_type=data_type)
    return str(caught.value)


def test_overlapping_windows_count_nothing_twice(account: ProviderAccount) -> None:
    rows = invoices(50)
    bring(account, rows[:30])
    second = bring(account, rows[20:])
    assert counts(second) == (20, 0, 10)
    parts = picture(account, with_history=False)
    whole = factories.connector()
    bring(whole, rows)
    assert parts == picture(whole, with_history=False)


def test_a_reversal_is_exact_whatever_came_in_between_from_elsewhere(account: ProviderAccount) -> None:
    bring(account, invoices(20))
    before = picture(account, with_history=False)
    batch = bring(account, changed(invoices(20), 3))
    other = factories.connector(of=account.organization)
    bring(other, changed(invoices(30), 4))
    bring(account, calls(5))
    of_others = picture(other)
    take_back(batch)
    after = picture(account, with_history=False)
    assert {key: rows for key, rows in after.items() if key == "app crm_records"} == {"app crm_records": before["app crm_records"]}
    assert [point for point in after["points"] if point in before["points"]] == before["points"]
    assert picture(other) == of_others


def test_only_the_newest_batch_can_be_reversed_and_once(account: ProviderAccount) -> None:
    first = bring(account, invoices(5))
    second = bring(account, changed(invoices(5), 2))
    assert imports.why_not_reversible(first).startswith("Only the newest batch of a data type can be reversed, and a newer one of")
    assert imports.why_not_reversible(second) == ""
    take_back(second)
    assert imports.why_not_reversible(second) == "This batch was reversed already."
    with pytest.raises(NotPossible, match="reversed already"), transaction():
        imports.request_reversal(second, requested_by=None, actor=ACTOR)
    assert imports.why_not_reversible(first) == ""
    sample = bring(account, invoices(5), kind=BatchKind.TEST)
    assert imports.why_not_reversible(sample).startswith("A test batch never counts")


def test_a_reversal_without_the_former_versions_is_refused_and_changes_nothing(account: ProviderAccount) -> None:
    bring(account, invoices(10))
    batch = bring(account, changed(invoices(10), 2))
    with current_app.extensions["sqlalchemy"].engines[None].begin() as connection:
        connection.execute(sa.text("DELETE FROM crm_records WHERE ended_by IS NOT NULL LIMIT 1"))
    before = picture(account)
    take_back(batch)
    assert batch.status is BatchStatus.COMPLETE
    assert batch.reversal_job is not None
    assert batch.reversal_job.error_note.startswith("This batch cannot be reversed any more: former versions")
    assert picture(account)["app crm_records"] == before["app crm_records"]
    assert batch.open_key is None


def test_a_second_import_of_a_data_type_waits_for_the_first(account: ProviderAccount) -> None:
    ask(account, file_of(invoices(5)), data_type="invoices")
    sentence = "Another import of this connector and data type (Invoices) is not over yet. Wait until it is, then try again."
    assert refused(account, invoices(5)) == sentence
    ask(account, file_of(calls(5)), data_type="calls")
    work()
    assert db.session.scalars(sa.select(ImportBatch.status)).all() == [BatchStatus.COMPLETE] * 2
    assert counts(bring(account, invoices(5))) == (0, 0, 5)


def test_an_import_goes_by_the_map_that_it_was_asked_with(account: ProviderAccount) -> None:
    bring(account, invoices(5))
    batch = ask(account, file_of(changed(invoices(5), 2)), data_type="invoices")
    with transaction():
        draft = field_maps.start_draft_from_active(account, "invoices", actor=ACTOR)
        for field in draft.fields:
            if field.target == "amount":
                field.target = "attr:total"
        db.session.flush()
        field_maps.activate(draft, actor=ACTOR)
    work()
    db.session.refresh(batch)
    assert batch.status is BatchStatus.COMPLETE
    assert batch.field_map is not None
    assert (batch.field_map.number, batch.field_map.status) == (1, MapStatus.FORMER)
    assert {point[6] for point in picture(account)["points"]} != {"0.0000"}
    later = bring(account, changed(invoices(5), 2))
    assert later.field_map is not None
    assert later.field_map.number == 2
    assert counts(later) == (0, 5, 0)


def test_rows_that_are_refused_are_counted_and_kept_masked(account: ProviderAccount) -> None:
    bring(account, invoices(10, first=100))
    content = file_of(invoices(10)).decode().replace("01/05/2026", "31/02/2026").replace("11.25", "eleven")
    batch = ask(account, content.encode(), data_type="invoices")
    work()
    db.session.refresh(batch)
    assert (batch.status, counts(batch), batch.rows_rejected) == (BatchStatus.COMPLETE, (8, 0, 0), 2)
    assert sum(reject_counts(batch).values()) == 2
    kept = db.session.scalars(sa.select(ImportReject).where(ImportReject.batch_id == batch.id).order_by(ImportReject.row_number)).all()
    assert [(row.row_number, row.field) for row in kept] == [(2, "Invoice date"), (3, "Total")]
    assert "eleven" not in {row.sample for row in kept}


def test_of_many_refused_rows_some_are_kept_and_all_are_counted(account: ProviderAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_jobs, "KEPT_REJECTS", 5)
    monkeypatch.setattr(import_jobs, "REJECTS_AT_ONCE", 2)
    bring(account, invoices(3))
    rows = [replace(row, id="") for row in invoices(8)]
    batch = bring(account, [*rows, *invoices(3)])
    assert (counts(batch), batch.rows_rejected, sum(reject_counts(batch).values())) == ((0, 0, 3), 8, 8)
    assert len(picture(account)["rejects"]) == 5


def test_a_broken_file_is_refused_whole_and_leaves_nothing(account: ProviderAccount) -> None:
    bring(account, invoices(5))
    before = picture(account, with_history=False)
    whole = file_of(changed(invoices(8), 2))
    batch = ask(account, whole + b'9999,"never closed,1\n' * 3, data_type="invoices", looked=whole)
    work()
    db.session.refresh(batch)
    assert batch.status is BatchStatus.FAILED
    assert batch.error_note
    assert batch.job.status is JobStatus.FAILED
    assert batch.job.error_note == batch.error_note
    assert batch.open_key is None
    assert picture(account, with_history=False) == before
    found = picture(account)
    assert not found["app staged"]
    assert not found["rejects"]
    assert [state[0] for state in found["app states"]] == [1]


def test_an_error_of_ours_fails_the_batch_and_leaves_nothing(account: ProviderAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    bring(account, invoices(5))
    before = picture(account, with_history=False)

    def breaks(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(merging, "end_old_rows", breaks)
    batch = bring(account, changed(invoices(9), 2))
    assert batch.status is BatchStatus.FAILED
    assert batch.error_note.startswith("Something broke on our side, and nothing half done was saved.")
    assert picture(account, with_history=False) == before
    assert [state[0] for state in picture(account)["app states"]] == [1]
    monkeypatch.undo()
    assert counts(bring(account, changed(invoices(9), 2))) == (4, 3, 2)


def test_what_fails_past_the_commit_point_is_tried_again(account: ProviderAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(points, "count_points", breaks)
        batch = bring(account, invoices(5))
        assert (batch.status, batch.job.status) == (BatchStatus.STAGED, JobStatus.RETRYING)
        assert batch.job.error_note.startswith("The rows are as they should be")
        with pytest.raises(NotPossible, match="it cannot be taken back"), transaction():
            jobs.cancel_job(batch.job, actor=ACTOR)
    with transaction():
        batch.job.due_at = utc_now() - timedelta(minutes=1)
    work()
    db.session.refresh(batch)
    assert (batch.status, counts(batch)) == (BatchStatus.COMPLETE, (5, 0, 0))
    assert picture(account)["points"]


def test_a_server_that_refuses_local_files_gets_rows_in_statements(account: ProviderAccount, mariadb: Any) -> None:
    with sa.create_engine(mariadb.root_url, isolation_level="AUTOCOMMIT").connect() as root:
        root.execute(sa.text("SET GLOBAL local_infile = 0"))
        try:
            bring(account, invoices(30))
            bring(account, calls(10))
            assert counts(bring(account, changed(invoices(40), 5))) == (10, 6, 24)
        finally:
            root.execute(sa.text("SET GLOBAL local_infile = 1"))
    fast = factories.connector()
    bring(fast, invoices(30))
    bring(fast, calls(10))
    bring(fast, changed(invoices(40), 5))
    found, wanted = picture(account), picture(fast)
    for name, rows in wanted.items():
        assert found[name] == rows, name


def test_rows_come_in_pieces_when_there_are_many(account: ProviderAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = factories.connector()
    for rows in (invoices(40), changed(invoices(60), 3), calls(20)):
        bring(whole, rows)
    monkeypatch.setattr(loading, "LOAD_ROWS", 7)
    monkeypatch.setattr(merging, "ENDED_AT_ONCE", 3)
    for rows in (invoices(40), changed(invoices(60), 3), calls(20)):
        bring(account, rows)
    found, wanted = picture(account), picture(whole)
    for name, rows in wanted.items():
        assert found[name] == rows, name


def test_a_sample_never_counts_and_removes_itself(account: ProviderAccount) -> None:
    sample = bring(account, invoices(1005), kind=BatchKind.TEST)
    assert (sample.status, sample.rows_new, sample.rows_left_out) == (BatchStatus.COMPLETE, 1000, 5)
    assert sample.remove_after is not None
    assert not db.session.scalars(sa.select(MetricPoint)).all()
    found = picture(account)
    assert not found["app dirty"]
    bring(account, invoices(5))
    live = picture(account, with_history=False)["points"]
    remove_samples()
    assert sample.status is BatchStatus.COMPLETE
    with transaction():
        sample.remove_after = utc_now() - timedelta(days=1)
    assert remove_samples() == '{"rows":1000,"samples":1}'
    db.session.refresh(sample)
    assert sample.status is BatchStatus.REVERSED
    found = picture(account)
    assert len(found["app crm_records"]) == 5
    assert found["points"] == live


def remove_samples() -> str:
    db.session.rollback()
    with transaction():
        job, _ = jobs.request_job(JobKind.REMOVE_SAMPLES, account=None, requested_by=None, actor=ACTOR)
    job_id = job.id
    with current_app.app_context():
        entry.drain("watch")
    db.session.expire_all()
    return str(db.session.get_one(type(job), job_id).counts)


def test_rows_of_a_reversed_batch_are_deleted_by_and_by(account: ProviderAccount) -> None:
    bring(account, invoices(10))
    take_back(bring(account, changed(invoices(12), 2)))
    before = picture(account, with_history=False)
    assert len(picture(account)["app crm_records"]) == 17
    assert remove_samples() == '{"rows":7,"samples":0}'
    assert len(picture(account)["app crm_records"]) == 10
    assert picture(account, with_history=False) == before
    assert remove_samples() == '{"rows":0,"samples":0}'


def test_a_canceled_import_lets_go_of_its_batch(account: ProviderAccount) -> None:
    batch = ask(account, file_of(invoices(5)), data_type="invoices")
    with transaction():
        jobs.cancel_job(batch.job, actor=ACTOR)
    db.session.refresh(batch)
    assert (batch.status, batch.open_key) == (BatchStatus.FAILED, None)
    assert batch.error_note == "The import was canceled before any of its rows counted."
    assert counts(bring(account, invoices(5))) == (5, 0, 0)


def test_a_draft_of_a_map_and_a_strange_file_are_refused(account: ProviderAccount) -> None:
    batch = bring(account, invoices(3))
    stored = factories.stored_file(account=account)
    other = factories.connector()
    draft = factories.field_map(account=account, data_type="calls", status=MapStatus.DRAFT)
    active = db.session.scalars(sa.select(FieldMap).where(FieldMap.id == batch.field_map_id)).one()
    for whose, data_type, field_map, words in (
        (account, "calls", draft, "Activate it first"),
        (other, "invoices", active, "have to belong to this connector"),
    ):
        with pytest.raises(NotPossible, match=words), transaction():
            imports.request_import(
                account=whose,
                data_type=data_type,
                kind=BatchKind.PRODUCTION,
                stored_file=stored,
                field_map=field_map,
                requested_by=None,
                actor=ACTOR,
            )


def test_a_full_disk_is_said_in_words_and_leaves_nothing(account: ProviderAccount) -> None:
    bring(account, invoices(5))
    before = picture(account, with_history=False)
    batch = ask(account, file_of([Invoice(row.id, row.day, row.total, summary="x" * 400) for row in invoices(3000)]), data_type="invoices")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, limits[1]))
    try:
        work()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    db.session.refresh(batch)
    assert batch.status is BatchStatus.FAILED
    assert "disk" in batch.error_note
    assert "full" in batch.error_note
    assert picture(account, with_history=False) == before


def test_a_small_file_for_a_long_stream_is_looked_up_row_by_row(account: ProviderAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sifting, "ALWAYS_WORTH", 10)
    whole = [*invoices(60), *calls(60)]
    other = factories.connector()
    for rows in (whole[:60], whole[60:]):
        bring(account, rows)
        bring(other, rows)
    for rows in (changed(invoices(8), 3), [*changed(calls(9), 3), *calls(2, first=900)]):
        batch = bring(account, rows)
        assert "Leaving out what is unchanged" not in batch.stages
        with monkeypatch.context() as patched:
            patched.setattr(sifting, "ALWAYS_WORTH", 1000)
            patched.setattr(sifting, "READ_AT_ONCE", 7)
            again = bring(other, rows)
        assert "Leaving out what is unchanged" in again.stages
        assert counts(again) == counts(batch)
    found, wanted = picture(account), picture(other)
    for name, rows in wanted.items():
        assert found[name] == rows, name


def test_a_row_that_is_as_it_was_before_its_last_change_is_a_change(account: ProviderAccount) -> None:
    rows = invoices(6)
    bring(account, rows)
    assert counts(bring(account, changed(rows, 2))) == (0, 3, 3)
    assert counts(bring(account, rows)) == (0, 3, 3)
    take_back(bring(account, changed(rows, 3)))
    assert counts(bring(account, rows)) == (0, 0, 6)
