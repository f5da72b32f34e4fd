"""Bad input to the pages of field maps."""

from uuid import uuid4

import pytest

from app.models import ProviderAccount
from app.services import field_maps
from tests.admin.test_field_maps import account, address, field_named, form_of  # noqa: F401  # account is a fixture
from tests.support import factories
from tests.support.bad_input import (
    NOT_IN_ANY_LIST,
    FormUnderTest,
    assert_refuses_bad_input,
    assert_second_press_changes_nothing,
    assert_unknown_is_missing,
    checksums,
)
from tests.support.client import PageClient

pytestmark = pytest.mark.usefixtures("app")


def test_the_draft_refuses_bad_input(as_admin: PageClient, account: ProviderAccount) -> None:  # noqa: F811
    path = address(account, "/draft")
    names = [f"means-{field.public_id}" for field in field_maps.get_draft(account, "calls").fields]
    valid = form_of(as_admin.page(path), path) | {names[0]: "ignore", "ignore_reason": "Not needed."}
    form = FormUnderTest(path, valid, texts={"ignore_reason": 200}, choices=(names[0], names[2]), is_versioned=True)
    assert_refuses_bad_input(as_admin, form)
    assert assert_second_press_changes_nothing(as_admin, form).status_code == 409


def test_fields_of_other_maps_are_left_alone(as_admin: PageClient, account: ProviderAccount) -> None:  # noqa: F811
    path = address(account, "/draft")
    data = form_of(as_admin.page(path), path)
    before = checksums()
    foreign = {f"means-{uuid4()}": "ignore", "means-": "ignore", "means-1": NOT_IN_ANY_LIST}
    assert as_admin.post(path, data=data | foreign).status_code == 303
    assert checksums() == before


def test_a_column_refuses_bad_input(as_admin: PageClient, account: ProviderAccount) -> None:  # noqa: F811
    path = address(account, f"/draft/columns/{field_named('Call Type').public_id}")
    valid = form_of(as_admin.page(path), path) | {"label": "Kind", "owner": factories.staff().public_id}
    form = FormUnderTest(
        path,
        valid,
        required=("privacy",),
        texts={"label": 80, "ignore_reason": 200, "explanation": 300, "yes": 300, "no": 300},
        choices=("choice", "owner", "privacy", "dates", "money", "sign", "kind"),
        wrong={
            "owner": (factories.member().public_id, factories.staff(is_active=False).public_id),
            "zone": ("Central", "America/Nowhere", "UTC+5", "../etc/passwd"),
            "words": ("Booked", "= booked", "Booked =", "x = " + "y" * 101, "\n".join(f"a{n} = b" for n in range(201))),
            "choice": ("ignore\n", "attr:x"),
        },
        is_versioned=True,
        multiline=("explanation",),
    )
    assert_refuses_bad_input(as_admin, form)
    assert assert_second_press_changes_nothing(as_admin, form).status_code == 409
    assert_unknown_is_missing(as_admin, path, path.rsplit("/", 1)[-1], data=valid)


def test_ignoring_a_column_needs_a_reason(as_admin: PageClient, account: ProviderAccount) -> None:  # noqa: F811
    path = address(account, f"/draft/columns/{field_named('Call Type').public_id}")
    before = checksums()
    response = as_admin.post(path, data=form_of(as_admin.page(path), path) | {"choice": "ignore", "ignore_reason": "  "})
    assert response.status_code == 422
    assert "Say in a few words why this column is ignored." in response.text
    assert checksums() == before


def test_buttons_of_the_draft_refuse_an_older_version(as_admin: PageClient, account: ProviderAccount) -> None:  # noqa: F811
    before = checksums()
    for button in ("suggestions", "columns", "discard"):
        for version in ("", "0", "-1", "seven", "9" * 40, "１"):
            response = as_admin.post(address(account, f"/draft/{button}"), data={"version": version})
            assert response.status_code == 409, (button, version)
            assert "Somebody else changed this draft" in response.text
    assert checksums() == before


def test_copying_refuses_bad_input(as_admin: PageClient, account: ProviderAccount) -> None:  # noqa: F811
    path = address(account, "/draft")
    as_admin.post(path, data=form_of(as_admin.page(path), path) | {"then": "activate"})
    source, other = field_maps.active_map(account, "calls"), factories.connector()
    assert source is not None
    former = factories.field_map(account=factories.connector(), status="former", number=1)
    form = FormUnderTest(
        address(other, "/copy"),
        {"source": source.public_id},
        required=("source",),
        choices=("source",),
        wrong={"source": (former.public_id, str(source.id), other.public_id)},
    )
    assert_refuses_bad_input(as_admin, form)
    assert assert_second_press_changes_nothing(as_admin, form).status_code == 409


def test_unknown_maps_and_data_types_are_missing(as_admin: PageClient, account: ProviderAccount) -> None:  # noqa: F811
    draft = field_maps.get_draft(account, "calls")
    version = address(account, f"/versions/{draft.public_id}")
    assert_unknown_is_missing(as_admin, version, draft.public_id)
    assert_unknown_is_missing(as_admin, f"{version}/preview", draft.public_id)
    assert as_admin.get(version.replace("/calls/", "/jobs/")).status_code == 404
    other = factories.connector()
    assert as_admin.get(version.replace(account.public_id, other.public_id)).status_code == 404
    before = checksums()
    for name in ("nothing", "CALLS", "x" * 3000, "%00", "calls'--"):
        for rest in ("", "/draft", "/differences", "/copy", "/draft/begin/file"):
            path = f"/admin/connectors/{account.public_id}/maps/{name}{rest}"
            assert as_admin.get(path).status_code in {404, 405}
            assert as_admin.post(path).status_code in {404, 405}
    assert checksums() == before
    for query in ("old=%00", "new=x", f"old={uuid4()}", "old=&new="):
        assert as_admin.get(f"{address(account, '/differences')}?{query}").status_code == 200
