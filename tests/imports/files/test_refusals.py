"""A file that is no table is refused with a sentence, whatever it is called."""

import io
import json
import random
import zipfile
from pathlib import Path

import pytest

from app.imports.files import FileRefused, Reading, inspect_file, prepare
from app.imports.files.reading import MOST_LINE
from tests.imports.files.books import book, sheet_xml


def refusal(tmp_path: Path, content: bytes, name: str = "export.csv") -> str:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FileRefused) as refused:
        inspect_file(path, name=name)
    sentence = str(refused.value)
    assert sentence[0].isupper()
    assert sentence.endswith(".")
    return sentence


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize("name", ["export.csv", "export.xlsx"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n \r\n", "nothing but blanks"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "a PDF"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a picture"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "a picture"),
        (b"<!DOCTYPE html><html><body>Your session has ended</body></html>", "a web page"),
        (b"\n  <html><head><title>Sign in</title></head></html>", "a web page"),
        (b'<?xml version="1.0"?><rows><row/></rows>', "an XML file"),
        (json.dumps([{"id": 1, "name": "Ann"}]).encode(), "JSON"),
        (json.dumps({"data": [1, 2]}, indent=1).encode(), "JSON"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "packed"),
        (zipped(**{"export.csv": b"a,b\n1,2\n"}), "ZIP archive"),
        (zipped(**{"word/document.xml": b"<w/>"}), "another program"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "Workbook".encode("utf-16-le"), "old kind"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        (b"ID,Name\n1,Ann\n2,B\0b\n", "Line 3 has a NUL"),
        (bytes(range(256)) * 40, "."),
    ],
)
def test_files_that_are_no_tables(tmp_path: Path, content: bytes, said: str, name: str) -> None:
    assert said in refusal(tmp_path, content, name)


def test_a_csv_called_xlsx_is_read_as_csv(tmp_path: Path) -> None:
    path = tmp_path / "export.xlsx"
    path.write_bytes(b"ID,Name\n1,Ann\n")
    assert inspect_file(path, name=path.name).reading.kind == "csv"


def test_one_endless_line(tmp_path: Path) -> None:
    said = refusal(tmp_path, b"a,b\n" + b"x" * (MOST_LINE + 600_000))
    assert f"Line 2 is longer than {MOST_LINE:,} characters" in said


def test_too_many_columns(tmp_path: Path) -> None:
    row = ",".join(f"c{n}" for n in range(2000))
    said = refusal(tmp_path, f"{row}\n{row}\n".encode())
    assert "2,000 columns" in said
    assert "at most 500" in said


def test_two_encodings_in_one_file(tmp_path: Path) -> None:
    said = refusal(tmp_path, "ID,Name\n1,José\n2,Ann\n".encode() + "3,Zoë\n".encode("cp1252"))
    assert "line 2 is written in UTF-8, line 4 is not" in said


def test_a_file_that_ends_inside_a_character(tmp_path: Path) -> None:
    said = refusal(tmp_path, "ID,Name\n1,Ann\n2,José".encode("utf-16")[:-1])
    assert "middle of a character" in said


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
@pytest.mark.parametrize("rows_after", [0, 1, 500])
def test_a_quote_that_is_never_closed(tmp_path: Path, encoding: str, rows_after: int) -> None:
    text = 'ID,Note,On\n1,"fine",2026-11-01\n2,é,2026-11-01\n3,"cut off é' + "\n4,x,2026-11-02" * rows_after
    assert "opened on line 4 is never closed" in refusal(tmp_path, text.encode(encoding))


def test_random_bytes_are_refused_or_read_and_nothing_else(tmp_path: Path) -> None:
    rng = random.Random(3)
    path = tmp_path / "export.csv"
    parts = [
        b"a,b\n",
        b'"',
        b"\r",
        b"\n",
        b"\xff",
        b"1,2\n",
        b"\xc3\xa9",
        b";",
        b"\t",
        b"'",
        b"\\",
        b"Total,5\n",
        b" ",
        b"|",
        b"\xef\xbb\xbf",
    ]
    refused = 0
    for _ in range(400):
        path.write_bytes(b"".join(rng.choices(parts, k=rng.randint(1, 40))))
        try:
            found = inspect_file(path)
            prepared = prepare(path, found.reading, tmp_path)
            assert len(prepared.titles) == len(found.columns)
        except FileRefused:
            refused += 1
        (tmp_path / "prepared.csv").unlink(missing_ok=True)
    assert 0 < refused < 400


def test_an_encoding_that_does_not_fit_is_said(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes("ID,Name\n1,José\n".encode("cp1252"))
    with pytest.raises(FileRefused, match="line 2 has bytes that stand for no character"):
        inspect_file(path, reading=Reading("csv", "utf-8", ",", '"', 1, 0))


@pytest.mark.parametrize(
    "changed", [{"delimiter": ""}, {"delimiter": ",,"}, {"quotechar": ","}, {"encoding": "nonsense"}, {"encoding": "base64"}]
)
def test_readings_that_make_no_sense_are_said(tmp_path: Path, changed: dict[str, str]) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(b"ID,Name\n1,Ann\n")
    reading = Reading(
        **{"kind": "csv", "encoding": "utf-8", "delimiter": ",", "quotechar": '"', "header_row": 1, "totals_rows": 0, **changed}
    )
    with pytest.raises(FileRefused):
        inspect_file(path, reading=reading)
    with pytest.raises(FileRefused):
        prepare(path, reading, tmp_path)


def test_workbooks_with_macros_or_passwords(tmp_path: Path) -> None:
    assert "macros" in refusal(tmp_path, book(**{"xl/vbaProject.bin": b"x"}), "export.xlsx")
    assert "binary workbook" in refusal(tmp_path, zipped(**{"xl/workbook.bin": b"x"}), "export.xlsx")


def test_workbooks_that_unpack_too_far(tmp_path: Path) -> None:
    cells = b'<row r="1"><c r="A1"><v>1</v></c></row>'
    assert "far more" in refusal(tmp_path, book(sheet=sheet_xml(cells + b" " * 30_000_000)), "export.xlsx")
    many = {f"xl/media/{n}.bin": b"" for n in range(6000)}
    assert "far more" in refusal(tmp_path, book(**many), "export.xlsx")


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"])
def test_document_types_in_workbooks(tmp_path: Path, part: str) -> None:
    laugh = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    said = refusal(tmp_path, book(**{part: laugh}), "export.xlsx")
    assert "document type" in said
    assert part in said


def test_damaged_workbooks(tmp_path: Path) -> None:
    whole = book(sheet=sheet_xml(b'<row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c></row>'))
    assert "damaged" in refusal(tmp_path, whole[: len(whole) // 2], "export.xlsx")
    assert "damaged" in refusal(tmp_path, book(sheet=b"<worksheet><sheetData><row>"), "export.xlsx")
    assert "damaged" in refusal(tmp_path, book(sheet=sheet_xml(b'<row r="1"><c r="A1" t="s"><v>9</v></c></row>')), "export.xlsx")
    broken = bytearray(whole)
    place = broken.index(b"xl/worksheets/sheet1.xml") + 30
    broken[place] ^= 255
    assert refusal(tmp_path, bytes(broken), "export.xlsx")


def test_cells_that_no_spreadsheet_has(tmp_path: Path) -> None:
    long = b'<row r="1"><c r="A1" t="inlineStr"><is><t>' + b"x" * 50_000 + b"</t></is></c></row>"
    assert "Row 1 of the sheet" in refusal(tmp_path, book(sheet=sheet_xml(long)), "export.xlsx")
    far = b'<row r="7"><c r="ZZZZZZZ7"><v>1</v></c></row>'
    assert "Row 7 of the sheet" in refusal(tmp_path, book(sheet=sheet_xml(far)), "export.xlsx")
    wide = b'<row r="1"><c r="BZZ1"><v>1</v></c></row>'
    assert "2,054 columns, and at most 500" in refusal(tmp_path, book(sheet=sheet_xml(wide)), "export.xlsx")


@pytest.mark.parametrize("form", ["<si><t>{}</t></si>", '<si x="{}"/>', "<!--{}-->"])
def test_one_endless_text_in_a_workbook(tmp_path: Path, form: str) -> None:
    """Which packs well, but not so well that its ratio tells."""
    rng = random.Random(5)
    noise = "".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=100_000)) * 40
    strings = f"<sst>{form.format(noise)}</sst>".encode()
    assert "far more" in refusal(tmp_path, book(**{"xl/sharedStrings.xml": strings}), "export.xlsx")


def test_a_sheet_without_cells(tmp_path: Path) -> None:
    assert "is empty" in refusal(tmp_path, book(sheet=sheet_xml(b"")), "export.xlsx")
