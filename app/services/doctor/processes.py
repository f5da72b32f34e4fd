"""The processes behind the pages: are they at work, and does anything wait for nobody?"""

from collections.abc import Iterator
from datetime import timedelta

import sqlalchemy as sa

from app.models import JobStatus, ProcessBeat, SyncJob
from app.services.doctor.finding import Finding, Setup, danger, ok, warning, worse_in_production

SILENT_AFTER = timedelta(minutes=2)
STUCK_AFTER = timedelta(minutes=10)
ROLES = {"worker": "flask worker", "scheduler": "flask scheduler"}


def look_at_beats(setup: Setup) -> Iterator[Finding]:
    title = "Workers and scheduler"
    with setup.app_engine.connect() as connection:
        query = sa.select(ProcessBeat.role, sa.func.count()).where(ProcessBeat.beat_at > setup.now() - SILENT_AFTER)
        alive = {row[0]: row[1] for row in connection.execute(query.group_by(ProcessBeat.role))}
    for role, command in ROLES.items():
        number = alive.get(role, 0)
        if number:
            yield ok(title, f"{number} {role}{'s' if number > 1 else ''} at work in the last two minutes.")
        else:
            yield worse_in_production(setup, title, f"No {role} was at work in the last two minutes: jobs wait.", command)


def look_at_jobs(setup: Setup) -> Iterator[Finding]:
    title, limit = "Jobs", setup.now() - STUCK_AFTER
    stuck = sa.select(sa.func.count()).where(SyncJob.status == JobStatus.RUNNING, SyncJob.leased_until < limit)
    waiting = sa.select(sa.func.count()).where(SyncJob.status.in_([JobStatus.QUEUED, JobStatus.RETRYING]), SyncJob.due_at < limit)
    parked = sa.select(sa.func.count()).where(SyncJob.status == JobStatus.PARKED)
    with setup.app_engine.connect() as connection:
        numbers = [int(connection.scalar(query) or 0) for query in (stuck, waiting, parked)]
    if numbers[0]:
        sentence = f"{_jobs(numbers[0])} lost their worker more than ten minutes ago and nobody took them over."
        yield danger(title, sentence, "Start flask scheduler and flask worker: the sweep takes them over.")
    if numbers[1]:
        yield warning(title, f"{_jobs(numbers[1])} have been due for more than ten minutes.", "Start another flask worker.")
    if numbers[2]:
        yield warning(title, f"{_jobs(numbers[2])} are parked after too many attempts.", "Open Tasks in the console; each has one.")
    if not any(numbers):
        yield ok(title, "None is stuck, late or parked.")


def _jobs(number: int) -> str:
    return "1 job" if number == 1 else f"{number} jobs"
