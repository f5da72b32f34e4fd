"""One connector: its gates, secrets, jobs and tasks; its figures, imports and events as a part of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue

from app.admin import bp
from app.admin.audit import with_links
from app.admin.check_words import badge_of, may_write
from app.admin.connector_credentials import credential_lines
from app.admin.figures import figure_lines
from app.admin.job_panel import JobPanel
from app.admin.tasks import TaskLine, task_lines
from app.connectors.registry import provider_label
from app.models import ProviderAccount
from app.readiness.gates import CheckSpec, Gate
from app.readiness.standing import GateStand, Standing
from app.security.permissions import Permission
from app.services import accounts, audit_log, check_reading, health_signals, settling, stands, tasks
from app.services.check_reading import LiveVersion, Versions
from app.services.stands import Shown, Stands
from app.web.access import requires
from app.web.current import the_person
from app.web.filters import day
from app.web.htmx import fragment, wants_fragment

PAGE, LATEST = "admin/connectors/show.html", "admin/connectors/latest.html"
SHOWN_TASKS = 10
MOST_TASKS = 80
"""A task for each check of the draft and of what runs, and those by hand."""


@dataclass(frozen=True)
class CheckLine:
    """One check as a gate lists it."""

    spec: CheckSpec
    label: str
    tone: str
    reason: str
    """Why a tick fell; empty where none did."""
    owner: str
    due: str
    is_overdue: bool


@dataclass(frozen=True)
class GateLine:
    """One gate as the page lists it."""

    gate: Gate
    checks: Sequence[CheckLine]
    is_reachable: bool
    """The gate before it is through, or was once."""
    is_through: bool
    is_next: bool
    """The first that is not through: the one that people work on."""
    done: int
    """How many of its checks stand."""


@dataclass(frozen=True)
class LiveLine:
    """What runs, in a line."""

    version: LiveVersion
    done: int
    total: int


@dataclass(frozen=True)
class GateList:
    """The way to a number that a client may trust, and how far this connector has come."""

    lines: Sequence[GateLine]
    next_check: CheckSpec | None
    """What to do next; None: everything stands."""
    done: int
    total: int
    live: LiveLine | None
    may_run: bool

    @classmethod
    def of(cls, account: ProviderAccount, open_tasks: Sequence[TaskLine]) -> Self:
        versions = check_reading.versions_of(account)
        found, live = _stands(account, versions)
        by_check = _tasks_by_check(versions, open_tasks)
        first = next((each.gate for each in found.gates if not each.is_through), None)
        return cls(
            lines=[_gate_line(account, found, each, by_check, is_next=each.gate is first) for each in found.gates],
            next_check=found.next_check,
            done=found.done,
            total=found.total,
            live=LiveLine(versions.live, live.done, live.total) if versions.live is not None and live is not None else None,
            may_run=may_write(),
        )


def _stands(account: ProviderAccount, versions: Versions) -> tuple[Stands, Stands | None]:
    """How the checks of the draft stand, and those of what runs: read at once."""
    if not versions.open_ones:
        return stands.of(account, None), None
    each = stands.of_each(account, versions.open_ones)
    if versions.draft is None:
        return each[0], each[0]
    return each[0], each[1] if versions.live is not None else None


def _tasks_by_check(versions: Versions, open_tasks: Sequence[TaskLine]) -> dict[str, TaskLine]:
    """Open tasks about fallen ticks, those of the draft before those of what runs."""
    found: dict[str, TaskLine] = {}
    for configuration in reversed(versions.open_ones):
        for line in open_tasks:
            check = settling.check_of_task(configuration, line.task)
            if check:
                found[check] = line
    return found


def _gate_line(account: ProviderAccount, found: Stands, gate: GateStand, by_check: Mapping[str, TaskLine], *, is_next: bool) -> GateLine:
    own = [found.checks[key] for key in gate.stands]
    return GateLine(
        gate=gate.gate,
        checks=[_check_line(account, found, shown, by_check.get(shown.spec.key), may_start=gate.may_start) for shown in own],
        is_reachable=gate.may_start,
        is_through=gate.is_through,
        is_next=is_next,
        done=gate.done,
    )


def _check_line(account: ProviderAccount, found: Stands, shown: Shown, task: TaskLine | None, *, may_start: bool) -> CheckLine:
    label, tone = badge_of(shown, may_start=may_start)
    owner = task.task.owner if task is not None else account.owner
    return CheckLine(
        spec=shown.spec,
        label=label,
        tone=tone,
        reason=settling.why_fallen(found, shown) if shown.stand.standing.has_fallen else "",
        owner=owner.name if owner is not None else "nobody yet",
        due=task.due.words if task is not None else _counts_until(account, shown),
        is_overdue=task is not None and task.due.is_overdue,
    )


def _counts_until(account: ProviderAccount, shown: Shown) -> str:
    if shown.stand.standing is Standing.WAIVED and shown.waiver is not None:
        return f"waived through {day(shown.waiver.last_day)}"
    if not shown.stand.standing.is_open or shown.newest is None or shown.newest.valid_until is None:
        return ""
    return f"counts until {day(tasks.local_day(account.organization, shown.newest.valid_until))}"


@bp.get("/connectors/<uuid:connector_id>")
@requires(Permission.CONNECTOR_READ)
def show_connector(connector_id: UUID) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    open_tasks = task_lines(tasks.open_tasks_of(account, limit=MOST_TASKS))
    return render_template(
        PAGE,
        account=account,
        provider=provider_label(account.provider),
        gates=GateList.of(account, open_tasks),
        credentials=credential_lines(account),
        panel=JobPanel.of(account),
        tasks=open_tasks[:SHOWN_TASKS],
    )


@bp.get("/connectors/<uuid:connector_id>/gates-panel")
@requires(Permission.CONNECTOR_READ, panel=True)
def connector_gates_panel(connector_id: UUID) -> ResponseReturnValue:
    """The gates of the connector's page alone: asked for when a job is over."""
    account = accounts.get_connector(str(connector_id))
    open_tasks = task_lines(tasks.open_tasks_of(account, limit=MOST_TASKS))
    return fragment(PAGE, "gates_panel", account=account, gates=GateList.of(account, open_tasks))


@bp.get("/connectors/<uuid:connector_id>/latest")
@requires(Permission.CONNECTOR_READ)
def connector_latest(connector_id: UUID) -> ResponseReturnValue:
    """Figures, imports and events: a page of its own, and the part of the connector's page that comes after the rest."""
    account = accounts.get_connector(str(connector_id))
    shown: dict[str, Any] = {
        "account": account,
        "batches": accounts.latest_batches(account),
        "figures": figure_lines(account) if the_person().may(Permission.METRIC_READ) else [],
        "signals": health_signals.of_connector(account) if the_person().may(Permission.METRIC_READ) else [],
        "events": with_links(audit_log.events_about(account)),
    }
    return fragment(LATEST, "latest", **shown) if wants_fragment() else render_template(LATEST, **shown)
