"""Imports: all batches, one by itself, and what it rejected."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import NoResultFound

from app.admin import bp
from app.admin.batch_panel import BATCH_PAGE, BatchPanel
from app.admin.batch_words import data_type_label, dates_in_words, reason_in_words, reject_counts_of, size_in_words
from app.admin.job_panel import asked_by
from app.connectors.registry import provider_label
from app.models import BatchKind, BatchStatus, ImportBatch, ProviderAccount
from app.security.permissions import Permission
from app.services import accounts, batch_lists
from app.services.batch_lists import BatchFilter
from app.web.access import requires
from app.web.csv_file import csv_file, file_name
from app.web.filters import instant
from app.web.htmx import STOP_POLLING, fragment, unchanged
from app.web.listing import asked_page, asked_search

EARLIEST, LATEST = date(2000, 1, 1), date(2999, 12, 31)
"""Days that a list can be asked for; every database can compare them."""


@dataclass(frozen=True)
class ReasonLine:
    """A reason for rejecting rows, and how many rows had it."""

    key: str
    words: str
    rows: int


@bp.get("/imports")
@requires(Permission.IMPORT_READ)
def imports() -> ResponseReturnValue:
    known = batch_lists.known_data_types()
    which = _asked_filter(known)
    page = batch_lists.find_batches(which, page=asked_page())
    return render_template(
        "admin/imports/list.html",
        page=page,
        which=which,
        data_types=known,
        statuses=list(BatchStatus),
        kinds=list(BatchKind),
        data_type_label=data_type_label,
        dates=dates_in_words,
    )


@bp.get("/imports/<uuid:batch_id>")
@requires(Permission.IMPORT_READ)
def show_batch(batch_id: UUID) -> ResponseReturnValue:
    batch = batch_lists.get_batch(str(batch_id))
    return render_template(
        BATCH_PAGE, batch=batch, panel=BatchPanel.of(batch), facts=_facts(batch), data_type=data_type_label(batch.data_type)
    )


@bp.get("/imports/<uuid:batch_id>/panel")
@requires(Permission.IMPORT_READ, panel=True)
def batch_panel(batch_id: UUID) -> ResponseReturnValue:
    """The panel of the batch's page alone. 286 ends the polling; 204 says that the browser shows this version already."""
    panel = BatchPanel.of(batch_lists.get_batch(str(batch_id)))
    if not panel.is_live:
        return fragment(BATCH_PAGE, "batch_panel", status=STOP_POLLING, panel=panel)
    if request.args.get("seen") == panel.version:
        return unchanged()
    return fragment(BATCH_PAGE, "batch_panel", panel=panel)


@bp.get("/imports/<uuid:batch_id>/rejects")
@requires(Permission.IMPORT_READ)
def batch_rejects(batch_id: UUID) -> ResponseReturnValue:
    batch = batch_lists.get_batch(str(batch_id))
    reasons = _reasons(batch)
    reason = next((each for each in reasons if each.key == request.args.get("reason")), None)
    return render_template(
        "admin/imports/rejects.html",
        batch=batch,
        reasons=reasons,
        reason=reason,
        page=batch_lists.list_rejects(batch, reason=reason.key if reason else "", page=asked_page()),
        rows=reason.rows if reason else sum(each.rows for each in reasons),
        reason_in_words=reason_in_words,
        data_type=data_type_label(batch.data_type),
    )


@bp.get("/imports/<uuid:batch_id>/rejects.csv")
@requires(Permission.IMPORT_READ)
def batch_rejects_csv(batch_id: UUID) -> ResponseReturnValue:
    """The kept examples, as the page shows them: masked."""
    batch = batch_lists.get_batch(str(batch_id))
    reason = next((each.key for each in _reasons(batch) if each.key == request.args.get("reason")), "")
    rows = batch_lists.kept_rejects(batch, reason=reason)
    mark = "sample" if batch.kind is BatchKind.TEST else ""
    return csv_file(
        file_name("rejects", mark, batch.account.source_label, batch.data_type, reason, batch.created_at.date().isoformat()),
        ("Row", "Field", "Reason", "Value (masked)"),
        [(row.row_number, row.field, reason_in_words(row.reason), row.sample) for row in rows],
    )


def _reasons(batch: ImportBatch) -> Sequence[ReasonLine]:
    return [ReasonLine(key, reason_in_words(key), rows) for key, rows in reject_counts_of(batch).items()]


def _facts(batch: ImportBatch) -> list[tuple[str, str]]:
    """What does not change while it runs."""
    facts = [
        ("Provider", provider_label(batch.provider)),
        ("Data type", data_type_label(batch.data_type)),
        ("Kind", batch.kind.label),
        ("Source", batch.source_name),
        ("Size", size_in_words(batch.source_bytes)),
        ("File", _file_in_words(batch)),
        ("Rows are in", batch.home.label),
        ("Asked for", f"{instant(batch.created_at)}, {asked_by(batch.job)}"),
        ("Complete since", instant(batch.completed_at) if batch.completed_at else ""),
        ("Reversal asked for", _reversal_in_words(batch)),
        ("Reversed", instant(batch.reversed_at) if batch.reversed_at else ""),
        ("Removes itself", instant(batch.remove_after) if batch.remove_after else ""),
    ]
    return [(label, text) for label, text in facts if text]


def _file_in_words(batch: ImportBatch) -> str:
    if batch.file is None:
        return "Not kept" if batch.source_sha256 else ""
    return f"Kept, encrypted, until {instant(batch.file.remove_after)}"


def _reversal_in_words(batch: ImportBatch) -> str:
    job = batch.reversal_job
    return f"{instant(job.created_at)}, {asked_by(job)}" if job else ""


def _asked_filter(known: Sequence[str]) -> BatchFilter:
    data_type, status, kind = request.args.get("type", ""), request.args.get("status", ""), request.args.get("kind", "")
    return BatchFilter(
        search=asked_search(),
        account=_asked_connector(),
        data_type=data_type if data_type in known else "",
        status=BatchStatus(status) if status in set(BatchStatus) else None,
        kind=BatchKind(kind) if kind in set(BatchKind) else None,
        since=_asked_day("since"),
        until=_asked_day("until"),
    )


def _asked_connector() -> ProviderAccount | None:
    """The connector whose page led here; an id of nothing chooses nothing."""
    try:
        return accounts.get_connector(str(UUID(request.args.get("connector", ""))))
    except (ValueError, NoResultFound):
        return None


def _asked_day(name: str) -> date | None:
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if EARLIEST <= day <= LATEST else None
