"""Exports of made-up companies, messy as real ones arrive: some to try an upload with, some that the demo brought in already."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from app.sample_company import Company
from app.sample_company.csv_files import write_csv
from app.sample_company.shapes import SHAPES
from app.sample_company.styles import STYLES
from app.sample_company.xlsx_files import write_xlsx

MONTHS = 4
SCALE = 0.15
"""About eight calls a day: small files, and every figure has something to count."""


@dataclass(frozen=True)
class Export:
    data_type: str
    form: str
    """csv or xlsx."""
    style: str
    flaws: Callable[[list[list[str]]], None] | None = None


def _flawed_calls(rows: list[list[str]]) -> None:
    """What people find in real files: days that there are not, a word that nobody knows, a missing id, a call told twice."""
    titles = next(row for row in rows if "Call ID" in row)
    received, kind, first = titles.index("Received On"), titles.index("Call Type"), rows.index(titles) + 1
    for place, day in ((40, "02/30"), (75, "06/31"), (160, "13/32")):
        rows[first + place][received] = f"{day}/{rows[first + place][received][6:]}"
    rows[first + 95][kind] = "Parked in queue"
    rows[first + 120][titles.index("Call ID")] = ""
    rows.insert(first + 210, list(rows[first + 205]))


EXPORTS = (
    Export("calls", "csv", "report", _flawed_calls),
    Export("jobs", "xlsx", "report"),
    Export("invoices", "csv", "semicolon"),
)
CORRECTED_SHARE = 0.1
"""So many rows that figures move for certain."""
CORRECTED = Export("calls", "csv", "report")
PAYMENTS = Export("payments", "csv", "clean")
PLAIN_JOBS = Export("jobs", "csv", "clean")
PLAIN_INVOICES = Export("invoices", "csv", "clean")
MEMBERSHIPS = Export("customer_memberships", "csv", "clean")


def company_of(*, seed: int, time_zone: str, today: date) -> Company:
    """The last full months of a made-up company."""
    end = today.replace(day=1)
    start = end
    for _ in range(MONTHS):
        start = (start - timedelta(days=1)).replace(day=1)
    return Company(seed, time_zone, start, end, SCALE)


def content_of(export: Export, company: Company) -> bytes:
    """A file, as the source would give it."""
    out = io.BytesIO()
    shape, style = SHAPES[export.data_type], STYLES[export.style]
    if export.form == "xlsx":
        write_xlsx(out, company, shape, style)
        return out.getvalue()
    write_csv(out, company, shape, style)
    if export.flaws is None:
        return out.getvalue()
    rows = list(csv.reader(io.StringIO(out.getvalue().decode(style.encoding), newline="")))
    export.flaws(rows)
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=style.delimiter, lineterminator=style.line_end).writerows(rows)
    return text.getvalue().encode(style.encoding)


def write_exports(directory: Path, company: Company) -> None:
    """Write files to try an upload with, unless the directory is there: whoever changed or removed some meant it.

    The last one tells the same calls a month later: what could not be read is mended, and some were corrected.
    """
    if directory.exists():
        return
    draft = directory.with_name(f"{directory.name}.new")
    draft.mkdir(mode=0o700, parents=True, exist_ok=True)
    for export in EXPORTS:
        (draft / f"{export.data_type}.{export.form}").write_bytes(content_of(export, company))
    later = datetime.combine(company.end + timedelta(days=30), datetime.min.time(), UTC)
    (draft / "calls-corrected.csv").write_bytes(content_of(CORRECTED, company.restated(later, share=CORRECTED_SHARE)))
    draft.rename(directory)
