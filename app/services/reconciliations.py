"""The source's own totals beside ours, and what explains the difference.

Compared are active rows by the source's rule: classes of leads are ours, so leads of every class count here.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from itertools import combinations
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app import audit
from app.audit import Actor, Target, canonical_json
from app.extensions import db
from app.imports.catalog import DATA_TYPES
from app.metrics.windows import BadWindowError, Window
from app.models import BatchKind, BatchStatus, ImportBatch, LeadClass, ProviderAccount, Reconciliation, User
from app.services.errors import InvalidField
from app.services.live_rows import LiveRows, place_of, small_look
from app.services.paging import Page, paginate

MOST_LINES = 500
HEAD = ("first_day", "last_day", "rows", "total")
_MOST = Decimal(10) ** 13


@dataclass(frozen=True)
class OurTotals:
    """What our current rows of a window say, split by all that may explain a difference."""

    rows: int
    """Active ones: what is compared."""
    total: Decimal | None
    inactive_rows: int = 0
    inactive_total: Decimal | None = None
    by_class: Mapping[str, int] = field(default_factory=dict)
    """Active leads by class."""
    rejected: int = 0
    """Rows that batches of these dates refused, also of days around the window."""
    repeated: int = 0
    """Rows of those batches whose id came again further down; the last one counts."""

    def to_json(self) -> dict[str, object]:
        return {
            "inactive_rows": self.inactive_rows,
            "inactive_total": _text(self.inactive_total),
            "by_class": dict(self.by_class),
            "rejected": self.rejected,
            "repeated": self.repeated,
        }


@dataclass(frozen=True)
class SourceTotals:
    """What the source says of a window."""

    window: Window
    rows: int
    total: Decimal | None


@dataclass(frozen=True)
class Verdict:
    """How theirs and ours stand to each other."""

    row_difference: int
    """Ours less theirs."""
    total_difference: Decimal | None
    is_within: bool
    """Rows and total each differ by no more than the tolerance."""
    explanations: tuple[str, ...]
    """Sentences that explain the difference in rows; empty where nothing adds up to it, or where there is none."""


def our_totals(account: ProviderAccount, data_type: str, window: Window) -> OurTotals:
    place = place_of(account, data_type)
    rejected, repeated = _refused(account, data_type, window)
    with small_look(place) as session:
        live = LiveRows.read(session, place)
        if live is None:
            return OurTotals(0, None, rejected=rejected, repeated=repeated)
        lead, record, row = place.home.lead, place.home.record, live.table
        detail = (lead.lead_class, sa.null()) if place.is_leads else (sa.null(), sa.func.sum(record.amount))
        keys = (row.active, lead.lead_class) if place.is_leads else (row.active,)
        query = sa.select(row.active, sa.func.count(), *detail).where(
            *live.conditions(), row.local_date >= window.start, row.local_date < window.end
        )
        found = session.execute(live.by_day(query.group_by(*keys))).all()
    return _totals(found, rejected, repeated)


def enter(
    account: ProviderAccount,
    data_type: str,
    theirs: SourceTotals,
    *,
    tolerance: Decimal = Decimal(0),
    note: str = "",
    entered_by: User | None,
    actor: Actor,
) -> Reconciliation:
    """Keep the source's totals of a window beside ours as they stand now.

    :param tolerance: per cent by which rows and total may each differ
    :raises InvalidField: if a value cannot be taken
    """
    if data_type not in DATA_TYPES:
        raise InvalidField("data_type", f"There is no data type “{data_type[:40]}”.")
    if not 0 <= theirs.rows < _MOST:
        raise InvalidField("source_rows", "A count of rows is not below zero, and not as large as this one.")
    if theirs.total is not None and abs(theirs.total) >= _MOST:
        raise InvalidField("source_total", "This total is too large to be one.")
    if not 0 <= tolerance <= 100:
        raise InvalidField("tolerance", "The tolerance is a percentage from 0 to 100.")
    ours = our_totals(account, data_type, theirs.window)
    row = Reconciliation(
        account_id=account.id,
        data_type=data_type,
        window_start=theirs.window.start,
        window_end=theirs.window.end,
        source_rows=theirs.rows,
        source_total=theirs.total,
        our_rows=ours.rows,
        our_total=ours.total,
        tolerance=tolerance,
        explanation=canonical_json(ours.to_json()),
        note=note.strip()[:300],
        entered_by_id=entered_by.id if entered_by is not None else None,
    )
    changes = {"data_type": data_type, "window": str(theirs.window), "rows": [theirs.rows, ours.rows], "connector": account.public_id}
    audit.record(db.session(), actor, "reconciliation.entered", Target.of(row, account.organization), changes)
    db.session.add(row)
    db.session.flush()
    return row


def verdict_of(row: Reconciliation) -> Verdict:
    """What a kept reconciliation says."""
    split = json.loads(row.explanation)
    row_difference = row.our_rows - row.source_rows
    total_difference = None if row.source_total is None or row.our_total is None else row.our_total - row.source_total
    is_within = _within(Decimal(row_difference), Decimal(row.source_rows), row.tolerance)
    if row.source_total is not None:
        is_within = is_within and total_difference is not None and _within(total_difference, row.source_total, row.tolerance)
    return Verdict(row_difference, total_difference, is_within, tuple(_explain(row_difference, split)))


def split_of(row: Reconciliation) -> OurTotals:
    """Ours, split as it stood when the totals were entered."""
    split = json.loads(row.explanation)
    inactive = split["inactive_total"]
    return OurTotals(
        rows=row.our_rows,
        total=row.our_total,
        inactive_rows=split["inactive_rows"],
        inactive_total=None if inactive is None else Decimal(inactive),
        by_class=split["by_class"],
        rejected=split["rejected"],
        repeated=split["repeated"],
    )


def get_reconciliation(account: ProviderAccount, public_id: str) -> Reconciliation:
    """:raises sqlalchemy.exc.NoResultFound: if the connector has none of that id"""
    query = sa.select(Reconciliation).where(Reconciliation.account_id == account.id, Reconciliation.public_id == public_id)
    return db.session.scalars(query.options(joinedload(Reconciliation.entered_by))).one()


def list_reconciliations(account: ProviderAccount, *, data_type: str = "", page: int) -> Page[Reconciliation]:
    """The newest first."""
    query = sa.select(Reconciliation).where(Reconciliation.account_id == account.id).options(joinedload(Reconciliation.entered_by))
    if data_type:
        query = query.where(Reconciliation.data_type == data_type)
    return paginate(query.order_by(Reconciliation.id.desc()), page=page)


def read_totals(text: str) -> Sequence[SourceTotals]:
    """A small CSV of the source's totals: ``first_day,last_day,rows,total``, the last day included, total may be empty.

    :raises InvalidField: with the line that cannot be taken
    """
    lines = list(csv.reader(io.StringIO(text.lstrip("\ufeff").strip())))
    if not lines or tuple(cell.strip().lower() for cell in lines[0]) != HEAD:
        raise InvalidField("file", f"The first line has to name the columns: {','.join(HEAD)}.")
    found = [_totals_in(number, cells) for number, cells in enumerate(lines[1:], start=2) if any(cell.strip() for cell in cells)]
    if not found:
        raise InvalidField("file", "There is no line of totals below the first line.")
    if len(found) > MOST_LINES:
        raise InvalidField("file", f"At most {MOST_LINES} lines of totals are taken at once; there are {len(found):,}.")
    return found


def _totals_in(number: int, cells: Sequence[str]) -> SourceTotals:
    try:
        first, last, rows, total = (cell.strip() for cell in cells)
        window = Window(date.fromisoformat(first), date.fromisoformat(last) + timedelta(days=1))
        amount = Decimal(total).quantize(Decimal("0.0001")) if total else None  # which an infinite one cannot be
        return SourceTotals(window, _count_in(rows), _checked(amount))
    except BadWindowError as exc:
        raise InvalidField("file", f"Line {number}: the last day lies before the first one.") from exc
    except (ValueError, InvalidOperation, OverflowError) as exc:
        sentence = f"Line {number} cannot be read. Write it as 2026-10-01,2026-10-31,412,98765.40 (days, rows, total with a point)."
        raise InvalidField("file", sentence) from exc


def _count_in(text: str) -> int:
    """:raises ValueError: if it is no count"""
    if not (text.isascii() and text.isdigit()) or int(text) >= _MOST:
        raise ValueError(text)
    return int(text)


def _checked(amount: Decimal | None) -> Decimal | None:
    """:raises ValueError: if it is larger than any total"""
    if amount is not None and abs(amount) >= _MOST:
        raise ValueError(amount)
    return amount


def _totals(found: Sequence[Any], rejected: int, repeated: int) -> OurTotals:
    rows = {True: 0, False: 0}
    totals: dict[bool, Decimal | None] = {True: None, False: None}
    by_class: dict[str, int] = {}
    for is_active, count, lead_class, amount in found:
        rows[bool(is_active)] += int(count)
        if amount is not None:
            totals[bool(is_active)] = (totals[bool(is_active)] or Decimal(0)) + amount
        if lead_class is not None and is_active:
            by_class[lead_class.value] = by_class.get(lead_class.value, 0) + int(count)
    return OurTotals(rows[True], totals[True], rows[False], totals[False], by_class, rejected, repeated)


def _refused(account: ProviderAccount, data_type: str, window: Window) -> tuple[int, int]:
    query = sa.select(sa.func.sum(ImportBatch.rows_rejected), sa.func.sum(ImportBatch.rows_repeated)).where(
        ImportBatch.account_id == account.id,
        ImportBatch.data_type == data_type,
        ImportBatch.kind == BatchKind.PRODUCTION,
        ImportBatch.status == BatchStatus.COMPLETE,
        ImportBatch.first_date < window.end,
        ImportBatch.last_date >= window.start,
    )
    rejected, repeated = db.session.execute(query).one()
    return int(rejected or 0), int(repeated or 0)


def _explain(row_difference: int, split: Mapping[str, object]) -> Iterator[str]:
    """Which of the things that set the two apart, alone or together, come to exactly the difference."""
    if row_difference == 0:
        return
    causes = [(count, words) for count, words in _causes(split) if count]
    for size in range(1, len(causes) + 1):
        for chosen in combinations(causes, size):
            if sum(count for count, _words in chosen) == row_difference:
                yield f"The difference is explained by {' and '.join(words for _count, words in chosen)}."
                return


def _causes(split: Mapping[str, object]) -> Iterator[tuple[int, str]]:
    """By how much each would set our count apart from the source's, if the source counts what we do not."""
    inactive, rejected, repeated = (int(str(split[key])) for key in ("inactive_rows", "rejected", "repeated"))
    yield -inactive, f"the inactive rows ({inactive:,}), which the source counts and we do not"
    yield -rejected, f"the rejected rows ({rejected:,}), which the source counts and we refused"
    yield -repeated, f"the repeated rows ({repeated:,}), which the source counts each time"
    classes = split["by_class"]
    if isinstance(classes, dict):
        for lead_class, count in sorted(classes.items()):
            if lead_class != LeadClass.GENUINE.value:
                yield int(count), f"the {lead_class} leads ({count:,}), which the source leaves out"


def _within(difference: Decimal, theirs: Decimal, tolerance: Decimal) -> bool:
    return abs(difference) * 100 <= abs(theirs) * tolerance


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.4f}"
