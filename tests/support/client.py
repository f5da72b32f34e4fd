"""A browser without a screen: takes form tokens along, fails on a session that was left dirty."""

from datetime import timedelta
from typing import Any, Self

from bs4 import BeautifulSoup
from flask import Flask
from flask.testing import FlaskClient
from flask_wtf.csrf import generate_csrf
from werkzeug.test import TestResponse

from app.clock import utc_now
from app.extensions import db, will_write
from app.models import REALMS, User
from app.security.tokens import new_token, token_hash


class PageClient(FlaskClient):
    """Posts with a valid form token unless ``with_token=False``."""

    token: str | None = None

    def open(self, *args: Any, with_token: bool = True, **kwargs: Any) -> TestResponse:
        method = str(kwargs.get("method", "GET")).upper()
        if method == "POST" and with_token:
            kwargs["headers"] = {**dict(kwargs.get("headers") or {}), "X-CSRFToken": self.form_token()}
        # A context of its own, as on a server: Flask would share the test's ``g``, and with it who is signed in.
        with self.application.app_context():
            response = super().open(*args, **kwargs)
            left = [*db.session.new, *db.session.dirty, *db.session.deleted]
            assert not left, f"the request ended with unsaved changes: {left}"
        return response

    def form_token(self) -> str:
        with self.session_transaction() as session, self.application.test_request_context():
            from flask import g
            from flask import session as request_session

            request_session.update(session)
            g.pop("csrf_token", None)
            token: str = generate_csrf()
            session["csrf_token"] = request_session["csrf_token"]
        return token

    def htmx(self, *args: Any, **kwargs: Any) -> TestResponse:
        """As htmx would ask."""
        kwargs["headers"] = {**dict(kwargs.get("headers") or {}), "HX-Request": "true"}
        return self.open(*args, **kwargs)

    def page(self, *args: Any, **kwargs: Any) -> BeautifulSoup:
        """Follow redirects and parse."""
        response = self.get(*args, follow_redirects=True, **kwargs)
        assert response.status_code == 200, response.status
        return BeautifulSoup(response.text, "html.parser")

    @classmethod
    def of(cls, app: Flask) -> Self:
        client = app.test_client()
        assert isinstance(client, cls)
        return client


def sign_in_as(client: FlaskClient, user: User) -> FlaskClient:
    """Open a session for ``user`` without going through the form (which has tests of its own)."""
    token, now = new_token(), utc_now()
    before = will_write.set(True)
    session_row = REALMS[user.kind].session(
        user_id=user.id, token_hash=token_hash(token), started_at=now, expires_at=now + timedelta(hours=1), used_second_factor=False
    )
    db.session.add(session_row)
    db.session.commit()
    will_write.reset(before)
    with client.session_transaction() as session:
        session["_user_id"] = f"{user.kind.value}:{token}"
        session["_fresh"] = True
        session["seen"] = int(now.timestamp())
    return client
