"""Rollback notes, the drill, and rolling back from the pages."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask

from app.audit import Actor, ActorKind
from app.extensions import db
from app.models import ConnectorState, JobStatus, NoteKind, Promotion, PromotionStatus, ProviderAccount, RollbackNote, SyncJob, User
from app.queue import JobKind
from app.readiness.checks.retention import CLASSES
from app.services import agreements, check_runs, promotions, rollback_reading, rollbacks
from app.services.errors import NotPossible
from app.services.rollback_notes import LABELS, LONGEST, NoteText
from app.unit_of_work import transaction
from tests.architecture.filled_gates import fill_gates
from tests.gates.live import live
from tests.gates.walking import People, drain
from tests.support import factories
from tests.support.bad_input import FormUnderTest, assert_refuses_bad_input, assert_unknown_is_missing, checksums
from tests.support.client import PageClient
from tests.support.kept import Keeper

SignIn = Callable[[User], PageClient]
PARTS = {name: f"Something about {label.lower()}." for name, label in LABELS.items()}
PLAN = {"kind": "planned", "target": "not-live", **PARTS}


def text_of(page: BeautifulSoup | str) -> str:
    soup = BeautifulSoup(page, "html.parser") if isinstance(page, str) else page
    return " ".join(soup.get_text(" ").split())


def notes_of(account: ProviderAccount) -> str:
    return f"/admin/connectors/{account.public_id}/rollback-notes"


def rollback_of(account: ProviderAccount) -> str:
    return f"/admin/connectors/{account.public_id}/rollback"


def rows() -> list[RollbackNote]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(RollbackNote).order_by(RollbackNote.id)))


def written(client: PageClient, account: ProviderAccount, **changes: str) -> str:
    """Address of a note that was just written."""
    answer = client.post(f"{notes_of(account)}/new", data={**PLAN, **changes})
    assert answer.status_code == 303, text_of(answer.text)
    return str(answer.location)


def test_a_connector_without_notes_says_what_to_do(as_admin: PageClient, as_support: PageClient) -> None:
    account = factories.connector()
    for client in (as_admin, as_support):
        page = client.page(notes_of(account))
        assert "No rollback note yet." in text_of(page)
        assert page.select(f"main a[href='{notes_of(account)}/new']")
        assert page.select("main form") == []


@pytest.mark.parametrize("kind", ["planned", "incident"])
def test_a_note_has_its_bad_input_refused(as_support: PageClient, kind: str) -> None:
    account = factories.connector()
    form = FormUnderTest(
        f"{notes_of(account)}/new",
        {**PLAN, "kind": kind},
        required=("trigger", "client_words"),
        texts={"trigger": LONGEST},
        choices=("kind", "target"),
        wrong={"kind": ("drill", "executed")},
        multiline=tuple(PARTS),
    )
    assert_refuses_bad_input(as_support, form)


def test_what_was_typed_is_kept_up_to_the_limit_of_a_form(as_support: PageClient) -> None:
    account = factories.connector()
    before = checksums()
    answer = as_support.post(f"{notes_of(account)}/new", data={**PLAN, "stays": "y" * 100_000})
    assert answer.status_code == 422
    assert "What stays: Use at most 4000 characters." in text_of(answer.text)
    assert "y" * 100_000 in answer.text
    assert PARTS["trigger"] in answer.text
    assert checksums() == before


def test_support_writes_a_plan_that_is_asked_about_at_once(as_support: PageClient) -> None:
    account = factories.connector()
    page = as_support.page(written(as_support, account))
    for words in PARTS.values():
        assert words in text_of(page)
    assert "Goes back to Not live" in text_of(page)
    assert "Open, the plan that counts" in text_of(as_support.page(notes_of(account)))
    check = text_of(as_support.page(f"/admin/connectors/{account.public_id}/checks/rollback-plan"))
    assert "A rollback note is written, but its drill was never run." in check


def test_an_incident_goes_back_to_nothing(as_support: PageClient) -> None:
    account = factories.connector()
    page = as_support.page(written(as_support, account, kind="incident"))
    assert "Goes back to" not in text_of(page)
    assert [row.kind for row in rows()] == [NoteKind.INCIDENT]
    assert rollback_reading.plan_of(account) is None


def test_text_of_people_is_shown_as_text(as_support: PageClient) -> None:
    account = factories.connector()
    page = as_support.page(written(as_support, account, trigger="<script>alert(1)</script>"))
    assert "<script>alert(1)</script>" in text_of(page)
    assert "<script>alert" not in str(page.find("main"))


def test_a_follow_up_begins_with_what_was_said_last_and_may_close(as_support: PageClient) -> None:
    account = factories.connector()
    note = written(as_support, account)
    for words, data in (("Only the card.", {}), ("Nobody.", {"closes": "y"})):
        form = as_support.page(f"{note}/follow-up")
        kept = {each["name"]: each.get_text().lstrip("\r\n") for each in form.select("main textarea")}
        assert set(kept) == set(PARTS)
        answer = as_support.post(f"{note}/follow-up", data={**kept, "affected": words, **data})
        assert (answer.status_code, answer.location) == (303, note)
    page = text_of(as_support.page(note))
    assert page.index("Only the card.") < page.index("Nobody.") < page.index("This is over")
    assert page.count(PARTS["trigger"]) == 1
    assert [(row.kind, row.closes) for row in rows()] == [(NoteKind.PLANNED, False), (NoteKind.PLANNED, False), (NoteKind.PLANNED, True)]
    assert rollback_reading.plan_of(account) is None
    assert "Closed" in text_of(as_support.page(notes_of(account)))


def test_a_follow_up_has_its_bad_input_refused(as_support: PageClient) -> None:
    note = written(as_support, factories.connector())
    form = FormUnderTest(f"{note}/follow-up", PARTS, required=("verified",), texts={"goes_back": LONGEST}, multiline=tuple(PARTS))
    assert_refuses_bad_input(as_support, form)


def test_following_up_a_follow_up_is_about_the_first_note(as_support: PageClient) -> None:
    account = factories.connector()
    note = written(as_support, account)
    assert as_support.post(f"{note}/follow-up", data=PARTS).status_code == 303
    second = f"{notes_of(account)}/{rows()[1].public_id}"
    assert as_support.post(f"{second}/follow-up", data=PARTS).location == note
    first = rows()[0].id
    assert [row.follows_id for row in rows()] == [None, first, first]


def test_a_note_of_another_connector_is_missing(as_support: PageClient) -> None:
    account, other = factories.connector(), factories.connector()
    note = written(as_support, account)
    foreign = note.replace(account.public_id, other.public_id)
    before = checksums()
    for answer in (as_support.get(foreign), as_support.get(f"{foreign}/follow-up"), as_support.post(f"{foreign}/follow-up", data=PARTS)):
        assert answer.status_code == 404
    assert checksums() == before
    assert_unknown_is_missing(as_support, note, note.rpartition("/")[2])
    assert_unknown_is_missing(as_support, f"{notes_of(account)}/new", account.public_id, data=PLAN)


def test_a_plan_goes_back_to_a_promotion_of_its_own_connector_only(as_support: PageClient) -> None:
    account, other = factories.connector(), factories.connector()
    ran = fill_gates(other, factories.staff(), factories.staff(), "Acme").promotion
    answer = as_support.post(f"{notes_of(account)}/new", data={**PLAN, "target": ran.public_id})
    assert answer.status_code == 422
    assert as_support.post(f"{notes_of(other)}/new", data={**PLAN, "target": ran.public_id}).status_code == 303
    assert rows()[-1].target_id == ran.id


def test_to_a_client_there_is_nothing(as_client_admin: PageClient) -> None:
    account = factories.connector()
    for path in (notes_of(account), f"{notes_of(account)}/new", rollback_of(account)):
        assert as_client_admin.get(path).status_code == 404
        assert as_client_admin.post(path, data=PLAN).status_code in {404, 405}


def test_a_drill_without_a_plan_is_refused(as_admin: PageClient) -> None:
    account = factories.connector()
    before = checksums()
    answer = as_admin.post(f"{notes_of(account)}/drill")
    assert answer.status_code == 409
    assert "No rollback note is written yet, so there is nothing to rehearse." in text_of(answer.text)
    assert checksums() == before


def test_support_runs_no_drill_and_rolls_nothing_back(as_support: PageClient) -> None:
    account = factories.connector()
    written(as_support, account)
    before = checksums()
    assert as_support.post(f"{notes_of(account)}/drill").status_code == 403
    assert as_support.post(rollback_of(account), data={**PARTS, "target": "not-live", "typed": "roll back"}).status_code == 403
    assert checksums() == before
    assert as_support.page(notes_of(account)).select("main form") == []


def test_what_is_not_live_has_nothing_to_go_back_from(as_admin: PageClient) -> None:
    account = factories.connector()
    page = as_admin.page(rollback_of(account))
    assert "Nothing is live." in text_of(page)
    assert page.select("main form") == []
    before = checksums()
    answer = as_admin.post(rollback_of(account), data={**PARTS, "target": "not-live", "typed": "roll back"})
    assert answer.status_code == 409
    assert "The connector is not live, so there is nothing to go back from." in text_of(answer.text)
    assert checksums() == before


@dataclass(frozen=True)
class Going:
    """A live connector, who goes back with it, and where."""

    people: People
    connector_id: str
    admin: PageClient
    support: PageClient
    path: str
    notes: str


def test_drill_and_rollback_of_a_live_connector(app: Flask, sign_in: SignIn, keeper: Keeper) -> None:
    """One connector for all acts: each that goes the whole way takes its time."""
    found = live(keeper)
    people, account = found.people, found.account
    users = [db.session.scalars(sa.select(User).where(User.public_id == each)).one() for each in (people.admin, people.supporter)]
    for user in users:
        factories.credential(user)
    admin, support = (sign_in(user) for user in users)
    going = Going(people, account.public_id, admin, support, rollback_of(account), notes_of(account))
    follow_a_drill(going)
    first = promote_once_more(going)
    form = ask_to_go_back(going, first)
    nothing_else_can_be_asked_for(going, form)
    carry_it_out_after_a_job_that_failed(going)
    what_was_gone_back_to_is_told(going)


def follow_a_drill(going: Going) -> None:
    support = going.support
    assert going.admin.post(f"{going.notes}/drill").status_code == 303
    assert going.admin.post(f"{going.notes}/drill").status_code == 303
    panel = support.page(going.notes).select("#act-panel")[0]
    assert panel["data-announce"] == "Drill: Waiting."
    assert support.htmx(str(panel["hx-get"])).status_code == 204
    drain()
    over = support.htmx(str(panel["hx-get"]))
    assert over.status_code == 286
    found = BeautifulSoup(over.text, "html.parser").select("footer a")[0]["href"]
    page = text_of(support.page(str(found)))
    assert "Everything held" in page
    assert "The owner can be reached" in page


def promote_once_more(going: Going) -> str:
    """Under an open note, with another setting.

    :return: public id of the first promotion
    """
    assert going.support.post(f"{going.notes}/new", data={**PLAN, "kind": "incident"}).status_code == 303
    second_promotion(going.people, going.connector_id)
    assert "runs under promotion 2" in text_of(going.admin.page(going.path))
    first = db.session.scalars(sa.select(Promotion).where(Promotion.number == 1)).one().public_id
    shown = text_of(going.admin.page(f"{going.path}?target={first}"))
    assert "The retention rules: as before." in shown
    assert "The packet of promotion 1 is sound" in shown
    assert going.support.page(going.path).select("main form[method=post]") == []
    return first


def ask_to_go_back(going: Going, first: str) -> FormUnderTest:
    """What is typed wrong, or missing, changes nothing."""
    form = FormUnderTest(
        going.path,
        {**PARTS, "target": first, "typed": "roll back"},
        required=("trigger", "typed"),
        texts={"stays": LONGEST},
        choices=("target",),
        wrong={"typed": ("rollback", "roll", "yes")},
        multiline=tuple(PARTS),
    )
    assert_refuses_bad_input(going.admin, form)
    assert going.admin.post(going.path, data=form.valid).status_code == 303
    return form


def nothing_else_can_be_asked_for(going: Going, form: FormUnderTest) -> None:
    before = checksums()
    assert going.admin.post(going.path, data=form.valid).status_code == 303
    other = going.admin.post(going.path, data={**form.valid, "target": "not-live"})
    assert other.status_code == 409
    assert "A rollback was asked for meanwhile, to: promotion 1." in text_of(other.text)
    something_else_is_refused(going.people, going.connector_id)
    assert checksums() == before


def carry_it_out_after_a_job_that_failed(going: Going) -> None:
    """Confirmed again, the same note is carried out."""
    with transaction():
        job = db.session.scalars(sa.select(SyncJob).where(SyncJob.kind == JobKind.ROLL_BACK.value)).one()
        job.status, job.open_key = JobStatus.FAILED, None
    page = going.admin.page(going.path)
    assert "It was asked for already and is not carried out" in text_of(page)
    assert page.select("main form textarea") == []
    assert going.admin.post(going.path, data={"typed": "no"}).status_code == 422
    assert going.admin.post(going.path, data={"typed": "Roll back"}).status_code == 303
    panel = going.support.page(going.path).select("#act-panel")[0]
    drain()
    assert going.support.htmx(str(panel["hx-get"])).status_code == 286


def what_was_gone_back_to_is_told(going: Going) -> None:
    states = list(db.session.execute(sa.select(Promotion.number, Promotion.status).order_by(Promotion.number)))
    assert [tuple(each) for each in states] == [(1, PromotionStatus.LIVE), (2, PromotionStatus.FORMER)]
    account = db.session.scalars(sa.select(ProviderAccount)).one()
    assert account.state is ConnectorState.NEEDS_ATTENTION
    assert "Figures are held since" in text_of(going.support.page(f"/admin/connectors/{account.public_id}/promotion"))
    executed = [row for row in rows() if row.kind is NoteKind.EXECUTED]
    assert [(row.closes, row.passed) for row in executed] == [(False, None), (True, True)]
    assert "The connector runs under promotion 1" in text_of(going.support.page(f"{going.notes}/{executed[0].public_id}"))


def something_else_is_refused(people: People, connector_id: str) -> None:
    """Also where no page stands between: a rollback has one target."""
    account = db.session.scalars(sa.select(ProviderAccount).where(ProviderAccount.public_id == connector_id)).one()
    by = db.session.scalars(sa.select(User).where(User.public_id == people.admin)).one()
    actor = Actor(ActorKind.STAFF, people.admin)
    with pytest.raises(NotPossible, match="to something else was asked for already"), transaction():
        rollbacks.request(account, None, NoteText(**PARTS), typed="roll back", by=by, actor=actor)


def second_promotion(people: People, connector_id: str) -> None:
    """Another retention, shown, asked for, approved and live."""

    def actor(public_id: str) -> Actor:
        return Actor(ActorKind.STAFF, public_id)

    def person(public_id: str) -> User:
        return db.session.scalars(sa.select(User).where(User.public_id == public_id)).one()

    def account() -> ProviderAccount:
        return db.session.scalars(sa.select(ProviderAccount).where(ProviderAccount.public_id == connector_id)).one()

    with transaction():
        seen = {key: row.version for key, row in agreements.retention_of(account()).items()}
        agreements.decide_retention(account(), dict.fromkeys(CLASSES, 100), seen=seen, actor=actor(people.admin))
        check_runs.run(account(), ["retention"], actor=actor(people.admin))
        promotions.request(account(), note="", by=person(people.admin), actor=actor(people.admin))
    with transaction():
        waiting = promotions.open_promotion(account())
        assert waiting is not None
        promotions.approve(waiting, by=person(people.approver), actor=actor(people.approver))
    drain()
