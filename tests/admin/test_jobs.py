"""The jobs pages and the live panel."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from app.clock import utc_now
from app.extensions import db
from app.models import JobStatus, ProviderAccount, SyncJob
from app.unit_of_work import transaction
from tests.support import factories


def panel_path(account: ProviderAccount, version: str = "") -> str:
    path = f"/admin/connectors/{account.public_id}/jobs-panel"
    return f"{path}?seen={version}" if version else path


def running(account: ProviderAccount, **changes: object) -> SyncJob:
    values = {"status": JobStatus.RUNNING, "started_at": utc_now(), "rows_done": 1, "rows_expected": 4, "progress_note": "Reading"}
    return factories.job(account=account, **{**values, **changes})


def end(job: SyncJob, status: JobStatus, **changes: object) -> None:
    with transaction():
        job.status, job.finished_at, job.open_key = status, utc_now(), None
        for name, value in changes.items():
            setattr(job, name, value)


def polled_path(html: str) -> str:
    panel = BeautifulSoup(html, "html.parser").select_one("#jobs-panel, #job-panel")
    assert panel is not None
    return str(panel.get("hx-get", ""))


def test_the_panel_polls_while_a_job_is_open_and_stops_after(as_admin: FlaskClient) -> None:
    account = factories.connector()
    job = running(account)
    response = as_admin.get(panel_path(account))
    assert response.status_code == 200
    panel = BeautifulSoup(response.text, "html.parser").select_one("#jobs-panel")
    assert panel is not None
    assert panel["hx-trigger"] == "every 2s"
    assert panel.has_attr("data-polls")
    assert panel["data-announce"] == "Check access: Running."
    bar = panel.select_one("progress")
    assert bar is not None
    assert (bar["value"], bar["max"]) == ("1", "4")
    assert panel.select_one("time[data-since]") is not None

    end(job, JobStatus.SUCCEEDED, result_note="Access works.")
    response = as_admin.get(panel_path(account))
    assert response.status_code == 286
    assert "hx-trigger" not in response.text
    assert "data-polls" not in response.text
    assert "Check access: Done. Access works." in response.text


def test_an_unchanged_panel_is_answered_with_nothing_to_swap(as_admin: FlaskClient) -> None:
    account = factories.connector()
    job = running(account)
    seen = polled_path(as_admin.get(panel_path(account)).text)
    unchanged = as_admin.htmx(seen, method="GET")
    assert (unchanged.status_code, unchanged.data) == (204, b"")
    with transaction():
        job.rows_done = 2
    changed = as_admin.htmx(seen, method="GET")
    assert changed.status_code == 200
    assert polled_path(changed.text) != seen


def test_a_renewed_lease_alone_is_no_change(as_admin: FlaskClient) -> None:
    account = factories.connector()
    job = running(account)
    seen = polled_path(as_admin.get(panel_path(account)).text)
    with transaction():
        job.leased_until = utc_now() + timedelta(minutes=5)
    assert as_admin.get(seen).status_code == 204


def test_the_panel_is_cached_privately_and_asked_for_again(as_admin: FlaskClient) -> None:
    account = factories.connector()
    running(account)
    assert as_admin.get(panel_path(account)).headers["Cache-Control"] == "private, no-cache"


def test_polling_does_not_count_as_a_click(as_admin: FlaskClient) -> None:
    account = factories.connector()
    running(account)
    long_ago = int(utc_now().timestamp()) - 600
    with as_admin.session_transaction() as session:
        session["seen"] = long_ago
    assert as_admin.htmx(panel_path(account), method="GET").status_code == 200
    with as_admin.session_transaction() as session:
        assert session["seen"] == long_ago


def test_without_javascript_the_page_holds_the_same_panel(as_admin: FlaskClient) -> None:
    account = factories.connector()
    running(account)

    def panel(html: str) -> str:
        found = BeautifulSoup(html, "html.parser").select_one("#jobs-panel")
        assert found is not None
        for element in found.select("time, input[name=csrf_token]"):
            element.decompose()
        return str(found)

    page = as_admin.get(f"/admin/connectors/{account.public_id}").text
    assert panel(page) == panel(as_admin.get(panel_path(account)).text)


def test_the_panel_holds_no_field_that_a_swap_would_empty(as_admin: FlaskClient) -> None:
    account = factories.connector()
    running(account)
    panel = BeautifulSoup(as_admin.get(panel_path(account)).text, "html.parser")
    assert panel.select("input:not([type=hidden]), select, textarea, details") == []


def test_starting_a_check_without_javascript_leads_back_to_the_connector(as_admin: FlaskClient) -> None:
    account = factories.connector()
    response = as_admin.post(f"/admin/connectors/{account.public_id}/access-checks")
    assert response.status_code == 303
    assert response.location.endswith(f"/admin/connectors/{account.public_id}")
    assert "It starts as soon as a worker is free." in as_admin.get(response.location).text


def test_starting_a_check_with_htmx_answers_with_the_panel(as_admin: FlaskClient) -> None:
    account = factories.connector()
    response = as_admin.htmx(f"/admin/connectors/{account.public_id}/access-checks", method="POST")
    assert response.status_code == 200
    assert polled_path(response.text)
    button = BeautifulSoup(response.text, "html.parser").select_one("button")
    assert button is not None
    assert button.has_attr("disabled")


def test_support_sees_the_panel_and_no_button(as_support: FlaskClient) -> None:
    account = factories.connector()
    running(account)
    html = as_support.get(panel_path(account)).text
    assert "Running" in html
    assert "<form" not in html
    assert as_support.post(f"/admin/connectors/{account.public_id}/access-checks").status_code == 403


def test_a_client_does_not_learn_of_jobs(as_client_admin: FlaskClient) -> None:
    job = factories.job()
    for path in ("/admin/jobs", f"/admin/jobs/{job.public_id}", f"/admin/jobs/{job.public_id}/panel"):
        assert as_client_admin.get(path).status_code == 404


@pytest.mark.parametrize(
    ("status", "changes", "words"),
    [
        (JobStatus.QUEUED, {}, "It starts as soon as a worker is free."),
        (JobStatus.QUEUED, {"due_at": utc_now() - timedelta(minutes=5)}, "No worker has come for it yet."),
        (JobStatus.RETRYING, {"error_note": "The provider is busy."}, "The provider is busy. It is tried again by itself at"),
        (JobStatus.PARKED, {"error_note": "The provider is busy.", "attempts": 4, "open_key": None}, "It was tried 4 times"),
        (JobStatus.FAILED, {"error_note": "The key is refused.", "open_key": None}, "The key is refused."),
        (JobStatus.CANCELED, {"open_key": None}, "It was canceled before it ran to its end."),
        (JobStatus.SUCCEEDED, {"result_note": "Access works.", "open_key": None}, "Access works."),
    ],
)
def test_every_state_is_said_in_words(as_admin: FlaskClient, status: JobStatus, changes: dict[str, object], words: str) -> None:
    job = factories.job(status=status, **changes)
    page = as_admin.page(f"/admin/jobs/{job.public_id}")
    assert words in page.get_text(" ", strip=True)
    assert page.select_one("h1").get_text() == "Check access"


def test_a_job_can_be_canceled_and_run_again_from_its_page(as_admin: FlaskClient) -> None:
    job = factories.job()
    page = as_admin.post(f"/admin/jobs/{job.public_id}/cancel", follow_redirects=True)
    assert "The job was canceled." in page.text
    response = as_admin.post(f"/admin/jobs/{job.public_id}/run-again")
    assert response.status_code == 303
    assert not response.location.endswith(job.public_id)
    assert "This is the new job." in as_admin.get(response.location).text


def test_canceling_what_runs_is_refused_in_words(as_admin: FlaskClient) -> None:
    job = factories.job(status=JobStatus.RUNNING, started_at=utc_now())
    page = as_admin.post(f"/admin/jobs/{job.public_id}/cancel", follow_redirects=True)
    assert "A worker has just taken this job" in page.text
    db.session.refresh(job)
    assert job.status is JobStatus.RUNNING


def test_the_list_is_filtered_and_says_the_next_step_when_empty(as_admin: FlaskClient) -> None:
    assert "No job has run yet" in as_admin.get("/admin/jobs").text
    factories.job(status=JobStatus.FAILED, open_key=None, error_note="The key is refused.")
    assert "The key is refused." in as_admin.get("/admin/jobs?status=failed&kind=check_access").text
    assert "No job matches this choice" in as_admin.get("/admin/jobs?status=parked").text
    for odd in ("status=nonsense", "kind=%00", "page=-3", "page=999999999999", "q=%F0%9F%92%A9%25"):
        assert as_admin.get(f"/admin/jobs?{odd}").status_code == 200


def test_a_kind_of_another_release_is_shown_and_not_run_again(as_admin: FlaskClient) -> None:
    job = factories.job(kind="of_tomorrow", status=JobStatus.SUCCEEDED, open_key=None)
    assert "of_tomorrow" in as_admin.get(f"/admin/jobs/{job.public_id}").text
    page = as_admin.post(f"/admin/jobs/{job.public_id}/run-again", follow_redirects=True)
    assert "does not know this kind of work" in page.text
