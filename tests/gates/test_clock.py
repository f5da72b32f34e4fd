"""By which instant evidence counts, when the clock of the database is set back."""

from datetime import timedelta

from flask import Flask

from app.audit import Actor, ActorKind
from app.clock import moved_by
from app.extensions import db
from app.models import ProviderAccount
from app.readiness.facts import PrivilegeFacts
from app.readiness.standing import Standing
from app.services import check_runs, configurations, readiness_clock, rechecks, stands
from app.unit_of_work import transaction
from tests.support import factories

PRIVILEGES = "runtime-privileges"
LATER, MUCH_LATER = timedelta(days=2), timedelta(days=400)


def standing_of(account: ProviderAccount) -> Standing:
    return stands.of(account, configurations.find_installation()).checks[PRIVILEGES].stand.standing


def test_what_lapsed_stays_lapsed_and_before_that_nothing_is_remembered(app: Flask) -> None:
    assert app is not None
    account = factories.connector()
    with transaction():
        tried = PrivilegeFacts(readiness_clock.now(), ())
        check_runs.run(account, [PRIVILEGES], actor=Actor(ActorKind.COMMAND, "test"), privileges=tried)
    present = readiness_clock.now()
    with moved_by(timedelta(minutes=1)), transaction():
        rechecks.note_time()
    with moved_by(-LATER):
        assert readiness_clock.now() < present - timedelta(days=1), "nothing has lapsed, and yet the clock is held"
    assert standing_of(account) is Standing.GOOD
    with moved_by(MUCH_LATER):
        with transaction():
            rechecks.note_time()
        assert standing_of(account) is Standing.LAPSED
    assert standing_of(account) is Standing.LAPSED
    assert readiness_clock.now() > present + LATER
    db.session.rollback()
