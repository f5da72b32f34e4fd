"""The rules of the watch, each by itself."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest

from app.models import FindingKind
from app.services.freshness import Freshness
from app.services.watching import restated, schema, silence, standing, volume
from app.services.watching.silence import Export
from app.services.watching.trouble import WORDS, runs

DAY = timedelta(days=1)
LAST = date(2026, 11, 22)
"""A Sunday."""


def days(number: int, *, up_to: date = LAST) -> list[date]:
    return [up_to - DAY * back for back in range(number)]


def steady(number: int = 80, *, rows: int = 100, up_to: date = LAST, **changed: int) -> dict[date, int]:
    """So many rows a day; ``d1=5`` changes yesterday's."""
    found = dict.fromkeys(days(number, up_to=up_to), rows)
    return {**found, **{LAST - DAY * int(name[1:]): count for name, count in changed.items()}}


# Volume


def off(rows: Mapping[date, int], *, known: list[date] | None = None) -> list[tuple[int, int, int]]:
    found = volume.off_days(rows, frozenset(known if known is not None else rows), last_day=LAST)
    return [((LAST - each.day).days, each.rows, each.usual) for each in found]


def test_usual_days_are_usual() -> None:
    assert off(steady()) == []
    assert off({day: 100 + (day.toordinal() * 7) % 23 for day in days(80)}) == []


def test_two_days_far_below_are_found_and_named() -> None:
    assert off(steady(d0=10, d2=0)) == [(2, 0, 100), (0, 10, 100)]
    found = volume.trouble("calls", "Calls", volume.off_days(steady(d0=10, d2=0), frozenset(steady()), last_day=LAST))
    assert found is not None
    assert found.sentence == (
        "Calls: far fewer rows than usual on that weekday: Fri 20 Nov 2026 0 instead of about 100; Sun 22 Nov 2026 10 instead of about 100."
    )
    assert (found.kind, found.subject, found.basis) == (FindingKind.VOLUME, "calls", "2026-11-22")


def test_days_far_above_are_found() -> None:
    assert off(steady(d1=400, d3=350)) == [(3, 350, 100), (1, 400, 100)]


def test_one_odd_day_is_a_holiday() -> None:
    assert off(steady(d0=0)) == []


def test_one_above_and_one_below_are_no_direction() -> None:
    assert off(steady(d0=0, d1=900)) == []


def test_weekends_are_compared_with_weekends() -> None:
    weekly = {day: 5 if day.weekday() >= 5 else 100 for day in days(80)}
    assert off(weekly) == []
    assert off({**weekly, LAST - 2 * DAY: 5, LAST - 3 * DAY: 5}) == [(3, 5, 100), (2, 5, 100)]


def test_a_holiday_in_the_history_moves_nothing() -> None:
    holidays = {f"d{7 * week + day}": 0 for week in (1, 4) for day in range(7)}
    assert off(steady(**holidays)) == []
    assert off(steady(**holidays, d0=10, d1=10)) == [(1, 10, 100), (0, 10, 100)]


def test_a_wide_spread_needs_more() -> None:
    wild = {day: 60 if (day.toordinal() // 7) % 2 else 140 for day in days(80)}
    assert off({**wild, LAST: 30, LAST - DAY: 30}) == []


def test_too_little_history_says_nothing() -> None:
    assert off(steady(7 * volume.ENOUGH_WEEKS, d0=0, d1=0)) == []
    assert off(steady(7 * volume.ENOUGH_WEEKS + 7, d0=0, d1=0)) != []


def test_too_few_rows_say_nothing() -> None:
    assert off(steady(rows=volume.ENOUGH_ROWS - 1, d0=0, d1=0)) == []
    assert off(steady(rows=volume.ENOUGH_ROWS + 20, d0=0, d1=0)) != []


def test_days_that_are_not_known_are_neither_judged_nor_history() -> None:
    rows = steady(d0=0, d1=0)
    assert off(rows, known=[day for day in rows if day < LAST - DAY]) == []
    assert off(rows, known=[day for day in rows if day >= LAST - 20 * DAY]) == []


def test_a_known_day_without_rows_had_none() -> None:
    rows = {day: count for day, count in steady().items() if day not in {LAST, LAST - DAY}}
    assert off(rows, known=days(80)) == [(1, 0, 100), (0, 0, 100)]


def test_no_data_at_all_is_no_finding() -> None:
    assert volume.off_days({}, frozenset(), last_day=LAST) == []
    assert volume.trouble("calls", "Calls", []) is None


# Silence


def silent(rows: Mapping[date, int], *, known: list[date] | None = None) -> silence.Stretch | None:
    return silence.stretch(rows, frozenset(known or days(100)), last_day=LAST)


def test_three_empty_days_where_every_day_had_rows() -> None:
    assert silent(steady(100)) is None
    assert silent(steady(100, d0=0, d1=0)) is None, "a holiday and the day after"
    found = silent(steady(100, d0=0, d1=0, d2=0))
    assert found == silence.Stretch(LAST - 2 * DAY, LAST, 0)
    told = silence.trouble("calls", "Calls", found)
    assert told is not None
    assert told.sentence == "Calls: not one row on 20–22 Nov 2026 (3 days). In the twelve weeks before, every day had some."
    assert told.basis == "2026-11-20"


def test_empty_weekends_are_usual() -> None:
    rows = {day: 0 if day.weekday() >= 5 else 10 for day in days(100)}
    assert silent(rows) is None
    assert silent({**rows, LAST - 2 * DAY: 0, LAST - 3 * DAY: 0}) is None  # four days are twice two
    found = silent({**rows, **{LAST - back * DAY: 0 for back in (2, 3, 4)}})
    assert found is not None
    assert (found.days, found.longest_before) == (5, 2)
    told = silence.trouble("calls", "Calls", found)
    assert told is not None
    assert told.sentence.endswith("no stretch was longer than 2.")


def test_silence_needs_history_and_rows_in_it() -> None:
    empty = steady(100, d0=0, d1=0, d2=0)
    assert silent(empty, known=days(silence.ENOUGH_DAYS + 2)) is None
    assert silent(empty, known=days(silence.ENOUGH_DAYS + 3)) is not None
    assert silent({}) is None


def test_where_rows_are_rare_no_stretch_is_odd() -> None:
    rare = {day: 1 for day in days(100) if day.toordinal() % 3 == 0 and day < LAST - 20 * DAY}
    assert silent(rare) is None
    often = {day: 1 for day in days(100) if day.toordinal() % 3 and day < LAST - 20 * DAY}
    assert silent(often) is not None


def test_a_stretch_ends_where_a_day_is_not_known() -> None:
    rows = {day: count for day, count in steady(100).items() if day < LAST - 5 * DAY}
    assert silent(rows) is not None
    known = [day for day in days(100) if day != LAST - 2 * DAY]
    assert silent(rows, known=known) is None, "the third day back is not known, so two alone are empty"


@pytest.mark.parametrize(
    ("lags", "empty"),
    [
        ([1, 1, 1], 0),
        ([1, 1, 1, 6], 5),
        ([5, 5, 5], 0),
        ([5, 4, 5, 7], 2),
        ([1, 9], 0),  # one export before it says little
        ([0, 0, 1], 0),
        ([0, 0, 4], 3),
    ],
)
def test_an_export_that_ends_long_before_it_came_tells_of_empty_days(lags: list[int], empty: int) -> None:
    made = [date(2026, 9, 1) + 10 * number * DAY for number in range(len(lags))]
    exports = [Export(on, on - lag * DAY) for on, lag in zip(made, lags, strict=True)]
    found = silence.told_to_be_empty(exports)
    assert len(found) == empty
    assert found == [exports[-1].last_date + DAY * number for number in range(1, empty + 1)]


def test_an_export_of_an_older_time_says_nothing_of_the_end() -> None:
    usual = [Export(date(2026, 9, day), date(2026, 9, day) - DAY) for day in (1, 8, 15)]
    assert silence.told_to_be_empty([*usual, Export(date(2026, 9, 16), date(2024, 1, 1))]) == []


# Schema

KNOWN = ("Id", "Date", "Amount", "Status", "Note")
READ = ("Id", "Date", "Amount", "Status")


def differs(*titles: str) -> schema.Difference:
    return schema.compare(titles, known=KNOWN, read=READ)


def test_the_same_columns_in_another_order_are_the_same() -> None:
    assert differs("Status", "Amount", "Date", "Id", "Note").is_none
    assert differs(*READ).is_none, "one that is ignored may be gone"


def test_new_gone_and_renamed_columns() -> None:
    assert differs(*KNOWN, "Tax") == schema.Difference(("Tax",), (), ())
    assert differs("Id", "Date", "Status") == schema.Difference((), ("Amount",), ())
    assert differs("Id", "Date", "Amounts", "Status") == schema.Difference((), (), (("Amount", "Amounts"),))
    assert differs("Id", "Date", "AMOUNT", "Status") == schema.Difference((), (), (("Amount", "AMOUNT"),))


def test_another_file_altogether() -> None:
    assert differs("Alpha", "Beta") == schema.Difference(("Alpha", "Beta"), READ, ())


def test_the_sentence_names_no_column_that_the_map_does_not_know() -> None:
    """Where a file came without titles, its first row stands in their place: that may be a person."""
    titles = ("Ana Lopez", "312-555-0142", "Id", "Date", "Amounts")
    found = schema.trouble("calls", "Calls", titles, differs(*titles))
    assert found is not None
    assert found.sentence == (
        "Calls: the newest file differs from the map in force: “Status” is gone; “Amount” seems to have another title; "
        "2 columns are new to the map."
    )
    assert schema.trouble("calls", "Calls", READ, differs(*READ)) is None


def test_what_was_reviewed_is_the_set_of_columns() -> None:
    one, other = (schema.trouble("calls", "Calls", titles, differs(*titles)) for titles in (("Id", "Tax"), ("Tax", "Id")))
    assert one is not None
    assert other is not None
    assert one.basis == other.basis
    assert len(one.basis) == 64


# Restated


@pytest.mark.parametrize(
    ("changed", "known", "is_much"), [(0, 90, False), (2, 2, False), (3, 30, False), (4, 30, True), (9, 90, False), (10, 90, True)]
)
def test_a_few_corrections_are_usual(changed: int, known: int, is_much: bool) -> None:
    assert restated.is_much(changed, known) is is_much


def test_a_rewritten_past_is_told_with_its_export() -> None:
    found = restated.trouble("calls", "Calls", changed=40, known=90, made_on=date(2026, 11, 3), batch="b-1")
    assert found is not None
    assert found.sentence == "Calls: the export of 3 Nov 2026 changed figures of 40 days out of 90 that were known."
    assert (found.kind, found.basis) == (FindingKind.RESTATED, "b-1")


# What time and people change

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def agreed(**ago: int) -> Freshness:
    late = NOW - timedelta(hours=ago["hours"])
    return Freshness("calls", "Their office", 7, late.date() - DAY, late, late + 7 * DAY)


@pytest.mark.parametrize(("hours", "level"), [(-1, None), (0, "late"), (24 * 7 - 1, "late"), (24 * 7, "overdue"), (24 * 30, "overdue")])
def test_late_after_one_interval_overdue_after_two(hours: int, level: str | None) -> None:
    found = standing.freshness(agreed(hours=hours), "Calls", now=NOW)
    assert (found.level if found else None) == level


def test_overdue_says_more_than_late() -> None:
    late, overdue = (standing.freshness(agreed(hours=hours), "Calls", now=NOW) for hours in (1, 24 * 8))
    assert late is not None
    assert overdue is not None
    assert late.sentence == "Calls: the export that was due on 21 Nov 2026 has not come."
    assert overdue.sentence == "Calls: the export that was due on 13 Nov 2026 has not come, nor within 7 days after it."


def test_nobody_and_somebody_who_left() -> None:
    assert standing.owner(is_named=True, is_active=True) is None
    left, never = standing.owner(is_named=True, is_active=False), standing.owner(is_named=False, is_active=False)
    assert left is not None
    assert never is not None
    assert (left.sentence, never.sentence) == ("Whoever owned it is not active any more.", "Nobody owns it.")


@pytest.mark.parametrize(("days_ago", "is_old"), [(0, False), (180, False), (181, True), (-1, False)])
def test_a_secret_grows_old(days_ago: int, is_old: bool) -> None:
    found = standing.secret("client_secret", "The secret “client secret”", NOW - days_ago * DAY, now=NOW, days=180)
    assert (found is not None) is is_old
    if found is not None:
        assert found.sentence == "The secret “client secret” was set on 25 May 2026, 181 days ago."
        assert found.subject == "client_secret"


def test_withdrawn_consent() -> None:
    assert standing.withdrawn(None) is None
    found = standing.withdrawn(date(2026, 11, 3))
    assert found is not None
    assert found.sentence == "The customer withdrew consent on 3 Nov 2026."


def test_evidence_that_another_trouble_explains_is_no_second_one() -> None:
    closed = [("owner", "Somebody owns it"), ("access-tested", "Access was tested")]
    assert standing.evidence([], others=()) is None
    assert standing.evidence(closed, others={FindingKind.OWNER, FindingKind.FRESHNESS}) is None
    one = standing.evidence(closed, others={FindingKind.OWNER})
    both = standing.evidence(closed, others={FindingKind.VOLUME})
    assert one is not None
    assert both is not None
    assert one.sentence == "“Access was tested” does not stand any more."
    assert both.sentence == "“Somebody owns it” and “Access was tested” do not stand any more."


# Words


def test_every_kind_says_what_it_means_and_what_to_do() -> None:
    assert WORDS.keys() == set(FindingKind)
    assert all(words.means.endswith(".") and words.to_do.endswith(".") for words in WORDS.values())
    assert {kind for kind in FindingKind if kind.is_anomaly} < {kind for kind in FindingKind if kind.may_be_fine}


def test_runs_of_days() -> None:
    assert runs([]) == []
    assert runs([LAST]) == [(LAST, LAST)]
    assert runs([LAST, LAST - DAY, LAST - 3 * DAY]) == [(LAST - 3 * DAY, LAST - 3 * DAY), (LAST - DAY, LAST)]
