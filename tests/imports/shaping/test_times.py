"""Instants, local times and days in the organization's zone, also on the days on which clocks are set."""

import random
from datetime import UTC, date, datetime, timedelta
from itertools import compress
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from app.imports.field_map import Transform
from app.imports.shaping import zones
from app.imports.shaping.reader import signs_in
from tests.imports.shaping.shaping import rejects_of, rows_of, shaped, text_of

CALL = ("Call ID", "Received On")
FEW = (2011, 2013)
"""Apia left out a day at the end of 2011."""


def called(directory: Path, text: str, zone: str, how: Transform | None = None) -> tuple[date, str] | str:
    """Day and instant of a call, or why it was refused."""
    given = {"Received On": how} if how else None
    with shaped(directory, "calls", text_of(CALL, [["1", text]]), zone=zone, how=given) as result:
        rows = rows_of(result)
        if not rows:
            return next(iter(result.reject_counts))
        return rows[0]["local_date"], f"{rows[0]['occurred_at']:%Y-%m-%dT%H:%M:%S.%f}"


@pytest.mark.parametrize(
    ("text", "zone", "day", "instant"),
    [
        ("2026-10-05T03:30:00.1234567Z", "America/Chicago", date(2026, 10, 4), "2026-10-05T03:30:00.123456"),
        ("2026-10-05T03:30:00Z", "Pacific/Auckland", date(2026, 10, 5), "2026-10-05T03:30:00.000000"),
        ("2026-10-05T23:30:00+02:00", "America/Chicago", date(2026, 10, 5), "2026-10-05T21:30:00.000000"),
        ("2026-10-05T23:30:00-0500", "Europe/Berlin", date(2026, 10, 6), "2026-10-06T04:30:00.000000"),
        ("10/05/2026 11:30 PM", "America/Chicago", date(2026, 10, 5), "2026-10-06T04:30:00.000000"),
        ("10/05/2026 23:30:15", "Asia/Kolkata", date(2026, 10, 5), "2026-10-05T18:00:15.000000"),
        ("2026-10-05 11:30 PM", "UTC", date(2026, 10, 5), "2026-10-05T23:30:00.000000"),
        ("10/05/2026", "America/Chicago", date(2026, 10, 5), "2026-10-05T05:00:00.000000"),
        ("11/01/2026 01:30 AM", "America/Chicago", date(2026, 11, 1), "2026-11-01T06:30:00.000000"),
        ("11/01/2026 02:00 AM", "America/Chicago", date(2026, 11, 1), "2026-11-01T08:00:00.000000"),
        ("03/08/2026 01:59 AM", "America/Chicago", date(2026, 3, 8), "2026-03-08T07:59:00.000000"),
        ("03/08/2026 03:00 AM", "America/Chicago", date(2026, 3, 8), "2026-03-08T08:00:00.000000"),
        ("04/05/2026 01:45 AM", "Australia/Lord_Howe", date(2026, 4, 5), "2026-04-04T14:45:00.000000"),
        ("10/26/1997 01:30 AM", "America/Chicago", date(1997, 10, 26), "1997-10-26T06:30:00.000000"),
        ("07/01/2070 12:00 PM", "America/Chicago", date(2070, 7, 1), "2070-07-01T17:00:00.000000"),
        ("09/06/2026", "America/Santiago", date(2026, 9, 6), "2026-09-06T04:00:00.000000"),
    ],
)
def test_an_instant_has_its_local_day_and_its_moment(tmp_path: Path, text: str, zone: str, day: date, instant: str) -> None:
    assert called(tmp_path, text, zone) == (day, instant)


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("03/08/2026 02:30 AM", "America/Chicago"), ("03/08/2026 02:00:00", "America/Chicago"), ("03/29/2026 02:59:59", "Europe/Berlin"),
        ("10/04/2026 02:15", "Australia/Lord_Howe"),
        ("09/06/2026 12:30 AM", "America/Santiago"), ("04/06/1997 02:30 AM", "America/Chicago"),
    ],
)  # fmt: skip
def test_a_time_that_never_was_is_refused(tmp_path: Path, text: str, zone: str) -> None:
    assert called(tmp_path, text, zone) == "time_does_not_exist"


def test_a_map_may_say_in_which_zone_a_file_writes_its_times(tmp_path: Path) -> None:
    how = Transform(dates="mdy", zone="America/New_York")
    assert called(tmp_path, "10/05/2026 12:30 AM", "America/Chicago", how) == (date(2026, 10, 4), "2026-10-05T04:30:00.000000")
    assert called(tmp_path, "10/05/2026", "America/Chicago", how) == (date(2026, 10, 5), "2026-10-05T05:00:00.000000")


@pytest.mark.parametrize("zone", ["America/Chicago", "Europe/London", "Pacific/Apia", "Asia/Kathmandu", "Africa/Casablanca", "UTC"])
def test_offsets_are_those_of_the_zone_data_at_any_moment(zone: str) -> None:
    dice, info = random.Random(zone), ZoneInfo(zone)
    first = datetime(2000, 1, 1, tzinfo=UTC)
    moments = [first + timedelta(seconds=dice.randrange(45 * 365 * 86_400)) for _ in range(3_000)]
    moments += [
        change.at + timedelta(seconds=seconds) for change in zones.changes_of(zone)[1] for seconds in (-1, 0, 1) if change.at > first
    ]
    micros = [int(moment.timestamp()) * 1_000_000 for moment in moments]
    wanted = [int(moment.astimezone(info).utcoffset().total_seconds()) * 1_000_000 for moment in moments]  # type: ignore[union-attr]
    locals_ = [micro + offset for micro, offset in zip(micros, wanted, strict=True)]
    with duckdb.connect() as connection:
        source = "(SELECT unnest(?::BIGINT[]) AS moment)"
        found = connection.execute(f"SELECT {zones.utc_offset(zone, 'moment')} FROM {source}", [micros]).fetchall()
        back = connection.execute(f"SELECT moment - ({zones.wall_offset(zone, 'moment')}) FROM {source}", [locals_]).fetchall()
        near = connection.execute(f"SELECT {zones.utc_offset(zone, 'moment', FEW)} FROM {source}", [micros]).fetchall()
        near_back = connection.execute(f"SELECT moment - ({zones.wall_offset(zone, 'moment', FEW)}) FROM {source}", [locals_]).fetchall()
    assert [offset for (offset,) in found] == wanted
    within = [FEW[0] <= moment.year <= FEW[1] for moment in moments]
    assert list(compress(near, within)) == list(compress(found, within))
    assert list(compress(near_back, within)) == list(compress(back, within))
    # Of an hour that comes twice the first is meant: Python's fold says so for every local time.
    firsts = [
        datetime.fromtimestamp(local // 1_000_000, UTC).replace(tzinfo=info, fold=0).astimezone(UTC).timestamp() * 1_000_000
        for local in locals_
    ]
    assert [moment for (moment,) in back] == firsts


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("1,10/05/2026 12:30 AM\n2,12/31/2024 1:00 PM", (2024, 2026)),
        ("1,2026-10-05T12:00:00Z,5,20250105", (2025, 2026)),
        ("1,10/05/2026,10/05/26", zones.ALL_YEARS),
        ("1,10/05/2026,5-Oct-26", zones.ALL_YEARS),
        ("1,10/05/2026,Oct 5 26", zones.ALL_YEARS),
        ("1,10/05/2026,october 5, 26", zones.ALL_YEARS),
        ("1,1950-01-01,2090-01-01", zones.ALL_YEARS),
        ("1,120261,nothing", zones.ALL_YEARS),
        ("1,2026-10-05T12:00:00Z,20000435,20001399", (2026, 2026)),  # ids: there is no 35th of April
        ("1,2044.50,2030\n" + "2,2026-10-05,2025-10-05\n" * 10, (2025, 2026)),  # an amount and a number, once each
    ],
)
def test_only_the_years_that_a_small_file_names_are_planned_for(tmp_path: Path, text: str, years: tuple[int, int]) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(text, encoding="utf-8")
    assert signs_in(path).years == years
    with path.open("a") as file:
        file.write("," + "x" * (1 << 20))
    assert signs_in(path).years == zones.ALL_YEARS


def test_many_times_at_once_keep_the_order_of_the_file(tmp_path: Path) -> None:
    rows = [[str(number), f"10/{number % 28 + 1:02d}/2026 01:{number % 60:02d} PM"] for number in range(20_000)]
    with shaped(tmp_path, "calls", text_of(CALL, rows)) as result:
        kept = rows_of(result)
        assert [row["external_id"] for row in kept] == [row[0] for row in rows]
        assert [row["row_no"] for row in kept] == list(range(2, 20_002))
        assert rejects_of(result) == []
