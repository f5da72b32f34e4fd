"""Use cases about people that no single browser can show."""

from threading import Barrier, Thread

import pytest
import sqlalchemy as sa
from flask import Flask

from app.audit import Actor, ActorKind
from app.extensions import db
from app.models import StaffRole, User
from app.services import people
from app.services.errors import NotPossible
from app.unit_of_work import transaction
from tests.support import factories
from tests.support.client import sign_in_as

COMMAND = Actor(ActorKind.COMMAND, "test")


@pytest.mark.parametrize("round_number", range(4))
@pytest.mark.parametrize("act", ["role", "deactivate"])
def test_two_admins_who_take_each_others_place_leave_one(app: Flask, act: str, round_number: int) -> None:
    admins = [factories.staff() for _ in range(2)]
    clients = [sign_in_as(app.test_client(), admin) for admin in admins]
    paths = [f"/admin/people/{other.public_id}/{act}" for other in reversed(admins)]
    start, statuses = Barrier(2), []

    def attempt(number: int) -> None:
        start.wait()
        statuses.append(clients[number].post(paths[number], data={"role": "support", "version": "1"}).status_code)

    threads = [Thread(target=attempt, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    left = db.session.scalars(sa.select(User).where(User.staff_role == StaffRole.ADMIN, User.is_active.is_(True))).all()
    assert len(left) == 1, statuses
    # Whoever was later was refused: as the last admin's would-be remover, or as somebody who is no admin any more.
    assert 303 in statuses
    assert set(statuses) <= {303, 403, 409}


def test_an_admin_who_never_accepted_does_not_count_as_another_admin(app: Flask) -> None:
    only, _invited = factories.staff(), factories.staff(with_password=False)
    with pytest.raises(NotPossible, match="only admin who can sign in"), transaction():
        people.deactivate(people.get_person(only.public_id), actor=COMMAND)
    with pytest.raises(NotPossible, match="only admin who can sign in"), transaction():
        people.change_role(people.get_person(only.public_id), role=StaffRole.SUPPORT, seen_version=1, actor=COMMAND)
    db.session.refresh(only)
    assert (only.is_active, only.staff_role) == (True, StaffRole.ADMIN)


def test_a_deactivated_admin_does_not_count_either(app: Flask) -> None:
    only, _gone = factories.staff(), factories.staff(is_active=False)
    with pytest.raises(NotPossible), transaction():
        people.deactivate(people.get_person(only.public_id), actor=COMMAND)


def test_one_of_two_admins_may_go(app: Flask) -> None:
    first, _second = factories.staff(), factories.staff()
    with transaction():
        assert people.deactivate(people.get_person(first.public_id), actor=COMMAND)
    db.session.refresh(first)
    assert not first.is_active
