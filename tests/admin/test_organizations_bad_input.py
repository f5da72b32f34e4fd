"""Bad input to the forms of organizations."""

from threading import Barrier, Thread

from flask import Flask

from app.extensions import db
from tests.support import factories
from tests.support.bad_input import (
    FormUnderTest,
    assert_refuses_bad_input,
    assert_second_press_changes_nothing,
    assert_unknown_is_missing,
)
from tests.support.client import PageClient, sign_in_as

VALID = {
    "name": "Acme Heating",
    "slug": "acme-heating",
    "time_zone": "America/Chicago",
    "currency": "USD",
    "week_start": "1",
    "fiscal_month": "1",
    "brand_color": "#225577",
    "portal_name": "Acme Reports",
}
LISTS = ("currency", "week_start", "fiscal_month")
WRONG = {
    "time_zone": ("Mars/Olympus", "../../etc/passwd", "america/chicago", "x" * 64),
    "brand_color": ("red", "#12", "#12345g", "url(x)", "#225577;}", "#２25577", "x" * 300),
    "slug": ("Acme", "a b", "-", "a--b", "a/b"),
    "week_start": ("0", "8", "1.0", "１"),
}


def test_creating_refuses_bad_input(as_admin: PageClient) -> None:
    form = FormUnderTest(
        "/admin/organizations/new",
        VALID,
        required=("name", "time_zone", "brand_color", *LISTS),
        texts={"name": 120, "slug": 60, "time_zone": 64, "portal_name": 60},
        choices=LISTS,
        wrong=WRONG,
    )
    assert_refuses_bad_input(as_admin, form)
    second = assert_second_press_changes_nothing(as_admin, form)
    assert second.status_code == 422


def test_creating_twice_without_a_short_name_makes_one(as_admin: PageClient) -> None:
    form = FormUnderTest("/admin/organizations/new", {**VALID, "slug": ""})
    assert assert_second_press_changes_nothing(as_admin, form).status_code == 422


def test_editing_refuses_bad_input(as_admin: PageClient) -> None:
    organization = factories.organization()
    taken = factories.organization()
    path = f"/admin/organizations/{organization.public_id}/edit"
    form = FormUnderTest(
        path,
        {**VALID, "version": "1"},
        required=("name", "slug", "time_zone", "brand_color", *LISTS),
        texts={"name": 120, "slug": 60, "time_zone": 64, "portal_name": 60},
        choices=LISTS,
        wrong={**WRONG, "slug": (*WRONG["slug"], taken.slug)},
        is_versioned=True,
    )
    assert_refuses_bad_input(as_admin, form)
    assert_unknown_is_missing(as_admin, path, organization.public_id, data=form.valid)
    assert assert_second_press_changes_nothing(as_admin, form).status_code == 409


def test_two_edits_at_once_end_with_one_saved_and_one_told(app: Flask) -> None:
    organization = factories.organization(name="Before")
    path, known = f"/admin/organizations/{organization.public_id}/edit", organization.public_id
    clients = [sign_in_as(app.test_client(), factories.staff()) for _ in range(2)]
    start, answers = Barrier(2), {}

    def save(number: int) -> None:
        start.wait()
        response = clients[number].post(path, data={**VALID, "name": f"Name {number}", "version": "1"})
        answers[number] = (response.status_code, response.text)

    threads = [Thread(target=save, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.expire_all()
    assert sorted(status for status, _ in answers.values()) == [303, 409]
    winner = next(number for number, (status, _) in answers.items() if status == 303)
    told = answers[1 - winner][1]
    assert organization.name == f"Name {winner}"
    assert f"is now “Name {winner}”" in told
    assert f'value="Name {1 - winner}"' in told
    assert known in told
