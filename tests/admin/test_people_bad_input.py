"""Bad input to the forms about people."""

import pytest

from tests.support import factories
from tests.support.bad_input import (
    FormUnderTest,
    assert_refuses_bad_input,
    assert_second_press_changes_nothing,
    assert_unknown_is_missing,
    checksums,
)
from tests.support.client import PageClient

ADDRESSES = (
    "no address",
    "@example.com",
    "a@",
    "a@b",
    "a b@example.com",
    "a@example.com, b@example.com",
    "añа@example.com",
    "a@exa mple.com",
)
TEXTS = {"name": 120, "email": 254}


def test_inviting_staff_refuses_bad_input(as_admin: PageClient) -> None:
    taken = factories.staff()
    form = FormUnderTest(
        "/admin/people/invite",
        {"name": "Ana", "email": "ana@example.com", "role": "support"},
        required=("name", "email", "role"),
        texts=TEXTS,
        choices=("role",),
        wrong={"email": (*ADDRESSES, taken.email), "role": ("viewer", "client_admin", "ADMIN")},
    )
    assert_refuses_bad_input(as_admin, form)
    assert assert_second_press_changes_nothing(as_admin, form).status_code == 422


def test_inviting_a_client_refuses_bad_input(as_admin: PageClient) -> None:
    organization = factories.organization()
    form = FormUnderTest(
        f"/admin/organizations/{organization.public_id}/invite",
        {"name": "Bo", "email": "bo@example.com", "role": "viewer"},
        required=("name", "email", "role"),
        texts=TEXTS,
        choices=("role",),
        wrong={"email": ADDRESSES, "role": ("support",)},
    )
    assert_refuses_bad_input(as_admin, form)
    assert_unknown_is_missing(as_admin, form.path, organization.public_id, data=form.valid)
    assert assert_second_press_changes_nothing(as_admin, form).status_code == 422


def test_changing_a_role_refuses_bad_input(as_admin: PageClient) -> None:
    user = factories.staff()
    form = FormUnderTest(
        f"/admin/people/{user.public_id}/role",
        {"role": "support", "version": "1"},
        required=("role",),
        choices=("role",),
        wrong={"role": ("viewer",)},
        is_versioned=True,
    )
    assert_refuses_bad_input(as_admin, form)
    assert_unknown_is_missing(as_admin, form.path, user.public_id, data=form.valid)
    assert assert_second_press_changes_nothing(as_admin, form).status_code == 303


@pytest.mark.parametrize("act", ["deactivate", "reactivate", "second-factor-reset", "invitation", "reset-link"])
def test_buttons_refuse_unknown_people_and_missing_tokens(as_admin: PageClient, act: str) -> None:
    user = factories.member()
    path = f"/admin/people/{user.public_id}/{act}"
    before = checksums()
    assert as_admin.post(path, with_token=False).status_code == 400
    assert as_admin.post(path, data={"more": "a" * 5_000_000}).status_code == 413
    assert checksums() == before
    assert_unknown_is_missing(as_admin, path, user.public_id)
