"""What tests of signing in do again and again."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pyotp
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.clock import utc_now
from app.extensions import db
from app.models import REALMS, AuditEvent, User
from app.security import totp
from app.security.crypto import Sealed
from app.services.identity import actor_of, person_row
from app.services.keys import key_ring
from app.services.links import send_invitation
from app.services.second_factor import confirm, place_of, start
from app.unit_of_work import transaction
from tests.support import factories
from tests.support.mailbox import newest_letter

NEW_PASSWORD = "mossy lantern quartz thimble"


def post_sign_in(client: FlaskClient, user: User, *, password: str = factories.PASSWORD, **kwargs: Any) -> TestResponse:
    return client.post("/sign-in", data={"email": user.email, "password": password}, **kwargs)


def give_second_factor(user: User) -> tuple[str, list[str]]:
    """:return: the secret, and the recovery codes"""
    with transaction():
        start(person_row(user.id))
    secret = secret_of(user)
    with transaction():
        codes = confirm(person_row(user.id), code_at(secret, -1), actor=actor_of(user))
    return secret, list(codes)


def secret_of(user: User) -> str:
    db.session.rollback()
    model = REALMS[user.kind].credential
    credential = db.session.scalars(sa.select(model).where(model.user_id == user.id)).one()
    assert credential.totp_sealed is not None
    assert credential.totp_key_id is not None
    secret = key_ring().open(Sealed(credential.totp_key_id, credential.totp_sealed), place_of(credential))
    db.session.rollback()
    return secret


def code_at(secret: str, steps: int = 0) -> str:
    """The code so many steps from now; confirming uses the step before, so that the present one is still unused."""
    otp = pyotp.TOTP(secret, interval=totp.SECONDS)
    return otp.generate_otp(int(utc_now().timestamp()) // totp.SECONDS + steps)


def invite(user: User) -> str:
    """:return: path of the link"""
    inviter = factories.staff()
    with transaction():
        send_invitation(person_row(user.id), actor=actor_of(inviter))
    return newest_letter(to=user.email).path


def ask_for_reset(client: FlaskClient, user: User) -> str:
    """:return: path of the link"""
    assert client.post("/forgotten-password", data={"email": user.email}).status_code == 303
    return newest_letter(to=user.email).path


def choose(client: FlaskClient, path: str, password: str = NEW_PASSWORD) -> TestResponse:
    return client.post(path, data={"password": password, "password_again": password})


def is_signed_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


def actions() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(AuditEvent.action).order_by(AuditEvent.id)))


@contextmanager
def statements() -> Iterator[list[str]]:
    """SQL that runs meanwhile, as its first words."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(" ".join(statement.split()[:3]))

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
