"""The audit trail's page: who did what in words, chain by chain, and its verification."""

import ast
from pathlib import Path

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask

from app import audit
from app.audit import Actor, ActorKind, Target
from app.config import ROOT
from app.extensions import db
from app.models import AuditChain, JobStatus, Organization, SyncJob
from app.queue import JobKind
from app.services.audit_log import changes_in_words
from app.services.audit_words import ACTIONS, action_in_words
from app.unit_of_work import transaction
from tests.support import factories
from tests.support.client import PageClient, sign_in_as

COMMAND = Actor(ActorKind.COMMAND, "create-admin")


def record(
    action: str, actor: Actor = COMMAND, *, organization: Organization | None = None, target: Target | None = None, **changes: object
) -> None:
    with transaction():
        audit.record(db.session(), actor, action, target or Target("things", "1", organization), changes)


def rows(page: BeautifulSoup) -> list[str]:
    return [" ".join(row.get_text(" ").split()) for row in page.select("tbody tr")]


def test_events_come_newest_first_and_say_who_did_what_to_what(as_admin: PageClient) -> None:
    person, account = factories.staff(name="Olga Owner"), factories.connector(source_label="Calls")
    actor = Actor(ActorKind.STAFF, person.public_id)
    target = Target(account.__tablename__, account.public_id)
    record("connector.created", actor, target=target, source_label=[None, "Calls"])
    record("connector.edited", actor, target=target, source_label=["Calls", "Phone"], mode=["manual", "api"])
    page = as_admin.page("/admin/audit-trail")
    newest, oldest = rows(page)
    assert newest.startswith("2 Edited the connector")
    assert "Source label: Calls → Phone" in newest
    assert "How data comes in: manual → api" in newest
    assert "Olga Owner" in newest
    assert "Connector “Calls”" in newest
    assert oldest.startswith("1 Created the connector")
    assert page.select_one(f"a[href='/admin/connectors/{account.public_id}']")
    assert page.select_one(f"a[href='/admin/people/{person.public_id}']")


def test_owners_are_shown_by_the_name_that_they_have_now(as_admin: PageClient) -> None:
    before, after = factories.staff(name="Bea Before"), factories.staff(name="Ann After")
    record("connector.edited", owner=[before.public_id, after.public_id])
    assert "Owner: Bea Before → Ann After" in rows(as_admin.page("/admin/audit-trail"))[0]


def test_everybody_who_may_act_has_words(as_admin: PageClient) -> None:
    job = factories.job()
    for actor in (Actor(ActorKind.JOB, job.public_id), COMMAND, Actor(ActorKind.VISITOR), Actor(ActorKind.CLIENT, "gone")):
        record("thing.done", actor)
    page = as_admin.page("/admin/audit-trail")
    gone, visitor, command, worker = rows(page)
    assert "Deleted person" in gone
    assert "A visitor" in visitor
    assert "Command create-admin" in command
    assert "Job “Check access”" in worker
    assert page.select_one(f"a[href='/admin/jobs/{job.public_id}']")


def test_each_organization_has_a_chain_of_its_own(as_admin: PageClient) -> None:
    organization = factories.organization(name="Blue Plumbing")
    record("thing.installed")
    record("thing.connected", organization=organization)
    assert [row.split()[2] for row in rows(as_admin.page("/admin/audit-trail"))] == ["installed"]
    page = as_admin.page(f"/admin/audit-trail?chain={organization.public_id}")
    assert [row.split()[2] for row in rows(page)] == ["connected"]
    assert [option.get_text() for option in page.select("#chain option")] == ["Installation", "Blue Plumbing"]


def test_events_are_filtered_by_action_and_by_kind_of_actor(as_admin: PageClient) -> None:
    record("session.started", Actor(ActorKind.VISITOR))
    record("session.ended", Actor(ActorKind.VISITOR))
    record("session.started")
    assert len(rows(as_admin.page("/admin/audit-trail?action=session.started"))) == 2
    assert len(rows(as_admin.page("/admin/audit-trail?action=session.started&actor=visitor"))) == 1
    assert "No event fits." in as_admin.get("/admin/audit-trail?actor=client").text


def test_many_events_come_in_pages_that_keep_the_filter(as_admin: PageClient) -> None:
    with transaction():
        for number in range(30):
            audit.record(db.session(), COMMAND, "session.started", Target("things", str(number)))
    page = as_admin.page("/admin/audit-trail?actor=command")
    assert len(rows(page)) == 25
    following = page.find("a", string="Next")
    assert following is not None
    assert len(rows(as_admin.page(following["href"]))) == 5


def test_odd_addresses_are_answered(as_admin: PageClient) -> None:
    record("thing.done")
    for query in ("chain=%00", "chain=x", "action=%f0%9f%92%a9", "action=" + "a" * 5000, "actor=%00", "page=-5", "page=9e99"):
        assert as_admin.get(f"/admin/audit-trail?{query}").status_code == 200


def test_an_empty_trail_says_so(app: Flask) -> None:
    browser = sign_in_as(app.test_client(), factories.staff())
    text = browser.get("/admin/audit-trail").text
    assert "No events yet." in text
    assert "The trail was not verified yet." in text


def test_verifying_is_asked_for_once(as_admin: PageClient) -> None:
    assert "Every chain is being verified now." in as_admin.post("/admin/audit-trail/verifications", follow_redirects=True).text
    assert "is being verified already" in as_admin.post("/admin/audit-trail/verifications", follow_redirects=True).text
    db.session.expire_all()
    job = db.session.scalars(sa.select(SyncJob)).one()
    assert (job.kind, job.account_id, job.status) == (JobKind.VERIFY_AUDIT.value, None, JobStatus.QUEUED)


def test_the_latest_verification_is_shown(as_admin: PageClient) -> None:
    values = {"account_id": None, "organization_id": None, "kind": "verify_audit", "queue": "watch", "open_key": None}
    account = factories.connector()
    factories.job(account=account, **values, status=JobStatus.SUCCEEDED, result_note="The older one.")
    factories.job(account=account, **values, status=JobStatus.SUCCEEDED, result_note="The trail is sound: 12 events.")
    text = as_admin.get("/admin/audit-trail").text
    assert "The trail is sound: 12 events." in text
    assert "The older one." not in text


def test_support_reads_but_does_not_verify(as_support: PageClient) -> None:
    record("thing.done")
    assert "Verify now" not in as_support.get("/admin/audit-trail").text
    assert as_support.post("/admin/audit-trail/verifications").status_code == 403


def test_to_a_client_there_is_no_audit_trail(as_client_admin: PageClient) -> None:
    assert as_client_admin.get("/admin/audit-trail").status_code == 404
    assert as_client_admin.post("/admin/audit-trail/verifications").status_code == 404


@pytest.mark.parametrize(
    ("stored", "words"),
    [
        ('{"name":"changed"}', ["Name: changed; the trail does not keep to what"]),
        ('{"is_active":[true,false]}', ["Is active: yes → no"]),
        ('{"owner":[null,"gone"]}', ["Owner: nobody → Deleted person"]),
        ('{"owner":7}', ["Owner: 7"]),
        ('{"title":["",null]}', ["Title: nothing → nothing"]),
        ('{"list":[1,2,3]}', ["List: [1, 2, 3]"]),
        ('{"public_id":[null,"x"]}', []),
        ("{broken", ["Changes: cannot be read"]),
        ("7", ["Changes: 7"]),
        ("{}", []),
    ],
)
def test_whatever_is_stored_as_changes_is_shown(stored: str, words: list[str]) -> None:
    assert [f"{line.label}: {line.text}" for line in changes_in_words(stored)] == words


def test_a_long_value_is_cut(as_admin: PageClient) -> None:
    record("thing.done", note="x" * 5000)
    assert "x" * 121 not in as_admin.get("/admin/audit-trail").text


def test_text_in_the_trail_is_never_html(as_admin: PageClient) -> None:
    record("thing.done", note="<script>alert(1)</script>")
    assert "<script>alert" not in as_admin.get("/admin/audit-trail").text


def test_an_act_that_nobody_put_into_words_is_spelt_out() -> None:
    assert action_in_words("odd-thing.done_twice") == "Odd thing done twice"


def recorded_actions() -> dict[str, str]:
    """Action → the file that records it: every literal ``noun.verbed`` handed to a function named ``record`` or ``_record…``."""
    found = {}
    for path in sorted(Path(ROOT / "app").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and "record" in ast.unparse(node.func):
                literals = [each for argument in node.args for each in ast.walk(argument) if isinstance(each, ast.Constant)]
                texts = [each.value for each in literals if isinstance(each.value, str)]
                found.update({text: path.name for text in texts if text.count(".") == 1 and " " not in text})
    return found


def test_every_action_of_ours_has_words() -> None:
    actions = recorded_actions()
    assert len(actions) > 15
    assert {action: file for action, file in actions.items() if action not in ACTIONS} == {}, "add words to app/services/audit_words.py"


def test_what_changed_is_read_before_anything_that_may_flush() -> None:
    """Arguments are evaluated in order, and a look-up among the earlier ones flushes: then nothing is left to read."""
    careless = []
    for path in sorted(Path(ROOT / "app").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or not ast.unparse(node.func).endswith("record"):
                continue
            positions = [index for index, argument in enumerate(node.args) if "changes_of(" in ast.unparse(argument)]
            before = node.args[2 : positions[0]] if positions else []
            if any("(" in ast.unparse(argument).replace("Target.of(", "", 1) or "." in ast.unparse(argument)[10:] for argument in before):
                careless.append(f"{path.name}:{node.lineno}")
    assert careless == []


def test_a_chain_without_events_is_no_trouble(as_admin: PageClient) -> None:
    record("thing.done")
    chain = db.session.scalars(sa.select(AuditChain)).one()
    assert chain.head_seq == 1
    assert as_admin.get(f"/admin/audit-trail?chain={chain.key}").status_code == 200
