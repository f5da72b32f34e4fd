"""What Fivegate knows of itself, in figures: the health page says them in sentences, ``/metrics`` as they are.

Each part is collected by itself, and one that cannot be is None: not known, which is neither well nor ill.
"""

import json
import shutil
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
import structlog
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.exc import SQLAlchemyError

from app.clock import utc_now
from app.config import ROOT, BlobStoreKind, Settings
from app.extensions import db
from app.models import ConnectorState, JobStatus, OutgoingMail, ProcessBeat, ProcessLease, ProviderAccount, SyncJob
from app.models.base import TRAFFIC
from app.queue import JobKind, QueueClass
from app.services.doctor.processes import SILENT_AFTER
from app.services.installation import settings
from app.services.job_clock import database_now, is_server
from app.services.job_processes import SCHEDULER, WORKER

log = structlog.get_logger(__name__)
T = TypeVar("T")

HOMES = {"app": None, "traffic": TRAFFIC}
"""Database → its bind."""
PROOFS = (JobKind.PURGE, JobKind.VERIFY_AUDIT, JobKind.PROVE_POINTS, JobKind.PROVE_FACETS)
"""Work that says by its end whether all is well."""
TROUBLE_SHOWN = timedelta(hours=24)
OTHER_KIND = "other"
"""A kind of job that another release knew."""


@dataclass(frozen=True)
class Work:
    """What waits in a queue."""

    due: int
    oldest_due: datetime | None


@dataclass(frozen=True)
class Mails:
    waiting: int
    oldest_due: datetime | None
    """Of those that are due."""
    given_up: int


@dataclass(frozen=True)
class Ended:
    """When a kind of work last ran to its end, and what it found."""

    at: datetime
    bad: int
    note: str


@dataclass(frozen=True)
class Acting:
    """The scheduler."""

    seen_at: datetime | None
    leased_until: datetime | None


@dataclass(frozen=True)
class Transactions:
    """Of everybody on the database server, as far as our account may see them."""

    oldest_seconds: int | None
    """0: none is open. None: we may not see it."""
    kept_versions: int | None
    """Old versions of rows that the server keeps for somebody's sake."""


@dataclass(frozen=True)
class Figures:
    """All of it at one instant; None: not known."""

    now: datetime
    answers: Mapping[str, bool]
    """Database → whether it answers."""
    revisions: Mapping[str, frozenset[str] | None]
    """Database → migrations that it is at."""
    transactions: Transactions | None = None
    workers: Sequence[frozenset[str]] | None = None
    """For each that was seen of late, the queues that it serves."""
    scheduler: Acting | None = None
    work: Mapping[QueueClass, Work] | None = None
    jobs: Mapping[tuple[str, JobStatus], int] | None = None
    """Kind and state → jobs that are open, or were parked or failed of late."""
    mails: Mails | None = None
    free: Mapping[str, int | None] = field(default_factory=dict)
    """Where → bytes."""
    ended: Mapping[JobKind, Ended] | None = None
    connectors: Mapping[ConnectorState, int] | None = None

    def in_trouble(self, status: JobStatus) -> int:
        return sum(number for (_kind, each), number in (self.jobs or {}).items() if each is status)


def collect() -> Figures:
    """Look at everything. Reads only, and nothing that breaks stops the rest."""
    answers = {name: _known(f"{name} database", partial(_answers, bind)) is True for name, bind in HOMES.items()}
    revisions = {name: _known(f"revision of {name}", partial(_revisions, bind)) if answers[name] else None for name, bind in HOMES.items()}
    free = {name: _known(f"disk of {name}", partial(_free, path)) for name, path in places(settings()).items()}
    if not answers["app"]:  # each further question would wait for it in vain
        return Figures(utc_now(), answers, revisions, free=free)
    now = _known("clock", lambda: database_now(db.session())) or utc_now()
    return Figures(
        now=now,
        answers=answers,
        revisions=revisions,
        free=free,
        transactions=_known("transactions", _transactions),
        workers=_known("workers", partial(_workers, now)),
        scheduler=_known("scheduler", _scheduler),
        work=_known("queues", partial(_work, now)),
        jobs=_known("jobs", partial(_jobs, now)),
        mails=_known("mails", partial(_mails, now)),
        ended=_known("proofs", _ended),
        connectors=_known("connectors", _connectors),
    )


def _known(what: str, read: Callable[[], T]) -> T | None:
    try:
        return read()
    except (SQLAlchemyError, OSError, CommandError) as exc:
        db.session.rollback()
        log.debug("health.not_known", what=what, error=type(exc).__name__)  # the page says so, and asks twice a minute
        return None


def places(of: Settings) -> dict[str, Path]:
    """Directories that may fill up."""
    found = {"data": of.data_dir}
    if of.blob_store is BlobStoreKind.DIRECTORY:
        found["files"] = of.blobs if of.blobs.exists() else of.blobs.parent  # it is made with the first upload
    return found


def _free(path: Path) -> int:
    return shutil.disk_usage(path).free


def _answers(bind: str | None) -> bool:
    with db.engines[bind].connect() as connection:
        return connection.scalar(sa.select(sa.literal(1))) == 1


def _revisions(bind: str | None) -> frozenset[str]:
    with db.engines[bind].connect() as connection:
        return frozenset(MigrationContext.configure(connection).get_current_heads())


@cache
def wanted_revisions() -> frozenset[str]:
    """Of this release: they do not change while a process runs."""
    return frozenset(ScriptDirectory(str(ROOT / "migrations")).get_heads())


@cache
def release() -> str:
    """Number of this release; empty where it is not known."""
    try:
        return str(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])
    except (OSError, KeyError, tomllib.TOMLDecodeError):
        return ""


def _transactions() -> Transactions | None:
    """None on SQLite, which has no server where one could be forgotten."""
    if not is_server(db.session()):
        return None
    query = (
        "SELECT COALESCE(MAX(TIMESTAMPDIFF(SECOND, trx_started, NOW())), 0) FROM information_schema.innodb_trx "
        "WHERE trx_mysql_thread_id <> CONNECTION_ID()"
    )
    seconds = _known("open transactions", lambda: int(db.session.scalar(sa.text(query)) or 0))
    row: Any = db.session.execute(sa.text("SHOW GLOBAL STATUS LIKE 'Innodb_history_list_length'")).one_or_none()
    return Transactions(seconds, int(row[1]) if row is not None else None)


def _workers(now: datetime) -> list[frozenset[str]]:
    query = sa.select(ProcessBeat.queues).where(ProcessBeat.role == WORKER, ProcessBeat.beat_at > now - SILENT_AFTER)
    return [frozenset(filter(None, queues.split(","))) for queues in db.session.scalars(query)]


def _scheduler() -> Acting:
    seen = sa.select(sa.func.max(ProcessBeat.beat_at)).where(ProcessBeat.role == SCHEDULER)
    leased = sa.select(ProcessLease.leased_until).where(ProcessLease.name == SCHEDULER)
    seen_at, leased_until = db.session.execute(sa.select(seen.scalar_subquery(), leased.scalar_subquery())).one()
    return Acting(seen_at, leased_until)


def _work(now: datetime) -> dict[QueueClass, Work]:
    query = (
        sa.select(SyncJob.queue, sa.func.count(), sa.func.min(SyncJob.due_at))
        .where(SyncJob.status.in_([JobStatus.QUEUED, JobStatus.RETRYING]), SyncJob.due_at <= now)
        .group_by(SyncJob.queue)
    )
    found = {name: Work(number, oldest) for name, number, oldest in db.session.execute(query)}
    return {queue: found.get(queue.value, Work(0, None)) for queue in QueueClass}


def _jobs(now: datetime) -> dict[tuple[str, JobStatus], int]:
    of_late = sa.and_(SyncJob.status.in_([JobStatus.PARKED, JobStatus.FAILED]), SyncJob.updated_at >= now - TROUBLE_SHOWN)
    is_open = SyncJob.status.in_([JobStatus.QUEUED, JobStatus.RUNNING, JobStatus.RETRYING])
    query = sa.select(SyncJob.kind, SyncJob.status, sa.func.count()).where(sa.or_(is_open, of_late)).group_by(SyncJob.kind, SyncJob.status)
    found: dict[tuple[str, JobStatus], int] = {}
    for kind, status, number in db.session.execute(query):
        key = (kind if kind in set(JobKind) else OTHER_KIND, status)
        found[key] = found.get(key, 0) + number
    return found


def _mails(now: datetime) -> Mails:
    mail = OutgoingMail
    waits = mail.gave_up_at.is_(None)
    query = sa.select(
        sa.func.count(sa.case((waits, 1))),
        sa.func.min(sa.case((sa.and_(waits, mail.due_at <= now), mail.due_at))),
        sa.func.count(mail.gave_up_at),
    )
    return Mails(*db.session.execute(query.where(mail.is_decoy.is_(False))).one())


def _ended() -> dict[JobKind, Ended]:
    """The newest of each kind: found from the end of the installation's own jobs, which are few."""
    job, newest = SyncJob, sa.orm.aliased(SyncJob)
    ids = [
        sa.select(newest.id)
        .where(newest.account_id.is_(None), newest.kind == kind.value, newest.status == JobStatus.SUCCEEDED)
        .order_by(newest.id.desc())
        .limit(1)
        .scalar_subquery()
        for kind in PROOFS
    ]
    query = sa.select(job.kind, job.finished_at, job.counts, job.result_note).where(sa.or_(*(job.id == each for each in ids)))
    return {
        JobKind(kind): Ended(at, int(json.loads(counts).get("bad", 0)), note) for kind, at, counts, note in db.session.execute(query) if at
    }


def _connectors() -> dict[ConnectorState, int]:
    query = sa.select(ProviderAccount.state, sa.func.count()).group_by(ProviderAccount.state)
    found = {state: number for state, number in db.session.execute(query)}  # noqa: C416  # rows are no pairs to a type checker
    return {state: found.get(state, 0) for state in ConnectorState}
