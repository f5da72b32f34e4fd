"""The source's totals beside ours, and what explains the difference."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from app.extensions import db
from app.metrics.windows import Window
from app.models import ImportBatch, LeadClass, ProviderAccount
from app.services import reconciliations
from app.services.errors import InvalidField
from app.services.reconciliations import SourceTotals
from app.unit_of_work import transaction
from tests.support import factories
from tests.support.row_tables import ACTOR, Row, RowTable

SEPTEMBER = Window.month(2026, 9)
D1 = SEPTEMBER.start
INACTIVE = "the inactive rows (1), which the source counts and we do not"
REJECTED = "the rejected rows (3), which the source counts and we refused"


@pytest.fixture
def account(app: Flask) -> ProviderAccount:
    return factories.connector(of=factories.organization())


def enter(account: ProviderAccount, data_type: str, rows: int, total: str | None = None, *, tolerance: str = "0") -> Any:
    theirs = SourceTotals(SEPTEMBER, rows, None if total is None else Decimal(total))
    with transaction():
        row = reconciliations.enter(account, data_type, theirs, tolerance=Decimal(tolerance), entered_by=None, actor=ACTOR)
    db.session.refresh(row)
    return row


def refuse(rows: int, repeated: int) -> None:
    with transaction():
        batch = db.session.query(ImportBatch).one()
        batch.rows_rejected, batch.rows_repeated = rows, repeated


def test_ours_are_active_rows_and_their_split(account: ProviderAccount) -> None:
    rows = [Row(str(n), D1) for n in range(5)] + [
        Row("s", D1, lead_class=LeadClass.SPAM),
        Row("i", D1, active=False),
        Row("o", date(2026, 10, 1)),
    ]
    RowTable(account).write(rows)
    refuse(3, 2)
    ours = reconciliations.our_totals(account, "calls", SEPTEMBER)
    assert (ours.rows, ours.inactive_rows, ours.by_class) == (6, 1, {"genuine": 5, "spam": 1})
    assert (ours.rejected, ours.repeated, ours.total) == (3, 2, None)


@pytest.mark.parametrize(
    ("theirs", "explained"),
    [
        (6, ""),
        (7, INACTIVE),
        (9, REJECTED),
        (8, "the repeated rows (2), which the source counts each time"),
        (10, f"{INACTIVE} and {REJECTED}"),
        (5, "the spam leads (1), which the source leaves out"),
        (99, None),
    ],
)
def test_the_difference_is_explained_where_something_adds_up_to_it(account: ProviderAccount, theirs: int, explained: str | None) -> None:
    rows = [Row(str(n), D1) for n in range(5)] + [Row("s", D1, lead_class=LeadClass.SPAM), Row("i", D1, active=False)]
    RowTable(account).write(rows)
    refuse(3, 2)
    row = enter(account, "calls", theirs)
    verdict = reconciliations.verdict_of(row)
    assert (verdict.row_difference, verdict.is_within) == (6 - theirs, theirs == 6)
    assert verdict.explanations == ((f"The difference is explained by {explained}.",) if explained else ())
    assert reconciliations.split_of(row).by_class == {"genuine": 5, "spam": 1}


@pytest.mark.parametrize(
    ("rows", "total", "tolerance", "is_within"),
    [
        (2, "100.05", "0", True),
        (2, "100.06", "0", False),
        (2, "100.06", "0.01", True),
        (2, "101.06", "0.5", False),
        (3, "100.05", "50", True),
        (3, "100.05", "33", False),
        (2, None, "0", True),
    ],
)
def test_rows_and_total_each_have_to_be_within_the_tolerance(
    account: ProviderAccount, rows: int, total: str | None, tolerance: str, *, is_within: bool
) -> None:
    RowTable(account, "invoices").write([Row("1", D1, "", amount=Decimal("100.10")), Row("2", D1, "", amount=Decimal("-0.05"))])
    verdict = reconciliations.verdict_of(enter(account, "invoices", rows, total, tolerance=tolerance))
    assert verdict.is_within is is_within


def test_a_total_of_theirs_and_none_of_ours_is_not_within(account: ProviderAccount) -> None:
    RowTable(account).write([Row("1", D1)])
    verdict = reconciliations.verdict_of(enter(account, "calls", 1, "5"))
    assert (verdict.is_within, verdict.total_difference) == (False, None)


def test_what_was_entered_stays_as_it_was(account: ProviderAccount) -> None:
    table = RowTable(account)
    table.write([Row("1", D1)])
    enter(account, "calls", 1)
    table.write([Row("2", D1)])
    enter(account, "calls", 1)
    listed = reconciliations.list_reconciliations(account, data_type="calls", page=1).items
    assert [(row.source_rows, row.our_rows) for row in listed] == [(1, 2), (1, 1)]


@pytest.mark.parametrize(
    ("data_type", "rows", "total", "tolerance", "field"),
    [
        ("nothing", 1, None, "0", "data_type"),
        ("calls", -1, None, "0", "source_rows"),
        ("calls", 1, "1e14", "0", "source_total"),
        ("calls", 1, None, "101", "tolerance"),
        ("calls", 1, None, "-1", "tolerance"),
    ],
)
def test_totals_that_cannot_be_taken(
    account: ProviderAccount, data_type: str, rows: int, total: str | None, *, tolerance: str, field: str
) -> None:
    with pytest.raises(InvalidField) as caught:
        enter(account, data_type, rows, total, tolerance=tolerance)
    assert caught.value.field == field


def test_totals_come_from_a_small_file() -> None:
    text = "\ufefffirst_day,last_day,rows,total\r\n2026-09-01,2026-09-30,412,98765.40\r\n\r\n2026-10-01,2026-10-31,400,\r\n"
    assert list(reconciliations.read_totals(text)) == [
        SourceTotals(SEPTEMBER, 412, Decimal("98765.4000")),
        SourceTotals(Window.month(2026, 10), 400, None),
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "first line has to name the columns"),
        ("a,b\n1,2", "first line has to name the columns"),
        ("first_day,last_day,rows,total", "no line of totals"),
        ("first_day,last_day,rows,total\n2026-09-01,2026-08-01,1,", "Line 2: the last day lies before"),
        ("first_day,last_day,rows,total\n2026-09-01,2026-09-30,x,", "Line 2 cannot be read"),
        ("first_day,last_day,rows,total\n2026-09-01,2026-09-30,1,NaN", "Line 2 cannot be read"),
        ("first_day,last_day,rows,total\n2026-09-01,2026-09-30,1,Infinity", "Line 2 cannot be read"),
        ("first_day,last_day,rows,total\n2026-09-01,9999-12-31,1,1", "Line 2 cannot be read"),
        ("first_day,last_day,rows,total\n2026-09-01,2026-09-30,1", "Line 2 cannot be read"),
        ("first_day,last_day,rows,total\n" + "2026-09-01,2026-09-30,1,1\n" * 501, "At most 500 lines"),
    ],
)
def test_a_file_of_totals_that_cannot_be_taken(text: str, why: str) -> None:
    with pytest.raises(InvalidField, match=why):
        reconciliations.read_totals(text)
