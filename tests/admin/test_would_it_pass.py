"""Would it pass today: what is live and would not be promoted, what lapses, what an event would hold."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask

from app.admin.watch_words import RENEWALS
from app.audit import canonical_json
from app.clock import utc_now
from app.extensions import db
from app.models import (
    AccountCredential,
    ConnectorConfiguration,
    ConnectorState,
    ProviderAccount,
    PublishedCard,
    PublishedSource,
    ReadinessAcknowledgement,
    ReadinessWaiver,
    StaffRole,
    User,
)
from app.readiness.gates import CHECKS
from app.services import stands, what_if, would_pass
from app.services.check_keys import WAIVABLE
from app.services.facet_contents import PEOPLE
from app.services.what_if import Choice, Happens
from tests.support import factories
from tests.support.client import PageClient
from tests.support.live_rows import OF_CONNECTORS, ensure_common, live_rows, until
from tests.support.statements import heard

PATH = "/admin/watch/today"
AT_MOST = 10


def words(element: Any) -> str:
    return " ".join(element.get_text(" ").split())


def rows_of(page: BeautifulSoup, title_id: str) -> list[str]:
    section = page.find(attrs={"aria-labelledby": title_id})
    return [words(row) for row in section.select("tbody tr")]  # type: ignore[union-attr]


def live(name: str = "", *, of: Any = None, **rows: Any) -> ProviderAccount:
    changes = {"source_label": name} if name else {}
    account = factories.connector(of=of, may_import=False, owner_id=factories.staff(with_password=False).id, **changes)
    live_rows(account, **rows)
    return account


def configuration_of(account: ProviderAccount) -> ConnectorConfiguration:
    key = f"{account.public_id}:live"
    return db.session.scalars(sa.select(ConnectorConfiguration).where(ConnectorConfiguration.status_key == key)).one()


def test_nothing_is_live_yet(as_support: PageClient) -> None:
    factories.connector()
    page = as_support.page(PATH)
    assert "No connector is live yet" in page.get_text()
    assert page.find("a", string="Open connectors")["href"] == "/admin/connectors"
    assert as_support.page("/admin/").find("a", href=PATH) is not None


def test_it_is_for_staff(as_client_admin: PageClient) -> None:
    assert as_client_admin.get(PATH).status_code == 404


def test_everything_stands(as_admin: PageClient) -> None:
    live()
    text = words(as_admin.page(PATH))
    assert "All of them would pass Every check of 1 live connector stands." in text
    assert "Nothing lapses" in text


def test_what_does_not_stand_is_said_with_its_reason(as_admin: PageClient) -> None:
    yesterday = utc_now() - timedelta(days=1)
    live(
        "Ledger",
        evidence={
            "qa": until(yesterday),
            "reconciled": {"result": "failed", "sentence": "Our counts are 40 rows off."},
            "owner": {"result": "error", "sentence": "The check itself broke."},
        },
        changed={"retention": "retention.decided"},
        without=frozenset({"failure-path"}),
    )
    live("Sound one")
    page = as_admin.page(PATH)
    lines = rows_of(page, "failing-title")
    assert len(lines) == 1
    assert "Ledger" in lines[0]
    assert f"The QA list is signed Fallen: time over Its time was over on {yesterday.day} {yesterday:%b %Y}." in lines[0]
    assert "Counts agree with the source Failed Our counts are 40 rows off." in lines[0]
    assert "Somebody owns it The check broke The check itself broke." in lines[0]
    assert "Retention is settled Fallen: changed The retention rules changed (" in lines[0]
    assert "Failure has a path Not run yet It was never asked of what runs." in lines[0]
    assert "1 of 2" in words(page.find(attrs={"aria-labelledby": "failing-title"}))


def test_an_error_counts_only_once_the_last_good_evidence_is_out_of_date(as_admin: PageClient) -> None:
    broken = {"result": "error", "sentence": "It broke."}
    live("Kept", evidence={"qa": {**broken, "good": until(utc_now() + timedelta(days=30))}})
    live("Not kept", evidence={"qa": {**broken, "good": until(utc_now() - timedelta(days=1))}})
    soon = live("Kept for a while", evidence={"qa": {**broken, "good": until(utc_now() + timedelta(days=3))}})
    today = would_pass.look()
    assert [each.connector.label for each in today.failing] == ["Not kept"]
    assert [each.connector.public_id for each in today.lapsing if each.connector] == [soon.public_id]


def test_what_counts_for_all_holds_all(as_admin: PageClient) -> None:
    ensure_common(result="failed", sentence="The account may drop tables.")
    live("One")
    live("Two")
    lines = rows_of(as_admin.page(PATH), "failing-title")
    assert len(lines) == 2
    assert all("The account may drop tables." in line for line in lines)


def test_what_lapses_within_a_fortnight_and_who_renews_it(as_admin: PageClient) -> None:
    now = utc_now()
    account = live(
        "Ledger",
        evidence={
            "qa": until(now + timedelta(days=13)),
            "test-batch": until(now + timedelta(days=2)),
            "reconciled": until(now + timedelta(days=15)),
        },
    )
    lines = rows_of(as_admin.page(PATH), "lapsing-title")
    assert len(lines) == 2
    assert lines[0].startswith("A test batch is logged Ledger")
    assert lines[0].endswith("By itself, with the next complete import that brings rows.")
    assert lines[1].startswith("The QA list is signed Ledger")
    assert account.owner is not None
    assert lines[1].endswith(f"{account.owner.name} The QA list is signed again.")


def test_a_waiver_lets_through_until_its_last_day(as_admin: PageClient) -> None:
    by = factories.staff(with_password=False)
    account = live("Ledger", evidence={"reconciled": {"result": "failed", "sentence": "40 rows off."}})
    waive(account, by, days=5)
    assert rows_of(as_admin.page(PATH), "lapsing-title")[0].startswith("Counts agree with the source Waived Ledger")
    assert would_pass.look().failing == []
    db.session.execute(sa.update(ReadinessWaiver).values(last_day=utc_now().date() - timedelta(days=2)))
    assert [each.spec.key for line in would_pass.look().failing for each in line.checks] == ["reconciled"]
    db.session.rollback()


def waive(account: ProviderAccount, by: User, *, days: int, check: str = "reconciled") -> None:
    last_day = (utc_now() + timedelta(days=days)).date()
    values = {"reason": "For now", "last_day": last_day, "requested_by_id": by.id, "approved_by_id": by.id, "approved_at": utc_now()}
    factories._save(ReadinessWaiver(configuration_id=configuration_of(account).id, check_key=check, **values))


def test_those_come_first_that_most_clients_look_at(as_admin: PageClient) -> None:
    small, large = factories.organization(name="A small one"), factories.organization(name="Z large one")
    for _ in range(2):
        factories.member(of=large, with_password=False)
    factories.member(of=large, with_password=False, is_active=False)
    factories.member(of=small, with_password=False)
    failed = {"qa": {"result": "failed", "sentence": "Nobody signed."}}
    few = live("Few cards", of=large, evidence=failed)
    many = live("Many cards", of=large, evidence=failed)
    live("Small", of=small, evidence=failed)
    publish(few, 1)
    publish(many, 2)
    lines = rows_of(as_admin.page(PATH), "failing-title")
    assert [line.split(" Z ")[0].split(" A ")[0] for line in lines] == ["Many cards", "Few cards", "Small"]
    assert "2 people 2 cards" in lines[0]
    assert "1 person 0 cards" in lines[2]


def publish(account: ProviderAccount, cards: int) -> None:
    """Cards of the revision that is shown, and one of an older one."""
    own = {"account_id": account.id, "organization_id": account.organization_id, "published_at": utc_now()}
    factories._save(PublishedSource(revision=2, words="{}", **own))
    for number in range(cards + 1):
        revision = 1 if number == cards else 2
        values = {"metric_key": f"metric_{number}", "state": ConnectorState.LIVE, "words": "{}", "turns": "[]", "points_revision": 1}
        factories._save(PublishedCard(revision=revision, hash="0" * 64, **values, **own))


def test_it_stands_as_everywhere_else_whatever_the_evidence(app: Flask) -> None:
    """What the statements leave out stands beyond doubt: the same is found as by reading all of it."""
    draw, by = random.Random(5), factories.staff(with_password=False)
    accounts = [live(f"Source {number}", **some_rows(draw)) for number in range(12)]
    for account in accounts[::2]:
        waive(account, by, days=draw.choice([-2, 3, 40]))
        acknowledge(account, by)
    found = {each.connector.public_id: {check.spec.key: check.standing for check in each.checks} for each in would_pass.look().failing}
    for account in accounts:
        checks = stands.of(account, configuration_of(account)).checks
        assert found.get(account.public_id, {}) == {
            key: each.stand.standing for key, each in checks.items() if not each.stand.standing.is_open
        }
    assert {standing.value for each in found.values() for standing in each.values()} >= {"failed", "changed", "lapsed", "broken", "not_run"}


def some_rows(draw: random.Random) -> dict[str, Any]:
    now = utc_now()
    days = [-5, 3, 20, None]

    def one(result: str) -> dict[str, Any]:
        span = draw.choice(days)
        items = ["calls: spam"] if result == "warning" else []
        return {"result": result, "valid_until": now + timedelta(days=span) if span is not None else None, "items": canonical_json(items)}

    evidence = {}
    for check in draw.sample(OF_CONNECTORS, 8):
        result = draw.choice(["passed", "warning", "failed", "not_applicable", "not_run", "error"])
        evidence[check.key] = one(result)
        if result == "error" and draw.random() < 0.7:
            evidence[check.key]["good"] = one("passed")
    changed = {"windows": "window_rule.chosen"} if draw.random() < 0.3 else {}
    without = frozenset({"owner"}) if draw.random() < 0.2 else frozenset()
    return {"evidence": evidence, "changed": changed, "without": without}


def acknowledge(account: ProviderAccount, by: User) -> None:
    for key in ("rejects-reviewed", "scopes"):
        values = {"check_key": key, "item": "calls: spam", "item_digest": "0" * 64, "person_id": by.id}
        factories._save(ReadinessAcknowledgement(configuration_id=configuration_of(account).id, **values))


def statements(client: PageClient, path: str) -> int:
    with heard() as found:
        assert client.get(path).status_code == 200
    return len(found.sent)


def test_thirty_connectors_cost_as_many_statements_as_three(as_admin: PageClient) -> None:
    owner, approver = factories.staff(with_password=False), factories.staff(with_password=False)

    def add(number: int) -> None:
        account = factories.connector(may_import=False, owner_id=owner.id)
        rows = {
            "qa": {"result": "failed"},
            "reconciled": until(utc_now() + timedelta(days=3)),
            "scopes": {"result": "warning", "items": '["x"]'},
        }
        contents = {"owner": {"id": owner.public_id, "is_active": True}}
        live_rows(account, approver=approver, evidence=rows, changed={"windows": "window_rule.chosen"}, contents=contents)
        if number % 2:
            waive(account, owner, days=3)
        factories.member(of=account.organization, with_password=False)

    for number in range(3):
        add(number)
    leaves = f"{PATH}?happens=person_leaves&which={owner.public_id}"
    few = [statements(as_admin, PATH), statements(as_admin, leaves)]
    for number in range(27):
        add(number)
    assert len(would_pass.look().failing) == 30
    assert [statements(as_admin, PATH), statements(as_admin, leaves)] == few
    assert few[0] <= AT_MOST
    assert few[1] <= AT_MOST + 3


# What an event would hold


def test_a_person_holds_what_names_them_and_what_they_signed(as_admin: PageClient) -> None:
    leaver, other = factories.staff(StaffRole.SUPPORT, with_password=False), factories.staff(with_password=False)
    live("Owned", contents={"owner": {"id": leaver.public_id, "is_active": True}})
    live("Told", contents={"failure-path": {"channel": "Mail", PEOPLE: {leaver.public_id: True, other.public_id: True}}})
    live("Signed", evidence={"qa": {"facts": canonical_json({"signed_by": leaver.public_id})}})
    live(
        "Asked for",
        evidence={"second-approval": {"facts": canonical_json({"requested_by": leaver.public_id, "approved_by": other.public_id})}},
    )
    live("Another's", contents={"owner": {"id": other.public_id, "is_active": True}})
    page = as_admin.page(f"{PATH}?happens=person_leaves&which={leaver.public_id}")
    found = {line.split(" Acme")[0]: line for line in rows_of(page, "if-title")}
    assert sorted(found) == ["Owned", "Signed", "Told"]
    assert "Somebody owns it" in found["Owned"]
    assert "Failure has a path" in found["Told"]
    assert "The QA list is signed" in found["Signed"]
    assert "Needs attention Clients would read “Held at last good”." in found["Owned"]
    assert "3 of 5 live connectors would be held at once" in words(page)
    assert page.find("option", selected=True)["value"] == leaver.public_id


def test_a_secret_holds_what_rests_on_it_at_its_connector(as_admin: PageClient) -> None:
    account = live("With a secret")
    live("Without")
    secret = AccountCredential(account_id=account.id, name="client_secret", sealed=b"x", key_id="k1", last_four="", set_at=utc_now())
    factories._save(secret)
    page = as_admin.page(f"{PATH}?happens=credential_expires&which={secret.public_id}")
    (line,) = rows_of(page, "if-title")
    assert line.startswith("With a secret")
    assert "Access was tested" in line
    assert "A second person approved" in line
    assert "Somebody owns it" not in line


def test_a_customer_holds_what_they_agreed_to(as_admin: PageClient) -> None:
    theirs = factories.organization(name="Brown Plumbing")
    live("Agreed", of=theirs, contents={"consent": {"is_withdrawn": False}})
    live("Withdrawn already", of=theirs, contents={"consent": {"is_withdrawn": True}})
    live("Somebody else's", contents={"consent": {"is_withdrawn": False}})
    page = as_admin.page(f"{PATH}?happens=customer_withdraws&which={theirs.public_id}")
    (line,) = rows_of(page, "if-title")
    assert line.startswith("Agreed Brown Plumbing")
    assert "The customer agreed" in line
    assert "Needs the customer Clients would read “Needs you”." in line


def test_what_nothing_rests_on_holds_nothing(as_admin: PageClient) -> None:
    live()
    nobody = factories.staff(with_password=False)
    text = words(as_admin.page(f"{PATH}?happens=person_leaves&which={nobody.public_id}"))
    assert "Nothing would be held" in text
    assert "No live connector has a stored secret" in text


@pytest.mark.parametrize(
    "query",
    [
        {"happens": "person_leaves", "which": "00000000-0000-0000-0000-000000000000"},
        {"happens": "person_leaves"},
        {"happens": "customer_withdraws", "which": "x" * 100_000},
        {"happens": "an earthquake", "which": ""},
        {"happens": "person_leaves\x00\r\n", "which": "\x00"},
    ],
)
def test_what_nobody_can_ask_is_refused_with_a_sentence(as_admin: PageClient, query: dict[str, str]) -> None:
    live()
    response = as_admin.get(PATH, query_string=query)
    assert response.status_code == 422
    error = BeautifulSoup(response.text, "html.parser").select_one("#if-error")
    assert error is not None
    assert error.get_text().startswith("Choose one")


def test_a_client_is_nobody_who_could_leave(as_admin: PageClient) -> None:
    live()
    client = factories.member(with_password=False)
    assert as_admin.get(f"{PATH}?happens=person_leaves&which={client.public_id}").status_code == 422


def test_every_check_that_lapses_says_what_renews_it() -> None:
    assert set(RENEWALS) == {spec.key for spec in CHECKS if spec.shelf_life_days is not None}
    assert {"reconciled", "rejects-reviewed"} == WAIVABLE


def test_what_runs_no_more_is_not_asked(app: Flask, sign_in: Callable[[User], PageClient]) -> None:
    account = live("Retired")
    account.state = ConnectorState.RETIRED
    factories._save(account)
    assert would_pass.look().live == []
    assert what_if.would_hold(Happens.PERSON, Choice("x", "x"), []) == []
