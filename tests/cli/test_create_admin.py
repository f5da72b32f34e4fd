"""`flask create-admin`: the first person of an installation."""

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask

from app.extensions import db
from app.models import AuditEvent, InstallationMark, OutgoingMail, StaffCredential, StaffRole, TrafficMark, User, UserKind
from tests.support import factories

GOOD = "violet tractor lamp 93"


def create_admin(app: Flask, *options: str, typed: str = "", email: str = "ana@example.com", name: str = "Ana Ruiz") -> Result:
    result = app.test_cli_runner().invoke(args=["create-admin", "--email", email, "--name", name, *options], input=typed)
    db.session.expire_all()
    return result


def test_the_first_admin_of_an_empty_database_signs_in(app: Flask) -> None:
    result = create_admin(app, "--password-stdin", typed=f"{GOOD}\n", email="Ana@Example.com")
    assert result.exit_code == 0, result.output
    assert result.stdout == "Ana Ruiz is an admin. They can sign in now.\n"
    user = db.session.scalars(sa.select(User)).one()
    assert (user.kind, user.staff_role, user.email) == (UserKind.STAFF, StaffRole.ADMIN, "ana@example.com")
    response = app.test_client().post("/sign-in", data={"email": "ana@example.com", "password": GOOD})
    assert response.status_code == 303


def test_the_password_is_asked_for_twice_and_never_shown(app: Flask) -> None:
    result = create_admin(app, typed=f"{GOOD}\n{GOOD}\n")
    assert result.exit_code == 0, result.output
    assert result.output.count("assword") == 2
    assert GOOD not in result.output


def test_two_passwords_that_differ_are_asked_for_again(app: Flask) -> None:
    result = create_admin(app, typed=f"{GOOD}\n{GOOD} typo\n{GOOD}\n{GOOD}\n")
    assert result.exit_code == 0, result.output
    assert db.session.scalar(sa.select(sa.func.count()).select_from(StaffCredential)) == 1


def test_an_invitation_sends_a_link_and_sets_no_password(app: Flask) -> None:
    result = create_admin(app, "--invite")
    assert result.exit_code == 0, result.output
    assert result.stdout == "Ana Ruiz is an admin. An invitation is on its way to them.\n"
    assert db.session.scalar(sa.select(sa.func.count()).select_from(StaffCredential)) == 0
    assert db.session.scalar(sa.select(sa.func.count()).select_from(OutgoingMail)) == 1


def test_it_marks_both_databases_and_is_in_the_trail(app: Flask) -> None:
    create_admin(app, "--password-stdin", typed=GOOD)
    assert (
        db.session.scalars(sa.select(InstallationMark.installation_id)).one()
        == db.session.scalars(sa.select(TrafficMark.installation_id)).one()
    )
    events = db.session.scalars(sa.select(AuditEvent)).all()
    assert {"person.added", "password.set"} <= {event.action for event in events}
    assert {(event.actor_kind, event.actor_id) for event in events} == {("command", "create-admin")}
    assert not any("ana@" in event.changes.lower() or "ruiz" in event.changes.lower() for event in events)


def test_an_address_that_somebody_has_is_refused(app: Flask) -> None:
    taken = factories.staff().email
    result = create_admin(app, "--password-stdin", typed=GOOD, email=taken.upper())
    assert result.exit_code == 1
    assert "Nobody was added. Somebody has this address already." in result.output
    assert db.session.scalar(sa.select(sa.func.count()).select_from(User)) == 1


@pytest.mark.parametrize("password", ["", "short", "password123456", "ana@example.com"])
def test_a_weak_password_adds_nobody(password: str, app: Flask) -> None:
    result = create_admin(app, "--password-stdin", typed=f"{password}\n")
    assert result.exit_code == 1
    assert result.output.startswith("Error: Nobody was added. ")
    assert db.session.scalar(sa.select(sa.func.count()).select_from(User)) == 0


@pytest.mark.parametrize(
    ("email", "name", "sentence"),
    [
        ("nonsense", "Ana", "Enter a whole mail address"),
        ("ana@example.com", " ", "Enter a name"),
        ("ana@example.com", "A" * 121, "Enter a name"),
        ("ana@example.com", "A\u202ena", "Enter a name"),
    ],
)
def test_input_that_means_nothing_is_refused(email: str, name: str, sentence: str, app: Flask) -> None:
    result = create_admin(app, "--invite", email=email, name=name)
    assert result.exit_code == 2
    assert sentence in result.output


def test_a_link_and_a_password_exclude_each_other(app: Flask) -> None:
    assert create_admin(app, "--invite", "--password-stdin", typed=GOOD).exit_code == 2
