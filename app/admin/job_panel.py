"""The live panel: jobs of one connector, or one job by itself. A part of its page that polls while something is open."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Self
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from app.admin import bp
from app.audit import canonical_json
from app.clock import utc_now
from app.models import JobStatus, ProviderAccount, SyncJob
from app.queue import JobKind
from app.security.permissions import Permission
from app.services import accounts, jobs, people
from app.services.jobs import CANCELABLE
from app.unit_of_work import transaction
from app.web.access import requires
from app.web.current import the_person
from app.web.filters import instant, whole
from app.web.htmx import STOP_POLLING, fragment, unchanged, wants_fragment

CONNECTOR_PAGE = "admin/connectors/show.html"
JOB_PAGE = "admin/jobs/show.html"
SHOWN_JOBS = 5
WAITS_LONG_SECONDS = 30


@dataclass(frozen=True)
class JobLine:
    """One job as a panel shows it."""

    public_id: str
    label: str
    status: JobStatus
    done: int
    expected: int | None
    sentence: str
    """What is being done, what came of it or what went wrong, in words."""
    is_error: bool
    asked_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    attempts: int

    @classmethod
    def of(cls, job: SyncJob) -> Self:
        return cls(
            public_id=job.public_id,
            label=kind_label(job.kind),
            status=job.status,
            done=job.rows_done,
            expected=job.rows_expected,
            sentence=_sentence(job),
            is_error=job.status in {JobStatus.FAILED, JobStatus.PARKED},
            asked_at=job.created_at,
            started_at=job.started_at,
            finished_at=job.finished_at,
            attempts=job.attempts,
        )

    @property
    def is_running(self) -> bool:
        return self.status is JobStatus.RUNNING

    @property
    def seconds(self) -> float | None:
        """How long the latest attempt took, or takes so far."""
        if self.started_at is None or not (self.finished_at or self.is_running):
            return None
        return ((self.finished_at or utc_now()) - self.started_at).total_seconds()


@dataclass(frozen=True)
class JobPanel:
    """What a panel shows, and which version of it that is."""

    lines: Sequence[JobLine]
    poll_path: str
    may_run: bool
    start_url: str = ""
    """Where the button of a connector's panel posts to."""
    facts: Sequence[tuple[str, str]] = ()
    """What else is known of a job that is shown by itself."""

    @classmethod
    def of(cls, account: ProviderAccount) -> Self:
        """The newest jobs of a connector."""
        return cls(
            lines=[JobLine.of(job) for job in jobs.latest_jobs(account, limit=SHOWN_JOBS)],
            poll_path=url_for("admin.connector_jobs_panel", connector_id=account.public_id),
            may_run=the_person().may(Permission.JOB_RUN),
            start_url=url_for("admin.connector_check_access", connector_id=account.public_id),
        )

    @classmethod
    def of_job(cls, job: SyncJob) -> Self:
        """One job by itself."""
        return cls(
            lines=[JobLine.of(job)],
            poll_path=url_for("admin.job_panel", job_id=job.public_id),
            may_run=the_person().may(Permission.JOB_RUN),
            facts=_facts(job),
        )

    @property
    def is_live(self) -> bool:
        return any(not line.status.is_final for line in self.lines)

    @property
    def is_checking(self) -> bool:
        """Whether the button's work is open already."""
        return any(not line.status.is_final and line.label == JobKind.CHECK_ACCESS.label for line in self.lines)

    @property
    def version(self) -> str:
        """Changes with whatever the panel shows but for time going by, which the page counts itself."""
        shown = [[line.public_id, line.status, line.done, line.expected, line.sentence, line.attempts] for line in self.lines]
        return hashlib.blake2s(canonical_json([shown, self.may_run]).encode(), digest_size=8).hexdigest()

    @property
    def poll_url(self) -> str:
        return f"{self.poll_path}?seen={self.version}"

    @property
    def announcement(self) -> str:
        """For people who do not see it: state by state, not number by number."""
        if not self.lines:
            return ""
        line = self.lines[0]
        return f"{line.label}: {line.status.label}. {line.sentence}" if line.status.is_final else f"{line.label}: {line.status.label}."

    @property
    def may_cancel(self) -> bool:
        return self.may_run and self.lines[0].status in CANCELABLE

    @property
    def may_run_again(self) -> bool:
        return self.may_run and self.lines[0].status.is_final


def kind_label(kind: str) -> str:
    """The kind in words; its key where another release knew other kinds."""
    return JobKind(kind).label if kind in set(JobKind) else kind


def _sentence(job: SyncJob) -> str:
    match job.status:
        case JobStatus.QUEUED:
            waits = (utc_now() - job.due_at).total_seconds()
            if waits > WAITS_LONG_SECONDS:
                return "No worker has come for it yet. It starts by itself as soon as one is free."
            return "It starts as soon as a worker is free."
        case JobStatus.RETRYING:
            return f"{job.error_note} It is tried again by itself at {instant(job.due_at)}."
        case JobStatus.PARKED:
            return f"{job.error_note} It was tried {job.attempts} times, so it waits for somebody now: a task is open."
        case JobStatus.FAILED:
            return job.error_note
        case JobStatus.CANCELED:
            return "It was canceled before it ran to its end."
        case JobStatus.SUCCEEDED:
            return job.result_note
        case JobStatus.RUNNING:
            return job.progress_note


def _facts(job: SyncJob) -> list[tuple[str, str]]:
    facts = [
        ("Asked for", f"{instant(job.created_at)}, {asked_by(job)}"),
        ("Due", instant(job.due_at) if not job.status.is_final else ""),
        ("Latest attempt began", instant(job.started_at)),
        ("Ended", instant(job.finished_at)),
        ("Attempts", whole(job.attempts)),
        ("Data type", job.data_type),
        *((str(name).replace("_", " ").capitalize(), whole(int(number))) for name, number in json.loads(job.counts).items()),
    ]
    return [(label, text) for label, text in facts if text]


def asked_by(job: SyncJob) -> str:
    if job.requested_by is not None:
        return f"by {job.requested_by.name}"
    return "by the schedule" if job.slot_key else "by a command"


@bp.get("/connectors/<uuid:connector_id>/jobs-panel")
@requires(Permission.JOB_READ, panel=True)
def connector_jobs_panel(connector_id: UUID) -> ResponseReturnValue:
    """The panel of the connector's page alone."""
    return _answer(CONNECTOR_PAGE, "jobs_panel", JobPanel.of(accounts.get_connector(str(connector_id))))


@bp.get("/jobs/<uuid:job_id>/panel")
@requires(Permission.JOB_READ, panel=True)
def job_panel(job_id: UUID) -> ResponseReturnValue:
    """The panel of the job's page alone."""
    return _answer(JOB_PAGE, "job_panel", JobPanel.of_job(jobs.get_job(str(job_id))))


def _answer(page: str, block: str, panel: JobPanel) -> ResponseReturnValue:
    """286 ends the polling; 204 says that the browser shows this version already."""
    if not panel.is_live:
        answer = fragment(page, block, status=STOP_POLLING, panel=panel)
        answer.headers["HX-Trigger"] = "jobs-over"  # the gates of the connector's page fetch themselves anew
        return answer
    if request.args.get("seen") == panel.version:
        return unchanged()
    return fragment(page, block, panel=panel)


@bp.post("/connectors/<uuid:connector_id>/access-checks")
@requires(Permission.JOB_RUN)
def connector_check_access(connector_id: UUID) -> ResponseReturnValue:
    """Start an access check; pressing twice starts one."""
    person = the_person()
    with transaction():
        account = accounts.get_connector(str(connector_id))
        requested_by = people.get_person(person.public_id)
        _job, is_new = jobs.request_job(JobKind.CHECK_ACCESS, account=account, requested_by=requested_by, actor=person.actor)
    account = accounts.get_connector(str(connector_id))
    if wants_fragment():
        return fragment(CONNECTOR_PAGE, "jobs_panel", panel=JobPanel.of(account))
    flash(
        "The access check was started." if is_new else "An access check is open already; it is shown below.",
        "success" if is_new else "info",
    )
    return redirect(url_for("admin.show_connector", connector_id=account.public_id), HTTPStatus.SEE_OTHER)
