"""The audit trail: reading it, and asking for its verification."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.admin import bp
from app.audit import ActorKind
from app.models.audit import INSTALLATION
from app.queue import JobKind
from app.security.permissions import Permission
from app.services import audit_log, jobs, people
from app.services.audit_words import ACTIONS
from app.unit_of_work import transaction
from app.web.access import requires
from app.web.current import the_person
from app.web.listing import asked_page

LINKS: dict[str, tuple[str, str]] = {
    "organizations": ("admin.show_organization", "organization_id"),
    "users": ("admin.show_person", "person_id"),
    "integration_provider_accounts": ("admin.show_connector", "connector_id"),
    "integration_sync_jobs": ("admin.show_job", "job_id"),
    "integration_import_batches": ("admin.show_batch", "batch_id"),
    "admin_tasks": ("admin.show_task", "task_id"),
    "alert_channels": ("admin.show_channel", "channel_id"),
    "watch_findings": ("admin.show_finding", "finding_id"),
}
"""Table → the page of one of its rows."""


@dataclass(frozen=True)
class LinkedEvent:
    """An event in words, and the pages that it leads to; empty where there is none."""

    line: audit_log.EventLine
    target_url: str
    actor_url: str


@bp.get("/audit-trail")
@requires(Permission.AUDIT_READ)
def audit_trail() -> ResponseReturnValue:
    chains = audit_log.all_chains()
    asked = request.args.get("chain", INSTALLATION)
    key = asked if asked in {chain.key for chain in chains} else INSTALLATION
    action, actor_kind = request.args.get("action", "")[:60], _asked_actor_kind()
    page = audit_log.list_events(chain_key=key, action=action, actor_kind=actor_kind, page=asked_page())
    return render_template(
        "admin/audit/trail.html",
        chains=[(chain.key, audit_log.chain_label(chain)) for chain in chains] or [(INSTALLATION, "Installation")],
        key=key,
        action=action,
        actions=sorted(ACTIONS.items(), key=lambda item: item[1]),
        actor_kind=actor_kind,
        actor_kinds=[(kind.value, ACTOR_LABELS[kind]) for kind in ActorKind],
        page=page,
        events=with_links(page.items),
        verification=audit_log.latest_verification(),
    )


@bp.post("/audit-trail/verifications")
@requires(Permission.JOB_RUN)
def verify_audit_trail() -> ResponseReturnValue:
    person = the_person()
    with transaction():
        requested_by = people.get_person(person.public_id)
        _job, is_new = jobs.request_job(JobKind.VERIFY_AUDIT, account=None, requested_by=requested_by, actor=person.actor)
    if is_new:
        flash("Every chain is being verified now. Reload this page in a moment to see what came of it.", "success")
    else:
        flash("The audit trail is being verified already.", "info")
    return redirect(url_for("admin.audit_trail"), HTTPStatus.SEE_OTHER)


ACTOR_LABELS = {
    ActorKind.STAFF: "Staff",
    ActorKind.CLIENT: "Clients",
    ActorKind.JOB: "Jobs",
    ActorKind.COMMAND: "Commands",
    ActorKind.VISITOR: "Visitors",
}


def with_links(lines: Sequence[audit_log.EventLine]) -> Sequence[LinkedEvent]:
    return [
        LinkedEvent(
            line,
            target_url=_page_of(line.target_type, line.target_id) if line.target_is_there else "",
            actor_url=_page_of(audit_log.ACTORS[ActorKind(line.actor_kind)], line.actor_id) if line.actor_is_there else "",
        )
        for line in lines
    ]


def _page_of(table: str, public_id: str) -> str:
    endpoint, argument = LINKS[table]
    values: dict[str, Any] = {argument: public_id}
    return url_for(endpoint, **values)


def _asked_actor_kind() -> ActorKind | None:
    asked = request.args.get("actor", "")
    return ActorKind(asked) if asked in set(ActorKind) else None
