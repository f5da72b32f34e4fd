"""Uploading a file on a connector's page: what is kept, what is found, what is shown, what is refused."""

import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from app.audit import Actor, ActorKind
from app.extensions import db
from app.models import AuditEvent, BatchKind, FieldMap, ImportBatch, MapStatus, ProviderAccount, StoredFile
from app.sample_company.company import Company
from app.sample_company.shapes import SHAPES
from app.sample_company.xlsx_files import write_xlsx
from app.services import field_maps, inspections, uploads
from app.unit_of_work import transaction
from tests.support import factories
from tests.support.bad_input import checksums
from tests.support.client import PageClient

pytestmark = pytest.mark.usefixtures("app")
CALLS = b"""Call ID,Received On,Call Type,Customer Name,Customer Phone
C-001,10/31/2026 09:05 AM,Booked,Ana Perez,(512) 555-0101
C-002,10/31/2026 10:15 AM,Unbooked,Bo Lee,(512) 555-0102
C-003,11/01/2026 11:25 AM,Excused,Cy Young,(512) 555-0103
"""


BOUNDARY = "----of-the-test"


def multipart(content: bytes, *, name: str = "calls.csv", data_type: str = "calls") -> bytes:
    """A form as browsers send it. (Werkzeug's own way leaves a large one's temporary file open.)"""
    fields = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="data_type"\r\n\r\n{data_type}\r\n--{BOUNDARY}\r\n'
    file = f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    return (fields + file).encode() + content + f"\r\n--{BOUNDARY}--\r\n".encode()


def send(client: PageClient, account: ProviderAccount, body: bytes, **options: Any) -> TestResponse:
    values = {"input_stream": io.BytesIO(body), "content_type": f"multipart/form-data; boundary={BOUNDARY}"}
    return client.post(f"/admin/connectors/{account.public_id}/upload", **{**values, **options})


def upload(
    client: PageClient, account: ProviderAccount, content: bytes = CALLS, *, name: str = "calls.csv", data_type: str = "calls"
) -> str:
    """Send a file.

    :return: the address that the browser was sent to
    """
    response = send(client, account, multipart(content, name=name, data_type=data_type))
    assert response.status_code == 303, response.text
    return str(response.location)


def blobs_of(data_dir: Path) -> list[Path]:
    return [path for path in (data_dir / "blobs").rglob("*") if path.is_file()]


def left_behind(data_dir: Path) -> list[Path]:
    """Plain or half-written files."""
    area = data_dir / "work"
    return [*area.rglob("*"), *(data_dir / "blobs" / ".arriving").rglob("*")]


def test_a_file_is_kept_encrypted_and_shown_with_what_was_found(as_admin: PageClient, data_dir: Path) -> None:
    account = factories.connector()
    page = as_admin.page(upload(as_admin, account))
    stored = db.session.scalars(sa.select(StoredFile)).one()
    assert (stored.name, stored.size, stored.sha256[:8]) == ("calls.csv", len(CALLS), stored.sha256[:8])
    assert b"Perez" not in b"".join(path.read_bytes() for path in blobs_of(data_dir))
    with uploads.plain(stored) as path:
        assert path.read_bytes() == CALLS
        assert path.stat().st_mode & 0o077 == 0 or path.parent.stat().st_mode & 0o077 == 0
    assert not path.exists()
    assert left_behind(data_dir) == []
    text = page.get_text(" ", strip=True)
    assert "Calls: 3 rows in 5 columns" in text
    assert "Comma" in text
    assert "Perez" not in text
    assert "555-0101" not in text
    assert page.select_one("a[href$='/maps/calls/draft']") is not None


def test_the_first_file_brings_a_draft_of_its_map(as_admin: PageClient) -> None:
    owner = factories.staff()
    account = factories.connector(owner_id=owner.id)
    upload(as_admin, account)
    draft = db.session.scalars(sa.select(FieldMap)).one()
    assert (draft.status, draft.number, draft.data_type) == (MapStatus.DRAFT, 1, "calls")
    assert [field.source for field in draft.fields][:2] == ["Call ID", "Received On"]
    assert {field.owner_id for field in draft.fields} == {owner.id}
    upload(as_admin, account)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(FieldMap)) == 1


def test_the_trail_says_what_came_without_its_name(as_admin: PageClient) -> None:
    account = factories.connector()
    upload(as_admin, account, name="Ana Perez calls.csv")
    event = db.session.scalars(sa.select(AuditEvent).where(AuditEvent.action == "file.uploaded")).one()
    assert json.loads(event.changes).keys() == {"size", "sha256"}
    assert "Perez" not in event.changes


def test_a_name_loses_folders_and_what_cannot_be_shown() -> None:
    assert uploads.clean_name("C:\\exports\\calls\u202e.csv") == "calls.csv"
    assert uploads.clean_name("../../etc/passwd") == "passwd"
    assert uploads.clean_name("\x00") == "file"
    assert uploads.clean_name("é" * 300) == "é" * 255


def test_a_reading_changed_by_hand_is_used_and_an_untouched_draft_follows(as_admin: PageClient) -> None:
    account = factories.connector()
    content = b"Report of calls\nCall ID;Received On;Call Type\nC-1;2026-10-31 09:00;Booked\nC-2;2026-10-31 09:10;Booked\nTotal;2;\n"
    address = upload(as_admin, account, content)
    data = {"encoding": "utf-8", "delimiter": ";", "quotechar": '"', "header_row": "2", "totals_rows": "0"}
    response = as_admin.post(f"{address}/reading", data=data)
    assert response.status_code == 303
    stored = db.session.scalars(sa.select(StoredFile)).one()
    noted = inspections.noted_of(stored)
    assert noted is not None
    assert (noted.inspection.reading.header_row, noted.inspection.reading.totals_rows) == (2, 0)
    assert noted.inspection.rows == 3
    draft = db.session.scalars(sa.select(FieldMap)).one()
    assert [field.source for field in draft.fields] == ["Call ID", "Received On", "Call Type"]
    assert ("totals_rows" in json.loads(draft.reading)) == ("totals_rows" in noted.by_hand)


def test_a_reading_that_is_changed_back_is_no_change_of_the_map_any_more(as_admin: PageClient) -> None:
    account = factories.connector()
    content = b"Call ID;Received On;Call Type\nC-1;2026-10-31 09:00;Booked\nC-2;2026-10-31 09:10;Booked\nTotal;2;\n"
    address = upload(as_admin, account, content)
    data = {"encoding": "utf-8", "delimiter": ";", "quotechar": '"', "header_row": "1"}
    for totals_rows, kept in (("0", {"totals_rows": 0}), ("1", {})):
        assert as_admin.post(f"{address}/reading", data={**data, "totals_rows": totals_rows}).status_code == 303
        db.session.expire_all()
        assert json.loads(db.session.scalars(sa.select(FieldMap)).one().reading) == kept


def test_a_reading_that_does_not_work_is_refused_in_words_and_kept(as_admin: PageClient) -> None:
    account = factories.connector()
    address = upload(as_admin, account)
    before = checksums()
    data = {"encoding": "utf-16", "delimiter": ",", "quotechar": '"', "header_row": "1", "totals_rows": "0"}
    response = as_admin.post(f"{address}/reading", data=data)
    assert response.status_code == 422
    assert "The file was not read again" in response.text
    assert checksums() == before


def test_a_removed_file_is_gone_for_good(as_admin: PageClient, app: Flask) -> None:
    account = factories.connector()
    address = upload(as_admin, account)
    assert as_admin.post(f"{address}/remove").status_code == 303
    assert db.session.scalars(sa.select(StoredFile)).all() == []
    assert as_admin.get(address).status_code == 404
    assert "file.removed" in db.session.scalars(sa.select(AuditEvent.action)).all()


def test_support_looks_and_does_not_touch(as_admin: PageClient, as_support: PageClient) -> None:
    account = factories.connector()
    address = upload(as_admin, account)
    page = as_support.page(address)
    assert page.select("main form") == []
    assert as_support.get(f"/admin/connectors/{account.public_id}/upload").status_code == 403


@pytest.mark.parametrize("kind", ["test", "production"])
def test_nothing_is_imported_without_an_active_map(as_admin: PageClient, kind: str) -> None:
    account = factories.connector()
    address = upload(as_admin, account)
    page = as_admin.post(f"{address}/import/{kind}", follow_redirects=True)
    assert "no active field map yet" in page.text


def test_a_workbook_is_read_sheet_by_sheet(as_admin: PageClient) -> None:
    account = factories.connector()
    company = Company(7, "America/Chicago", date(2026, 10, 1), date(2026, 10, 8), 0.02)
    out = io.BytesIO()
    rows = write_xlsx(out, company, SHAPES["jobs"])
    address = upload(as_admin, account, out.getvalue(), name="jobs.xlsx", data_type="jobs")
    assert f"Jobs: {rows} rows" in as_admin.page(address).get_text(" ", strip=True)
    form = as_admin.page(f"{address}/reading")
    assert form.select_one("input[name=sheet]") is not None
    assert form.select_one("select[name=encoding]") is None
    before = checksums()
    response = as_admin.post(f"{address}/reading", data={"sheet": "Not there", "header_row": "1", "totals_rows": "0"})
    assert response.status_code == 422
    assert checksums() == before


@pytest.mark.parametrize("kind", ["test", "production"])
def test_a_file_leads_to_the_page_of_its_batch(as_admin: PageClient, kind: str) -> None:
    account = factories.connector()
    address = upload(as_admin, account)
    with transaction():
        field_maps.activate(field_maps.get_draft(account, "calls"), actor=Actor(ActorKind.COMMAND, "test"))
    response = as_admin.post(f"{address}/import/{kind}")
    batch = db.session.scalars(sa.select(ImportBatch)).one()
    assert response.location.endswith(f"/imports/{batch.public_id}")
    assert batch.kind is BatchKind(kind)
    assert as_admin.get(response.location).status_code == 200
    again = as_admin.post(f"{address}/import/{kind}", follow_redirects=True)
    assert again.status_code == 200
    assert db.session.scalar(sa.select(sa.func.count()).select_from(ImportBatch)) == 1
    refused = as_admin.post(f"{address}/remove", follow_redirects=True)
    assert "An import is reading this file just now" in refused.text


def test_a_file_that_the_active_map_cannot_read_is_not_imported(as_admin: PageClient) -> None:
    account = factories.connector()
    upload(as_admin, account)
    with transaction():
        field_maps.activate(field_maps.get_draft(account, "calls"), actor=Actor(ActorKind.COMMAND, "test"))
    address = upload(as_admin, account, CALLS.replace(b"Call ID", b"Number of it"))
    page = as_admin.page(address)
    assert "No row can be imported" in page.get_text()
    assert page.select("form[action*='/import/']") == []
    answer = as_admin.post(f"{address}/import/production", follow_redirects=True)
    assert "cannot be imported by the active map" in answer.text
    assert db.session.scalars(sa.select(ImportBatch)).all() == []
