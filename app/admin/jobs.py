"""Jobs: the list, one by itself, canceling and running again."""

from http import HTTPStatus
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.admin import bp
from app.admin.job_panel import JOB_PAGE, JobLine, JobPanel, kind_label
from app.models import JobStatus
from app.queue import JobKind
from app.security.permissions import Permission
from app.services import jobs as job_service
from app.services import people
from app.services.errors import NotPossible
from app.unit_of_work import transaction
from app.web.access import requires
from app.web.current import the_person
from app.web.listing import asked_page, asked_search


@bp.get("/jobs")
@requires(Permission.JOB_READ)
def jobs() -> ResponseReturnValue:
    asked_status, asked_kind = request.args.get("status", ""), request.args.get("kind", "")
    status = JobStatus(asked_status) if asked_status in set(JobStatus) else None
    kind = JobKind(asked_kind) if asked_kind in set(JobKind) else None
    search = asked_search()
    page = job_service.list_jobs(status=status, kind=kind, search=search, page=asked_page())
    return render_template(
        "admin/jobs/list.html",
        page=page,
        lines=[(JobLine.of(job), job) for job in page.items],
        status=status,
        statuses=list(JobStatus),
        kind=kind,
        kinds=list(JobKind),
        search=search,
        is_filtered=bool(status or kind or search),
    )


@bp.get("/jobs/<uuid:job_id>")
@requires(Permission.JOB_READ)
def show_job(job_id: UUID) -> ResponseReturnValue:
    job = job_service.get_job(str(job_id))
    return render_template(JOB_PAGE, job=job, title=kind_label(job.kind), panel=JobPanel.of_job(job))


@bp.post("/jobs/<uuid:job_id>/cancel")
@requires(Permission.JOB_RUN)
def cancel_job(job_id: UUID) -> ResponseReturnValue:
    try:
        with transaction():
            job_service.cancel_job(job_service.get_job(str(job_id)), actor=the_person().actor)
        flash("The job was canceled.", "success")
    except NotPossible as exc:
        flash(str(exc), "warning")
    return redirect(url_for("admin.show_job", job_id=job_id), HTTPStatus.SEE_OTHER)


@bp.post("/jobs/<uuid:job_id>/run-again")
@requires(Permission.JOB_RUN)
def run_job_again(job_id: UUID) -> ResponseReturnValue:
    person = the_person()
    try:
        with transaction():
            requested_by = people.get_person(person.public_id)
            again, is_new = job_service.run_again(job_service.get_job(str(job_id)), requested_by=requested_by, actor=person.actor)
            again_id = again.public_id
    except NotPossible as exc:
        flash(str(exc), "warning")
        return redirect(url_for("admin.show_job", job_id=job_id), HTTPStatus.SEE_OTHER)
    flash(
        "The same work was asked for once more. This is the new job." if is_new else "The same work is open already: this is it.", "success"
    )
    return redirect(url_for("admin.show_job", job_id=again_id), HTTPStatus.SEE_OTHER)
