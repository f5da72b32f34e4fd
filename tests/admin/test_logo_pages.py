"""The logo in the console and in the portal."""

import io
import json
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask
from PIL import Image
from werkzeug.test import TestResponse

from app.extensions import db
from app.models import AuditChain, AuditEvent, Logo, Organization, User
from app.services.branding import branding_of
from tests.support import factories
from tests.support.bad_input import assert_unknown_is_missing, checksums
from tests.support.client import PageClient
from tests.support.statements import heard

SignIn = Callable[[User], PageClient]


def picture(color: str = "red", size: tuple[int, int] = (600, 200), kind: str = "PNG") -> bytes:
    into = io.BytesIO()
    Image.new("RGB", size, color).save(into, kind)
    return into.getvalue()


def send(client: PageClient, organization: Organization, data: bytes, name: str = "logo.png") -> TestResponse:
    path = f"/admin/organizations/{organization.public_id}/logo"
    head = f'--x\r\nContent-Disposition: form-data; name="logo"; filename="{name}"\r\nContent-Type: image/png\r\n\r\n'
    return client.post(path, data=head.encode() + data + b"\r\n--x--\r\n", content_type="multipart/form-data; boundary=x")


def stored(organization: Organization) -> Logo | None:
    db.session.rollback()
    db.session.expire_all()
    return db.session.get(Logo, organization.id)


def events_of(organization: Organization) -> list[tuple[str, dict[str, object]]]:
    query = sa.select(AuditEvent).join(AuditChain).where(AuditChain.key == organization.public_id).order_by(AuditEvent.seq)
    return [(event.action, json.loads(event.changes)) for event in db.session.scalars(query)]


def test_a_logo_is_set_shown_replaced_and_removed(as_admin: PageClient) -> None:
    organization = factories.organization()
    home = f"/admin/organizations/{organization.public_id}"
    assert "Add a logo" in as_admin.page(home).get_text()
    assert send(as_admin, organization, picture()).location == home
    first = stored(organization)
    assert first is not None
    assert (first.width, first.height) == (480, 160)
    page = as_admin.page(home)
    assert "The logo is set" in page.get_text()
    assert [image["width"] for image in page.select(".logo-grounds img")] == ["480", "480"]
    shown = as_admin.get(f"{home}/logo.png")
    assert (shown.mimetype, shown.data) == ("image/png", first.png)
    assert shown.headers["Cache-Control"] == "private, no-cache"
    assert as_admin.get(f"{home}/logo.png", headers={"If-None-Match": shown.headers["ETag"]}).status_code == 304
    first_digest = first.digest
    assert send(as_admin, organization, picture("blue", kind="JPEG"), "photo.gif").status_code == 303
    second = stored(organization)
    assert second is not None
    assert as_admin.post(f"{home}/logo/remove").location == home
    assert as_admin.get(f"{home}/logo.png").status_code == 404
    assert events_of(organization) == [
        ("logo.set", {"digest": [None, first_digest]}),
        ("logo.set", {"digest": [first_digest, second.digest]}),
        ("logo.removed", {"digest": [second.digest, None]}),
    ]


def test_a_second_press_changes_nothing(as_admin: PageClient) -> None:
    organization = factories.organization()
    send(as_admin, organization, picture())
    before = checksums()
    assert send(as_admin, organization, picture()).status_code == 303
    assert checksums() == before
    path = f"/admin/organizations/{organization.public_id}/logo/remove"
    as_admin.post(path)
    before = checksums()
    assert "There is no logo any more" in as_admin.post(path, follow_redirects=True).text
    assert checksums() == before


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        (b"", "logo.png", "This file is empty"),
        (b"<svg><script>alert(1)</script></svg>", "logo.png", "SVG is not taken"),
        (b"<html>hello</html>", "logo.png", "no picture that can be read"),
        (picture()[:100], "logo.png", "damaged or not complete"),
        (picture() + b"<script>alert(1)</script>", "logo.png", "something follows behind it"),
        (picture(size=(4001, 20)), "logo.png", "too many pixels"),
        (picture(), "", "Choose the picture of the logo."),
    ],
)
def test_what_is_refused_is_said_at_the_field_and_changes_nothing(as_admin: PageClient, data: bytes, name: str, sentence: str) -> None:
    organization = factories.organization()
    factories.logo(of=organization)
    before = checksums()
    response = send(as_admin, organization, data, name)
    assert response.status_code == 422
    page = BeautifulSoup(response.text, "html.parser")
    assert sentence in page.select_one("#logo-error").get_text()
    assert page.select_one("#logo")["aria-invalid"] == "true"
    assert "The logo was not changed" in page.select_one(".error-summary").get_text()
    assert checksums() == before


def test_what_is_not_a_file_or_has_no_token_is_refused(as_admin: PageClient) -> None:
    organization = factories.organization()
    path, before = f"/admin/organizations/{organization.public_id}/logo", checksums()
    assert as_admin.post(path, data={"logo": "x" * 100_000}).status_code == 422
    assert as_admin.post(path).status_code == 422
    file = {"logo": (io.BytesIO(picture()), "logo.png")}
    assert as_admin.post(path, data=file, content_type="multipart/form-data", with_token=False).status_code == 400
    assert checksums() == before


def test_a_file_that_is_too_large_is_stopped_before_it_is_read(as_admin: PageClient, as_support: PageClient) -> None:
    organization = factories.organization()
    response = send(as_admin, organization, b"x" * (3 * 1024 * 1024))
    assert response.status_code == 413
    assert "larger than 2 MB" in response.text
    assert send(as_admin, organization, picture() + b"x" * (2 * 1024 * 1024 - 10)).status_code == 422
    assert send(as_support, organization, b"x" * (1024 * 1024)).status_code == 413  # no more room than any other form has


def test_support_looks_and_changes_nothing(as_support: PageClient) -> None:
    organization = factories.organization()
    logo = factories.logo(of=organization)
    home = f"/admin/organizations/{organization.public_id}"
    assert as_support.get(f"{home}/logo.png").data == logo.png
    assert "Change the logo" not in as_support.page(home).get_text()
    assert as_support.get(f"{home}/logo").status_code == 403
    assert send(as_support, organization, picture()).status_code == 403
    assert as_support.post(f"{home}/logo/remove").status_code == 403


def test_unknown_organizations_are_missing(as_admin: PageClient) -> None:
    organization = factories.organization()
    for path in ("logo", "logo/remove", "logo.png"):
        assert_unknown_is_missing(as_admin, f"/admin/organizations/{organization.public_id}/{path}", organization.public_id)


def test_clients_get_their_own_logo_by_its_digest_alone(sign_in: SignIn) -> None:
    mine, foreign = factories.organization(), factories.organization()
    own, other = factories.logo(of=mine), factories.logo(of=foreign)
    client = sign_in(factories.member(of=mine))
    response = client.get(f"/portal/logo/{own.digest}.png")
    assert (response.status_code, response.data, response.mimetype) == (200, own.png, "image/png")
    assert response.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    for digest in (other.digest, "0" * 64, own.digest.upper() if own.digest.upper() != own.digest else "f" * 64, own.digest[:-1], "x"):
        assert client.get(f"/portal/logo/{digest}.png").status_code == 404
    assert client.get(f"/admin/organizations/{mine.public_id}/logo.png").status_code == 404


def test_visitors_are_sent_to_the_sign_in(client: PageClient) -> None:
    logo = factories.logo()
    assert client.get(f"/portal/logo/{logo.digest}.png").status_code == 303


def test_branding_takes_one_statement_and_leaves_the_picture_where_it_is(app: Flask) -> None:
    plain, named = factories.organization(name="Acme"), factories.organization(portal_name="Bright Reports", brand_color="#ffe000")
    logo = factories.logo(of=named)
    assert (branding_of(plain).portal_name, branding_of(plain).logo_url_digest) == ("Fivegate", None)
    digest, name = logo.digest, named.name
    with heard() as statements:
        branding = branding_of(named)
    assert len(statements.sent) == 1
    assert "png" not in statements.sent[0][0]
    assert (branding.name, branding.portal_name, branding.logo_url_digest) == (name, "Bright Reports", digest)
    assert (branding.width, branding.height) == (240, 80)
    assert branding.brand.is_corrected


def test_the_portals_name_is_kept_and_audited(as_admin: PageClient) -> None:
    organization = factories.organization()
    form = {
        "name": organization.name,
        "slug": organization.slug,
        "time_zone": "America/Chicago",
        "currency": "USD",
        "week_start": "1",
        "fiscal_month": "1",
        "brand_color": organization.brand_color,
        "portal_name": "Bright Reports",
        "version": "1",
    }
    assert as_admin.post(f"/admin/organizations/{organization.public_id}/edit", data=form).status_code == 303
    assert events_of(organization) == [("organization.edited", {"portal_name": ["", "Bright Reports"]})]
    assert "Bright Reports" in as_admin.page(f"/admin/organizations/{organization.public_id}").get_text()
