"""How DuckDB reads the prepared file, and what it says of rows that are no rows."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from app.imports.files import FileRefused, Prepared
from app.imports.reasons import NUMBERS
from app.imports.shaping.values import Signs, quoted
from app.imports.shaping.zones import ALL_YEARS, Years

if TYPE_CHECKING:
    import duckdb

MOST_LINE = 1_000_000
BUFFER = 8_000_000
CHUNK = 1 << 22
SMALL = 1 << 20
"""Bytes of a file that is looked through sooner than a statement for all years is planned."""
YEAR = re.compile(rb"(?<!\d)((?:19|20)\d\d)(?=(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)|(?!\d))")
RARE = 10
"""Of so many mentions of years, one alone is that of an amount or of an id, or of few rows: those are read all the same, by the way
for all other years."""
SHORT_YEAR = re.compile(
    rb"(?<!\d)\d{1,2}[/.-]\d{1,2}[/.-]\d{1,2}(?!\d)"
    rb"|(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[ ,-]+\d{1,2}(?!\d)"
)
"""What may be a date whose year has two digits; much else looks like one, and costs only time."""
BLANKS = (b"\t", b"\xc2\xa0", b"\xe2\x80\xaf", b"\xef\xbb\xbf")
CONTROLS = bytes(code for code in (*range(32), 127) if code not in {9, 10, 13})
REASONS = {
    "MISSING COLUMNS": "too_few_cells",
    "TOO MANY COLUMNS": "too_many_cells",
    "UNQUOTED VALUE": "bad_quotes",
    "INVALID ENCODING": "bad_encoding",
    "INVALID STATE": "bad_quotes",
    "LINE SIZE OVER MAXIMUM": "line_too_long",
}


def source(prepared: Prepared) -> str:
    """SQL for the cells, all as text, c0, c1 …, in the order of the file."""
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(prepared.titles)))
    options = {
        "columns": f"{{{columns}}}",
        "auto_detect": "false",
        "header": "false",
        "skip": str(prepared.skip),
        "delim": quoted(prepared.delimiter),
        "quote": quoted(prepared.quotechar),
        "escape": quoted(prepared.escape if prepared.quotechar else ""),
        "store_rejects": "true",
        "max_line_size": str(MOST_LINE),
        "buffer_size": str(BUFFER),
    }
    given = ", ".join(f"{name} = {value}" for name, value in options.items())
    return f"SELECT * FROM read_csv({quoted(str(prepared.path))}, {given})"  # noqa: S608  # quoted


def signs_in(path: Path) -> Signs:
    """What is nowhere in the file need not be looked for in its cells."""
    is_small, years = path.stat().st_size <= SMALL, ALL_YEARS
    controls = blanks = returns = False
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):  # a small file is one of them
            years = _years_in(chunk) if is_small else years
            controls = controls or len(chunk.translate(None, CONTROLS)) != len(chunk)
            blanks = blanks or any(blank in chunk for blank in BLANKS)
            returns = returns or b"\r" in chunk
    return Signs(controls, blanks, returns, years)


def _years_in(content: bytes) -> Years:
    mentions = Counter(YEAR.findall(content))
    found = [int(year) for year, times in mentions.items() if times * RARE >= mentions.total()]
    if not found or SHORT_YEAR.search(content):
        return ALL_YEARS
    return max(min(found), ALL_YEARS[0]), min(max(found), ALL_YEARS[1])


def note_broken_rows(connection: duckdb.DuckDBPyConnection, prepared: Prepared) -> int:
    """Keep what is wrong with rows that could not be read in ``broken(place, fault, sample)``, place from 0 in the file.

    :return: how many there are
    :raises FileRefused: if a quote was opened that is never closed, so that rows are lost in a cell
    """
    swallowed = connection.execute(
        "SELECT min(line) FROM reject_errors "
        "WHERE error_type IN ('UNQUOTED VALUE', 'LINE SIZE OVER MAXIMUM') AND contains(csv_line, chr(10))"
    ).fetchone()
    if swallowed and swallowed[0] is not None:
        raise FileRefused(_unclosed(prepared.first_row_number + swallowed[0] - prepared.skip - 1))
    whens = " ".join(f"WHEN '{theirs}' THEN {NUMBERS[ours]}" for theirs, ours in REASONS.items())
    # A row that lacks several cells is told of once for each.
    found = "TRY_CAST(regexp_extract(error_message, 'Found: ([0-9]+)', 1) AS INTEGER)"
    cells = f"CASE WHEN min(CAST(error_type AS VARCHAR)) = 'MISSING COLUMNS' THEN min({found}) ELSE max({found}) END"
    connection.execute(
        f"CREATE TABLE broken AS SELECT line - {prepared.skip} - 1 AS place, "  # noqa: S608  # numbers and words of ours
        f"min(CASE CAST(error_type AS VARCHAR) {whens} ELSE {NUMBERS['bad_quotes']} END) AS reason, "
        f"CAST({cells} AS VARCHAR) AS sample FROM reject_errors GROUP BY line"
    )
    connection.execute("DROP TABLE reject_errors")
    row = connection.execute("SELECT count(*) FROM broken").fetchone()
    return int(row[0]) if row else 0


def _unclosed(number: int) -> str:
    return (
        f"A quote that is opened in row {number:,} is never closed, so the rows behind it cannot be told apart. "
        "Correct that row, or export the file again."
    )
