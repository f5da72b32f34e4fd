"""Pages of promotion: how far it is, asking, approving by somebody else, taking back, going live, packets."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from flask import Flask

from app.audit import Actor, ActorKind
from app.extensions import db
from app.models import ConnectorState, JobStatus, Promotion, PromotionStatus, ProviderAccount, StaffRole, SyncJob, User
from app.queue import JobKind
from app.readiness.checks.retention import CLASSES
from app.readiness.gates import CHECKS, Gate
from app.services import agreements, check_runs, promotion_packets
from app.unit_of_work import transaction
from tests.architecture.filled_gates import CompanyGates, fill_gates
from tests.gates import live
from tests.gates.walking import drain
from tests.support import factories
from tests.support.bad_input import FormUnderTest, assert_unknown_is_missing, checksums
from tests.support.client import PageClient
from tests.support.kept import Keeper

SignIn = Callable[[User], PageClient]


def text_of(page: BeautifulSoup | str) -> str:
    soup = BeautifulSoup(page, "html.parser") if isinstance(page, str) else page
    return " ".join(soup.get_text(" ").split())


def path_of(account: ProviderAccount) -> str:
    return f"/admin/connectors/{account.public_id}/promotion"


def person(public_id: str) -> User:
    return db.session.scalars(sa.select(User).where(User.public_id == public_id)).one()


def signed_in(sign_in: SignIn, public_id: str) -> PageClient:
    user = person(public_id)
    factories.credential(user)
    return sign_in(user)


def newest() -> Promotion:
    db.session.rollback()
    return db.session.scalars(sa.select(Promotion).order_by(Promotion.id.desc())).first()  # type: ignore[return-value]  # there is one


def keep_for(account: ProviderAccount, days: int) -> None:
    """Change one setting on which one check rests, and ask that check."""
    with transaction():
        seen = {key: row.version for key, row in agreements.retention_of(account).items()}
        actor = owner_as_actor(account)
        agreements.decide_retention(account, dict.fromkeys(CLASSES, days), seen=seen, actor=actor)
        check_runs.run(account, ["retention"], actor=actor)


def owner_as_actor(account: ProviderAccount) -> Actor:
    assert account.owner is not None
    return Actor(ActorKind.STAFF, account.owner.public_id)


@pytest.fixture
def filled(app: Flask) -> tuple[ProviderAccount, CompanyGates]:
    """A connector with a former, a void and an approved promotion; none of them came by the gates."""
    staff, other = factories.staff(name="Rita Requester"), factories.staff(name="Abe Approver")
    account = factories.connector(owner_id=staff.id, source_label="Acme field service")
    return account, fill_gates(account, staff, other, "Acme")


def test_a_new_connector_says_what_is_missing(as_admin: PageClient) -> None:
    account = factories.connector()
    page = as_admin.page(path_of(account))
    text = text_of(page)
    assert "Nobody asked for a promotion yet." in text
    assert "Nothing is live, so there is nothing to compare the draft with." in text
    assert len(page.select("main .secret-list a")) == len(CHECKS) - 1
    assert page.select("main form") == []


def test_support_reads_and_decides_nothing(as_support: PageClient, filled: tuple[ProviderAccount, CompanyGates]) -> None:
    account, gates = filled
    page = as_support.page(path_of(account))
    assert page.select("main form") == []
    before = checksums()
    waiting = gates.waiting.public_id
    acts = [path_of(account), *(f"/admin/promotions/{waiting}/{act}" for act in ("approval", "withdrawal", "start"))]
    assert {as_support.post(path).status_code for path in acts} == {403}
    assert checksums() == before


def test_to_a_client_there_is_nothing(as_client_admin: PageClient, filled: tuple[ProviderAccount, CompanyGates]) -> None:
    account, gates = filled
    own = gates.promotion.public_id
    for path in (path_of(account), *(f"/admin/promotions/{own}{end}" for end in ("", "/client", "/packet.json"))):
        assert as_client_admin.get(path).status_code == 404


def test_an_unknown_promotion_is_missing(as_admin: PageClient, filled: tuple[ProviderAccount, CompanyGates]) -> None:
    _account, gates = filled
    for end in ("", "/client", "/packet.json", "/approval", "/withdrawal", "/start"):
        path = f"/admin/promotions/{gates.promotion.public_id}{end}"
        assert_unknown_is_missing(as_admin, path, gates.promotion.public_id)


def test_all_promotions_are_listed_with_people_and_hash(as_admin: PageClient, filled: tuple[ProviderAccount, CompanyGates]) -> None:
    account, gates = filled
    text = text_of(as_admin.page(path_of(account)))
    for words in ("Promotion 1", "Former", "Void", "by Rita Requester", "by Abe Approver", f"{gates.promotion.packet_hash[:12]}…"):
        assert words in text


def test_an_approved_one_whose_job_ended_is_promoted_again(as_admin: PageClient, filled: tuple[ProviderAccount, CompanyGates]) -> None:
    account, gates = filled
    assert "Promote again" not in text_of(as_admin.page(path_of(account)))
    with transaction():
        job = db.session.get_one(SyncJob, gates.waiting.job_id)
        job.status, job.open_key, job.error_note = JobStatus.FAILED, None, "An import was under way."
    page = as_admin.page(path_of(account))
    assert "An import was under way." in text_of(page)
    action = next(form["action"] for form in page.select("main form") if str(form["action"]).endswith("/start"))
    assert as_admin.post(str(action)).status_code == 303
    assert as_admin.post(str(action)).status_code == 303
    kinds = db.session.scalars(sa.select(SyncJob.status).where(SyncJob.kind == JobKind.PROMOTE.value).order_by(SyncJob.id)).all()
    assert kinds == [JobStatus.FAILED, JobStatus.QUEUED]


def test_the_panel_is_sent_only_when_something_changed(as_admin: PageClient, filled: tuple[ProviderAccount, CompanyGates]) -> None:
    account, gates = filled
    poll = str(as_admin.page(path_of(account)).select("#promotion-panel")[0]["hx-get"])
    assert as_admin.htmx(poll).status_code == 204
    assert as_admin.post(f"/admin/promotions/{gates.waiting.public_id}/withdrawal").status_code == 303
    with transaction():
        db.session.get_one(SyncJob, gates.waiting.job_id).status = JobStatus.CANCELED
    over = as_admin.htmx(poll)
    assert over.status_code == 286
    assert "It was taken back before it went live." in text_of(over.text)


def test_a_second_withdrawal_is_refused(as_admin: PageClient, filled: tuple[ProviderAccount, CompanyGates]) -> None:
    _account, gates = filled
    path = f"/admin/promotions/{gates.waiting.public_id}/withdrawal"
    assert as_admin.post(path).status_code == 303
    before = checksums()
    again = as_admin.post(path)
    assert again.status_code == 409
    assert "This promotion is not open any more." in text_of(again.text)
    assert checksums() == before


def test_a_packet_is_shown_whole_and_says_whether_it_is_sound(as_admin: PageClient, filled: tuple[ProviderAccount, CompanyGates]) -> None:
    _account, gates = filled
    path = f"/admin/promotions/{gates.promotion.public_id}"
    text = text_of(as_admin.page(path))
    for gate in Gate:
        assert f"Gate {gate.number}: {gate.title}" in text
    for words in (gates.promotion.packet_hash, "Sound", "Rita Requester", "Abe Approver", "This is the first promotion of the connector."):
        assert words in text
    with transaction():
        row = db.session.get_one(Promotion, gates.promotion.id)
        row.packet = row.packet.replace("Rita", "Rosa")
    text = text_of(as_admin.page(path))
    assert "The packet's text does not fit its hash: one of the two was changed." in text


def test_a_packet_that_cannot_be_read_says_so(as_admin: PageClient, filled: tuple[ProviderAccount, CompanyGates]) -> None:
    _account, gates = filled
    with transaction():
        db.session.get_one(Promotion, gates.promotion.id).packet = "no packet"
    for end in ("", "/client"):
        assert "The kept packet cannot be read." in text_of(as_admin.page(f"/admin/promotions/{gates.promotion.public_id}{end}"))


def test_one_that_never_went_live_has_a_page_and_no_packet(as_admin: PageClient, filled: tuple[ProviderAccount, CompanyGates]) -> None:
    _account, gates = filled
    path = f"/admin/promotions/{gates.waiting.public_id}"
    assert "This promotion never went live, so nothing was frozen." in text_of(as_admin.page(path))
    assert "there is nothing to hand over" in text_of(as_admin.page(f"{path}/client"))
    assert as_admin.get(f"{path}/packet.json").status_code == 404


@dataclass(frozen=True)
class AtTheDoor:
    """A connector of which everything stands but the approval, and those who meet at its page."""

    account: ProviderAccount
    asker: PageClient
    approver: PageClient
    support: PageClient
    path: str
    form: FormUnderTest

    def of_newest(self, what: str) -> str:
        return f"/admin/promotions/{newest().public_id}/{what}"


def test_the_way_to_live_and_the_editions_of_its_packet(app: Flask, sign_in: SignIn, keeper: Keeper) -> None:
    """One connector for all acts: each that goes so far takes its time."""
    found = live.at_the_door(keeper)
    people, walk = found.people, found.walk
    asker, approver, support = (signed_in(sign_in, each) for each in (people.admin, people.approver, people.supporter))
    path = path_of(walk.account)
    form = FormUnderTest(path, {"note": "Please look at May."}, texts={"note": 500}, multiline=("note",))
    door = AtTheDoor(walk.account, asker, approver, support, path, form)
    ask(door)
    nobody_approves_what_they_asked_for(door)
    keep_for(walk.account, 200)
    what_changed_meanwhile_voids_it(door)
    take_back_and_ask_again(door)
    approve_and_go_live(door, f"/admin/connectors/{walk.account.public_id}")
    assert walk.account.state is ConnectorState.LIVE
    the_json_is_what_was_frozen(door)
    the_client_edition_names_nobody_but_the_owner(door)


def ask(door: AtTheDoor) -> None:
    path, form = door.path, door.form
    assert "Every check but the approval stands." in text_of(door.asker.page(path))
    assert door.support.post(path, data=form.valid).status_code == 403
    before = checksums()
    long = door.asker.post(path, data={"note": "x" * 501})
    assert (long.status_code, checksums() == before) == (422, True)
    assert "x" * 501 in long.text
    assert door.asker.post(path, data=form.valid).status_code == 303
    before = checksums()
    again = door.asker.post(path, data=form.valid)
    assert again.status_code == 409
    assert "A promotion of this connector is open already." in text_of(again.text)
    assert checksums() == before
    text = text_of(door.asker.page(path))
    assert "Please look at May." in text
    assert "You asked for it, so somebody else has to approve it." in text
    assert "invite somebody" not in text


def nobody_approves_what_they_asked_for(door: AtTheDoor) -> None:
    address = door.of_newest("approval")
    before = checksums()
    refused = door.asker.post(address)
    assert refused.status_code == 409
    assert "You asked for this promotion, so somebody else has to approve it." in text_of(refused.text)
    assert checksums() == before


def what_changed_meanwhile_voids_it(door: AtTheDoor) -> None:
    address = door.of_newest("approval")
    changed = door.approver.post(address)
    assert changed.status_code == 409
    assert "The retention rules changed, on which “Retention is settled” rests." in text_of(changed.text)
    row = newest()
    assert (row.status, row.approved_by_id) == (PromotionStatus.VOID, None)
    assert door.approver.post(address).status_code == 409


def take_back_and_ask_again(door: AtTheDoor) -> None:
    assert door.asker.post(door.path, data={"note": ""}).status_code == 303
    assert door.approver.post(door.of_newest("withdrawal")).status_code == 303
    assert newest().status is PromotionStatus.VOID
    assert door.asker.post(door.path, data=door.form.valid).status_code == 303
    row = newest()
    assert (row.number, row.status) == (3, PromotionStatus.REQUESTED)


def approve_and_go_live(door: AtTheDoor, connector_page: str) -> None:
    """Pressed twice, there is one job."""
    address = door.of_newest("approval")
    assert door.approver.post(address).status_code == 303
    before = checksums()
    assert door.approver.post(address).status_code == 409
    assert checksums() == before
    panel = door.support.page(door.path).select("#promotion-panel")[0]
    assert panel["data-announce"] == "Promotion 3: Approved. Promote the connector: Waiting."
    drain()
    over = door.support.htmx(str(panel["hx-get"]))
    assert over.status_code == 286
    assert "The connector is live. Its packet is frozen." in text_of(over.text)
    assert "Nothing differs from what is live, so there is nothing to promote." in text_of(door.approver.page(door.path))
    assert "Promotion 3, live since" in text_of(door.approver.page(connector_page))


def the_json_is_what_was_frozen(door: AtTheDoor) -> None:
    """The JSON is the stored text, and its SHA-256 the hash."""
    answer = door.support.get(door.of_newest("packet.json"))
    row = newest()
    assert answer.data == row.packet.encode()
    assert hashlib.sha256(answer.data).hexdigest() == row.packet_hash
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=promotion-3-")
    assert "Sound" in text_of(door.support.page(f"/admin/promotions/{row.public_id}"))


def the_client_edition_names_nobody_but_the_owner(door: AtTheDoor) -> None:
    """No id of the staff edition, no name of staff but the owner's."""
    edition = door.support.page(door.of_newest("client")).select("#client-edition")[0]
    packet = json.loads(newest().packet)
    whole = f"{edition} {json.dumps(promotion_packets.client_edition(packet))}"
    assert [each for each in sorted(ids_in(packet)) if each in whole] == []
    names = set(db.session.scalars(sa.select(User.name).where(User.staff_role.in_(list(StaffRole)))))
    owner = packet["people"]["owner"]["name"]
    assert owner in whole
    others = [name for name in names - {owner} if re.search(rf"\b{re.escape(name)}\b", whole)]
    assert others == []
    for inner in ("Retention is settled", "How the figures are made", "If something goes wrong"):
        assert inner in text_of(str(edition))


def ids_in(value: Any) -> set[str]:
    """Every public id and digest of a packet, also inside of facts."""
    if isinstance(value, dict):
        return {each for key, inner in value.items() for each in (*ids_in(key), *ids_in(inner))}
    if isinstance(value, list):
        return {each for inner in value for each in ids_in(inner)}
    is_id = isinstance(value, str) and ((len(value) == 36 and value.count("-") == 4) or (len(value) == 64 and " " not in value))
    return {value} if is_id else set()


def test_with_one_admin_a_second_one_is_asked_for(app: Flask, sign_in: SignIn) -> None:
    only = factories.staff(StaffRole.ADMIN)
    gone = factories.staff(StaffRole.ADMIN, is_active=False)
    account = factories.connector(owner_id=only.id)
    gates = fill_gates(account, gone, only, "Acme")
    with transaction():
        row = db.session.get_one(Promotion, gates.waiting.id)
        row.status, row.job_id = PromotionStatus.REQUESTED, None
    page = sign_in(only).page(path_of(account))
    text = text_of(page)
    assert "You are the only active admin here. A second one is needed: invite somebody" in text
    assert page.select("main a[href='/admin/people/invite']")
    assert not page.select("main form[action$='/approval']")


def test_bad_notes_are_refused_also_where_nothing_can_be_asked_for(as_admin: PageClient) -> None:
    account = factories.connector()
    form = FormUnderTest(path_of(account), {"note": "Look at May"}, texts={"note": 500}, multiline=("note",))
    before = checksums()
    answer = as_admin.post(form.path, data=form.valid)
    assert answer.status_code == 409
    assert "Look at May" in answer.text
    assert checksums() == before
