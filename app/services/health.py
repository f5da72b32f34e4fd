"""How Fivegate itself is, line by line: a state, a sentence, and what to do. What is not known is never called well."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.models import JobStatus
from app.queue import JobKind, QueueClass
from app.services.doctor.database import LONG_HISTORY, TRANSACTION_DANGER_SECONDS, TRANSACTION_WARNING_SECONDS
from app.services.doctor.files import GIGABYTE, LITTLE_ROOM, MEGABYTE, NO_ROOM
from app.services.doctor.mail import LATE_AFTER
from app.services.doctor.processes import SILENT_AFTER, STUCK_AFTER
from app.services.health_figures import PROOFS, Ended, Figures, collect, wanted_revisions

WAITS_FAR_TOO_LONG = timedelta(hours=1)
DAILY_IS_LATE_AFTER = timedelta(hours=36)
DAILY_IS_MISSING_AFTER = timedelta(days=7)


class Condition(StrEnum):
    OK = "ok"
    LOOK = "look"
    DANGER = "danger"
    UNKNOWN = "unknown"
    """It could not be looked at, or never happened yet."""

    @property
    def label(self) -> str:
        return {"ok": "OK", "look": "Look at it", "danger": "Danger", "unknown": "Not known"}[self.value]

    @property
    def severity(self) -> int:
        """0 is the worst."""
        return [Condition.DANGER, Condition.LOOK, Condition.UNKNOWN, Condition.OK].index(self)


@dataclass(frozen=True)
class Reading:
    """One sentence about one thing."""

    title: str
    condition: Condition
    sentence: str
    remedy: str = ""
    """What to do; empty if there is nothing to do."""
    at: datetime | None = None
    """When that was which the sentence tells of."""


def readings() -> Sequence[Reading]:
    """Everything, in the order in which pages show it."""
    return readings_of(collect())


def readings_of(figures: Figures) -> Sequence[Reading]:
    parts = (_workers, _scheduler, _queues, _jobs, _databases, _transactions, _revisions, _disk, _mails, _proofs)
    return tuple(reading for part in parts for reading in part(figures))


def worst_of(found: Sequence[Reading]) -> Condition:
    return min((each.condition for each in found), key=lambda each: each.severity, default=Condition.UNKNOWN)


def _unknown(
    title: str, sentence: str = "It could not be looked at.", remedy: str = "Run flask doctor: it says what is in the way."
) -> Reading:
    return Reading(title, Condition.UNKNOWN, sentence, remedy)


def _workers(figures: Figures) -> Iterator[Reading]:
    title = "Workers"
    if figures.workers is None:
        yield _unknown(title)
        return
    served = frozenset().union(*figures.workers)
    unserved = [queue.value for queue in QueueClass if queue.value not in served]
    if not figures.workers:
        yield Reading(
            title, Condition.DANGER, "No worker was at work in the last two minutes: every job and every mail waits.", "Start flask worker."
        )
    elif unserved:
        sentence = f"{_count(len(figures.workers), 'worker')} at work, but none serves {_listed(unserved)}."
        yield Reading(title, Condition.DANGER, sentence, "Start flask worker without --queues, or with these queues as well.")
    else:
        yield Reading(title, Condition.OK, f"{_count(len(figures.workers), 'worker')} at work; every queue is served.")


def _scheduler(figures: Figures) -> Iterator[Reading]:
    title, acting = "Scheduler", figures.scheduler
    if acting is None:
        yield _unknown(title)
        return
    sentence, remedy = "None acts: nothing periodic runs, and nobody picks up what a dead worker left.", "Start flask scheduler."
    if acting.seen_at is None:
        yield Reading(title, Condition.DANGER, sentence, remedy)
    elif figures.now - acting.seen_at > SILENT_AFTER or acting.leased_until is None or acting.leased_until <= figures.now:
        yield Reading(title, Condition.DANGER, f"{sentence} The last one was seen:", remedy, acting.seen_at)
    else:
        yield Reading(title, Condition.OK, "One acts and holds the lease.")


def _queues(figures: Figures) -> Iterator[Reading]:
    if figures.work is None:
        yield _unknown("Queues")
        return
    for queue, work in figures.work.items():
        title = f"Queue {queue.value}"
        if work.oldest_due is None:
            yield Reading(title, Condition.OK, "Nothing is due.")
            continue
        waits = figures.now - work.oldest_due
        sentence = f"{_count(work.due, 'job is', 'jobs are')} due; the oldest was due:"
        if waits > WAITS_FAR_TOO_LONG:
            remedy = "See that its workers are at work, then start further ones."
            yield Reading(title, Condition.DANGER, sentence, remedy, work.oldest_due)
        elif waits > STUCK_AFTER:
            yield Reading(title, Condition.LOOK, sentence, "Start another flask worker for this queue.", work.oldest_due)
        else:
            yield Reading(title, Condition.OK, sentence, at=work.oldest_due)


def _jobs(figures: Figures) -> Iterator[Reading]:
    title = "Jobs"
    if figures.jobs is None:
        yield _unknown(title)
        return
    parked, failed = figures.in_trouble(JobStatus.PARKED), figures.in_trouble(JobStatus.FAILED)
    if parked or failed:
        told = " and ".join(filter(None, (f"{parked:,} parked" if parked else "", f"{failed:,} failed" if failed else "")))
        yield Reading(title, Condition.LOOK, f"In the last 24 hours: {told}.", "Open Jobs and choose the state: each says what went wrong.")
    else:
        yield Reading(title, Condition.OK, "None was parked or failed in the last 24 hours.")


def _databases(figures: Figures) -> Iterator[Reading]:
    for name, answers in figures.answers.items():
        title = _home(name)
        if answers:
            yield Reading(title, Condition.OK, "It answers.")
        else:
            variable = "FIVEGATE_DATABASE_URL" if name == "app" else "FIVEGATE_TRAFFIC_DATABASE_URL"
            yield Reading(title, Condition.DANGER, "It does not answer.", f"See that its server runs, and check {variable}.")


def _transactions(figures: Figures) -> Iterator[Reading]:
    title, found = "Open transactions", figures.transactions
    if found is None:
        return  # a file has no server on which one could be forgotten; a server that is away has its own line
    remedy = "flask doctor names the connection to an account that may see it; ask whose it is, then end it."
    if found.oldest_seconds is None:
        yield _by_history(title, found.kept_versions, remedy)
    elif found.oldest_seconds > TRANSACTION_DANGER_SECONDS:
        yield Reading(title, Condition.DANGER, "One has been open for more than an hour.", remedy)
    elif found.oldest_seconds > TRANSACTION_WARNING_SECONDS:
        yield Reading(title, Condition.LOOK, "One has been open for more than ten minutes.", remedy)
    else:
        yield Reading(title, Condition.OK, "None has been open for long.")


def _by_history(title: str, kept: int | None, remedy: str) -> Reading:
    """What an account may see that rightly may not see those of others."""
    if kept is not None and kept > LONG_HISTORY:
        return Reading(title, Condition.LOOK, "The server keeps very many old versions of rows: somebody's is open for long.", remedy)
    few = " It keeps few old versions of rows, so probably none is open for long." if kept is not None else ""
    look = "Nothing, while all is well. An administrator of the server sees them in information_schema.innodb_trx."
    return _unknown(title, f"Our account on the server rightly may not see those of others.{few}", look)


def _revisions(figures: Figures) -> Iterator[Reading]:
    for name, found in figures.revisions.items():
        title = f"Tables of the {_home(name).lower()}"
        if found is None:
            yield _unknown(title)
        elif found == wanted_revisions():
            yield Reading(title, Condition.OK, f"At migration {_listed(sorted(found))}, which is this release's.")
        else:
            at = f"At migration {_listed(sorted(found))}" if found else "No migration was run on it"
            sentence = f"{at}; this release needs {_listed(sorted(wanted_revisions()))}."
            yield Reading(title, Condition.DANGER, sentence, "flask db upgrade, or run the release that belongs to these tables.")


def _disk(figures: Figures) -> Iterator[Reading]:
    for name, free in figures.free.items():
        title = {"data": "Disk of the data directory", "files": "Disk of the uploaded files"}[name]
        if free is None:
            yield _unknown(title)
            continue
        sentence = f"{_room(free)} free."
        remedy = "Make room, or move the directory to a larger disk."
        if free < NO_ROOM:
            yield Reading(title, Condition.DANGER, f"{sentence} Uploads will fail soon.", remedy)
        elif free < LITTLE_ROOM:
            yield Reading(title, Condition.LOOK, sentence, remedy)
        else:
            yield Reading(title, Condition.OK, sentence)


def _mails(figures: Figures) -> Iterator[Reading]:
    title, mails = "Mails", figures.mails
    if mails is None:
        yield _unknown(title)
        return
    late = mails.oldest_due is not None and figures.now - mails.oldest_due > LATE_AFTER
    if mails.given_up:
        yield Reading(
            title,
            Condition.LOOK,
            f"{_count(mails.given_up, 'mail was', 'mails were')} given up, {mails.waiting:,} {'waits' if mails.waiting == 1 else 'wait'}.",
            "Mend the mail server, then send these invitations and links again.",
        )
    elif late:
        sentence = f"{_count(mails.waiting, 'mail waits', 'mails wait')}; the oldest was due:"
        remedy = "See that a worker serves the queue interactive, and that the mail server answers."
        yield Reading(title, Condition.LOOK, sentence, remedy, mails.oldest_due)
    elif mails.waiting:
        yield Reading(title, Condition.OK, f"{_count(mails.waiting, 'mail is', 'mails are')} on the way; none is late or given up.")
    else:
        yield Reading(title, Condition.OK, "None waits, none was given up.")


_PROOFS = {
    JobKind.PURGE: ("Last purge", "Data whose time was over was removed."),
    JobKind.VERIFY_AUDIT: ("Last verification of the audit trail", "Every chain is sound."),
    JobKind.PROVE_POINTS: ("Last proof of the figures", "The days that were recounted equal their rows."),
    JobKind.PROVE_FACETS: ("Last proof that changes were noted", "Every change was noted."),
}
_BAD = {
    JobKind.VERIFY_AUDIT: ("{} of the trail did not verify.", "Keep the database as it is and compare it with a backup; each has a task."),
    JobKind.PROVE_POINTS: ("{} did not equal their rows.", "A task names the days: find out what changed, then count them anew."),
    JobKind.PROVE_FACETS: ("{} had changed without a word.", "Somebody wrote past Fivegate: each has a task."),
}
_COUNTED = {JobKind.VERIFY_AUDIT: "chain", JobKind.PROVE_POINTS: "data type", JobKind.PROVE_FACETS: "connector"}


def _proofs(figures: Figures) -> Iterator[Reading]:
    for kind in PROOFS:
        title, well = _PROOFS[kind]
        if figures.ended is None:
            yield _unknown(title)
        elif (ended := figures.ended.get(kind)) is None:
            yield _unknown(
                title, "It has never run to its end.", "It comes once a day: see that the scheduler and a worker for watch are at work."
            )
        else:
            yield _proof(kind, title, well, ended, figures.now)


def _proof(kind: JobKind, title: str, well: str, ended: Ended, now: datetime) -> Reading:
    if ended.bad:
        sentence, remedy = _BAD[kind]
        return Reading(title, Condition.DANGER, sentence.format(_count(ended.bad, _COUNTED[kind])), remedy, ended.at)
    age = now - ended.at
    if age > DAILY_IS_LATE_AFTER:
        condition = Condition.DANGER if age > DAILY_IS_MISSING_AFTER else Condition.LOOK
        remedy = f"It should come once a day. Open Jobs and choose “{kind.label}”: see whether it fails or waits."
        return Reading(title, condition, f"{well} That is too long ago to say anything of today.", remedy, ended.at)
    return Reading(title, Condition.OK, well, at=ended.at)


def _home(name: str) -> str:
    return {"app": "Application database", "traffic": "Traffic database"}[name]


def _count(number: int, one: str, more: str = "") -> str:
    return f"1 {one}" if number == 1 else f"{number:,} {more or f'{one}s'}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)


def _room(free: int) -> str:
    """Rounded down in steps, so that a page that shows it does not change with every file."""
    steps = [step * 10**power * GIGABYTE for power in range(5) for step in (1, 2, 5)]
    reached = max((step for step in steps if step <= free), default=0)
    return f"More than {reached // GIGABYTE:,} GB are" if reached else f"{free // MEGABYTE:,} MB are"
