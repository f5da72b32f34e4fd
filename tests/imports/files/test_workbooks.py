"""Workbooks become the rows that a person sees in them."""

import csv
import tracemalloc
from pathlib import Path

import pytest

from app.imports.files import FileRefused, Prepared, Reading, inspect_file, prepare
from app.imports.files.cell_formats import CLOCK, DAY, MOMENT, moment_text, number_text
from tests.imports.files.books import MAIN, book, links_xml, sheet_xml, workbook_xml


def cell(place: str, value: object, *, kind: str = "", style: int = 0) -> str:
    if kind == "inlineStr":
        return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'
    return f'<c r="{place}"{f" t={kind!r}" if kind else ""} s="{style}"><v>{value}</v></c>'


def row(number: int, *cells: str) -> str:
    return f'<row r="{number}">{"".join(cells)}</row>'


def text(place: str, value: str) -> str:
    return cell(place, value, kind="inlineStr")


def styles(*formats: str | int) -> bytes:
    """Cell formats by number or by code; the first is plain."""
    codes = "".join(f'<numFmt numFmtId="{200 + n}" formatCode="{code}"/>' for n, code in enumerate(formats) if isinstance(code, str))
    used = "".join(f'<xf numFmtId="{200 + n if isinstance(code, str) else code}"/>' for n, code in enumerate(formats))
    return f'<styleSheet xmlns="{MAIN}"><numFmts>{codes}</numFmts><cellXfs><xf numFmtId="0"/>{used}</cellXfs></styleSheet>'.encode()


def written(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "export.xlsx"
    path.write_bytes(content)
    return path


def rows_of(prepared: Prepared) -> list[list[str]]:
    with prepared.path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def shown(tmp_path: Path, content: bytes) -> list[list[str]]:
    """What the rows of a workbook become."""
    path = written(tmp_path, content)
    return rows_of(prepare(path, inspect_file(path).reading, tmp_path))


def one_column(*cells: str, **parts: bytes) -> bytes:
    rows = [row(1, text("A1", "ID"), text("B1", "Value"))]
    rows += [row(n, cell(f"A{n}", n), found.replace("PLACE", f"B{n}")) for n, found in enumerate(cells, start=2)]
    return book(sheet=sheet_xml("".join(rows).encode()), **parts)


def test_cells_of_every_kind(tmp_path: Path) -> None:
    strings = (
        f'<sst xmlns="{MAIN}"><si><t>shared &amp; plain</t></si><si><r><t>rich </t></r><r><t>text</t></r><rPh><t>ruby</t></rPh></si></sst>'
    )
    content = one_column(
        cell("PLACE", 0, kind="s"),
        cell("PLACE", 1, kind="s"),
        text("PLACE", "two\nlines, &quot;quoted&quot;"),
        '<c r="PLACE" t="str"><f>A1&amp;"x"</f><v>by formula</v></c>',
        '<c r="PLACE"><f>SUM(A1:A9)</f><v>12.5</v></c>',
        cell("PLACE", 1, kind="b"),
        cell("PLACE", "#N/A", kind="e"),
        '<c r="PLACE"/>',
        cell("PLACE", "0.30000000000000004"),
        cell("PLACE", "1.23456789012346E+17"),
        **{"xl/sharedStrings.xml": strings.encode()},
    )
    assert [cells[1] for cells in shown(tmp_path, content)] == [
        "shared & plain", "rich text", 'two\nlines, "quoted"', "by formula", "12.5", "true", "#N/A", "", "0.3", "1.23456789012346E+17",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "value", "expected"),
    [
        (14, "46327", "2026-11-01"),
        (22, "46327.5", "2026-11-01T12:00:00"),
        (22, "46327", "2026-11-01T00:00:00"),
        ("mm/dd/yyyy", "46327", "2026-11-01"),
        ("mm/dd/yyyy", "46327.25", "2026-11-01T06:00:00"),
        ("[$-409]m/d/yy h:mm AM/PM;@", "46327.999988426", "2026-11-01T23:59:59"),
        ('yyyy"year"', "46327", "2026-11-01"),
        ("h:mm", "0.75", "18:00:00"),
        ("[h]:mm:ss", "0.5", "12:00:00"),
        ("#,##0.00", "46327.5", "46327.5"),
        ('0 "days"', "46327", "46327"),
        ("[Red]0.00", "7", "7"),
        ("General", "46327", "46327"),
        (4, "46327", "46327"),
    ],
)
def test_dates_are_told_by_the_format_of_the_cell(tmp_path: Path, code: str | int, value: str, expected: str) -> None:
    code = code.replace('"', "&quot;") if isinstance(code, str) else code
    content = one_column(cell("PLACE", value, style=1), **{"xl/styles.xml": styles(code)})
    assert shown(tmp_path, content)[0][1] == expected


def test_workbooks_that_count_from_1904(tmp_path: Path) -> None:
    parts = {"xl/styles.xml": styles(14), "xl/workbook.xml": workbook_xml("Calls", properties='<workbookPr date1904="1"/>')}
    assert shown(tmp_path, one_column(cell("PLACE", 44865, style=1), **parts))[0][1] == "2026-11-01"


def test_serial_numbers_as_moments() -> None:
    assert moment_text("1", DAY, counts_from_1904=False) == "1900-01-01"
    assert moment_text("61", DAY, counts_from_1904=False) == "1900-03-01"
    assert moment_text("-1", DAY, counts_from_1904=False) == "-1"
    assert moment_text("99999999", MOMENT, counts_from_1904=False) == "99999999"
    assert moment_text("no", CLOCK, counts_from_1904=False) == "no"
    assert [number_text(raw) for raw in ("1E-3", "100", "1234.5000000000002", "NaN", "12345678901234567")] == [
        "0.001", "100", "1234.5", "NaN", "12345678901234567",
    ]  # fmt: skip


def test_titles_totals_gaps_and_numbers_of_rows(tmp_path: Path) -> None:
    rows = [
        row(1, text("A1", "Calls report")),
        row(3, text("A3", "ID"), text("C3", "Amount")),
        row(4, cell("A4", 1), cell("C4", 5)),
        row(6, cell("A6", 2), cell("C6", "7.5")),
        row(7, text("A7", "Total"), cell("C7", "12.5")),
        '<row r="9"/>',
    ]
    path = written(tmp_path, book(sheet=sheet_xml("".join(rows).encode())))
    found = inspect_file(path)
    assert (found.reading.header_row, found.reading.totals_rows, found.reading.sheet, found.rows) == (3, 1, "Calls", 2)
    assert [(column.title, column.type) for column in found.columns] == [("ID", "integer"), ("Column 2", "empty"), ("Amount", "money")]
    prepared = prepare(path, found.reading, tmp_path)
    assert (prepared.first_row_number, prepared.titles) == (4, ("ID", "Column 2", "Amount"))
    assert rows_of(prepared) == [["1", "", "5"], ["", "", ""], ["2", "", "7.5"]]


def test_rows_and_cells_without_references(tmp_path: Path) -> None:
    rows = (
        "<row><c t='inlineStr'><is><t>ID</t></is></c><c t='inlineStr'><is><t>N</t></is></c></row><row><c><v>1</v></c><c><v>2</v></c></row>"
    )
    assert shown(tmp_path, book(sheet=sheet_xml(rows.encode()))) == [["1", "2"]]


def test_prefixed_names(tmp_path: Path) -> None:
    sheet = (
        f'<x:worksheet xmlns:x="{MAIN}"><x:sheetData><x:row r="1"><x:c r="A1" t="inlineStr"><x:is><x:t>ID</x:t></x:is></x:c></x:row>'
        '<x:row r="2"><x:c r="A2"><x:v>5</x:v></x:c></x:row></x:sheetData></x:worksheet>'
    )
    assert shown(tmp_path, book(sheet=sheet.encode())) == [["5"]]


def several(*sheets: tuple[str, bytes]) -> bytes:
    parts = {f"xl/worksheets/sheet{n}.xml": content for n, (_, content) in enumerate(sheets, start=1)}
    return book(
        **{**parts, "xl/workbook.xml": workbook_xml(*(name for name, _ in sheets)), "xl/_rels/workbook.xml.rels": links_xml(len(sheets))}
    )


def test_the_sheet_with_the_rows_is_read_and_others_are_named(tmp_path: Path) -> None:
    cover = sheet_xml(row(1, text("A1", "Printed for Ann")).encode())
    rows = [row(1, text("A1", "ID"), text("B1", "N")), *(row(n, cell(f"A{n}", n), cell(f"B{n}", 1)) for n in range(2, 300))]
    path = written(tmp_path, several(("Cover", cover), ("Calls", sheet_xml("".join(rows).encode())), ("Notes", cover)))
    found = inspect_file(path)
    assert (found.reading.sheet, found.rows) == ("Calls", 298)
    assert "“Cover”, “Notes” are not" in found.notes[0]
    with pytest.raises(FileRefused, match="no sheet “Jobs”; it has “Cover”, “Calls”, “Notes”"):
        prepare(path, Reading("xlsx", "utf-8", ",", '"', 1, 0, "Jobs"), tmp_path)


def test_nobody_else_may_read_the_copy(tmp_path: Path) -> None:
    path = written(tmp_path, one_column(cell("PLACE", 1)))
    prepared = prepare(path, inspect_file(path).reading, tmp_path)
    assert prepared.path.stat().st_mode & 0o077 == 0


def test_texts_are_not_held_in_memory(tmp_path: Path) -> None:
    """12,000 different texts of a thousand letters each, 12 MB."""
    strings = "".join(f"<si><t>{n:01000d}</t></si>" for n in range(12_000))
    rows = "".join(f'<row r="{r}">{cell(f"A{r}", 2 * r - 2, kind="s")}{cell(f"B{r}", 2 * r - 1, kind="s")}</row>' for r in range(1, 6_001))
    path = written(tmp_path, book(sheet=sheet_xml(rows.encode()), **{"xl/sharedStrings.xml": f"<sst>{strings}</sst>".encode()}))
    reading = Reading("xlsx", "utf-8", ",", '"', 0, 0)
    tracemalloc.start()
    try:
        prepared = prepare(path, reading, tmp_path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert prepared.path.stat().st_size > 12_000_000
    assert peak < 7_000_000
