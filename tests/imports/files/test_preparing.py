"""What is made ready for DuckDB holds exactly the rows of the file."""

import csv
import io
from pathlib import Path

import duckdb
import pytest

from app.imports.files import Prepared, inspect_file, prepare

ROWS = [
    ["ID", "Name", "Note", "Amount"],
    ["0012", "José", 'said "no", twice', "$1,234.50"],
    ["1E5", "Zoë; Ltd", "two\nlines", "(12.00)"],
    ["'3", "Ann\tBee", "a | b \\ c", ""],
    ["4", "5\" pipe", "  padded  ", "7.00"],
]  # fmt: skip


def made_ready(tmp_path: Path, content: bytes) -> Prepared:
    path = tmp_path / "export.csv"
    path.write_bytes(content)
    directory = tmp_path / "private"
    directory.mkdir()
    return prepare(path, inspect_file(path).reading, directory)


def read(prepared: Prepared) -> list[list[str]]:
    """As the shaping of rows reads it."""
    columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(len(prepared.titles)))
    with duckdb.connect() as connection:
        found = connection.execute(
            f"SELECT * FROM read_csv(?, delim = ?, quote = ?, escape = ?, skip = {prepared.skip}, columns = {{{columns}}}, header = false,"
            " auto_detect = false, strict_mode = true, new_line = '\\n', store_rejects = true)",
            [str(prepared.path), prepared.delimiter, prepared.quotechar, prepared.escape],
        ).fetchall()
        assert connection.execute("SELECT count(*) FROM reject_errors").fetchone() == (0,)
    rows = found[: len(found) - prepared.totals_rows]
    return [["" if value is None else value for value in row] for row in rows]


def text_of(rows: list[list[str]], *, delimiter: str = ",", end: str = "\n") -> str:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(rows)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_rows_survive(tmp_path: Path, delimiter: str, end: str, encoding: str) -> None:
    prepared = made_ready(tmp_path, text_of(ROWS, delimiter=delimiter, end=end).encode(encoding))
    assert read(prepared) == ROWS[1:]
    assert prepared.titles == tuple(ROWS[0])
    assert prepared.first_row_number == 2


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("above", ["Report\n\n", '"Report\nof November",\n', "Report,,,\n\n\n\n"])
@pytest.mark.parametrize("below", ["Total,,,1\n", "Total,,,1,,,\n\n", "\nTotal\n,,,\n", ""])
def test_what_stands_above_and_below_is_no_row(tmp_path: Path, above: str, below: str, end: str) -> None:
    content = (above + text_of(ROWS) + below).replace("\n", end)
    prepared = made_ready(tmp_path, content.encode())
    expected = [[cell.replace("\n", end) for cell in row] for row in ROWS[1:]]
    assert [[cell.replace("\n", end) for cell in row] for row in read(prepared)] == expected
    assert prepared.first_row_number == above.count("\n") + 2


def test_a_file_that_needs_nothing_is_read_where_it_is(tmp_path: Path) -> None:
    assert made_ready(tmp_path, text_of(ROWS).encode()).path == tmp_path / "export.csv"


def test_titles_of_columns_that_no_row_has_are_filled_up(tmp_path: Path) -> None:
    prepared = made_ready(tmp_path, b"A,B,C,D\n1,x\n2,y\n3,z\n")
    assert read(prepared) == [["1", "x", "", ""], ["2", "y", "", ""], ["3", "z", "", ""]]


def test_empty_lines_of_a_single_column_are_no_rows(tmp_path: Path) -> None:
    assert read(made_ready(tmp_path, b"Email\nann@example.com\n\nbee@example.com\n\n")) == [["ann@example.com"], ["bee@example.com"]]


def test_backslashes_before_quotes(tmp_path: Path) -> None:
    prepared = made_ready(tmp_path, b'ID,Note,Paid\n1,"the \\"best\\", really",Yes\n2,"ok",No\n3,"a \\"b\\" c, d",No\n')
    assert read(prepared) == [["1", 'the "best", really', "Yes"], ["2", "ok", "No"], ["3", 'a "b" c, d', "No"]]
