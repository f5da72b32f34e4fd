"""What a file is, told from its bytes: names lie."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

from app.imports.files.reading import CSV, XLSX, FileRefused

HEAD = 4096
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
KINDS = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"BM\x00", "a picture (BMP)"),
    (b"II*\x00", "a picture (TIFF)"),
    (b"MM\x00*", "a picture (TIFF)"),
    (b"RIFF", "a picture or a recording"),
    (b"\x1f\x8b", "a packed file (gzip)"),
    (b"BZh", "a packed file (bzip2)"),
    (b"\xfd7zXZ", "a packed file (xz)"),
    (b"7z\xbc\xaf\x27\x1c", "a packed file (7-Zip)"),
    (b"Rar!", "a packed file (RAR)"),
    (b"PAR1", "a Parquet file"),
    (b"SQLite format 3", "a database file"),
    (b"{\\rtf", "a text document (RTF)"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
)
_MARKUP = re.compile(rb"<(!doctype|html|head|body|table|\?xml|svg|!--|rss|feed)\b|<\?xml", re.IGNORECASE)
_JSON = re.compile(rb'(\[\s*)?\{\s*("|\})|\[\s*(\{|\[|"|\]|\d)')
EXPORT_AGAIN = "Export the report again as CSV or Excel workbook (.xlsx) and upload that."


def recognize(path: Path, *, name: str) -> str:
    """csv or xlsx.

    :raises FileRefused: if it is anything else
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        _refuse_empty(path, head)
    if head.startswith(OLE):
        raise FileRefused(_ole(path))
    if head.startswith(ZIP):
        return _zip(path)
    for mark, what in KINDS:
        if head.startswith(mark):
            raise FileRefused(f"{_called(name)} is {what}, not a table. {EXPORT_AGAIN}")
    _refuse_markup(head, name)
    return CSV


def _called(name: str) -> str:
    return f"The file {name}" if name else "The file"


def _refuse_empty(path: Path, head: bytes) -> None:
    if not path.stat().st_size:
        raise FileRefused("The file is empty: it has no bytes at all. Export it again, and look whether the report has rows.")
    if len(head) < HEAD:
        raise FileRefused("The file is empty: it has nothing but blanks. Export it again, and look whether the report has rows.")


def _refuse_markup(head: bytes, name: str) -> None:
    text = head.removeprefix(b"\xef\xbb\xbf")
    if head[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        text = head[2:].replace(b"\0", b"")
    text = text.lstrip()
    if _MARKUP.match(text):
        page = b"html" in text[:500].lower() or text[:6].lower() == b"<table"
        what = "a web page, perhaps of a session that had ended" if page else "an XML file"
        raise FileRefused(f"{_called(name)} is {what}, not a table. {EXPORT_AGAIN}")
    if _JSON.match(text):
        raise FileRefused(f"{_called(name)} is JSON, not a table. {EXPORT_AGAIN}")


def _ole(path: Path) -> str:
    with path.open("rb") as file:
        content = file.read(2_000_000)
        file.seek(max(0, path.stat().st_size - 2_000_000))
        content += file.read()
    if "EncryptedPackage".encode("utf-16-le") in content:
        return "The workbook is protected by a password, so it cannot be read. Save it without a password and upload it again."
    return "This is a workbook or document of the old kind (.xls, .doc). Open it in Excel, save it as .xlsx or CSV, and upload that."


def _zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError) as exc:
        raise FileRefused(
            "The workbook is damaged or cut off: its list of contents cannot be read. Save it again and upload it anew."
        ) from exc
    if any(found.startswith("xl/") for found in names):
        return XLSX
    if any(found.startswith(("word/", "ppt/")) or found == "mimetype" for found in names):
        raise FileRefused(f"This is a document of another program, not an Excel workbook. {EXPORT_AGAIN}")
    raise FileRefused("This is a ZIP archive. Unpack it and upload the CSV or the workbook that is in it.")
