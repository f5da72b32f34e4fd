"""Imports: the list, a batch with its live panel, rejects and their CSV."""

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup, Tag
from flask.testing import FlaskClient

from app.clock import utc_now
from app.models import BatchKind, BatchStatus, ImportBatch, JobStatus, SyncJob, User
from app.unit_of_work import transaction
from tests.support import factories
from tests.support.client import PageClient


def importing(**changes: object) -> ImportBatch:
    """A batch that a worker is at."""
    account = factories.connector()
    values = {
        "started_at": utc_now() - timedelta(seconds=10),
        "rows_done": 20_000,
        "rows_expected": 50_000,
        "progress_note": "Loading rows",
    }
    job = factories.job(account=account, kind="import_batch", queue="import", status=JobStatus.RUNNING, **{**values, **changes})
    return factories.import_batch(account=account, job=job, status=BatchStatus.STAGED)


def text_of(part: Tag) -> str:
    return " ".join(part.get_text(" ").split())


def one(part: Tag, selector: str) -> Tag:
    found = part.select(selector)
    assert len(found) == 1, (selector, len(found))
    return found[0]


def panel_of(html: str) -> Tag:
    return one(BeautifulSoup(html, "html.parser"), "#batch-panel")


def listed(page: BeautifulSoup) -> list[str]:
    return [link.get_text() for link in page.select("tbody th a")]


def test_the_list_shows_batches_of_all_connectors_newest_first(as_admin: PageClient) -> None:
    assert "Nothing was imported yet" in text_of(as_admin.page("/admin/imports"))
    for name in ("first.csv", "second.csv", "third.csv"):
        factories.import_batch(source_name=name)
    page = as_admin.page("/admin/imports")
    assert listed(page) == ["third.csv", "second.csv", "first.csv"]
    assert {link.get_text(strip=True) for link in page.select("nav a[aria-current=page]")} == {"Imports"}


def test_each_filter_of_the_list_keeps_what_fits(as_admin: PageClient) -> None:
    acme = factories.connector(of=factories.organization(name="Acme"), source_label="Field service")
    zenith = factories.connector(of=factories.organization(name="Zenith"), source_label="Call sheet")
    old = datetime(2026, 3, 31, 23, 59, tzinfo=UTC)
    factories.import_batch(account=acme, source_name="a.csv", data_type="jobs", kind=BatchKind.TEST, created_at=old)
    factories.import_batch(account=zenith, source_name="b.csv", data_type="calls", status=BatchStatus.FAILED)

    def found(query: str) -> list[str]:
        return listed(as_admin.page(f"/admin/imports?{query}"))

    assert found("q=zen") == found("q=call+sh") == found("type=calls") == found("status=failed") == found("kind=production") == ["b.csv"]
    assert found("until=2026-03-31") == found("since=2026-03-31&until=2026-03-31") == found(f"connector={acme.public_id}") == ["a.csv"]
    assert found("since=2026-04-01") == ["b.csv"]
    assert "No import matches this choice" in text_of(as_admin.page("/admin/imports?q=nobody"))


@pytest.mark.parametrize(
    "odd",
    [
        "status=nonsense",
        "kind=%00",
        "type=%F0%9F%92%A9",
        "page=-3",
        "page=999999999999",
        "q=%25_%F0%9F%92%A9",
        "since=31/02/2026",
        "until=9999-12-31",
        "since=0001-01-01",
        "connector=1",
        "connector=0199f000-0000-7000-8000-000000000000",
    ],
)
def test_the_list_lives_with_odd_addresses(as_admin: PageClient, odd: str) -> None:
    factories.import_batch()
    assert len(listed(as_admin.page(f"/admin/imports?{odd}"))) <= 1


def test_a_long_list_is_paged_and_keeps_its_filter(as_admin: PageClient) -> None:
    account = factories.connector()
    job = factories.job(account=account)
    for number in range(26):
        factories.import_batch(account=account, job=job, source_name=f"{number}.csv")
    page = as_admin.page("/admin/imports?kind=production")
    assert len(listed(page)) == 25
    further = one(page, "nav.pages a")
    assert "kind=production" in str(further["href"])
    assert listed(as_admin.page(str(further["href"]))) == ["0.csv"]


def test_a_test_batch_is_called_sample_wherever_it_shows(as_admin: PageClient) -> None:
    batch = factories.import_batch(kind=BatchKind.TEST, rows_rejected=1, reject_counts='{"bad_date":1}')
    real = factories.import_batch()
    factories.import_reject(batch)
    for path in ("", f"/{batch.public_id}", f"/{batch.public_id}/rejects"):
        assert [tag.get_text() for tag in as_admin.page(f"/admin/imports{path}").select(".tag-warn")] == ["sample"]
    latest = as_admin.page(f"/admin/connectors/{batch.account.public_id}/latest")
    assert [tag.get_text() for tag in latest.select(".tag-warn")] == ["sample"]
    assert "sample" in as_admin.get(f"/admin/imports/{batch.public_id}/rejects.csv").headers["Content-Disposition"]
    assert as_admin.page(f"/admin/imports/{real.public_id}").select(".tag-warn") == []


def test_the_page_of_a_batch_tells_all_that_is_known(as_admin: PageClient) -> None:
    account = factories.connector(source_label="Field service")
    asker = factories.staff(name="Ana Asker")
    batch = factories.import_batch(
        account=account,
        job=factories.job(account=account, requested_by_id=asker.id, status=JobStatus.SUCCEEDED, open_key=None, result_note="It is in."),
        source_name="September calls.csv",
        source_sha256="ab" * 32,
        source_bytes=110_300_000,
        field_map_id=factories.field_map(account=account, number=3).id,
        first_date=date(2026, 9, 1),
        last_date=date(2026, 9, 30),
        rows_read=10_000,
        rows_new=9_000,
        rows_changed=500,
        rows_unchanged=400,
        rows_rejected=60,
        rows_repeated=40,
        rows_left_out=0,
        class_counts='{"genuine":8000,"spam":1500}',
        stages='[{"rows":10000,"seconds":0.5,"stage":"read"},{"rows":9500,"seconds":3.0,"stage":"load"},{"rows":30,"seconds":0.5,"stage":"count","unit":"days"}]',
    )
    page = as_admin.page(f"/admin/imports/{batch.public_id}")
    text = text_of(page)
    assert one(page, "h1").get_text() == "September calls.csv"
    for words in (
        "Calls for Field service of",
        "ServiceTitan",
        "Production batch",
        "110.3 MB",
        "ab" * 32,
        "Version 3",
        "App database",
        "by Ana Asker",
        "1 Sep – 30 Sep 2026",
        "It is in.",
        "Not kept",
    ):
        assert words in text, words
    rows = [[" ".join(cell.get_text(" ").split()) for cell in row.select("td")] for row in page.select("#batch-panel tbody tr")]
    assert [row[0] for row in rows[:7]] == ["10,000", "9,000", "500", "400", "60", "40", "0"]
    assert [row[0] for row in rows[7:12]] == ["8,000", "0", "1,500", "0", "0"]
    assert rows[12:] == [
        ["10,000", "0.5 s", "20,000"],
        ["9,500", "3.0 s", "3,167"],
        ["30 days", "0.5 s", "–"],
        ["10,000", "4.0 s", "2,500"],
    ]


def test_leads_of_a_batch_lead_to_their_review(as_admin: PageClient) -> None:
    for kind, lane in ((BatchKind.PRODUCTION, ""), (BatchKind.TEST, "&lane=sample")):
        batch = factories.import_batch(kind=kind, class_counts='{"genuine":1}')
        link = one(as_admin.page(f"/admin/imports/{batch.public_id}"), "section[aria-labelledby=classes-title] a")
        account = batch.account
        address = f"/admin/organizations/{account.organization.public_id}/leads?connector={account.public_id}&type=calls{lane}"
        assert link["href"] == address
        assert as_admin.get(address).status_code == 200
    jobs = factories.import_batch(data_type="jobs")
    assert as_admin.page(f"/admin/imports/{jobs.public_id}").select("section[aria-labelledby=classes-title]") == []


def test_what_is_not_known_yet_is_a_dash_and_no_zero(as_admin: PageClient) -> None:
    batch = importing()
    page = as_admin.page(f"/admin/imports/{batch.public_id}")
    assert {cell.get_text() for cell in page.select("#batch-panel td.number")} == {"–"}
    assert "The first stage is not done yet." in text_of(page)


def test_the_panel_polls_while_the_import_runs_and_stops_after(as_admin: PageClient) -> None:
    batch = importing()
    path = f"/admin/imports/{batch.public_id}/panel"
    response = as_admin.htmx(path, method="GET")
    panel = panel_of(response.text)
    assert response.status_code == 200
    assert panel["hx-trigger"] == "every 2s"
    assert panel["data-announce"] == "Import: Running."
    bar = one(panel, "progress")
    assert (bar["value"], bar["max"]) == ("20000", "50000")
    assert "Loading rows" in panel.get_text()
    seen = str(panel["hx-get"])
    assert as_admin.htmx(seen, method="GET").status_code == 204

    with transaction():
        batch.stages = '[{"rows":50000,"seconds":1.0,"stage":"Reading the file"}]'
    changed = as_admin.htmx(seen, method="GET")
    assert changed.status_code == 200
    assert panel_of(changed.text)["data-announce"] == "Import: Running. Reading the file: done."

    with transaction():
        end(batch.job, JobStatus.SUCCEEDED, result_note="The import is complete.")
        batch.status, batch.open_key, batch.rows_read = BatchStatus.COMPLETE, None, 50_000
    response = as_admin.htmx(seen, method="GET")
    assert response.status_code == 286
    assert "hx-trigger" not in response.text
    assert panel_of(response.text)["data-announce"] == "Import: Done. The import is complete."


def end(job: SyncJob, status: JobStatus, **changes: object) -> None:
    job.status, job.finished_at, job.open_key = status, utc_now(), None
    for name, value in changes.items():
        setattr(job, name, value)


@time_machine.travel("2026-10-03T12:00:00Z", tick=False)
def test_the_pace_is_told_once_it_is_sure(sign_in: Callable[[User], PageClient]) -> None:
    as_admin = sign_in(factories.staff())
    assert "2,000 rows per second, about 15 s left of this stage." in text_of(as_admin.page(f"/admin/imports/{importing().public_id}"))
    for early in ({"started_at": utc_now()}, {"rows_done": 0}):
        assert "rows per second," not in text_of(as_admin.page(f"/admin/imports/{importing(**early).public_id}"))
    assert "2,000 rows per second. " in text_of(as_admin.page(f"/admin/imports/{importing(rows_expected=None).public_id}"))
    second = importing()
    with transaction():
        second.stages = '[{"stage":"Reading the file","rows":50000,"seconds":6.0}]'
    assert "5,000 rows per second, about 6 s left of this stage." in text_of(as_admin.page(f"/admin/imports/{second.public_id}"))


def test_the_page_without_javascript_holds_the_same_panel_and_no_field(as_admin: PageClient) -> None:
    batch = importing()
    page, part = (panel_of(as_admin.get(f"/admin/imports/{batch.public_id}{end}").text) for end in ("", "/panel"))
    for panel in (page, part):
        assert panel.select("input, select, textarea, details") == []
        for element in panel.select("time"):
            element.decompose()
        for pace in panel.select("p.soft"):
            pace.decompose()
    assert str(page) == str(part)


def test_polling_does_not_count_as_a_click(as_admin: PageClient) -> None:
    batch = importing()
    long_ago = int(utc_now().timestamp()) - 600
    with as_admin.session_transaction() as session:
        session["seen"] = long_ago
    assert as_admin.htmx(f"/admin/imports/{batch.public_id}/panel", method="GET").status_code == 200
    with as_admin.session_transaction() as session:
        assert session["seen"] == long_ago


def test_a_failed_import_says_why_once_and_leads_on(as_admin: PageClient) -> None:
    note = "The file ends inside a quoted value that begins in line 12. Export it again and upload it."
    batch = factories.import_batch(status=BatchStatus.FAILED, error_note=note)
    with transaction():
        batch.job.error_note = note
    page = as_admin.page(f"/admin/imports/{batch.public_id}")
    assert text_of(page).count(note) == 1
    links = [link["href"] for link in page.select("#batch-panel footer a")]
    assert links == [f"/admin/connectors/{batch.account.public_id}/upload?data_type=calls"]
    rejects = as_admin.page(f"/admin/imports/{batch.public_id}/rejects")
    assert "The whole file was refused." in text_of(rejects)


def test_the_connector_leads_to_its_batches(as_admin: PageClient) -> None:
    batch = factories.import_batch()
    factories.import_batch(source_name="of-another.csv")
    page = as_admin.page(f"/admin/connectors/{batch.account.public_id}/latest")
    section = one(page, "section[aria-labelledby=imports-title]")
    addresses = [link["href"] for link in section.select("a[href*='/imports']")]
    assert addresses == [f"/admin/imports/{batch.public_id}", f"/admin/imports?connector={batch.account.public_id}"]
    assert listed(as_admin.page(addresses[1])) == ["calls.csv"]


def rejecting() -> ImportBatch:
    batch = factories.import_batch(
        account=factories.connector(source_label="Größe & Söhne"),
        rows_rejected=5_003,
        reject_counts='{"bad_amount":3,"bad_date":5000}',
        created_at=datetime(2026, 10, 3, tzinfo=UTC),
    )
    for row_number in range(30, 0, -1):
        factories.import_reject(batch, row_number=row_number, reason="bad_date")
    factories.import_reject(batch, row_number=31, reason="bad_amount", field="", sample="=1+1")
    return batch


def test_rejects_are_counted_by_reason_and_shown_as_masked_examples(as_admin: PageClient) -> None:
    batch = rejecting()
    path = f"/admin/imports/{batch.public_id}/rejects"
    page = as_admin.page(path)
    reasons, examples = page.select("tbody")
    assert [cell.get_text() for cell in reasons.select("td")] == ["5,000", "3"]
    assert len(examples.select("tr")) == 25
    assert " ".join(examples.select("tr")[0].get_text(" ").split()).startswith("Row 1 Created On")
    assert "31 of 5,003 were kept; all of them are counted." in text_of(page)
    assert len(as_admin.page(f"{path}?page=2").select("tbody")[1].select("tr")) == 6

    few = as_admin.page(f"{path}?reason=bad_amount")
    assert "1 of 3 were kept" in text_of(few)
    assert "The whole row" in text_of(few)
    assert one(few, "[aria-current=true]")["href"] == f"{path}?reason=bad_amount"
    assert one(few, "a[download]")["href"] == f"{path}.csv?reason=bad_amount"
    for odd in ("reason=nonsense", "reason=%00", "reason=%F0%9F%92%A9", "page=0"):
        assert len(as_admin.page(f"{path}?{odd}").select("tbody")[1].select("tr")) == 25


def test_rejects_without_examples_and_imports_without_rejects_say_so(as_admin: PageClient) -> None:
    counted = factories.import_batch(rows_rejected=2, reject_counts='{"bad_date":2}')
    assert "No example was kept." in text_of(as_admin.page(f"/admin/imports/{counted.public_id}/rejects"))
    clean = factories.import_batch(rows_rejected=0)
    assert "No row was rejected." in text_of(as_admin.page(f"/admin/imports/{clean.public_id}/rejects"))
    assert "Not known yet." in text_of(as_admin.page(f"/admin/imports/{importing().public_id}/rejects"))


def test_the_csv_of_rejects_is_safe_in_a_spreadsheet(as_admin: PageClient) -> None:
    batch = rejecting()
    samples = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", 'say "x"; =1', "plain"]
    for number, sample in enumerate(samples):
        factories.import_reject(batch, row_number=100 + number, sample=sample, field="=cmd")
    response = as_admin.get(f"/admin/imports/{batch.public_id}/rejects.csv")
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == "attachment; filename=rejects-große-sohne-calls-2026-10-03.csv".replace("ß", "")
    rows = list(csv.reader(io.StringIO(response.data.decode("utf-8-sig"), newline="")))
    assert rows[0] == ["Row", "Field", "Reason", "Value (masked)"]
    assert len(rows) == 1 + 31 + len(samples)
    assert [row[3] for row in rows[-len(samples) :]] == [*(f"'{sample}" for sample in samples[:8]), *samples[8:]]
    assert rows[-1][1] == "'=cmd"
    assert rows[1][0] == "1"
    fewer = as_admin.get(f"/admin/imports/{batch.public_id}/rejects.csv?reason=bad_amount")
    assert len(fewer.text.splitlines()) == 2
    assert "bad-amount" in fewer.headers["Content-Disposition"]


def test_support_reads_everything_and_is_offered_nothing_to_press(as_support: PageClient) -> None:
    batch = rejecting()
    for path in (f"/admin/imports/{batch.public_id}", f"/admin/imports/{batch.public_id}/rejects"):
        assert as_support.page(path).select("main form, main button, a.btn-danger-quiet") == []
        assert "reversal" not in as_support.get(path).text


def test_a_client_does_not_learn_of_imports(as_client_admin: FlaskClient) -> None:
    batch = factories.import_batch()
    for path in ("", f"/{batch.public_id}", f"/{batch.public_id}/panel", f"/{batch.public_id}/rejects", f"/{batch.public_id}/rejects.csv"):
        assert as_client_admin.get(f"/admin/imports{path}").status_code == 404
