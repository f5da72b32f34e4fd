"""The data types of a connector: what is shown, what may be decided, and until when."""

from datetime import date

import pytest

from app.extensions import db
from app.models import AccountDataType, DataHome
from app.services import data_types
from app.unit_of_work import transaction
from tests.support import factories
from tests.support.bad_input import FormUnderTest, assert_refuses_bad_input, assert_second_press_changes_nothing, assert_unknown_is_missing
from tests.support.client import PageClient

pytestmark = pytest.mark.usefixtures("app")
VALID = {"version": "1", "home": "traffic", "keep_files_days": "30", "sealed_before": "2025-01-01"}


def test_the_list_names_what_is_in_use_and_offers_the_rest(as_support: PageClient) -> None:
    account = factories.connector()
    factories.data_type(account=account, data_type="calls", home=DataHome.TRAFFIC, keep_files_days=30, sealed_before=date(2025, 1, 1))
    factories.import_batch(account=account, data_type="jobs")
    page = as_support.page(f"/admin/connectors/{account.public_id}/data-types")
    rows = {row.th.get_text(strip=True): row.get_text(" ", strip=True) for row in page.select("tbody tr")}
    assert list(rows) == ["Calls", "Jobs"]
    assert "Traffic database" in rows["Calls"]
    assert "for 30 days" in rows["Calls"]
    assert "1 Jan 2025" in rows["Calls"]
    assert "Complete" in rows["Jobs"]
    assert len(page.select("details li a")) > 15
    assert page.select("a[href$='/upload']") == []


def test_settings_are_saved_and_a_settled_home_stays(as_admin: PageClient) -> None:
    account = factories.connector()
    path = f"/admin/connectors/{account.public_id}/data-types/calls"
    assert as_admin.get(path).status_code == 200
    assert as_admin.post(path, data=VALID).status_code == 303
    row = data_types.find(account, "calls")
    assert row is not None
    assert (row.home, row.keep_files_days, row.sealed_before) == (DataHome.TRAFFIC, 30, date(2025, 1, 1))
    assert row.home_decided_by_id is not None
    factories.import_batch(account=account, home=DataHome.TRAFFIC)
    response = as_admin.post(path, data={**VALID, "version": str(row.version), "home": "app"})
    assert response.status_code == 422
    assert "rows do not move from one database to the other" in response.text
    assert as_admin.post(path, data={**VALID, "version": str(row.version), "keep_files_days": "0"}).status_code == 303
    db.session.refresh(row)
    assert (row.home, row.keep_files_days) == (DataHome.TRAFFIC, 0)


def test_sealed_days_stay_sealed(as_admin: PageClient) -> None:
    account = factories.connector()
    path = f"/admin/connectors/{account.public_id}/data-types/calls"
    assert as_admin.post(path, data=VALID).status_code == 303
    for day in ("", "2024-12-31"):
        version = str(data_types.or_default(account, "calls").version)
        response = as_admin.post(path, data={**VALID, "version": version, "sealed_before": day})
        assert response.status_code == 422
        assert "Days that were sealed stay sealed" in response.text


def test_bad_input_is_refused(as_admin: PageClient) -> None:
    account = factories.connector()
    path = f"/admin/connectors/{account.public_id}/data-types/calls"
    form = FormUnderTest(
        path,
        VALID,
        required=("home", "keep_files_days"),
        choices=("home",),
        wrong={
            "keep_files_days": ("-1", "3651", "ten", "1.5", "１", "9" * 30),
            "sealed_before": ("31/02/2026", "2026-02-31", "yesterday", "0000-00-00"),
        },
        is_versioned=True,
    )
    assert_refuses_bad_input(as_admin, form)
    assert assert_second_press_changes_nothing(as_admin, form).status_code == 409
    assert_unknown_is_missing(as_admin, path, account.public_id, data=VALID)
    for name in ("nothing", "CALLS", "%00"):
        assert as_admin.get(f"/admin/connectors/{account.public_id}/data-types/{name}").status_code == 404
        assert as_admin.post(f"/admin/connectors/{account.public_id}/data-types/{name}", data=VALID).status_code == 404


def test_two_who_begin_a_data_type_at_once_get_one_row() -> None:
    account = factories.connector()
    with transaction():
        first = data_types.of(account, "calls")
        assert data_types.of(account, "calls") is first
    assert isinstance(first, AccountDataType)
    assert [row.data_type for row in data_types.all_of(account)] == ["calls"]
