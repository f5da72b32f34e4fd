"""Bad input to the pages of uploaded files."""

import io
import tempfile
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask

from app.models import ProviderAccount
from tests.admin.test_uploads import BOUNDARY, CALLS, blobs_of, left_behind, multipart, send, upload
from tests.support import factories
from tests.support.bad_input import (
    CONTROL,
    NOT_IN_ANY_LIST,
    FormUnderTest,
    assert_readable,
    assert_refuses_bad_input,
    assert_unknown_is_missing,
    checksums,
    messages,
    parsed,
)
from tests.support.client import PageClient

pytestmark = pytest.mark.usefixtures("app")
GIGABYTE = 1024**3


@pytest.fixture
def account() -> ProviderAccount:
    return factories.connector()


def path_of(account: ProviderAccount) -> str:
    return f"/admin/connectors/{account.public_id}/upload"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\x00" * 5000, id="nothing but zero bytes"),
        pytest.param(b"PK\x03\x04" + b"x" * 500, id="a broken workbook"),
        pytest.param(b"%PDF-1.7\n" + b"x" * 500, id="a PDF"),
        pytest.param(b"x" * 2_000_000, id="one endless line"),
    ],
)
def test_a_file_that_is_none_is_refused_in_words_and_leaves_nothing(
    as_admin: PageClient, account: ProviderAccount, data_dir: Path, content: bytes
) -> None:
    before, blobs = checksums(), blobs_of(data_dir)
    response = send(as_admin, account, multipart(content))
    assert response.status_code == 422
    page = parsed(response)
    assert_readable(page, "file")
    assert "File:" in messages(page)[0]
    assert checksums() == before
    assert blobs_of(data_dir) == blobs
    assert left_behind(data_dir) == []


@pytest.mark.parametrize("data_type", ["", "   ", NOT_IN_ANY_LIST, CONTROL, "x" * 5000, "CALLS"])
def test_an_unknown_data_type_is_refused(as_admin: PageClient, account: ProviderAccount, data_dir: Path, data_type: str) -> None:
    before, blobs = checksums(), blobs_of(data_dir)
    response = as_admin.post(path_of(account), data={"data_type": data_type, "file": (io.BytesIO(CALLS), "calls.csv")})
    assert response.status_code == 422
    assert "Choose what the file holds." in response.text
    assert checksums() == before
    assert blobs_of(data_dir) == blobs


@pytest.mark.parametrize("data", [{}, {"data_type": "calls"}, {"data_type": "calls", "file": "text and no file"}])
def test_a_form_without_a_file_is_refused(as_admin: PageClient, account: ProviderAccount, data: dict[str, str]) -> None:
    before = checksums()
    response = as_admin.post(path_of(account), data=data)
    assert response.status_code == 422
    assert "Choose the file that the source exported." in response.text
    assert checksums() == before


def test_no_file_is_taken_without_a_token(as_admin: PageClient, account: ProviderAccount) -> None:
    before = checksums()
    assert send(as_admin, account, multipart(CALLS), with_token=False).status_code == 400
    assert checksums() == before


def test_an_upload_that_is_cut_off_leaves_nothing(as_admin: PageClient, account: ProviderAccount, data_dir: Path) -> None:
    before, blobs = checksums(), blobs_of(data_dir)
    body = multipart(CALLS * 20_000)
    response = send(as_admin, account, body[: len(body) // 2], environ_overrides={"CONTENT_LENGTH": str(len(body))})
    assert response.status_code == 400
    assert checksums() == before
    assert blobs_of(data_dir) == blobs
    assert left_behind(data_dir) == []


def test_a_file_over_the_limit_is_refused_before_it_comes(as_admin: PageClient, account: ProviderAccount) -> None:
    before = checksums()
    response = send(as_admin, account, multipart(CALLS), environ_overrides={"CONTENT_LENGTH": str(2 * GIGABYTE)})
    assert response.status_code == 413
    assert "larger than 1,024 MB, the most that this installation takes" in response.text
    assert checksums() == before


def test_a_file_larger_than_any_other_form_may_be_is_taken(as_admin: PageClient, account: ProviderAccount) -> None:
    rows = b"".join(b"C-%06d,10/31/2026 09:05 AM,Booked,Ana Perez,(512) 555-0101\n" % number for number in range(20_000))
    upload(as_admin, account, CALLS + rows)


def test_who_may_not_upload_gets_no_room(app: Flask, as_support: PageClient, account: ProviderAccount) -> None:
    body = multipart(b"x" * 600_000)
    for client in (as_support, PageClient.of(app)):
        assert send(client, account, body).status_code == 413
        small = send(client, account, multipart(CALLS))
        assert small.status_code in {303, 403}
        assert "sign-in" in small.headers.get("Location", "sign-in")


def test_other_forms_stay_as_small_as_they_were(as_admin: PageClient, account: ProviderAccount) -> None:
    path = f"/admin/connectors/{account.public_id}/edit"
    body = multipart(b"x" * 600_000)
    options = {"content_type": f"multipart/form-data; boundary={BOUNDARY}"}
    assert as_admin.post(path, input_stream=io.BytesIO(body), **options).status_code == 413


def test_a_full_disk_is_said_in_words(
    as_admin: PageClient, account: ProviderAccount, data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = checksums()
    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "TemporaryFile", lambda **_: Path("/dev/full").open("wb", buffering=0))  # noqa: SIM115  # the request closes it
        response = send(as_admin, account, multipart(CALLS * 1000))
    assert response.status_code == 507
    assert "The disk of this installation is full" in response.text
    assert checksums() == before
    assert left_behind(data_dir) == []


def test_the_reading_refuses_bad_input(as_admin: PageClient, account: ProviderAccount) -> None:
    address = upload(as_admin, account)
    form = FormUnderTest(
        f"{address}/reading",
        {"encoding": "utf-8", "delimiter": ",", "quotechar": '"', "header_row": "1", "totals_rows": "0"},
        required=("header_row", "totals_rows", "encoding", "delimiter", "quotechar"),
        choices=("encoding", "delimiter", "quotechar"),
        wrong={
            "header_row": ("-1", "1001", "one", "1.5", "１", "9" * 30),
            "totals_rows": ("-1", "1001", "none", "1e3"),
            "encoding": ("utf-16", "ascii\x00", "rot13"),
        },
    )
    assert_refuses_bad_input(as_admin, form)
    assert as_admin.post(form.path, data=form.valid).status_code == 303
    before = checksums()
    assert as_admin.post(form.path, data=form.valid).status_code == 303
    changed = {name for name, rows in checksums().items() if rows != before.get(name)}
    assert changed <= {"stored_files"}, "only the time of the look changes"


def test_unknown_files_are_missing(as_admin: PageClient, account: ProviderAccount) -> None:
    address = upload(as_admin, account)
    file_id = address.rsplit("/", 1)[-1]
    for path in (address, f"{address}/reading", f"{address}/remove", f"{address}/import/test"):
        assert_unknown_is_missing(as_admin, path, file_id)
    other = factories.connector()
    assert as_admin.get(address.replace(account.public_id, other.public_id)).status_code == 404
    assert as_admin.post(f"{address}/remove".replace(account.public_id, other.public_id)).status_code == 404
    assert as_admin.post(f"{address}/import/everything").status_code == 404
    assert as_admin.get(f"/admin/connectors/{uuid4()}/upload").status_code == 404


def test_a_file_that_is_missing_in_the_store_is_said_to_be(as_admin: PageClient, account: ProviderAccount, data_dir: Path) -> None:
    address = upload(as_admin, account)
    data = {"encoding": "utf-8", "delimiter": ",", "quotechar": '"', "header_row": "1", "totals_rows": "0"}
    for path in blobs_of(data_dir):
        path.unlink()
    response = as_admin.post(f"{address}/reading", data=data)
    assert response.status_code == 409
    assert "cannot be opened any more" in response.text
    assert as_admin.get(address).status_code == 200


def test_odd_addresses_are_answered(as_admin: PageClient, account: ProviderAccount) -> None:
    for query in ("data_type=%00", "data_type=nothing", "data_type=calls", "data_type=" + "x" * 5000):
        assert as_admin.get(f"{path_of(account)}?{query}").status_code == 200
