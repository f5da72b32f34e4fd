"""What the watch found, in the console: over all, of one connector, one by itself, and called fine."""

import sqlalchemy as sa
from bs4 import BeautifulSoup

from app.clock import utc_now
from app.extensions import db
from app.models import FindingKind, ProviderAccount, WatchFinding
from tests.support import factories
from tests.support.bad_input import FormUnderTest, assert_refuses_bad_input, assert_unknown_is_missing
from tests.support.client import PageClient


def finding(account: ProviderAccount | None = None, kind: FindingKind = FindingKind.VOLUME, **changes: object) -> WatchFinding:
    account = account or factories.connector()
    values = {
        "level": "found",
        "sentence": f"Something about {kind.value}.",
        "basis": "2026-11-22",
        "found_at": utc_now(),
        "subject": "calls",
    }
    values["open_key"] = f"{account.public_id}:{kind}:calls"
    row = WatchFinding(account_id=account.id, kind=kind, **{**values, **changes})
    factories._save(row)
    return row


def titles(page: BeautifulSoup) -> list[str]:
    return [link.get_text() for link in page.select("tbody th a")]


def test_nothing_found_is_said(as_admin: PageClient) -> None:
    assert "Nothing is wrong." in as_admin.get("/admin/watch").text
    account = factories.connector()
    assert "Nothing was ever wrong." in as_admin.get(f"/admin/connectors/{account.public_id}/findings").text


def test_open_ones_of_all_organizations_the_newest_first(as_support: PageClient) -> None:
    one, other = factories.connector(), factories.connector()
    finding(one, FindingKind.OWNER)
    finding(other, FindingKind.SCHEMA)
    finding(other, FindingKind.VOLUME, open_key=None, over_at=utc_now())
    assert titles(as_support.page("/admin/watch")) == [FindingKind.SCHEMA.label, FindingKind.OWNER.label]
    mine = as_support.page(f"/admin/watch?organization={one.organization.public_id}&page=nonsense")
    assert titles(mine) == [FindingKind.OWNER.label]
    assert titles(as_support.page("/admin/watch?organization=nonsense")) == [FindingKind.SCHEMA.label, FindingKind.OWNER.label]


def test_many_are_paged_through(as_admin: PageClient) -> None:
    account = factories.connector()
    for number in range(27):
        finding(account, subject=f"type{number}", open_key=f"{account.public_id}:volume:{number}")
    first = as_admin.page("/admin/watch")
    assert len(titles(first)) == 25
    assert "27 findings, page 1 of 2" in first.get_text(" ", strip=True)
    assert len(titles(as_admin.page("/admin/watch?page=2"))) == 2


def test_a_connectors_page_leads_to_its_own(as_admin: PageClient) -> None:
    account = factories.connector()
    finding(account, FindingKind.OWNER, open_key=None, over_at=utc_now())
    finding(account, FindingKind.SCHEMA)
    finding(factories.connector(), FindingKind.VOLUME)
    path = f"/admin/connectors/{account.public_id}/findings"
    assert path in {link["href"] for link in as_admin.page(f"/admin/connectors/{account.public_id}").select("a[href]")}
    assert titles(as_admin.page(path)) == [FindingKind.SCHEMA.label, FindingKind.OWNER.label]


def test_a_finding_says_what_it_means_and_what_to_do(as_support: PageClient) -> None:
    row = finding(kind=FindingKind.FRESHNESS, level="overdue")
    page = as_support.get(f"/admin/findings/{row.public_id}").text
    for words in ("Data is late", "Overdue", "Something about freshness.", "Ask who supplies the export", "Calls"):
        assert words in page
    assert "It is fine" not in page


def test_called_fine_with_a_reason(as_admin: PageClient) -> None:
    row = finding()
    path = f"/admin/findings/{row.public_id}/review"
    form = FormUnderTest(
        path=path, valid={"comment": "Asked them:\nit is so."}, required=("comment",), texts={"comment": 500}, multiline=("comment",)
    )
    assert_refuses_bad_input(as_admin, form)
    assert as_admin.post(path, data=form.valid).status_code == 303
    db.session.rollback()
    db.session.expire_all()
    stored = db.session.scalars(sa.select(WatchFinding)).one()
    assert (stored.open_key, stored.comment.split()) == (None, ["Asked", "them:", "it", "is", "so."])
    page = as_admin.get(f"/admin/findings/{row.public_id}").text
    assert "called fine by" in page
    assert "Found that a trouble is over" in page
    again = as_admin.post(path, data=form.valid, follow_redirects=True)
    assert "This is over already" in again.text


def test_what_has_to_be_mended_cannot_be_called_fine(as_admin: PageClient) -> None:
    row = finding(kind=FindingKind.OWNER)
    answer = as_admin.post(f"/admin/findings/{row.public_id}/review", data={"comment": "Fine"}, follow_redirects=True)
    assert "Nobody can say that this is fine" in answer.text
    db.session.rollback()
    assert db.session.scalars(sa.select(WatchFinding.open_key)).one() is not None


def test_who_may_look_and_who_may_say_so(as_support: PageClient, as_client_admin: PageClient) -> None:
    row = finding()
    page = as_support.get(f"/admin/findings/{row.public_id}")
    assert page.status_code == 200
    assert "It is fine" not in page.text
    assert as_support.post(f"/admin/findings/{row.public_id}/review", data={"comment": "Fine"}).status_code == 403
    for path in ("/admin/watch", f"/admin/findings/{row.public_id}", f"/admin/connectors/{row.account.public_id}/findings"):
        assert as_client_admin.get(path).status_code == 404


def test_unknown_findings_are_missing(as_admin: PageClient) -> None:
    row = finding()
    assert_unknown_is_missing(as_admin, f"/admin/findings/{row.public_id}", row.public_id)
    assert_unknown_is_missing(as_admin, f"/admin/findings/{row.public_id}/review", row.public_id, data={"comment": "Fine"})
    assert_unknown_is_missing(as_admin, f"/admin/connectors/{row.account.public_id}/findings", row.account.public_id)
