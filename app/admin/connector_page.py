"""One connector: its gates, secrets, jobs, imports and tasks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue

from app.admin import bp
from app.admin.audit import with_links
from app.admin.connector_credentials import credential_lines
from app.admin.figures import figure_lines
from app.admin.job_panel import JobPanel
from app.admin.tasks import task_lines
from app.connectors.registry import provider_label
from app.models import ProviderAccount
from app.readiness.gates import CHECKS, CheckSpec, Gate, checks_of
from app.readiness.standing import gates_of, next_check
from app.security.permissions import Permission
from app.services import accounts, audit_log, tasks
from app.web.access import requires

PAGE = "admin/connectors/show.html"


@dataclass(frozen=True)
class GateLine:
    """One gate as the page lists it."""

    gate: Gate
    checks: Sequence[CheckSpec]
    is_reachable: bool
    """The gate before it is through, or there is none before it."""
    done: int
    """How many of its checks stand."""


@dataclass(frozen=True)
class GateList:
    """The way to a number that a client may trust, and how far this connector has come."""

    lines: Sequence[GateLine]
    next_check: CheckSpec | None
    """What to do next; None: everything stands."""

    @classmethod
    def of(cls, _account: ProviderAccount) -> Self:
        gates = gates_of({})  # no evidence is stored yet, so no check stands
        lines = [GateLine(each.gate, checks_of(each.gate), is_reachable=each.may_start, done=each.done) for each in gates]
        return cls(lines, next_check(gates))

    @property
    def total(self) -> int:
        return len(CHECKS)

    @property
    def done(self) -> int:
        return sum(line.done for line in self.lines)


@bp.get("/connectors/<uuid:connector_id>")
@requires(Permission.CONNECTOR_READ)
def show_connector(connector_id: UUID) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    return render_template(
        PAGE,
        account=account,
        provider=provider_label(account.provider),
        gates=GateList.of(account),
        credentials=credential_lines(account),
        batches=accounts.latest_batches(account),
        figures=figure_lines(account),
        panel=JobPanel.of(account),
        tasks=task_lines(tasks.open_tasks_of(account)),
        events=with_links(audit_log.events_about(account)),
    )
