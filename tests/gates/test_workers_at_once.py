"""Several workers at once bring a connector live once."""

import threading
from collections.abc import Callable

import sqlalchemy as sa
from flask import Flask

from app.extensions import db
from app.models import JobStatus
from app.services import promotions
from app.unit_of_work import transaction
from tests.gates.asked import Asked, let_lease_run_out
from tests.gates.walking import drain
from tests.support.kept import Keeper


def test_workers_at_once_promote_once(app: Flask, keeper: Keeper) -> None:
    """Two that drain, and two in the last transaction itself."""
    asked = Asked.after_all(keeper)
    decision = asked.approve()
    promotion_id = decision.promotion.id
    db.session.rollback()
    start, errors = threading.Barrier(4), []

    def at_once(deed: Callable[[], object]) -> None:
        with app.app_context():
            try:
                start.wait()
                deed()
            except Exception as exc:  # shown by the test, which runs in another thread
                errors.append(exc)
            finally:
                db.session.remove()

    def last_transaction() -> None:
        with transaction():
            promotions.go_live(promotion_id, actor=asked.admin)

    threads = [threading.Thread(target=at_once, args=(deed,)) for deed in (drain, drain, last_transaction, last_transaction)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    unexpected = [exc for exc in errors if not isinstance(exc, sa.exc.OperationalError)]  # a deadlock's victim wrote nothing
    assert unexpected == []
    if asked.job.status is not JobStatus.SUCCEEDED:
        let_lease_run_out(asked.job)
        drain()
    assert asked.job.status is JobStatus.SUCCEEDED
    asked.check_live_once()
