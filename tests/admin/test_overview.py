"""What staff see first."""

from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa

from app.clock import utc_now
from app.extensions import db
from app.models import ConnectorState, JobStatus, StaffRole, User
from tests.support import factories
from tests.support.client import PageClient


def numbers(page: object) -> dict[str, str]:
    items = page.select(".stats li")  # type: ignore[attr-defined]  # a parsed page
    return {" ".join(item.select_one(".label").get_text(" ").split()): item.select_one(".value").get_text() for item in items}


def test_an_empty_installation_leads_to_the_first_organization(as_admin: PageClient) -> None:
    page = as_admin.page("/admin/")
    assert page.find("a", string="Create the first organization")["href"] == "/admin/organizations/new"


def test_support_is_told_who_begins(as_support: PageClient) -> None:
    page = as_support.page("/admin/")
    assert "An admin creates the first organization" in page.get_text()
    assert not page.select("main .btn")


def test_the_overview_counts_what_there_is(sign_in: Callable[[User], PageClient]) -> None:
    me = factories.staff(StaffRole.SUPPORT)
    organization = factories.organization()
    late = factories.connector(of=organization, state=ConnectorState.LATE)
    bad = factories.connector(of=organization, state=ConnectorState.NEEDS_ATTENTION)
    factories.connector(of=organization)
    today = utc_now().date()
    second = factories.task(owner_id=me.id, due_on=today + timedelta(days=5), organization_id=organization.id)
    first = factories.task(owner_id=me.id, due_on=today - timedelta(days=2))
    factories.task(title="Somebody else's")
    factories.job(account=late, status=JobStatus.FAILED, open_key=None)
    factories.job(account=bad, status=JobStatus.PARKED, open_key=None)
    factories.job(account=bad, status=JobStatus.SUCCEEDED, open_key=None)
    factories.job(account=bad, status=JobStatus.FAILED, open_key=None, updated_at=utc_now() - timedelta(days=8))
    page = sign_in(me).page("/admin/")
    assert numbers(page) == {
        "organization": "1",
        "connectors": "3",
        "open tasks of mine": "2",
        "jobs failed or parked in the last 7 days": "2",
    }
    by_state = [" ".join(link.get_text(" ").split()) for link in page.select(".stats .tag-list a")]
    assert by_state == ["1 Needs attention", "1 Preparing", "1 Live, late"]
    assert "1 overdue" in page.select_one(".stats").get_text()
    assert [cell.get_text(strip=True) for cell in page.select("tbody th")] == [first.title, second.title]
    assert [link.get_text() for link in page.select(".lines a")] == [bad.source_label, late.source_label]


def test_the_overview_asks_the_database_six_times_at_most(as_admin: PageClient) -> None:
    factories.connector()
    statements: list[str] = []
    with as_admin.application.app_context():
        engine = db.engine

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        as_admin.get("/admin/")
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
    assert len(statements) <= 6, statements
