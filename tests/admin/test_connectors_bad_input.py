"""Bad input to the forms of connectors and their secrets."""

from tests.support import factories
from tests.support.bad_input import FormUnderTest, assert_refuses_bad_input, assert_second_press_changes_nothing, assert_unknown_is_missing
from tests.support.client import PageClient


def test_creating_refuses_bad_input(as_admin: PageClient) -> None:
    organization, client, gone = factories.organization(), factories.member(), factories.staff(is_active=False)
    valid = {
        "organization": organization.public_id,
        "provider": "servicetitan",
        "mode": "api",
        "source_label": "ServiceTitan calls",
        "owner": factories.staff().public_id,
        "currency": "USD",
    }
    form = FormUnderTest(
        "/admin/connectors/new",
        valid,
        required=("organization", "provider", "mode", "source_label"),
        texts={"source_label": 80},
        choices=("organization", "provider", "mode", "owner", "currency"),
        wrong={
            "owner": (client.public_id, gone.public_id, organization.public_id),
            "organization": (client.public_id, organization.slug, str(organization.id)),
            "currency": ("usd", "US", "USDX"),
            "mode": ("webhook", "API"),
        },
    )
    assert_refuses_bad_input(as_admin, form)
    assert assert_second_press_changes_nothing(as_admin, form).status_code == 422


def test_editing_refuses_bad_input(as_admin: PageClient) -> None:
    account = factories.connector()
    taken = factories.connector(of=account.organization)
    path = f"/admin/connectors/{account.public_id}/edit"
    form = FormUnderTest(
        path,
        {"version": "1", "source_label": "Calls", "mode": "api", "owner": factories.staff().public_id, "currency": "USD"},
        required=("source_label", "mode"),
        texts={"source_label": 80},
        choices=("mode", "owner", "currency"),
        wrong={"source_label": (taken.source_label,), "currency": ("",), "owner": (factories.member().public_id,), "mode": ("webhook",)},
        is_versioned=True,
    )
    assert_refuses_bad_input(as_admin, form)
    assert assert_second_press_changes_nothing(as_admin, form).status_code == 409
    assert_unknown_is_missing(as_admin, path, account.public_id, data=form.valid)


def test_secrets_refuse_bad_input(as_admin: PageClient) -> None:
    account = factories.connector()
    path = f"/admin/connectors/{account.public_id}/credentials/client_secret"
    form = FormUnderTest(
        path,
        {"value": "a-secret-of-some-length"},
        required=("value",),
        texts={"value": 2000},
        wrong={"value": ("a\ufeffb" * 6, "\ue000" * 12)},
        secrets=("value",),
    )
    assert_refuses_bad_input(as_admin, form)
    assert as_admin.post(path, data=form.valid).status_code == 303
    assert_unknown_is_missing(as_admin, path, account.public_id, data=form.valid)


def test_a_secret_that_the_provider_does_not_ask_for_cannot_be_set(as_admin: PageClient) -> None:
    account = factories.connector(provider="file")
    for name in ("client_secret", "sealed", "x" * 300, "a b", "%00"):
        path = f"/admin/connectors/{account.public_id}/credentials/{name}"
        assert as_admin.get(path).status_code == 404
        assert as_admin.post(path, data={"value": "a-secret-of-some-length"}).status_code == 404


def test_odd_addresses_of_the_list_are_answered(as_admin: PageClient) -> None:
    factories.connector()
    for query in (
        "page=-1",
        "page=99999999999999999999",
        "page=x",
        "q=%00",
        "q=%ff",
        "q=" + "a" * 5000,
        "state=%F0%9F%92%A9",
        "q=%25_%5C'",
    ):
        assert as_admin.get(f"/admin/connectors?{query}").status_code == 200
    assert as_admin.get("/admin/connectors/new?organization=%00").status_code == 200
