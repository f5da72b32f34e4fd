"""Metrics that show as a note, a task or a signal: told once of each whole window, in the words of the card."""

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.extensions import db
from app.metrics.metric import Direction
from app.metrics.windows import Window
from app.models import AdminTask, HealthSignal, ProviderAccount, ReportNote, Surface, TaskStatus
from app.services import card_remarks, card_turns, figure_sentences, health_signals, report_notes, source_words, surfaces, tasks
from app.unit_of_work import transaction
from tests.support import factories, published

AUGUST, SEPTEMBER, OCTOBER = (Window.month(2026, month) for month in (8, 9, 10))
ALL = tuple(Surface)
ZONE = "America/Chicago"


def words(window: Window | None = SEPTEMBER, *, known: Window | None = None, **changes: Any) -> dict[str, Any]:
    """As ``card_figures`` puts them."""
    span = known or window
    return published.words(
        **{
            "value": "128",
            "movement": "up 10.3 %, from 116 to 128",
            "windows": window.against(AUGUST, zone=ZONE) if window else "",
            "data_through": "30 Sep 2026",
            "details": {
                "window": str(window).split("..") if window else None,
                "known": [str(span).split("..")] if span else [],
            },
            **changes,
        }
    )


def publish(account: ProviderAccount, said: dict[str, Any], *, shows: tuple[Surface, ...] = ALL, metric_key: str = "booked_calls") -> None:
    with transaction():
        contents = {"metrics": {metric_key: [surface.value for surface in shows]}}
        surfaces.follow(account, contents, {metric_key: said})


@pytest.fixture
def account(app: Flask) -> ProviderAccount:
    return factories.connector(owner_id=factories.staff(with_password=False).id)


def notes() -> list[ReportNote]:
    return list(db.session.scalars(sa.select(ReportNote).order_by(ReportNote.id)))


def open_tasks() -> list[AdminTask]:
    return list(db.session.scalars(sa.select(AdminTask).where(AdminTask.status == TaskStatus.OPEN).order_by(AdminTask.id)))


def test_a_new_window_is_told_once(account: ProviderAccount) -> None:
    for _ in range(2):
        publish(account, words())
    (note,), (task,) = notes(), open_tasks()
    assert (note.metric_key, note.first_day, note.last_day) == ("booked_calls", SEPTEMBER.start, SEPTEMBER.last_day)
    assert note.written_by_id is None
    assert note.text.startswith("Booked calls: 128. Up 10.3 %, from 116 to 128. 1–30 Sep 2026 (30 days) against 1–31 Aug 2026 (31 days)")
    assert "As first published on" in note.text
    assert task.title == "Look at Booked calls of 1–30 Sep 2026 (30 days)"
    assert (task.owner_id, task.account_id, task.kind) == (account.owner_id, account.id, tasks.LOOK_AT_FIGURES)
    assert task.due_on == tasks.today(account.organization) + timedelta(days=7)
    assert "Booked calls: 128. Up 10.3 %" in task.detail
    assert surfaces.metric_of_task(task) == "booked_calls"


def test_the_next_window_brings_a_note_and_closes_the_task_of_the_one_before(account: ProviderAccount) -> None:
    publish(account, words())
    first = open_tasks()[0].public_id
    publish(account, words(OCTOBER))
    assert [note.first_day for note in notes()] == [SEPTEMBER.start, OCTOBER.start]
    (task,) = open_tasks()
    assert task.public_id != first
    assert "1–31 Oct 2026" in task.title
    closed = tasks.get_task(first)
    assert (closed.status, closed.closed_by_id) == (TaskStatus.DONE, None)


def test_a_window_that_comes_back_is_not_told_again(account: ProviderAccount) -> None:
    for window in (SEPTEMBER, OCTOBER, SEPTEMBER, OCTOBER):
        publish(account, words(window))
    assert len(notes()) == 2


def test_a_task_that_somebody_closed_stays_closed(account: ProviderAccount) -> None:
    publish(account, words())
    with transaction():
        tasks.close_task(open_tasks()[0], actor=surfaces.BY_ITSELF)
    publish(account, words(value="129"))
    assert open_tasks() == []


def test_days_that_move_on_one_by_one_are_told_when_all_of_them_are_new(account: ProviderAccount) -> None:
    start = date(2026, 8, 1)
    for moved in range(57):
        first = start + timedelta(days=moved)
        publish(account, words(Window(first, first + timedelta(days=28))), shows=(Surface.REPORT_NOTE,))
    assert [(note.first_day - start).days for note in notes()] == [0, 28, 56]


@pytest.mark.parametrize(
    "said",
    [
        words(None, value="", movement="", verdict="", value_note="No whole period has come in yet that could be shown."),
        words(known=Window(SEPTEMBER.start, SEPTEMBER.last_day)),
        words(value="", movement="", value_note="Nothing is known."),
    ],
    ids=["no window", "a day is missing", "no figure"],
)
def test_what_is_no_whole_window_is_not_told_but_signaled(account: ProviderAccount, said: dict[str, Any]) -> None:
    publish(account, said)
    assert (notes(), open_tasks()) == ([], [])
    (signal,) = health_signals.of_connector(account)
    assert signal.figure == (said["value"] or said["value_note"])
    publish(account, words())
    assert len(notes()) == len(open_tasks()) == 1


def test_only_what_was_chosen_happens(account: ProviderAccount) -> None:
    publish(account, words(), shows=(Surface.CARD,))
    assert (notes(), open_tasks(), health_signals.of_connector(account)) == ([], [], [])
    publish(account, words(), shows=(Surface.HEALTH_SIGNAL,))
    assert (notes(), open_tasks()) == ([], [])
    assert [signal.metric_key for signal in health_signals.of_connector(account)] == ["booked_calls"]


def test_what_shows_no_more_as_a_task_or_signal_ends(account: ProviderAccount) -> None:
    publish(account, words())
    publish(account, words(), shows=(Surface.CARD, Surface.REPORT_NOTE))
    assert (open_tasks(), health_signals.of_connector(account)) == ([], [])
    publish(account, words(OCTOBER))
    assert len(open_tasks()) == len(health_signals.of_connector(account)) == 1
    with transaction():
        surfaces.end(account)
    assert (open_tasks(), health_signals.of_connector(account)) == ([], [])
    assert len(notes()) == 2


def test_an_owner_who_left_gets_no_task(account: ProviderAccount) -> None:
    assert account.owner is not None
    account.owner.is_active = False
    factories._save(account.owner)
    publish(account, words())
    assert open_tasks()[0].owner_id is None


NOT_COMPARABLE = {"movement": "", "arrow": "", "verdict": "Not comparable", "reasons": ["1 row is behind the baseline: too few."]}


@pytest.mark.parametrize(
    ("direction", "arrow", "tone"),
    [
        (Direction.UP, "up", "good"),
        (Direction.UP, "down", "bad"),
        (Direction.DOWN, "up", "bad"),
        (Direction.DOWN, "down", "good"),
        (Direction.UP, "same", "idle"),
        (Direction.UP, "", "idle"),
        (Direction.DOWN, "", "idle"),
        *((Direction.NEITHER, arrow, "idle") for arrow in ("up", "down", "same", "")),
    ],
)
def test_the_tone_is_by_which_way_is_good(direction: Direction, arrow: str, tone: str) -> None:
    assert health_signals.tone_of(direction, words(arrow=arrow)) == tone


def test_a_signal_says_why_nothing_is_compared(account: ProviderAccount) -> None:
    publish(account, words(**NOT_COMPARABLE))
    (signal,) = health_signals.of_connector(account)
    assert (signal.tone, signal.verdict) == ("idle", "Not comparable")
    assert signal.movement == "Not comparable, so no movement is shown. 1 row is behind the baseline: too few."
    assert signal.movement in notes()[0].text
    assert signal.movement in open_tasks()[0].detail


def test_a_signal_is_written_anew_only_when_it_says_something_else(account: ProviderAccount) -> None:
    publish(account, words())
    (before,) = health_signals.of_connector(account)
    publish(account, words())
    assert health_signals.of_connector(account) == [before]
    publish(account, words(value="129"))
    (after,) = health_signals.of_connector(account)
    assert (after.figure, after.at > before.at) == ("129", True)
    assert len(db.session.scalars(sa.select(HealthSignal)).all()) == 1
    assert health_signals.of_organization(account.organization) == [after]
    assert health_signals.of_organization(factories.organization()) == []


def test_caveats_stand_beside_the_movement() -> None:
    said = words(verdict="With caveats", reasons=["October is a day longer."])
    assert figure_sentences.movement(said) == "Up 10.3 %, from 116 to 128. With caveats: October is a day longer."
    assert figure_sentences.movement(words(movement="")) == "No movement is shown: one of the two windows has no figure."


def test_lines_are_told_one_by_one_and_never_too_many(account: ProviderAccount) -> None:
    lines = [published.line("Ads", "28", movement="up 12 %, from 25 to 28", arrow="up"), published.line("Flyers", "3")]
    said = words(value="", movement="", arrow="", lines=lines)
    assert figure_sentences.figure(said) == "Phone calls: Ads 28 (up 12 %, from 25 to 28), Flyers 3"
    publish(account, said | {"lines": [published.line(f"Campaign {number} " + "x" * 150, "1") for number in range(7)]})
    assert len(notes()[0].text) <= report_notes.LONGEST
    assert len(open_tasks()[0].detail) <= surfaces.LONGEST_DETAIL
    assert open_tasks()[0].detail.endswith("what was restated.")


def test_clients_read_the_note_on_the_card_and_on_the_page_of_the_source(account: ProviderAccount) -> None:
    publish(account, words())
    (note,) = source_words.words_of(account, None, report_notes.newest_of(account))["notes"]
    assert (note["days"], note["metric"]) == ("1 Sep 2026 to 30 Sep 2026", "Booked calls")
    details = {"window": str(OCTOBER).split(".."), "baseline": str(SEPTEMBER).split("..")}
    remarks = card_remarks.of(account)
    assert [each["text"] for each in remarks.touching("booked_calls", details)["notes"]] == [note["text"]]
    assert remarks.touching("jobs_completed", details)["notes"] == []
    with transaction():
        report_notes.take_back(notes()[0], actor=surfaces.BY_ITSELF)
    publish(account, words())
    assert source_words.words_of(account, None, report_notes.newest_of(account))["notes"] == []


def test_what_people_wrote_is_not_crowded_out(account: ProviderAccount) -> None:
    storm = ReportNote(
        account_id=account.id,
        metric_key="",
        first_day=AUGUST.start,
        last_day=AUGUST.start,
        text="A storm.",
        written_by_id=account.owner_id,
        written_at=factories.utc_now(),
    )
    factories._save(storm)
    for month in range(1, 8):
        publish(account, words(Window.month(2027, month)), shows=(Surface.REPORT_NOTE,))
    shown = card_remarks.of(account).touching("booked_calls", {"window": str(AUGUST).split("..")})["notes"]
    assert len(shown) == card_remarks.MOST
    assert shown[0]["text"] == "A storm."


def test_a_task_about_figures_says_nothing_of_when_a_source_is_seen_to(account: ProviderAccount) -> None:
    publish(account, words())
    assert card_turns._next_due(account) is None
