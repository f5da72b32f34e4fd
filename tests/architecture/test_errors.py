"""Error pages: readable, well made, and there when the database is not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, abort
from pydantic import SecretStr
from sqlalchemy.exc import NoResultFound

from app import create_app
from app.config import Environment, Settings
from app.services.errors import InvalidField, NotPossible
from app.web.access import public
from app.web.errors import WORDS
from tests.architecture.crawl import listening
from tests.architecture.findings import assert_none
from tests.architecture.pages import problems_of
from tests.support.client import PageClient
from tests.support.databases import KEY_RING, SECRET_KEY

NOWHERE = SecretStr("mysql+pymysql://nobody:canary-db-password@127.0.0.1:1/nowhere")
CANARIES = ("canary", "nobody", "127.0.0.1:1", "pymysql", "Traceback", "sqlalche")
RAISED = {
    NotPossible("The connector is live."): 409,
    InvalidField("name", "Choose another name."): 422,
    NoResultFound(): 404,
    OSError("canary"): 500,
}


@pytest.fixture
def stranded(tmp_path: Path) -> Flask:
    """The application whose databases and queue cannot be reached, with views that fail in every way."""
    settings = Settings.model_validate(
        {
            "environment": Environment.TEST,
            "data_dir": tmp_path,
            "secret_key": SecretStr(SECRET_KEY),
            "key_ring": SecretStr(KEY_RING),
            "database_url": NOWHERE,
            "traffic_database_url": NOWHERE,
            "redis_url": SecretStr("unix:///nonexistent/valkey.sock"),
        }
    )
    app = create_app(settings)
    app.test_client_class = PageClient
    for code in WORDS:
        app.add_url_rule(f"/fails/{code}", f"fails_{code}", public(lambda code=code: abort(code)))
    for number, error in enumerate(RAISED):
        app.add_url_rule(f"/raises/{number}", f"raises_{number}", public(lambda error=error: _raise(error)))
    return app


def _raise(error: Exception) -> str:
    raise error


def broken(app: Flask, wanted: dict[str, int], *, as_part: bool = False) -> Iterator[str]:
    """Addresses whose error is another one, is ill made, or tells what it must not."""
    browser = app.test_client()
    for path, status in wanted.items():
        with listening(app) as heard:
            response = browser.get(path, headers={"HX-Request": "true"} if as_part else {})
        html = response.get_data(as_text=True)
        if response.status_code != status:
            yield f"{path}: {response.status_code} instead of {status}"
        if heard.while_rendering:
            yield f"{path}: asks the database for its page"
        yield from (f"{path}: {problem}" for problem in problems_of(html, is_page=not as_part))
        yield from (f"{path}: tells “{canary}”" for canary in CANARIES if canary in html)
        if "<html" in html and as_part:
            yield f"{path}: a whole page inside of a part"


WANTED = {
    "/nothing/here": 404,
    **{f"/fails/{code}": code for code in WORDS},
    **{f"/raises/{number}": code for number, code in enumerate(RAISED.values())},
}


@pytest.mark.parametrize("as_part", [False, True])
def test_every_error_has_its_page_while_the_database_is_away(stranded: Flask, as_part: bool) -> None:
    assert_none(broken(stranded, WANTED, as_part=as_part))


@pytest.mark.parametrize("as_part", [False, True])
def test_somebody_signed_in_gets_a_page_too_when_the_database_goes_away(stranded: Flask, as_part: bool) -> None:
    """Their cookie makes each view look them up, and that look-up is what fails."""

    class SignedIn(PageClient):
        def open(self, *args: object, **kwargs: object) -> object:
            with self.session_transaction() as session:
                session.update({"_user_id": "staff:token", "seen": 4_000_000_000})
            return super().open(*args, **kwargs)

    stranded.test_client_class = SignedIn
    assert_none(broken(stranded, {"/admin/": 500, "/portal/": 500, "/": 500, "/nothing/here": 404}, as_part=as_part))


def test_forms_without_token_and_wrong_methods_have_their_page(stranded: Flask) -> None:
    browser = stranded.test_client()
    without_token = browser.post("/sign-in", with_token=False)
    wrong_method = browser.open("/sign-in", method="DELETE")
    assert without_token.status_code == 400
    assert problems_of(without_token.text) == []
    assert wrong_method.status_code in {400, 405}
    assert problems_of(wrong_method.text) == []


def test_a_bad_error_page_is_reported(throw_away: Flask) -> None:
    def broken_page() -> tuple[str, int]:
        return "<h1>OperationalError at mysql+pymysql://nobody</h1>", 500

    throw_away.add_url_rule("/bad", "bad", public(broken_page))
    found = list(broken(throw_away, {"/bad": 503}))
    assert "/bad: 500 instead of 503" in found
    assert "/bad: tells “nobody”" in found
    assert any("not HTML5" in line for line in found)
