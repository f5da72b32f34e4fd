"""Every form meets the same bad input. A form's test names the form; the cases follow from it.

    FORM = FormUnderTest(
        path="/admin/organizations/new",
        valid={"name": "Acme", "currency": "USD"},
        required=("name",),
        texts={"name": 120},
        choices=("currency",),
    )

    def test_bad_input_is_refused(as_admin: FlaskClient) -> None:
        assert_refuses_bad_input(as_admin, FORM)
        assert_second_press_changes_nothing(as_admin, FORM)

Each bad case has to be answered with a readable 4xx that keeps what was typed, and no row of any table may differ
afterwards. Cases about foreign and unknown ids in the address are :func:`assert_unknown_is_missing`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from uuid import uuid4

from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.extensions import db
from app.models import Base

FIVE_MEGABYTES = "a" * (5 * 1024 * 1024)
CONTROL = "Nu\x00ll and bell\x07"
RIGHT_TO_LEFT = "in\u202evoice"
INVISIBLE = "Ac\u200bme"
LONE_SURROGATE = b"bad \xed\xa0\x80 bytes"
NOT_IN_ANY_LIST = "nothing-of-the-list"
TRACES = ("Traceback", "sqlalchemy", "pymysql", "IntegrityError", "DataError")


@dataclass(frozen=True)
class FormUnderTest:
    """A form: where it is sent, what it takes, which of its fields are what."""

    path: str
    valid: Mapping[str, str]
    """A whole form that would be taken."""
    required: Sequence[str] = ()
    """Fields that must not be empty."""
    texts: Mapping[str, int] = field(default_factory=dict)
    """Free text field → its greatest length."""
    choices: Sequence[str] = ()
    """Fields whose value comes from a list."""
    wrong: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Field → further values that it must refuse: wrong types, foreign ids."""
    secrets: Sequence[str] = ()
    """Fields that are never shown again, such as passwords."""
    is_versioned: bool = False
    multiline: Sequence[str] = ()
    """Text fields that take line breaks."""


@dataclass(frozen=True)
class Case:
    name: str
    data: Mapping[str, str | bytes]
    statuses: frozenset[int] = frozenset({422})
    with_token: bool = True


def bad_cases(form: FormUnderTest) -> Iterator[Case]:
    for name in form.required:
        yield Case(f"{name} empty", {**form.valid, name: ""})
        yield Case(f"{name} only spaces", {**form.valid, name: "   "})
        yield Case(f"{name} missing", {key: value for key, value in form.valid.items() if key != name})
    for name, length in form.texts.items():
        yield Case(f"{name} too long", {**form.valid, name: "x" * (length + 1)})
        yield Case(f"{name} control characters", {**form.valid, name: CONTROL})
        yield Case(f"{name} right to left", {**form.valid, name: RIGHT_TO_LEFT})
        yield Case(f"{name} invisible", {**form.valid, name: INVISIBLE})
        yield Case(f"{name} five megabytes", {**form.valid, name: FIVE_MEGABYTES}, frozenset({413}))
        if name not in form.multiline:
            yield Case(f"{name} line break", {**form.valid, name: "one\ntwo"})
    for name in form.choices:
        for value in (NOT_IN_ANY_LIST, str(uuid4()), "-1", CONTROL, "x" * 5000):
            yield Case(f"{name} = {value[:20]!r}", {**form.valid, name: value})
    for name, values in form.wrong.items():
        for value in values:
            yield Case(f"{name} = {value[:40]!r}", {**form.valid, name: value})
    if form.is_versioned:
        for version in ("", "0", "-1", "seven", "9" * 40, "１"):
            yield Case(f"version {version!r}", {**form.valid, "version": version}, frozenset({409, 422}))
    yield Case("no form token", form.valid, frozenset({400}), with_token=False)
    yield Case("nothing at all", {}, frozenset({400, 409, 422}))


def assert_refuses_bad_input(client: FlaskClient, form: FormUnderTest) -> None:
    before = checksums()
    for case in bad_cases(form):
        response = client.post(form.path, data=dict(case.data), with_token=case.with_token)
        assert response.status_code in case.statuses, f"{case.name}: {response.status}"
        page = parsed(response)
        assert_readable(page, case.name)
        if response.status_code in {409, 422}:
            assert_kept(page, form, case)
        assert checksums() == before, f"{case.name}: something was saved"


def assert_second_press_changes_nothing(client: FlaskClient, form: FormUnderTest) -> TestResponse:
    """The form is taken once; the same form again is answered cleanly and changes nothing.

    :return: the second answer
    """
    first = client.post(form.path, data=dict(form.valid))
    assert first.status_code in {302, 303}, f"the form that is to be taken was refused: {first.status}\n{messages(parsed(first))}"
    after_first = checksums()
    second = client.post(form.path, data=dict(form.valid))
    assert second.status_code in {302, 303, 404, 409, 422}, second.status
    assert checksums() == after_first, "the second press changed something"
    return second


def assert_unknown_is_missing(client: FlaskClient, path: str, known_id: str, *, data: Mapping[str, str] | None = None) -> None:
    """The same address with ids that name nothing here: 404, and nothing changes."""
    before = checksums()
    for other in (str(uuid4()), "1", "0" * 36, known_id[:-1], f"{known_id}'--", "%00", "../" * 3):
        address = path.replace(known_id, other)
        for response in (client.get(address), client.post(address, data=dict(data or {}))):
            assert response.status_code in {404, 405, 308}, f"{address}: {response.status}"
    assert checksums() == before


def parsed(response: TestResponse) -> BeautifulSoup:
    """The page without its long lists of suggestions, by a quick parser: whether it is good HTML has tests of its own."""
    return BeautifulSoup(re.sub(r"<datalist.*?</datalist>", "", response.text, flags=re.DOTALL), "html.parser")


def assert_readable(page: BeautifulSoup, name: str) -> None:
    """A whole page in words."""
    heading = page.find("h1")
    assert heading is not None, f"{name}: no heading"
    assert heading.get_text(strip=True), f"{name}: an empty heading"
    text = page.get_text()
    assert not [trace for trace in TRACES if trace in text], f"{name}: shows its inside"
    assert messages(page), f"{name}: says nothing"


def messages(page: BeautifulSoup) -> list[str]:
    """What the page says went wrong."""
    found = page.select(".error-summary, .field-error, .flash-error, .lone p")
    return [element.get_text(" ", strip=True) for element in found]


def assert_kept(page: BeautifulSoup, form: FormUnderTest, case: Case) -> None:
    """What was typed and can be shown is still in the form."""
    for name, value in case.data.items():
        if name == "version" or name in form.secrets or form.valid.get(name) != value:
            continue  # the bad value itself is only kept where a control can hold it
        control = page.find(attrs={"name": name})
        assert control is not None, f"{case.name}: the form lost {name}"
        assert shown(control) == value, f"{case.name}: {name} was typed and is gone"


def shown(control: object) -> str:
    """The value that a form control shows."""
    tag: BeautifulSoup = control  # type: ignore[assignment]  # every found element has this interface
    if tag.name == "select":
        chosen = tag.find("option", selected=True) or tag.find("option")
        return str(chosen["value"]) if chosen else ""
    if tag.name == "textarea":
        return tag.get_text().lstrip("\r\n")
    return str(tag.get("value", ""))


def contents() -> dict[str, list[tuple[object, ...]]]:
    """Every row of the application database, as the server tells it."""
    connection = db.session.connection()
    found = {name: [tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM `{name}`")] for name in Base.metadata.tables}
    db.session.rollback()
    return found


def checksums() -> dict[str, int]:
    """Table → checksum over all rows of it, as the server makes it: in one statement, for it is asked after each bad case."""
    rows = db.session.connection().exec_driver_sql(_checksums_of_all()).all()
    db.session.rollback()
    assert all(checksum is not None for _name, checksum in rows), "a table that cannot be read would look the same whatever is in it"
    return {name.partition(".")[2]: checksum for name, checksum in rows}


@lru_cache
def _checksums_of_all() -> str:
    return "CHECKSUM TABLE " + ", ".join(f"`{name}`" for name in sorted(Base.metadata.tables))
