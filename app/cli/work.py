"""Commands that do the work behind the pages: workers, the scheduler, and a look at the jobs."""

import signal
from types import FrameType

import click
import sqlalchemy as sa
from flask import Flask
from flask.cli import AppGroup, with_appcontext

from app.extensions import db, will_write
from app.models import JobStatus, SyncJob
from app.queue import QueueClass
from app.services.installation import settings

jobs_group = AppGroup("jobs", help="Look at jobs and pick up stuck ones.")


def init_app(app: Flask) -> None:
    app.cli.add_command(worker)
    app.cli.add_command(scheduler)
    app.cli.add_command(jobs_group)


def _queue_classes(_context: click.Context, _parameter: click.Parameter, value: str) -> list[QueueClass]:
    names = [name.strip() for name in value.split(",") if name.strip()]
    known = {queue.value for queue in QueueClass}
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        raise click.BadParameter(f"Name one or more of {', '.join(sorted(known))}, with commas between them.")
    return [QueueClass(name) for name in names]


@click.command("worker")
@click.option(
    "--queues",
    default=",".join(queue.value for queue in QueueClass),
    callback=_queue_classes,
    show_default=True,
    help="Queues to serve, in turn.",
)
@with_appcontext
def worker(queues: list[QueueClass]) -> None:
    """Carry out jobs until told to stop.

    Start as many as the machine has cores, and at least one that serves the interactive queue alone.
    """
    from app import create_app
    from app.jobs import worker as worker_process

    # An application of its own with one connection for each database: the one whose number a job's row names.
    app = create_app(settings(), pool_size=1)
    with app.app_context():
        worker_process.run(queues, redis_url=settings().redis_url.get_secret_value())


@click.command("scheduler")
@with_appcontext
def scheduler() -> None:
    """Insert periodic jobs, pick up what died, nudge workers. Several may run; one acts, the others stand by."""
    from app.jobs.handle import Stop
    from app.jobs.scheduler import Scheduler

    def stop(_number: int, _frame: FrameType | None) -> None:
        Stop.requested = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    Scheduler.of_this_process().run()


@jobs_group.command("list")
@click.option("--status", type=click.Choice([status.value for status in JobStatus]), default=None, help="Only jobs in this status.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
def list_jobs(status: str | None, limit: int) -> None:
    """Print the newest jobs."""
    query = sa.select(SyncJob).order_by(SyncJob.id.desc()).limit(limit)
    if status:
        query = query.where(SyncJob.status == JobStatus(status))
    jobs = db.session.scalars(query).all()
    for job in jobs:
        note = job.error_note or job.result_note or job.progress_note
        print(f"{job.public_id}  {job.status.value:<9}  {job.kind:<16}  attempt {job.attempts}  {note}".rstrip())
    if not jobs:
        print("There are no such jobs.")


@jobs_group.command("requeue-stuck")
def requeue_stuck() -> None:
    """Put back jobs whose worker died, and nudge for work that waits. The scheduler does the same by itself."""
    from app.jobs import scheduler as loop

    will_write.set(True)
    loop.sweep()
    print("Looked for stuck jobs; what was found is in the log above and will be carried out.")
