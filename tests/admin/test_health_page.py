"""How Fivegate itself is: each line's state, its sentence, what to do; and never well what is not known."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from flask import Flask

from app.clock import utc_now
from app.extensions import db
from app.models import JobStatus, OutgoingMail, ProcessBeat, ProcessLease, SyncJob
from app.queue import JobKind, QueueClass
from app.services import health, health_figures, would_pass
from app.services.doctor.files import GIGABYTE, MEGABYTE
from app.services.health import Condition, Reading, readings_of
from app.services.health_figures import Acting, Figures, Mails, Transactions, Work, collect, wanted_revisions
from tests.support import factories
from tests.support.apps import another_app
from tests.support.client import PageClient
from tests.support.databases import SqliteFiles, settings_for
from tests.support.live_rows import live_rows

PATH, PANEL = "/admin/health", "/admin/health/panel"
ALL_QUEUES = ",".join(queue.value for queue in QueueClass)


def by_title(figures: Figures | None = None) -> Mapping[str, Reading]:
    return {each.title: each for each in readings_of(figures or collect())}


def condition(title: str, figures: Figures | None = None) -> Condition:
    return by_title(figures)[title].condition


def at_work(queues: str = ALL_QUEUES) -> None:
    """A worker and a scheduler, as they write of themselves."""
    now = utc_now()
    factories._save(ProcessBeat(name=f"host:{queues}", role="worker", queues=queues, beat_at=now))
    factories._save(ProcessBeat(name="host:2", role="scheduler", beat_at=now))
    factories._save(ProcessLease(name="scheduler", holder="host:2", leased_until=now + timedelta(seconds=30)))


def ran(kind: JobKind, *, ago: timedelta = timedelta(hours=1), bad: int = 0) -> SyncJob:
    return factories.job(
        kind=kind.value,
        queue=kind.queue.value,
        account_id=None,
        organization_id=None,
        open_key=None,
        status=JobStatus.SUCCEEDED,
        finished_at=utc_now() - ago,
        counts=json.dumps({"bad": bad}),
    )


def test_an_installation_in_which_nothing_runs(as_admin: PageClient) -> None:
    found = by_title()
    assert found["Workers"].condition is Condition.DANGER
    assert found["Scheduler"].condition is Condition.DANGER
    assert found["Application database"].condition is Condition.OK
    assert found["Tables of the traffic database"].condition is Condition.OK
    assert found["Last purge"].condition is Condition.UNKNOWN
    assert found["Last purge"].sentence == "It has never run to its end."
    assert all(bool(each.remedy) is (each.condition is not Condition.OK) for each in found.values())
    page = as_admin.page(PATH)
    assert [row.th.get_text() for row in page.select("tbody tr")] == list(found)
    assert "in danger" in page.select_one("#health-title").get_text()


def test_an_installation_that_is_well(app: Flask) -> None:
    at_work()
    for kind in health_figures.PROOFS:
        ran(kind)
    found = by_title()
    conditions = {each.condition for title, each in found.items() if title != "Open transactions"}
    assert conditions == {Condition.OK}
    assert found["Workers"].sentence == "1 worker at work; every queue is served."
    # Our account rightly may not see other people's transactions: then it is not known whether one was forgotten.
    assert found["Open transactions"].condition is Condition.UNKNOWN


def test_a_queue_that_no_worker_serves_is_a_danger(app: Flask) -> None:
    at_work("interactive,watch")
    found = by_title()["Workers"]
    assert found.condition is Condition.DANGER
    assert "none serves import" in found.sentence


def test_a_scheduler_without_its_lease_does_not_act(app: Flask) -> None:
    at_work()
    figures = collect()
    assert figures.scheduler is not None
    assert condition("Scheduler", figures) is Condition.OK
    lapsed = replace(figures, scheduler=Acting(figures.now, figures.now))
    silent = replace(figures, scheduler=Acting(figures.now - timedelta(minutes=3), figures.now + timedelta(minutes=1)))
    assert {condition("Scheduler", lapsed), condition("Scheduler", silent)} == {Condition.DANGER}


def test_a_queue_is_as_old_as_its_oldest_due_job(app: Flask) -> None:
    now = utc_now()
    factories.job(queue="import", due_at=now + timedelta(hours=1))
    assert condition("Queue import") is Condition.OK
    factories.job(queue="import", due_at=now - timedelta(minutes=11))
    assert condition("Queue import") is Condition.LOOK
    oldest = factories.job(queue="import", due_at=now - timedelta(hours=2), status=JobStatus.RETRYING)
    found = by_title()
    assert found["Queue import"].condition is Condition.DANGER
    assert found["Queue import"].sentence.startswith("2 jobs are due")
    assert found["Queue import"].at == oldest.due_at
    assert found["Queue watch"].condition is Condition.OK


def test_jobs_in_trouble_are_told_for_a_day(app: Flask) -> None:
    factories.job(status=JobStatus.PARKED, open_key=None, updated_at=utc_now() - timedelta(hours=25))
    factories.job(status=JobStatus.SUCCEEDED, open_key=None)
    assert condition("Jobs") is Condition.OK
    factories.job(status=JobStatus.PARKED, open_key=None)
    factories.job(status=JobStatus.FAILED, open_key=None)
    factories.job(status=JobStatus.FAILED, open_key=None)
    found = by_title()["Jobs"]
    assert (found.condition, found.sentence) == (Condition.LOOK, "In the last 24 hours: 1 parked and 2 failed.")


def mail(**changes: object) -> None:
    factories._save(OutgoingMail(**{"sealed": b"", "key_id": "k1", "due_at": utc_now(), **changes}))


def test_mails_that_do_not_leave(app: Flask) -> None:
    long_ago = utc_now() - timedelta(hours=1)
    mail(due_at=long_ago, is_decoy=True)
    assert by_title()["Mails"].sentence == "None waits, none was given up."
    mail()
    assert condition("Mails") is Condition.OK
    mail(due_at=long_ago)
    assert condition("Mails") is Condition.LOOK
    assert by_title()["Mails"].sentence == "2 mails wait; the oldest was due:"
    mail(due_at=long_ago, gave_up_at=utc_now())
    assert by_title()["Mails"].sentence == "1 mail was given up, 2 wait."


@pytest.mark.parametrize(
    ("ago", "bad", "wanted"),
    [
        (timedelta(hours=20), 0, Condition.OK),
        (timedelta(hours=40), 0, Condition.LOOK),
        (timedelta(days=8), 0, Condition.DANGER),
        (timedelta(hours=1), 2, Condition.DANGER),
    ],
)
def test_proofs_are_daily_and_sound(app: Flask, ago: timedelta, bad: int, wanted: Condition) -> None:
    ran(JobKind.VERIFY_AUDIT, ago=timedelta(days=30), bad=9)
    ran(JobKind.VERIFY_AUDIT, ago=ago, bad=bad)
    factories.job(kind=JobKind.VERIFY_AUDIT.value, account_id=None, organization_id=None, status=JobStatus.FAILED, open_key=None)
    found = by_title()["Last verification of the audit trail"]
    assert found.condition is wanted
    assert ("2 chains of the trail did not verify." in found.sentence) is (bad == 2)
    assert found.at is not None


@pytest.mark.parametrize(
    ("free", "wanted", "sentence"),
    [
        (731 * GIGABYTE, Condition.OK, "More than 500 GB are free."),
        (GIGABYTE, Condition.OK, "More than 1 GB are free."),
        (300 * MEGABYTE, Condition.LOOK, "300 MB are free."),
        (20 * MEGABYTE, Condition.DANGER, "20 MB are free. Uploads will fail soon."),
        (None, Condition.UNKNOWN, "It could not be looked at."),
    ],
)
def test_room_on_the_disk(app: Flask, free: int | None, wanted: Condition, sentence: str) -> None:
    found = by_title(replace(collect(), free={"data": free}))["Disk of the data directory"]
    assert (found.condition, found.sentence) == (wanted, sentence)


@pytest.mark.parametrize(
    ("transactions", "wanted"),
    [
        (Transactions(0, 5), Condition.OK),
        (Transactions(700, 5), Condition.LOOK),
        (Transactions(4000, 5), Condition.DANGER),
        (Transactions(None, 200_000), Condition.LOOK),
        (Transactions(None, 5), Condition.UNKNOWN),
        (Transactions(None, None), Condition.UNKNOWN),
    ],
)
def test_a_forgotten_transaction(app: Flask, transactions: Transactions, wanted: Condition) -> None:
    assert condition("Open transactions", replace(collect(), transactions=transactions)) is wanted


def test_tables_of_another_release(app: Flask) -> None:
    found = by_title(replace(collect(), revisions={"app": frozenset({"0001"}), "traffic": frozenset()}))
    assert found["Tables of the application database"].condition is Condition.DANGER
    assert "At migration 0001; this release needs" in found["Tables of the application database"].sentence
    assert found["Tables of the traffic database"].sentence.startswith("No migration was run on it")


def test_what_is_not_known_is_never_called_well() -> None:
    away = Figures(utc_now(), {"app": False, "traffic": False}, {"app": None, "traffic": None}, free={"data": None})
    found = readings_of(away)
    assert {each.condition for each in found} == {Condition.DANGER, Condition.UNKNOWN}
    assert health.worst_of(found) is Condition.DANGER
    assert health.worst_of([]) is Condition.UNKNOWN


def test_a_part_that_breaks_stops_no_other(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object) -> None:
        raise OSError("a canary that nobody may read")

    monkeypatch.setattr(health_figures, "_work", broken)
    monkeypatch.setattr(health_figures.shutil, "disk_usage", broken)
    found = by_title()
    assert found["Queues"].condition is Condition.UNKNOWN
    assert found["Disk of the data directory"].condition is Condition.UNKNOWN
    assert found["Mails"].condition is Condition.OK
    assert "canary" not in repr(found)


def test_figures_are_plain(app: Flask) -> None:
    figures = collect()
    assert figures.work == {queue: Work(0, None) for queue in QueueClass}
    assert figures.mails == Mails(0, None, 0)
    assert figures.revisions == {"app": wanted_revisions(), "traffic": wanted_revisions()}


# The panel


def test_the_panel_looks_again_every_half_minute(as_support: PageClient) -> None:
    panel = as_support.page(PATH).select_one("#health-panel")
    assert panel is not None
    assert panel["hx-trigger"] == "every 30s"
    assert panel.has_attr("data-polls")
    unchanged = as_support.htmx(str(panel["hx-get"]), method="GET")
    assert (unchanged.status_code, unchanged.data) == (204, b"")
    at_work()
    changed = as_support.htmx(str(panel["hx-get"]), method="GET")
    assert changed.status_code == 200
    fresh = BeautifulSoup(changed.text, "html.parser").select_one("#health-panel")
    assert fresh is not None
    assert fresh["hx-get"] != panel["hx-get"]
    assert "<html" not in changed.text


def test_looking_again_is_no_click(as_admin: PageClient) -> None:
    long_ago = int(utc_now().timestamp()) - 600
    with as_admin.session_transaction() as session:
        session["seen"] = long_ago
    assert as_admin.htmx(PANEL, method="GET").status_code == 200
    with as_admin.session_transaction() as session:
        assert session["seen"] == long_ago


def test_it_is_for_staff(as_client_admin: PageClient) -> None:
    assert {as_client_admin.get(PATH).status_code, as_client_admin.get(PANEL).status_code} == {404}


def test_the_navigation_leads_there(as_support: PageClient) -> None:
    assert as_support.page("/admin/").find("a", href=PATH) is not None


def test_on_sqlite(app: Flask, tmp_path: Path, sqlite_files: SqliteFiles) -> None:
    """A file has no server and no transactions of others; all else is told the same, and so is what would pass."""
    with another_app(settings_for(sqlite_files.copy_to(tmp_path), data_dir=tmp_path)) as embedded, embedded.app_context():
        at_work()
        mail(due_at=utc_now() - timedelta(hours=1))
        ran(JobKind.PURGE)
        live_rows(factories.connector(may_import=False), evidence={"qa": {"result": "failed", "sentence": "Nobody signed."}})
        found = by_title()
        assert "Open transactions" not in found
        assert {found[title].condition for title in ("Workers", "Scheduler", "Last purge", "Tables of the traffic database")} == {
            Condition.OK
        }
        assert found["Mails"].condition is Condition.LOOK
        today = would_pass.look()
        assert [[check.spec.key for check in each.checks] for each in today.failing] == [["qa"]]
        assert today.lapsing == []
        db.session.remove()
