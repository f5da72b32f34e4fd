"""Figures at a terminal, for people and for scripts."""

import json
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask

from app.extensions import db
from app.ids import new_public_id
from app.metrics.windows import Window
from app.models import Baseline, MetricPoint, ProviderAccount
from app.unit_of_work import transaction
from tests.services.test_figures import AUGUST, SEPTEMBER, bring
from tests.services.test_points import D1, roll_up, stored
from tests.support import factories
from tests.support.row_tables import Row, RowTable

IN_AUGUST = "2026-08-02..2026-09-01"


@pytest.fixture
def account(app: Flask) -> ProviderAccount:
    return factories.connector(of=factories.organization())


def run(*arguments: str) -> Result:
    from flask import current_app

    result = current_app.test_cli_runner().invoke(args=list(arguments))
    db.session.rollback()
    return result


def as_json(*arguments: str) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def compare(account: ProviderAccount, key: str, *, baseline: str = IN_AUGUST, current: str = str(SEPTEMBER)) -> tuple[str, ...]:
    return ("compare", account.public_id, key, "--baseline", baseline, "--current", current)


def test_two_windows_beside_each_other(account: ProviderAccount) -> None:
    table = RowTable(account)
    bring(table, AUGUST)
    bring(table, SEPTEMBER, booked=3)
    told = as_json(*compare(account, "booked_calls"))
    assert (told["metric"], told["unit"], told["time_zone"]) == ("booked_calls", "count", "America/Chicago")
    assert [(told[side]["value"], told[side]["rows"], told[side]["days"]) for side in ("baseline", "current")] == [
        (60, 60, 30),
        (90, 90, 30),
    ]
    assert (told["verdict"], told["reasons"]) == ("comparable", [])
    assert told["movement"] == {"direction": "up", "difference": 30, "percent": "50.0", "words": "up 50.0 %, from 60 to 90"}
    assert told["windows"] == "1–30 Sep 2026 (30 days) against 2–31 Aug 2026 (30 days), America/Chicago"
    assert told["current"]["data_through"] == "2026-09-30"


def test_a_ratio_is_told_with_its_parts(account: ProviderAccount) -> None:
    table = RowTable(account)
    bring(table, AUGUST)
    bring(table, SEPTEMBER, booked=3)
    told = as_json(*compare(account, "booking_rate"))
    assert (told["current"]["value"], told["current"]["numerator"], told["current"]["denominator"]) == ("0.750000", "90.00", "120.00")
    assert told["movement"]["words"] == "up from 66.7 % to 75.0 %, by 8.3 percentage points"


def test_money_is_told_to_the_cent_and_beyond(account: ProviderAccount) -> None:
    table = RowTable(account, "invoices")
    written = table.write([Row("1", D1, "", amount=Decimal("1234567890.10")), Row("2", D1, "", amount=Decimal("0.0025"))])
    roll_up(account, "invoices", written=written)
    told = as_json("points", account.public_id, "revenue_invoiced")
    assert (told["currency"], told["points"][0]["value"], told["points"][0]["rows"]) == ("USD", "1234567890.1025", 2)


def test_what_is_not_comparable_has_no_movement(account: ProviderAccount) -> None:
    bring(RowTable(account), SEPTEMBER)
    told = as_json(*compare(account, "booked_calls"))
    assert (told["verdict"], told["movement"], told["baseline"]["value"]) == ("not comparable", None, None)
    assert [reason["key"] for reason in told["reasons"]] == ["days_without_data", "too_few_rows"]
    assert told["baseline"]["why_no_value"] == "No complete batch tells about 2–31 Aug 2026 (30 days)."


def test_lines_and_no_total(account: ProviderAccount) -> None:
    table = RowTable(account, "jobs")
    rows = [Row(str(n), D1, "completed") for n in range(3)]
    roll_up(account, "jobs", written=table.write([*rows, Row("c", D1, "canceled")], first=AUGUST.start, last=SEPTEMBER.last_day))
    told = as_json(*compare(account, "job_outcomes"))
    assert told["current"]["value"] is None
    assert [(line["name"], line["baseline"], line["current"]) for line in told["lines"]] == [("canceled", 0, 1), ("completed", 0, 3)]


def test_people_read_sentences(account: ProviderAccount) -> None:
    table = RowTable(account)
    bring(table, AUGUST)
    bring(table, SEPTEMBER, booked=3)
    text = run(*compare(account, "booked_calls", baseline=str(AUGUST))).stdout.splitlines()
    assert text == [
        "Booked calls, 1–30 Sep 2026 (30 days) against 1–31 Aug 2026 (31 days), America/Chicago",
        "Baseline: 62 (62 rows)",
        "Current: 90 (90 rows)",
        "Verdict: with caveats",
        "* The windows are not equally long: 30 days against 31 days.",
        "Movement: up 45.2 %, from 62 to 90",
    ]


def test_points_by_day(account: ProviderAccount) -> None:
    bring(RowTable(account), Window(SEPTEMBER.start, SEPTEMBER.last_day))
    told = as_json("points", account.public_id, "booking_rate", "--window", "2026-09-01..2026-09-03")
    assert [(point["date"], point["value"], point["numerator"], point["denominator"]) for point in told["points"]] == [
        ("2026-09-01", "0.666667", "2.00", "3.00"),
        ("2026-09-02", "0.666667", "2.00", "3.00"),
    ]
    assert "2026-09-01  phone_call" in run("points", account.public_id, "booking_rate").stdout
    assert run("points", account.public_id, "ad_cost").stdout.startswith("There are no points of Cost of ads yet.")


def test_a_baseline_is_frozen_and_printed(account: ProviderAccount) -> None:
    bring(RowTable(account), SEPTEMBER)
    told = as_json("baseline", "freeze", account.public_id, "booked_calls", str(SEPTEMBER), "--note", "before the form")
    frozen = db.session.scalars(sa.select(Baseline)).one()
    assert (told["public_id"], told["value"], told["hash"], told["note"]) == (frozen.public_id, 60, frozen.hash, "before the form")
    text = run("baseline", "freeze", account.public_id, "booked_calls", str(SEPTEMBER)).stdout
    assert text.startswith("Booked calls, 1–30 Sep 2026 (30 days): frozen as ")
    assert as_json(*compare(account, "booked_calls", baseline=str(SEPTEMBER)))["frozen_baseline"] in text


def test_points_are_counted_anew(account: ProviderAccount) -> None:
    roll_up(account, written=RowTable(account).write([Row("1", D1)]))
    with transaction():
        db.session.execute(sa.delete(MetricPoint))
    assert run("recount-points", account.public_id, "calls").stdout == "Counted: 1 day.\n"
    assert stored() == {(D1, ""): "1"}


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("compare", "{id}", "no_metric", "--baseline", IN_AUGUST, "--current", IN_AUGUST), "There is no metric “no_metric”."),
        (("compare", "{id}", "booked_calls", "--baseline", "august", "--current", IN_AUGUST), "“august” is no window."),
        (
            ("compare", "{id}", "booked_calls", "--baseline", "2026-09-01..2026-08-01", "--current", IN_AUGUST),
            "A window ends after it begins",
        ),
        (("compare", "1", "booked_calls", "--baseline", IN_AUGUST, "--current", IN_AUGUST), "There is no connector 1."),
        (("compare", new_public_id(), "booked_calls", "--baseline", IN_AUGUST, "--current", IN_AUGUST), "There is no connector"),
        (("points", "{id}", "Booked Calls"), "There is no metric “Booked Calls”."),
        (("points", "no-id", "booked_calls"), "There is no connector no-id."),
        (("baseline", "freeze", "{id}", "booked_calls", IN_AUGUST), "There is nothing to freeze."),
        (("baseline", "freeze", "{id}", "booked_calls", "2026-02-30..2026-03-01"), "names a day that no calendar has"),
        (("baseline", "freeze", "{id}", "booked_calls", IN_AUGUST, "--note", "x" * 301), "at most 300 characters"),
        (("recount-points", "{id}", "materials"), "No metric is counted from “materials”."),
    ],
)
def test_bad_input_ends_with_status_1_and_a_sentence(account: ProviderAccount, arguments: tuple[str, ...], sentence: str) -> None:
    result = run(*(argument.replace("{id}", account.public_id) for argument in arguments))
    assert result.exit_code == 1
    assert sentence in result.stderr
    assert result.stdout == ""
    assert "Traceback" not in result.output
