"""The audit chain on a real server as the runtime account: it cannot be rewritten, and whoever rewrites it otherwise is found out."""

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app import audit, create_app
from app.audit import Actor, ActorKind, ChainVerdict, Tampering, Target
from app.extensions import db
from app.models import AuditChain, AuditEvent, Organization, StaffRole, User, UserKind
from app.services.audit_log import verify_all
from app.unit_of_work import transaction
from tests.support import factories
from tests.support.databases import Accounts, SqliteFiles, settings_for

ACTOR = Actor(ActorKind.COMMAND, "tests")
THREADS, EVENTS_EACH = 8, 10


@pytest.fixture
def admin(accounts: Accounts, app: Flask) -> Iterator[sa.Connection]:
    """Somebody with every right on the database, who is who the chain is there against."""
    engine = sa.create_engine(accounts.admin[0], isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def append(organization: Organization | None, count: int = 1, *, note: str = "as it was") -> None:
    for number in range(count):
        with transaction():
            audit.record(db.session(), ACTOR, "thing.done", Target("things", str(number), organization), {"note": note})


def verdict() -> ChainVerdict:
    db.session.rollback()
    (only,) = verify_all()
    return only


def stored(seq: int) -> AuditEvent:
    db.session.expire_all()
    return db.session.scalars(sa.select(AuditEvent).where(AuditEvent.seq == seq)).one()


def rehash(admin: sa.Connection, seq: int, **changes: str) -> None:
    """Change an event and make its hash anew, as somebody would who has read the code."""
    event = stored(seq)
    db.session.expunge(event)
    for name, value in changes.items():
        setattr(event, name, value)
    values = {**changes, "hash": audit.hash_of(event)}
    admin.execute(sa.update(AuditEvent).where(AuditEvent.seq == seq).values(**values))


def test_a_chain_that_nobody_touched_is_sound(app: Flask) -> None:
    append(None, 5)
    found = verdict()
    assert (found.problem, found.events, found.seq) == (None, 5, None)
    assert found.last_hash == stored(5).hash


def test_a_long_chain_is_walked_in_pieces_and_says_how_far_it_is(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "VERIFY_BATCH", 2)
    append(None, 5)
    seen: list[int] = []
    chain = db.session.scalars(sa.select(AuditChain)).one()
    assert audit.verify_chain(db.session(), chain, seen=seen.append).events == 5
    assert seen == [2, 4]


def test_edited_content_is_named(app: Flask, admin: sa.Connection) -> None:
    append(None, 5)
    admin.execute(sa.update(AuditEvent).where(AuditEvent.seq == 3).values(changes='{"note":"otherwise"}'))
    found = verdict()
    assert (found.problem, found.seq, found.events) == (Tampering.EDITED, 3, 2)


@pytest.mark.parametrize("column", ["at", "actor_kind", "actor_id", "action", "target_type", "target_id", "hash", "prev_hash"])
def test_every_column_counts(app: Flask, admin: sa.Connection, column: str) -> None:
    append(None, 3)
    value = sa.func.date_add(AuditEvent.at, sa.text("INTERVAL 1 MICROSECOND")) if column == "at" else "0" * 12
    admin.execute(sa.update(AuditEvent).where(AuditEvent.seq == 2).values({column: value}))
    found = verdict()
    assert (found.problem, found.seq) == (Tampering.EDITED, 2)


@pytest.mark.parametrize("seq", [1, 3])
def test_an_event_that_was_edited_and_hashed_anew_is_named_and_not_the_one_after_it(app: Flask, admin: sa.Connection, seq: int) -> None:
    append(None, 5)
    rehash(admin, seq, changes='{"note":"otherwise"}')
    found = verdict()
    assert (found.problem, found.seq, found.events) == (Tampering.EDITED, seq, seq - 1)


def test_a_last_but_one_event_that_was_hashed_anew_is_named_by_the_head(app: Flask, admin: sa.Connection) -> None:
    append(None, 3)
    rehash(admin, 2, changes='{"note":"otherwise"}')
    assert (verdict().problem, verdict().seq) == (Tampering.EDITED, 2)


def test_a_link_that_was_edited_and_hashed_anew_blames_its_own_event(app: Flask, admin: sa.Connection) -> None:
    append(None, 5)
    rehash(admin, 3, prev_hash="f" * 64)
    found = verdict()
    assert (found.problem, found.seq) == (Tampering.EDITED, 3)


@pytest.mark.parametrize("seq", [1, 3, 5])
def test_a_removed_event_is_named_wherever_it_was(app: Flask, admin: sa.Connection, seq: int) -> None:
    append(None, 5)
    admin.execute(sa.delete(AuditEvent).where(AuditEvent.seq == seq))
    found = verdict()
    assert (found.problem, found.seq, found.events) == (Tampering.REMOVED, seq, seq - 1)


def test_an_emptied_chain_has_lost_its_first_event(app: Flask, admin: sa.Connection) -> None:
    append(None, 3)
    admin.execute(sa.delete(AuditEvent))
    found = verdict()
    assert (found.problem, found.seq) == (Tampering.REMOVED, 1)


@pytest.mark.parametrize("values", [{"head_hash": "e" * 64}, {"head_seq": 4}, {"head_seq": 2}])
def test_a_changed_head_is_told_apart_from_edited_and_removed_events(app: Flask, admin: sa.Connection, values: dict[str, object]) -> None:
    append(None, 3)
    admin.execute(sa.update(AuditChain).values(**values))
    found = verdict()
    assert found.problem is Tampering.HEAD
    assert "its head does not fit event" in str(found)


def test_a_head_that_was_set_back_with_its_hash_leaves_events_beyond_it(app: Flask, admin: sa.Connection) -> None:
    append(None, 3)
    admin.execute(sa.update(AuditChain).values(head_seq=2, head_hash=stored(2).hash))
    found = verdict()
    assert (found.problem, found.seq, found.events) == (Tampering.HEAD, 3, 2)


def test_an_event_with_a_number_that_none_may_have_was_added(app: Flask, admin: sa.Connection) -> None:
    append(None, 2)
    table = AuditEvent.__table__
    copied = [column.name for column in table.columns if column.name not in {"id", "seq"}]
    columns = ", ".join(f"`{name}`" for name in copied)
    admin.exec_driver_sql(f"INSERT INTO audit_events ({columns}, seq) SELECT {columns}, 0 FROM audit_events WHERE seq = 1")
    found = verdict()
    assert (found.problem, found.seq) == (Tampering.ADDED, 0)


def test_chains_of_two_organizations_that_changed_places_do_not_verify(app: Flask, admin: sa.Connection) -> None:
    one, two = factories.organization(), factories.organization()
    append(one, 2, note="of one")
    append(two, 2, note="of two")
    for organization_id, other in ((one.id, "x"), (two.id, "y")):
        admin.execute(sa.update(AuditChain).where(AuditChain.organization_id == organization_id).values(key=other, organization_id=None))
    admin.execute(sa.update(AuditChain).where(AuditChain.key == "x").values(key=two.public_id, organization_id=two.id))
    admin.execute(sa.update(AuditChain).where(AuditChain.key == "y").values(key=one.public_id, organization_id=one.id))
    db.session.rollback()
    assert [(found.problem, found.seq) for found in verify_all()] == [(Tampering.EDITED, 1)] * 2


def test_one_bad_chain_does_not_hide_that_the_others_are_sound(app: Flask, admin: sa.Connection) -> None:
    organization = factories.organization()
    append(None, 2)
    append(organization, 2)
    admin.execute(
        sa.delete(AuditEvent).where(AuditEvent.seq == 2, AuditEvent.target_id == "1", AuditEvent.chain_id == _chain_id("installation"))
    )
    db.session.rollback()
    assert {found.key: found.is_sound for found in verify_all()} == {"installation": False, organization.public_id: True}


def _chain_id(key: str) -> int:
    return db.session.scalars(sa.select(AuditChain.id).where(AuditChain.key == key)).one()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_events SET action = 'other.done'",
        "DELETE FROM audit_events",
        "DELETE FROM audit_chains",
        "TRUNCATE TABLE audit_events",
    ],
)
def test_the_server_refuses_the_application_to_rewrite_history(app: Flask, statement: str) -> None:
    append(None, 1)
    with pytest.raises(sa.exc.OperationalError, match="command denied"):
        db.session.execute(sa.text(statement))
    db.session.rollback()
    assert verdict().is_sound


def test_a_transaction_that_fails_leaves_no_event_behind(app: Flask) -> None:
    append(None, 1)

    def fail() -> None:
        with transaction():
            audit.record(db.session(), ACTOR, "thing.done", Target("things", "lost"))
            raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError, match="on purpose"):
        fail()
    append(None, 1)
    assert verdict().events == 2
    assert "lost" not in set(db.session.scalars(sa.select(AuditEvent.target_id)))


def test_names_and_mail_addresses_never_get_into_the_trail(app: Flask) -> None:
    person = User(kind=UserKind.STAFF, staff_role=StaffRole.ADMIN, name="Ludmila Nightingale", email="ludmila@canary.example")
    with transaction():
        changes = audit.changes_of(person)
        db.session.add(person)
        audit.record(db.session(), ACTOR, "person.added", Target.of(person, None), changes)
    with transaction():
        person.name, person.email = "Ludmila Canary", "other@canary.example"
        audit.record(db.session(), ACTOR, "person.edited", Target.of(person, None), audit.changes_of(person))
    texts = db.session.scalars(sa.select(AuditEvent.changes).order_by(AuditEvent.seq)).all()
    assert not any(word in text.lower() for text in texts for word in ("ludmila", "nightingale", "canary"))
    assert json.loads(texts[0])["staff_role"] == [None, "admin"]
    assert json.loads(texts[1]) == {"name": "changed", "email": "changed"}


def _at_once(app: Flask, work: Callable[[int], None], number: int = THREADS) -> list[BaseException]:
    """Run ``work`` in threads that all begin together; what they raised."""
    gate, raised = threading.Barrier(number), list[BaseException]()

    def run(index: int) -> None:
        with app.app_context():
            try:
                gate.wait(20)
                work(index)
            except BaseException as exc:  # told to the test
                raised.append(exc)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return raised


def _demand_unforked(count: int) -> None:
    db.session.rollback()
    assert sorted(db.session.scalars(sa.select(AuditEvent.seq))) == list(range(1, count + 1))
    (found,) = verify_all()
    assert found.is_sound
    assert found.events == count


def test_eight_that_append_at_once_do_not_fork_the_chain(app: Flask) -> None:
    assert _at_once(app, lambda _index: append(None, EVENTS_EACH)) == []
    _demand_unforked(THREADS * EVENTS_EACH)


def test_eight_that_append_at_once_do_not_fork_the_chain_on_sqlite(tmp_path: Path, sqlite_files: SqliteFiles) -> None:
    app = create_app(settings_for(sqlite_files.copy_to(tmp_path), data_dir=tmp_path))
    with app.app_context():
        assert _at_once(app, lambda _index: append(None, EVENTS_EACH)) == []
        _demand_unforked(THREADS * EVENTS_EACH)
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


def test_transactions_over_two_chains_in_opposite_order_do_not_deadlock(app: Flask) -> None:
    first, second = factories.organization(), factories.organization()
    ids = (first.id, second.id)
    rounds = 15

    def write_for_both(index: int) -> None:
        for _ in range(rounds):
            with transaction():
                organizations = [db.session.get_one(Organization, each) for each in (ids if index % 2 else reversed(ids))]
                for organization in organizations:
                    audit.record(db.session(), ACTOR, "thing.done", Target("things", str(index), organization))

    assert _at_once(app, write_for_both) == []
    db.session.rollback()
    assert [(found.is_sound, found.events) for found in verify_all()] == [(True, THREADS * rounds)] * 2


def test_the_command_says_that_the_trail_is_sound(app: Flask) -> None:
    append(None, 3)
    result = app.test_cli_runner().invoke(args=["audit", "verify"])
    assert result.exit_code == 0
    assert "The audit trail is sound: 3 events in 1 chain." in result.output


def test_the_command_names_the_chain_and_the_first_bad_event(app: Flask, admin: sa.Connection) -> None:
    append(None, 3)
    admin.execute(sa.delete(AuditEvent).where(AuditEvent.seq == 2))
    db.session.rollback()
    result = app.test_cli_runner().invoke(args=["audit", "verify"])
    assert result.exit_code == 1
    assert "Chain installation: event 2 was removed" in result.output
    as_json = app.test_cli_runner().invoke(args=["audit", "verify", "--json"])
    assert as_json.exit_code == 1
    (found,) = json.loads(as_json.output)
    assert (found["chain"], found["sound"], found["problem"], found["first_bad_event"]) == ("installation", False, "removed", 2)
    assert len(found["last_hash"]) == 64
