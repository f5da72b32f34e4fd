"""Sealing stored secrets anew: all of them, resumable, and never over a newer secret."""

import base64
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.clock import utc_now
from app.config import ROOT
from app.extensions import db
from app.ids import new_public_id
from app.models import AccountCredential, AuditEvent, Base, OutgoingMail, StaffCredential, TrafficBase
from app.security.crypto import KeyRing, Place, Sealed
from app.services.installation import use_settings
from app.services.key_rotation import SEALED_COLUMNS, rotate_keys, rows_by_key
from tests.support import factories
from tests.support.databases import KEY_RING


def key(name: str) -> str:
    return f"{name}:{base64.b64encode(name.encode().ljust(32, b'-')).decode()}"


OLD_TEXT, NEW_TEXT = KEY_RING, f"{key('k2')},{KEY_RING}"
OLD, NEW = KeyRing.parse(OLD_TEXT), KeyRing.parse(NEW_TEXT)
CREDENTIALS = Base.metadata.tables["integration_credentials"]


def secrets(number: int, ring: KeyRing = OLD) -> list[str]:
    """Credentials of one connector, each holding its own public id."""
    account = factories.connector()
    rows: list[dict[str, Any]] = []
    for index in range(number):
        public_id = new_public_id()
        sealed = ring.seal(public_id, Place("integration_credentials", "sealed", public_id))
        values = {"public_id": public_id, "name": f"secret_{index}", "sealed": sealed.data, "key_id": sealed.key_id, "last_four": ""}
        rows.append({**values, "account_id": account.id, "set_at": utc_now()})
    with db.engines[None].begin() as connection:
        connection.execute(sa.insert(CREDENTIALS), rows)
    return [row["public_id"] for row in rows]


def opened(ring: KeyRing) -> dict[str, str]:
    with db.engines[None].connect() as connection:
        rows = connection.execute(sa.select(CREDENTIALS.c.public_id, CREDENTIALS.c.key_id, CREDENTIALS.c.sealed)).all()
    return {row[0]: ring.open(Sealed(row[1], row[2]), Place("integration_credentials", "sealed", row[0])) for row in rows}


def test_every_encrypted_column_is_registered() -> None:
    encrypted = {
        f"{table.name}.{column.name}"
        for base in (Base, TrafficBase)
        for table in base.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, sa.LargeBinary) and column.info.get("audit") == "secret"
    }
    assert {column.name for column in SEALED_COLUMNS} == encrypted, "its rows would be lost with the old key: add it to SEALED_COLUMNS"


def test_all_secrets_are_sealed_with_the_new_key_and_read_as_before(app: Flask) -> None:
    ids = secrets(120)
    mail_id = new_public_id()
    mail = OLD.seal("mail", Place("outgoing_mails", "sealed", mail_id))
    factories._save(OutgoingMail(public_id=mail_id, sealed=mail.data, key_id=mail.key_id, due_at=utc_now()))
    staff = factories.staff()
    credential = db.session.scalars(sa.select(StaffCredential).where(StaffCredential.user_id == staff.id)).one()
    totp = OLD.seal("totp", Place("staff_credentials", "totp_sealed", credential.public_id))
    credential.totp_sealed, credential.totp_key_id = totp.data, totp.key_id
    db.session.commit()

    told: list[str] = []
    rotation = rotate_keys(NEW, tell=told.append)

    assert rotation.resealed == {"integration_credentials.sealed": 120, "staff_credentials.totp_sealed": 1, "outgoing_mails.sealed": 1}
    assert (rotation.left, rotation.unopened, rotation.replaced_meanwhile) == ({}, [], 0)
    assert "integration_credentials.sealed: 50 done" in told
    new_alone = KeyRing.parse(key("k2"))
    assert opened(new_alone) == {public_id: public_id for public_id in ids}
    db.session.expire_all()
    assert (
        new_alone.open(Sealed("k2", credential.totp_sealed or b""), Place("staff_credentials", "totp_sealed", credential.public_id))
        == "totp"
    )


def test_a_second_run_has_nothing_to_do(app: Flask) -> None:
    secrets(3)
    assert rotate_keys(NEW).total == 3
    assert rotate_keys(NEW).total == 0


def test_a_secret_is_as_old_as_it_was(app: Flask) -> None:
    secrets(1)
    before = db.session.execute(sa.select(AccountCredential.updated_at, AccountCredential.set_at)).one()
    db.session.rollback()
    rotate_keys(NEW)
    assert db.session.execute(sa.select(AccountCredential.updated_at, AccountCredential.set_at)).one() == before


def test_a_row_that_does_not_open_is_told_and_left_and_stops_nothing(app: Flask) -> None:
    ids = secrets(4)
    with db.engines[None].begin() as connection:
        connection.execute(sa.update(CREDENTIALS).where(CREDENTIALS.c.public_id == ids[1]).values(sealed=b"x" * 40))
        connection.execute(sa.update(CREDENTIALS).where(CREDENTIALS.c.public_id == ids[2]).values(key_id="lost"))
    rotation = rotate_keys(NEW, piece=1)
    assert rotation.total == 2
    assert [line.split()[1] for line in rotation.unopened] == ids[1:3]
    assert rotation.left == {"k1": 1, "lost": 1}


def test_a_secret_that_is_replaced_meanwhile_is_never_overwritten(app: Flask) -> None:
    """A thread replaces secrets, with the old ring still, while they are sealed anew."""
    ids = secrets(60)
    engine = db.engines[None]
    newest: dict[str, str] = {}
    stop = threading.Event()

    def replace() -> None:
        number = 0
        while not stop.is_set():
            public_id, number = ids[number % len(ids)], number + 1
            value = f"replaced {number}"
            sealed = OLD.seal(value, Place("integration_credentials", "sealed", public_id))
            with engine.begin() as connection:
                connection.execute(
                    sa.update(CREDENTIALS).where(CREDENTIALS.c.public_id == public_id).values(sealed=sealed.data, key_id=sealed.key_id)
                )
            newest[public_id] = value

    thread = threading.Thread(target=replace)
    thread.start()
    try:
        while len(newest) < len(ids) // 2:
            time.sleep(0.01)
        rotations = [rotate_keys(NEW, piece=7) for _ in range(3)]
    finally:
        stop.set()
        thread.join()
    assert not any(rotation.unopened for rotation in rotations)
    assert opened(NEW) == {public_id: newest.get(public_id, public_id) for public_id in ids}
    rotate_keys(NEW)
    assert opened(KeyRing.parse(key("k2"))) == {public_id: newest.get(public_id, public_id) for public_id in ids}


RUN_SLOWLY = """
import time
from app import create_app
from app.services import key_rotation
from app.services.keys import key_ring
app = create_app()
with app.app_context():
    key_rotation.rotate_keys(key_ring(), piece=5, tell=lambda line: (print(line, flush=True), time.sleep(0.05)))
"""


def test_killed_in_the_middle_it_goes_on_where_it_stopped(app: Flask, tmp_path: Path) -> None:
    ids = secrets(100)
    settings = app.extensions["fivegate.settings"]
    environment = {
        **os.environ,
        "FIVEGATE_ENVIRONMENT": "test",
        "FIVEGATE_DATA_DIR": str(tmp_path),
        "FIVEGATE_SECRET_KEY": "s" * 48,
        "FIVEGATE_KEY_RING": NEW_TEXT,
        "FIVEGATE_DATABASE_URL": settings.database_url.get_secret_value(),
        "FIVEGATE_TRAFFIC_DATABASE_URL": settings.traffic_database_url.get_secret_value(),
        "FIVEGATE_REDIS_URL": settings.redis_url.get_secret_value(),
    }
    process = subprocess.Popen(
        [sys.executable, "-c", RUN_SLOWLY], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    for _ in range(4):
        process.stdout.readline()
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()

    with db.engines[None].connect() as connection:
        half = rows_by_key(connection)
    assert 0 < half["k2"] < 100
    assert opened(NEW) == {public_id: public_id for public_id in ids}
    assert rotate_keys(NEW).total == half["k1"]
    assert opened(KeyRing.parse(key("k2"))) == {public_id: public_id for public_id in ids}


def with_ring(app: Flask, text: str) -> None:
    settings = app.extensions["fivegate.settings"]
    use_settings(settings.model_copy(update={"key_ring": type(settings.key_ring)(text)}))


def test_the_command_tells_what_it_did_and_writes_it_into_the_trail(app: Flask) -> None:
    secrets(3)
    with_ring(app, NEW_TEXT)
    result = app.test_cli_runner().invoke(args=["rotate-keys"])
    assert result.exit_code == 0, result.output
    assert "3 stored secrets were sealed anew with key k2." in result.output
    assert "older ones may leave FIVEGATE_KEY_RING" in result.output
    event = db.session.scalars(sa.select(AuditEvent)).one()
    assert (event.action, event.actor_kind, event.actor_id) == ("keys.rotated", "command", "rotate-keys")
    assert event.changes == '{"integration_credentials.sealed":3,"unopened":0}'


def test_the_command_fails_when_a_row_does_not_open(app: Flask) -> None:
    (public_id,) = secrets(1)
    with_ring(app, key("k2"))
    result = app.test_cli_runner().invoke(args=["rotate-keys"])
    assert result.exit_code == 1
    assert f"integration_credentials.sealed {public_id} (key k1)" in result.output


@pytest.mark.parametrize("command", [["-m", "flask", "new-key"], ["-m", "app.cli.keys"]])
def test_a_new_key_is_an_entry_of_the_ring(command: list[str], tmp_path: Path) -> None:
    production = {"FIVEGATE_ENVIRONMENT": "production"} if "flask" not in command else {}  # it must work before anything else does
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={**os.environ, "FIVEGATE_DATA_DIR": str(tmp_path), **production},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    ring = KeyRing.parse(done.stdout.strip())
    assert len(ring.keys) == 1
    assert not ring.current.startswith("dev-")
