"""How a file is written is guessed right."""

import codecs
from pathlib import Path

import pytest

from app.imports.files import inspect_file
from app.imports.files.reading import Inspection, Reading

ROWS = [
    ["Job ID", "Customer", "Completed On", "Total", "Paid"],
    ["1001", "José Muñoz", "11/02/2026", "$1,234.50", "Yes"],
    ["1002", "Zoë, Ltd.", "11/03/2026", "($12.00)", "No"],
    ["1003", 'The "Best" Co', "11/04/2026", "$7.25", "Yes"],
]
TYPES = ["integer", "text", "date", "money", "flag"]


def text_of(rows: list[list[str]], delimiter: str = ",", end: str = "\r\n", quote: str = '"') -> str:
    def cell(value: str) -> str:
        if any(sign in value for sign in (delimiter, quote, "\n", "\r")):
            return quote + value.replace(quote, quote * 2) + quote
        return value

    return "".join(delimiter.join(map(cell, row)) + end for row in rows)


def look(tmp_path: Path, content: bytes | str, name: str = "export.csv") -> Inspection:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return inspect_file(path, name=name)


def shown(inspection: Inspection) -> tuple[list[str], list[str], int]:
    return [column.title for column in inspection.columns], [column.type for column in inspection.columns], inspection.rows


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_encoding_delimiter_and_line_end_is_told(tmp_path: Path, delimiter: str, end: str, encoding: str) -> None:
    found = look(tmp_path, text_of(ROWS, delimiter, end).encode(encoding))
    assert found.reading == Reading("csv", encoding, delimiter, '"', 1, 0)
    assert shown(found) == (ROWS[0], TYPES, 3)


def test_big_endian_with_a_mark(tmp_path: Path) -> None:
    found = look(tmp_path, codecs.BOM_UTF16_BE + text_of(ROWS).encode("utf-16-be"))
    assert found.reading.encoding == "utf-16"
    assert shown(found) == (ROWS[0], TYPES, 3)


def test_title_lines_and_totals_are_no_rows(tmp_path: Path) -> None:
    above = [["Jobs report"], ["11/01/2026 to 11/30/2026"], [""]]
    found = look(tmp_path, text_of(above) + text_of(ROWS) + text_of([["Total", "", "", "$1,229.75", ""]]))
    assert (found.reading.header_row, found.reading.totals_rows) == (4, 1)
    assert shown(found) == (ROWS[0], TYPES, 3)


def test_empty_lines_above_the_titles_count_as_lines(tmp_path: Path) -> None:
    found = look(tmp_path, "Jobs report\n\n\n" + text_of(ROWS, end="\n"))
    assert (found.reading.header_row, found.rows) == (4, 3)


@pytest.mark.parametrize(
    "last",
    [
        "Total,,,$1,\n",
        "Grand Total:,,,5.00,\n",
        ',,,"$1,229.75",\n',
        "Total,,,5.00\n\n\n",
        "Total,,,5.00,\n,,,,\n",
        "3 records\n",
        "Total,,,5.00,\nReport generated on 11/30/2026\n",
    ],
)
def test_totals_of_many_kinds(tmp_path: Path, last: str) -> None:
    found = look(tmp_path, text_of(ROWS, end="\n") + last)
    assert found.rows == 3


def test_a_customer_called_total_is_a_record(tmp_path: Path) -> None:
    found = look(tmp_path, text_of([*ROWS, ["1004", "Total Comfort", "11/05/2026", "$1.00", "No"]]))
    assert (found.rows, found.reading.totals_rows) == (4, 0)


def test_line_breaks_in_quotes_and_doubled_quotes(tmp_path: Path) -> None:
    rows = [["ID", "Note", "Amount"], ["1", 'He said "no"\r\nand left; then, again', "2.50"], ["2", "plain", "3.00"]]
    found = look(tmp_path, text_of(rows))
    assert shown(found) == (["ID", "Note", "Amount"], ["integer", "text", "money"], 2)


def test_repeated_and_empty_titles_are_told_apart(tmp_path: Path) -> None:
    found = look(tmp_path, "ID,Name,,Name,name,Name (2)\n1,Ann,,Bee,x,y\n2,Cid,,Dee,x,z\n")
    assert [column.title for column in found.columns] == ["ID", "Name", "Column 3", "Name (2)", "name (3)", "Name (2) (2)"]
    assert found.columns[2].type == "empty"


def test_a_single_column(tmp_path: Path) -> None:
    found = look(tmp_path, "Email\nann@example.com\nbee@example.com\n")
    assert shown(found) == (["Email"], ["text"], 2)
    assert found.reading.header_row == 1


def test_sentences_in_a_single_column_are_not_cut(tmp_path: Path) -> None:
    found = look(tmp_path, "Message\nHello, can you come?\nNo hot water\nIt leaks, badly, since Monday\nThanks\n")
    assert (len(found.columns), found.rows) == (1, 4)


def test_no_titles(tmp_path: Path) -> None:
    found = look(tmp_path, text_of(ROWS[1:]))
    assert found.reading.header_row == 0
    assert shown(found) == ([f"Column {n}" for n in range(1, 6)], TYPES, 3)


def test_titles_without_rows(tmp_path: Path) -> None:
    found = look(tmp_path, text_of(ROWS[:1]))
    assert shown(found)[::2] == (ROWS[0], 0)
    assert any("no rows" in note for note in found.notes)


def test_decimal_commas_do_not_make_the_comma_a_delimiter(tmp_path: Path) -> None:
    found = look(tmp_path, "ID;Name;Amount\n1;Ann;1.234,50\n2;Bee;7,25\n3;Cid;-1,00\n")
    assert found.reading.delimiter == ";"
    assert [column.type for column in found.columns] == ["integer", "text", "money"]


def test_backslashes_before_quotes(tmp_path: Path) -> None:
    found = look(tmp_path, 'ID,Note,Paid\n1,"the \\"best\\", really",Yes\n2,"ok",No\n3,"a \\"b\\" c, d",No\n')
    assert found.reading.escape == "\\"
    assert shown(found) == (["ID", "Note", "Paid"], ["integer", "text", "flag"], 3)


def test_ragged_rows_are_counted_and_told(tmp_path: Path) -> None:
    found = look(tmp_path, text_of(ROWS * 1 + [["1004", "Short"], ["1005", "Ann", "11/06/2026", "$1.00", "No", "more"]]))
    assert found.rows == 5
    assert any(note.startswith("2 rows have more or fewer cells") for note in found.notes)


def test_a_delimiter_at_the_end_of_every_line(tmp_path: Path) -> None:
    found = look(tmp_path, "A,B\n1,x,\n2,y,\n3,z,\n")
    assert [column.title for column in found.columns] == ["A", "B", "Column 3"]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "2", "30"], "integer"),
        (["007", "012", "100"], "text"),
        (["1.5", "2", "3.25"], "decimal"),
        (["$1,234.50", "($12.00)", ""], "money"),
        (["1,234.50", "(12.00)", "5.00"], "money"),
        (["2026-11-01", "2026-11-30", ""], "date"),
        (["11/01/2026", "31/02/2026", "12/24/2026"], "date"),
        (["01-Nov-2026", "2-Dec-26", "03-Jan-2027"], "date"),
        (["Nov 1, 2026", "December 24, 2026", "Jan 2, 2027"], "date"),
        (["11/01/2026 01:05 PM", "11/02/2026 12:00 AM", ""], "datetime"),
        (["2026-11-01T05:00:00.0000000Z", "2026-11-01T05:00:00-06:00", ""], "datetime"),
        (["Yes", "no", "YES"], "flag"),
        (["True", "False", ""], "flag"),
        (["", " ", ""], "empty"),
        (["10.1.2.3", "10.1.2.4", "10.1.2.5"], "text"),
        (["(614) 555-0101", "614-555-0102", "+1 614 555 0103"], "text"),
        (["12.5%", "3%", "4%"], "text"),
    ],
)
def test_types_of_columns(tmp_path: Path, values: list[str], kind: str) -> None:
    found = look(tmp_path, text_of([["Key", "Value", "Rest"], *[[f"k{n}", value, "x y"] for n, value in enumerate(values)]]))
    assert found.columns[1].type == kind


def test_examples_show_shapes_and_not_people(tmp_path: Path) -> None:
    names = [["Customer", "Phone", "Status", "On"]]
    rows = [[f"Ann Bee{n}", f"614-555-01{n:02d}", ("Open", "Done")[n % 2], "2026-11-01"] for n in range(20)]
    customer, phone, status, on = look(tmp_path, text_of(names + rows)).columns
    assert customer.examples == ("Xxx Xxx9",)
    assert phone.examples == ("999-999-9999",)
    assert status.examples == ("Open", "Done")
    assert on.examples == ("2026-11-01",)
    assert (customer.distinct, customer.empties) == (20, 0)


def test_what_a_person_chose_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(text_of(ROWS, end="\n"))
    wanted = Reading("csv", "utf-8", ",", '"', 0, 1)
    found = inspect_file(path, reading=wanted)
    assert found.reading == wanted
    assert (found.rows, found.columns[0].title) == (3, "Column 1")
    assert Reading.from_json(wanted.to_json()) == wanted
    assert Inspection.from_json(found.to_json()) == found
