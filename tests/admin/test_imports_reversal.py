"""Reversing a batch from its page."""

from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup

from app.clock import utc_now
from app.extensions import db
from app.models import BatchKind, BatchStatus, ImportBatch, JobStatus, SyncJob
from app.queue import JobKind
from app.unit_of_work import transaction
from tests.support import factories
from tests.support.bad_input import (
    FormUnderTest,
    assert_refuses_bad_input,
    assert_second_press_changes_nothing,
    assert_unknown_is_missing,
    checksums,
)
from tests.support.client import PageClient


def complete(**changes: Any) -> ImportBatch:
    return factories.import_batch(**{"rows_new": 20, "rows_changed": 5, "completed_at": utc_now(), **changes})


def path_of(batch: ImportBatch) -> str:
    return f"/admin/imports/{batch.public_id}/reversal"


def text_of(page: BeautifulSoup) -> str:
    return " ".join(page.get_text(" ").split())


def offers_reversal(page: BeautifulSoup) -> bool:
    return bool(page.select("a[href$='/reversal']"))


def test_a_batch_is_reversed_by_a_job_that_its_page_follows(as_admin: PageClient) -> None:
    batch = complete()
    assert offers_reversal(as_admin.page(f"/admin/imports/{batch.public_id}"))
    asked = as_admin.page(path_of(batch))
    assert "20 rows that were new stop counting." in text_of(asked)
    assert "5 rows that were changed return to their former version, exactly." in text_of(asked)
    assert asked.select("main input:not([type=hidden])") == []

    response = as_admin.post(path_of(batch))
    assert response.status_code == 303
    page = as_admin.page(response.location)
    assert "The reversal was asked for." in text_of(page)
    assert page.select("#batch-panel[data-polls]")
    assert page.select("#batch-panel")[0]["data-announce"] == "Reversal: Waiting."
    assert not offers_reversal(page)
    db.session.expire_all()
    assert batch.status is BatchStatus.COMPLETE
    assert batch.reversal_job is not None
    assert (batch.reversal_job.kind, batch.reversal_job.status) == (JobKind.REVERSE_BATCH.value, JobStatus.QUEUED)


def test_a_reversed_batch_says_when_and_by_whom(as_admin: PageClient) -> None:
    account = factories.connector()
    job = factories.job(
        account=account,
        status=JobStatus.SUCCEEDED,
        open_key=None,
        requested_by_id=factories.staff(name="Rae Reverser").id,
        result_note="The batch was taken back.",
    )
    batch = complete(account=account, status=BatchStatus.REVERSED, reversed_at=utc_now(), reversal_job_id=job.id)
    text = text_of(as_admin.page(f"/admin/imports/{batch.public_id}"))
    for words in ("by Rae Reverser", "The batch was taken back.", "Reversed"):
        assert words in text


def test_a_reversal_that_could_not_be_done_says_why(as_admin: PageClient) -> None:
    account = factories.connector()
    note = "Former versions were removed by then."
    job = factories.job(account=account, status=JobStatus.FAILED, open_key=None, error_note=note)
    page = as_admin.page(f"/admin/imports/{complete(account=account, reversal_job_id=job.id).public_id}")
    assert text_of(page).count(note) == 1
    assert page.select("#batch-panel")[0]["data-announce"] == f"Reversal: Failed. {note}"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"status": BatchStatus.REVERSED}, "was reversed already"),
        ({"kind": BatchKind.TEST}, "A test batch never counts"),
        ({"status": BatchStatus.FAILED}, "none of its rows came in"),
        ({"status": BatchStatus.STAGED}, "is not complete"),
        ({"open_key": "held"}, "is being reversed just now"),
    ],
)
def test_what_cannot_be_reversed_says_why_and_has_no_button(as_admin: PageClient, changes: dict[str, object], words: str) -> None:
    batch = complete(**changes)
    page = as_admin.page(path_of(batch))
    assert words in text_of(page)
    assert page.select("main form") == []
    assert not offers_reversal(as_admin.page(f"/admin/imports/{batch.public_id}"))
    before = checksums()
    assert words in text_of(BeautifulSoup(as_admin.post(path_of(batch), follow_redirects=True).text, "html.parser"))
    assert checksums() == before


def test_only_the_newest_batch_of_a_data_type_is_offered(as_admin: PageClient) -> None:
    account = factories.connector()
    job = factories.job(account=account, status=JobStatus.SUCCEEDED, open_key=None)
    older, newer = (complete(account=account, job=job) for _ in range(2))
    page = as_admin.page(f"/admin/imports/{older.public_id}")
    assert "Only the newest batch of a data type can be reversed" in text_of(page)
    assert not offers_reversal(page)
    assert offers_reversal(as_admin.page(f"/admin/imports/{newer.public_id}"))


def test_many_rows_ask_for_the_word(as_admin: PageClient) -> None:
    batch = complete(rows_new=900, rows_changed=100)
    form = FormUnderTest(
        path_of(batch), {"word": "reverse"}, required=("word",), texts={"word": 20}, wrong={"word": ("no", "reverse it", "REVERS")}
    )
    assert_refuses_bad_input(as_admin, form)
    assert_unknown_is_missing(as_admin, form.path, batch.public_id, data=form.valid)
    assert assert_second_press_changes_nothing(as_admin, form).status_code == 303


def test_the_word_may_be_typed_in_capitals(as_admin: PageClient) -> None:
    batch = complete(rows_new=5_000_000)
    assert as_admin.post(path_of(batch), data={"word": " Reverse "}).status_code == 303
    db.session.expire_all()
    assert batch.reversal_job is not None


def test_few_rows_are_reversed_by_one_press_and_no_second(as_admin: PageClient) -> None:
    batch = complete()
    before = checksums()
    assert as_admin.post(path_of(batch), with_token=False).status_code == 400
    assert as_admin.post(path_of(batch), data={"more": "a" * 5_000_000}).status_code == 413
    assert checksums() == before
    assert_second_press_changes_nothing(as_admin, FormUnderTest(path_of(batch), {}))


def test_support_cannot_reverse(as_support: PageClient) -> None:
    batch = complete()
    for response in (as_support.get(path_of(batch)), as_support.post(path_of(batch))):
        assert response.status_code == 403
    assert not offers_reversal(as_support.page(f"/admin/imports/{batch.public_id}"))


def test_a_running_reversal_tells_no_pace_of_the_import_before_it(as_admin: PageClient) -> None:
    account = factories.connector()
    running: SyncJob = factories.job(
        account=account, status=JobStatus.RUNNING, started_at=utc_now() - timedelta(seconds=30), rows_done=10, rows_expected=20
    )
    batch = complete(account=account, reversal_job_id=running.id, rows_read=100, stages='[{"stage":"Reading","rows":100,"seconds":1}]')
    with transaction():
        batch.open_key = "held"
    page = as_admin.page(f"/admin/imports/{batch.public_id}")
    assert "rows per second," not in text_of(page)
    assert page.select("#batch-panel")[0]["data-announce"] == "Reversal: Running. Reading: done."
