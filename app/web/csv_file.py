"""Tables to take along as CSV, safe to open in a spreadsheet program."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence

from flask import Response

_STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What makes a spreadsheet program calculate instead of show; the full-width signs count in some languages."""
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
BOM = "\ufeff"
"""Without it a spreadsheet program takes UTF-8 for something else."""


def defused(cell: object) -> str:
    """The cell as text that no spreadsheet program runs: an apostrophe says that it is text."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(_STARTS_A_FORMULA) else text


def csv_file(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A download.

    :param name: of the file, made by :func:`file_name`
    """
    text = io.StringIO(BOM, newline="")
    text.seek(0, io.SEEK_END)
    # Every cell is quoted, so that a cell stays one cell where another separator is the custom.
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow([defused(cell) for cell in header])
    writer.writerows([defused(cell) for cell in row] for row in rows)
    response = Response(text.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def file_name(*parts: str) -> str:
    """``rejects-acme-calls-2026-10-03.csv``: letters, digits and hyphens only, whatever the parts hold."""
    plain = unicodedata.normalize("NFKD", " ".join(parts)).encode("ascii", "ignore").decode()
    return f"{_NOT_IN_NAMES.sub('-', plain.lower()).strip('-')[:120].strip('-') or 'table'}.csv"
