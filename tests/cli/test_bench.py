"""What the measurements measure can be measured: they run too long to be tests."""

from flask import Flask

from app.models import BatchKind
from app.services import import_rights
from app.unit_of_work import transaction
from tests.bench.imports import past_gate_three


def test_rows_that_count_may_come_into_the_measured_connector(app: Flask) -> None:
    assert app is not None
    with transaction():
        account = past_gate_three()
    assert import_rights.why_not_allowed(account, BatchKind.PRODUCTION) == ""
