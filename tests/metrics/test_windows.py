"""Windows: half-open local dates, printed in full, right on days that are no 24 hours long."""

from datetime import date, timedelta

import pytest

from app.metrics.windows import BadWindowError, Window, merged

OCTOBER, SEPTEMBER = Window.month(2026, 10), Window.month(2026, 9)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("2026-10-01..2026-11-01", "1–31 Oct 2026 (31 days)"),
        ("2026-09-01..2026-10-01", "1–30 Sep 2026 (30 days)"),
        ("2026-10-05..2026-10-06", "5 Oct 2026 (1 day)"),
        ("2026-09-15..2026-10-15", "15 Sep – 14 Oct 2026 (30 days)"),
        ("2025-12-15..2026-01-15", "15 Dec 2025 – 14 Jan 2026 (31 days)"),
        ("2024-02-01..2024-03-01", "1–29 Feb 2024 (29 days)"),
        ("2026-02-01..2026-03-01", "1–28 Feb 2026 (28 days)"),
        ("2023-01-01..2026-01-01", "1 Jan 2023 – 31 Dec 2025 (1,096 days)"),
    ],
)
def test_a_window_is_read_and_printed_in_full(text: str, label: str) -> None:
    window = Window.parse(text)
    assert window.label == label
    assert Window.parse(str(window)) == window


def test_two_windows_are_printed_with_day_counts_and_zone() -> None:
    words = OCTOBER.against(SEPTEMBER, zone="America/Chicago")
    assert words == "1–31 Oct 2026 (31 days) against 1–30 Sep 2026 (30 days), America/Chicago"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is no window"),
        ("2026-10-01", "is no window"),
        ("2026-10-01 2026-11-01", "is no window"),
        ("10/01/2026..11/01/2026", "is no window"),
        ("2026-10-01..2026-11-01..2026-12-01", "is no window"),
        ("2026-10-01..2026-10-01", "ends after it begins"),
        ("2026-11-01..2026-10-01", "ends after it begins"),
        ("2026-02-29..2026-03-01", "no calendar has"),
        ("2026-13-01..2026-14-01", "no calendar has"),
        ("1990-01-01..2026-01-01", "at most 3,660 days"),
    ],
)
def test_what_is_no_window_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(BadWindowError, match=why):
        Window.parse(text)


@pytest.mark.parametrize(
    ("window", "before"),
    [
        ("2026-10-01..2026-11-01", "2026-09-01..2026-10-01"),
        ("2026-03-01..2026-04-01", "2026-02-01..2026-03-01"),
        ("2024-03-01..2024-04-01", "2024-02-01..2024-03-01"),
        ("2026-01-01..2026-02-01", "2025-12-01..2026-01-01"),
        ("2026-10-05..2026-10-12", "2026-09-28..2026-10-05"),
        ("2026-10-01..2026-12-01", "2026-08-01..2026-10-01"),
        ("2026-10-02..2026-11-01", "2026-09-02..2026-10-02"),
    ],
)
def test_the_window_before_a_month_is_a_month_and_of_other_windows_as_long(window: str, before: str) -> None:
    assert str(Window.parse(window).before) == before


@pytest.mark.parametrize(
    ("window", "zone", "hours", "has_change"),
    [
        ("2026-03-08..2026-03-09", "America/Chicago", 23, True),
        ("2026-11-01..2026-11-02", "America/Chicago", 25, True),
        ("2026-03-07..2026-03-08", "America/Chicago", 24, False),
        ("2026-03-01..2026-12-01", "America/Chicago", 275 * 24, True),  # two changes level out
        ("2026-03-08..2026-03-09", "America/Phoenix", 24, False),
        ("2026-03-29..2026-03-30", "Europe/Berlin", 23, True),
        ("2026-10-25..2026-10-26", "Europe/Berlin", 25, True),
        ("2026-04-05..2026-04-06", "Australia/Sydney", 25, True),
        ("2026-10-04..2026-10-05", "Australia/Lord_Howe", 23.5, True),
        ("2026-09-05..2026-09-07", "America/Santiago", 47, True),  # midnight itself is skipped
        ("2026-10-01..2026-11-01", "Asia/Tokyo", 31 * 24, False),
    ],
)
def test_hours_are_counted_between_local_midnights(window: str, zone: str, hours: float, has_change: bool) -> None:
    parsed = Window.parse(window)
    assert parsed.hours(zone) == hours
    assert parsed.has_clock_change(zone) is has_change


@pytest.mark.parametrize("zone", ["America/Chicago", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"])
def test_windows_that_meet_leave_no_instant_between_them(zone: str) -> None:
    assert SEPTEMBER.instants(zone)[1] == OCTOBER.instants(zone)[0]


def test_the_last_day_is_in_and_the_end_is_not() -> None:
    assert OCTOBER.contains(date(2026, 10, 31))
    assert not OCTOBER.contains(date(2026, 11, 1))
    assert not OCTOBER.contains(date(2026, 9, 30))
    assert list(OCTOBER.every_day())[-1] == OCTOBER.last_day == date(2026, 10, 31)


def test_spans_that_touch_or_overlap_become_one() -> None:
    spans = [
        Window.parse(text)
        for text in ("2026-10-10..2026-10-20", "2026-09-01..2026-10-01", "2026-10-01..2026-10-05", "2026-10-12..2026-10-15")
    ]
    assert [str(span) for span in merged(spans)] == ["2026-09-01..2026-10-05", "2026-10-10..2026-10-20"]
    assert merged([]) == ()


def test_shared_days() -> None:
    other = Window(date(2026, 9, 29), date(2026, 10, 3))
    assert list(OCTOBER.days_shared_with(other)) == [date(2026, 10, 1), date(2026, 10, 2)]
    assert list(OCTOBER.days_shared_with(SEPTEMBER)) == []
    assert len(list(OCTOBER.days_shared_with(OCTOBER))) == (OCTOBER.end - OCTOBER.start) / timedelta(days=1)
