"""What becomes of a live connector's figures beside cards: a note for its clients, a task for its owner, a signal for staff, each for
the metrics that show so in what runs.

Of each whole window it is told once, when its figures are published for the first time. A window is a new one if it begins behind the
one that was told before: 28 days that move on day by day are told every 28 days.
"""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from app.audit import Actor, ActorKind
from app.clock import utc_now
from app.extensions import db
from app.metrics.windows import Window
from app.models import AdminTask, ProviderAccount, Surface, TaskStatus, ToldWindow
from app.readiness.wording import day_in_words, shortened
from app.services import figure_sentences, health_signals, report_notes, tasks
from app.services.card_figures import Words

DUE_IN = timedelta(days=7)
LONGEST_TITLE = 160
LONGEST_DETAIL = 1000
BY_ITSELF = Actor(ActorKind.JOB, "figures")
Told = Mapping[tuple[str, Surface], ToldWindow]


def follow(account: ProviderAccount, contents: Mapping[str, Any], figures: Mapping[str, Words]) -> None:
    """Figures of a live connector were computed.

    :param contents: of the live configuration's facets
    :param figures: metric → what is published of it, or would be if it showed on a card
    """
    notes = _showing(contents, figures, Surface.REPORT_NOTE)
    to_look_at = _showing(contents, figures, Surface.ADMIN_TASK)
    signals = _showing(contents, figures, Surface.HEALTH_SIGNAL)
    told = _told(account) if notes or to_look_at else {}
    for key, words in notes.items():
        window = _new_window(account, told, key, Surface.REPORT_NOTE, words)
        if window is not None:
            _write_note(account, key, window, words)
    _close_tasks(account, without={_task_key(account, key) for key in to_look_at})
    for key, words in to_look_at.items():
        window = _new_window(account, told, key, Surface.ADMIN_TASK, words)
        if window is not None:
            _open_task(account, key, window, words)
    health_signals.bring_in_line(account, signals)


def end(account: ProviderAccount) -> None:
    """It is not live any more: nothing is to be looked at, and nothing is signaled. Notes stay."""
    _close_tasks(account, without=())
    health_signals.bring_in_line(account, {})


def metric_of_task(task: AdminTask) -> str:
    """Key of the metric that an open task asks to look at; empty: it is about something else, or over."""
    return (task.open_key or "").rpartition(":")[2] if task.kind == tasks.LOOK_AT_FIGURES else ""


def _showing(contents: Mapping[str, Any], figures: Mapping[str, Words], surface: Surface) -> dict[str, Words]:
    return {key: figures[key] for key, surfaces in sorted(contents.get("metrics", {}).items()) if surface.value in surfaces}


def _told(account: ProviderAccount) -> Told:
    rows = db.session.scalars(sa.select(ToldWindow).where(ToldWindow.account_id == account.id))
    return {(row.metric_key, row.surface): row for row in rows}


def _new_window(account: ProviderAccount, told: Told, metric_key: str, surface: Surface, words: Words) -> Window | None:
    """The window to tell of now, noted as told; None: there is no whole one, or it was told of."""
    window = figure_sentences.window_of(words) if figure_sentences.is_whole(words) else None
    row = told.get((metric_key, surface))
    if window is None or (row is not None and window.start < row.window_end):
        return None
    if row is None:
        row = ToldWindow(account_id=account.id, metric_key=metric_key, surface=surface)
        db.session.add(row)
    row.window_start, row.window_end, row.told_at = window.start, window.end, utc_now()
    return window


def _write_note(account: ProviderAccount, metric_key: str, window: Window, words: Words) -> None:
    since = f" As first published on {day_in_words(tasks.today(account.organization))}."
    text = shortened(figure_sentences.whole(words), at_most=report_notes.LONGEST - len(since)) + since
    report_notes.write_by_itself(
        account, metric_key=metric_key, first_day=window.start, last_day=window.last_day, text=text, actor=BY_ITSELF
    )


def _open_task(account: ProviderAccount, metric_key: str, window: Window, words: Words) -> None:
    """Instead of the one about the window before."""
    key = _task_key(account, metric_key)
    tasks.close_tasks(key, actor=BY_ITSELF)
    link = "\nIts page, among the figures of the connector, shows its days, what was changed and what was restated."
    tasks.open_task(
        key=key,
        kind=tasks.LOOK_AT_FIGURES,
        title=shortened(f"Look at {words['title']} of {window.label}", at_most=LONGEST_TITLE),
        detail=shortened(figure_sentences.whole(words), at_most=LONGEST_DETAIL - len(link)) + link,
        organization=account.organization,
        account=account,
        owner=account.owner if account.owner is not None and account.owner.is_active else None,
        due_on=tasks.today(account.organization) + DUE_IN,
        actor=BY_ITSELF,
    )


def _close_tasks(account: ProviderAccount, *, without: Collection[str]) -> None:
    """Those about metrics that do not show as tasks any more."""
    query = sa.select(AdminTask.open_key).where(AdminTask.account_id == account.id, AdminTask.kind == tasks.LOOK_AT_FIGURES)
    for key in db.session.scalars(query.where(AdminTask.status == TaskStatus.OPEN)).all():
        if key is not None and key not in without:
            tasks.close_tasks(key, actor=BY_ITSELF)


def _task_key(account: ProviderAccount, metric_key: str) -> str:
    return f"{tasks.LOOK_AT_FIGURES}:{account.public_id}:{metric_key}"
