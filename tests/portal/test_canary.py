"""What must not reach a client is planted in every place that has it, and is then looked for in everything that leaves the program."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
from flask import Flask

from app.audit import Actor, ActorKind
from app.extensions import db, will_write
from app.models import (
    AppRecord,
    Authorization,
    ConnectorState,
    DigestFrequency,
    ExportAgreement,
    FailurePath,
    FieldMapField,
    ImportBatch,
    MemberRole,
    NoteKind,
    Promotion,
    ReadinessEvidence,
    StoredFile,
    SyncJob,
    User,
)
from app.models.field_maps import PrivacyClass
from app.readiness.gates import Gate
from app.services import demo_path, digests, questions, report_notes, rollback_notes
from app.services.account_credentials import set_credential
from app.services.demo_path import PLAN, Walk
from app.services.rollback_notes import NoteText
from app.unit_of_work import transaction
from tests.gates.live import Live
from tests.gates.walking import People, drain, take, walk_of
from tests.support import clients, factories, published
from tests.support.canaries import Canaries
from tests.support.client import PageClient
from tests.support.mailbox import letters
from tests.support.watching import go_round, told

SignIn = Callable[[User], PageClient]
WHOLE_DAYS = "?first=2000-01-01&last=2009-12-31&step=month"


@contextmanager
def writing() -> Iterator[None]:
    """Straight into the tables, past every service."""
    db.session.rollback()
    before = will_write.set(True)
    yield
    db.session.commit()
    will_write.reset(before)


def texts(canaries: Canaries, kind: str) -> NoteText:
    """A rollback note of which the client reads nothing but the words that are for the client."""
    values = {name: f"Internal: {canaries.plant(f'{name} of a {kind}')}" for name in vars(PLAN) if name != "client_words"}
    return replace(PLAN, **values)


def in_the_people(canaries: Canaries, people: People) -> None:
    with writing():
        for who, public_id in (("approver", people.approver), ("supporter", people.supporter), ("owner", people.admin)):
            user = db.session.scalars(sa.select(User).where(User.public_id == public_id)).one()
            user.email = f"{canaries.plant(f'mail address of the {who}')}@example.com"
            if who != "owner":  # the owner's name is for clients
                user.name = canaries.plant(f"name of the {who}")


def in_what_was_agreed(canaries: Canaries, walk: Walk) -> None:
    with transaction():
        set_credential(walk.account, name="client_secret", value=canaries.plant("credential") * 2, actor=walk.actor)
    with writing():
        for row in db.session.scalars(sa.select(Authorization)):
            row.proof, row.given_by = canaries.plant("proof of the consent"), canaries.plant("who gave the consent")
        for export in db.session.scalars(sa.select(ExportAgreement)):
            export.supplier = canaries.plant("supplier of an export")


def in_the_map(canaries: Canaries, _walk: Walk) -> None:
    with writing():
        for row in db.session.scalars(sa.select(FieldMapField).where(FieldMapField.privacy != PrivacyClass.PUBLIC)):
            row.label, row.explanation = canaries.plant(f"label of {row.source}"), canaries.plant(f"explanation of {row.source}")


def in_the_failure_path(canaries: Canaries, _walk: Walk) -> None:
    with writing():
        for row in db.session.scalars(sa.select(FailurePath)):
            row.channel, row.fallback = canaries.plant("channel of the failure path"), canaries.plant("fallback of the failure path")


def in_what_came_in(canaries: Canaries) -> None:
    with writing():
        for batch in db.session.scalars(sa.select(ImportBatch)):
            batch.source_name = canaries.plant(f"file name of batch {batch.id}")
        for stored in db.session.scalars(sa.select(StoredFile)):
            stored.name = canaries.plant(f"name of file {stored.id}")
        for job in db.session.scalars(sa.select(SyncJob)):
            job.error_note = canaries.plant(f"error note of {job.kind} {job.id}")
            job.result_note, job.progress_note = canaries.plant(f"result of job {job.id}"), canaries.plant(f"progress of job {job.id}")
        for promotion in db.session.scalars(sa.select(Promotion)):
            promotion.note = canaries.plant("note of the promotion")
        for evidence in db.session.scalars(sa.select(ReadinessEvidence)):
            evidence.sentence = canaries.plant(f"sentence of evidence {evidence.id}")
        values = {"customer": canaries.plant("customer of rows"), "employee": canaries.plant("employee of rows")}
        changed: Any = db.session.execute(sa.update(AppRecord).values(**values))
        assert changed.rowcount > 0
    batch_id = db.session.scalars(sa.select(ImportBatch.id)).first()
    assert batch_id is not None
    factories.import_reject(
        db.session.get_one(ImportBatch, batch_id), sample=canaries.plant("sample of a reject"), field=canaries.plant("column of a reject")
    )


def in_what_staff_write(canaries: Canaries, live: Live) -> None:
    supporter, actor = live.person(live.people.supporter), Actor(ActorKind.STAFF, live.people.supporter)
    supporter_id = supporter.id
    account_id, organization_id = live.account.id, live.account.organization_id
    title, detail = canaries.plant("title of a task"), canaries.plant("detail of a task")
    factories.task(title=title, detail=detail, account_id=account_id, organization_id=organization_id)
    with transaction():
        by = db.session.get_one(User, supporter_id)
        rollback_notes.write(live.account, NoteKind.INCIDENT, texts(canaries, "note of an incident"), target=None, by=by, actor=actor)
        day = date(2026, 10, 1)
        report_notes.write(live.account, metric_key="", first_day=day, last_day=day, text="A storm.", by=by, actor=actor)


def walked(canaries: Canaries, monkeypatch: pytest.MonkeyPatch) -> Live:
    """A connector that went live with a canary in everything on its way."""
    people = People()
    in_the_people(canaries, people)
    monkeypatch.setattr(demo_path, "PLAN", texts(canaries, "plan"))
    for name in ("EXPLANATION", "QA"):
        monkeypatch.setattr(demo_path, name, f"{getattr(demo_path, name)} {canaries.plant(f'comment of {name}')}")
    account = factories.connector(owner_id=people.owner_id, may_import=False, source_label="Payment exports")
    walk = walk_of(account, people)
    after = {walk.agree: in_what_was_agreed, walk.map_fields: in_the_map, walk.settle_the_end: in_the_failure_path}
    for step in walk.steps(through=Gate.PROMOTE):
        take(step)
        if step in after:
            after[step](canaries, walk)
    live = Live(people, walk.account_id)
    in_what_came_in(canaries)
    in_what_staff_write(canaries, live)
    return live


def pages_of(browser: PageClient, source_id: str, metric_key: str, others: dict[str, str]) -> dict[str, str]:
    """Everything that a client can get."""
    base, card = f"/portal/sources/{source_id}", f"/portal/cards/{source_id}/{metric_key}"
    addresses = [
        "/portal/",
        "/portal/cards?seen=0",
        card,
        f"{card}{WHOLE_DAYS}",
        f"{card}.csv",
        "/portal/sources",
        base,
        f"{base}/packet",
        f"{base}/packet.json",
        "/portal/questions",
        "/portal/mails",
        "/portal/brand.css",
        "/account",
        *others.values(),
    ]
    found = {}
    for address in addresses:
        response = browser.get(address)
        assert response.status_code == 200, address
        found[address] = f"{response.headers}\n{response.text}"
    for address, status in (("/portal/nothing", 404), (f"{card}?first=x", 422), ("/portal/access/nothing", 410)):
        response = browser.get(address)
        assert response.status_code == status
        found[address] = response.text
    for address, data in ((f"{base}/grant", {"seen": "stale"}), ("/portal/questions", {"source": source_id, "metric": metric_key})):
        response = browser.post(address, data=data)
        assert response.status_code in {409, 422}
        found[f"POST {address}"] = response.text
    return found


def test_nothing_that_is_not_for_clients_leaves_the_program(app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    canaries = Canaries()
    with logged() as lines:
        live = walked(canaries, monkeypatch)
        surfaces = everything_that_leaves(app, sign_in, live)
    surfaces["log"] = "\n".join(lines)
    assert "job.succeeded" in surfaces["log"]
    assert "request.finished" in surfaces["log"]
    assert canaries.seen_in(surfaces) == []
    assert len(canaries.planted) > 40
    person = factories.member(of=live.account.organization)
    can_fail(canaries, sign_in(person), live)


@contextmanager
def logged() -> Iterator[list[str]]:
    """Lines as they are written."""
    lines: list[str] = []

    def keep(_logger: object, _name: str, line: Any) -> Any:
        lines.append(str(line))
        return line

    processors = structlog.get_config()["processors"]
    processors.append(keep)
    try:
        yield lines
    finally:
        processors.remove(keep)


def everything_that_leaves(app: Flask, sign_in: SignIn, live: Live) -> dict[str, str]:
    """While it is live and while it is held: pages, files, mails, alerts and what monitoring reads."""
    account = live.account
    assert account.state is ConnectorState.LIVE
    person = factories.member(MemberRole.ADMIN, of=account.organization)
    person_id = person.id
    factories.mail_choice(person, frequency=DigestFrequency.WEEKLY, changed_at=datetime(2026, 1, 1, tzinfo=UTC))
    supporter = live.person(live.people.supporter)
    answered(live, person, supporter)
    _row, token = clients.access_request(live.account, person, supporter, reads="payments")
    browser = sign_in(person)
    surfaces = pages_of(browser, live.account_id, "payments_received", {"access": f"/portal/access/{token}"})
    assert "A storm." in surfaces["/portal/"]
    assert "It was cold." in surfaces["/portal/"]
    with told() as said:
        lose_owner(live)
        go_round()
        surfaces |= {f"alert {number}": str(each.body) for number, each in enumerate(said.server.received)}
    assert any("finding" in text for name, text in surfaces.items() if name.startswith("alert"))
    surfaces |= {f"held: {name}": text for name, text in pages_of(browser, live.account_id, "payments_received", {}).items()}
    assert "Held at" in surfaces["held: /portal/"]
    surfaces |= mails(person_id)
    surfaces["/metrics"] = app.test_client().get("/metrics").text
    return surfaces


def answered(live: Live, person: User, supporter: User) -> None:
    person_id, supporter_id = person.id, supporter.id
    with transaction():
        asker = db.session.get_one(User, person_id)
        actor = Actor(ActorKind.CLIENT, asker.public_id)
        question = questions.ask(live.account, "payments_received", "Why so few?", by_user_id=person_id, actor=actor)
        question_id = question.public_id
    with transaction():
        by = db.session.get_one(User, supporter_id)
        questions.answer(questions.get_question(question_id), "It was cold.", by=by, actor=Actor(ActorKind.STAFF, by.public_id))


def lose_owner(live: Live) -> None:
    walk = walk_of(live.account, live.people)
    with transaction():
        walk.lose_owner()
    drain()


def mails(person_id: int) -> dict[str, str]:
    """The report, as it goes to the client."""
    address = db.session.get_one(User, person_id).email
    now = datetime.now(UTC) + timedelta(days=7)
    for report in digests.due(now=now):
        assert report.user_id == person_id
        with transaction():
            assert digests.send(report, now=now)
    found = letters(to=address)
    assert found
    assert any("Payments received" in letter.text for letter in found)
    return {f"mail {letter.subject}": f"{letter.subject}\n{letter.text}\n{letter.html}\n{letter.from_name}" for letter in found}


def can_fail(canaries: Canaries, browser: PageClient, live: Live) -> None:
    """The same search finds one in the words of a card, in any case."""
    for where in ("customer of rows", "detail of a task"):
        title = f"Paid by {canaries.planted[where].upper()}"
        other = factories.connector(of=live.account.organization)
        published.card(account=other, metric_key="booked_calls", title=title)
    surfaces = {address: browser.get(address).text for address in ("/portal/", "/portal/mails", "/portal/sources")}
    assert set(canaries.seen_in(surfaces)) == {
        f"{where} shows in {address}" for where in ("customer of rows", "detail of a task") for address in ("/portal/", "/portal/mails")
    }


def test_the_search_itself_can_fail(app: Flask, sign_in: SignIn) -> None:
    assert app
    canaries = Canaries()
    account = factories.connector()
    published.card(account=account, notes=[{"days": "3 Oct 2026", "text": f"Mrs {canaries.plant('name of a customer')} paid."}])
    browser = sign_in(factories.member(of=account.organization))
    assert canaries.seen_in({"/portal/": browser.get("/portal/").text}) == ["name of a customer shows in /portal/"]
    assert canaries.seen_in({"/portal/sources": browser.get("/portal/sources").text}) == []
