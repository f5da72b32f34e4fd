"""The parts of an Excel workbook, unpacked piece by piece and never beyond bounds."""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.parsers import expat

from app.imports.files.reading import FileRefused

MOST_PARTS = 5_000
MOST_UNPACKED = 4 << 30
"""A full sheet of a million rows and a dozen columns takes one."""
MOST_SMALL_PART = 50 << 20
"""For the lists of sheets and of cell formats."""
MOST_RATIO = 300
"""A sheet of rows that are all alike comes to about a hundred."""
RATIO_FROM = 10 << 20
CHUNK = 1 << 15
"""Small: what one piece of a sheet names may be a thousand times as long."""
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
MOST_TOKEN = 2 << 20
"""Bytes of one tag or one comment."""
DAMAGED = "The workbook is damaged or cut off ({part}). Open it in Excel, save it again, and upload that."
BOMB = "The workbook unpacks to far more than a report can hold, so it is not opened. Save the report as CSV and upload that."

Handler = Callable[..., Any]


@dataclass(frozen=True)
class Sheet:
    name: str
    part: str
    size: int
    """Unpacked, in bytes."""
    is_hidden: bool


class Package:
    """An open workbook."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._unpacked = 0
        self._parts = {info.filename.lstrip("/"): info for info in archive.infolist()}
        self._check()

    def _check(self) -> None:
        if len(self._parts) > MOST_PARTS or sum(info.file_size for info in self._parts.values()) > MOST_UNPACKED:
            raise FileRefused(BOMB)
        for name, info in self._parts.items():
            if info.flag_bits & 1:
                raise FileRefused("The workbook is protected by a password, so it cannot be read. Save it without one and upload it again.")
            if name.lower().endswith("vbaproject.bin"):
                raise FileRefused("The workbook has macros, and such files are not opened. Save it as .xlsx or CSV and upload that.")
            if info.file_size > RATIO_FROM and info.file_size > MOST_RATIO * info.compress_size:
                raise FileRefused(BOMB)
        if "xl/workbook.xml" not in self._parts:
            binary = "xl/workbook.bin" in self._parts
            raise FileRefused(
                "This is a binary workbook (.xlsb). Save it as .xlsx or CSV and upload that."
                if binary
                else DAMAGED.format(part="xl/workbook.xml")
            )

    def has(self, part: str) -> bool:
        return part in self._parts

    def size(self, part: str) -> int:
        info = self._parts.get(part)
        return info.file_size if info else 0

    def stream(self, part: str, most: int = MOST_UNPACKED) -> Iterator[bytes]:
        """The bytes of a part.

        :raises FileRefused: if they are more than was announced or than anybody may unpack
        """
        info = self._parts.get(part)
        if info is None:
            raise FileRefused(DAMAGED.format(part=part))
        count = 0
        try:
            with self._archive.open(info) as file:
                while chunk := file.read(CHUNK):
                    count += len(chunk)
                    self._unpacked += len(chunk)
                    if count > most or self._unpacked > MOST_UNPACKED or (count > RATIO_FROM and count > MOST_RATIO * info.compress_size):
                        raise FileRefused(BOMB)
                    yield chunk
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as exc:
            raise FileRefused(DAMAGED.format(part=part)) from exc

    def parse(
        self, part: str, start: Handler | None, end: Handler | None = None, text: Handler | None = None, *, small: bool = True
    ) -> None:
        """Parse a part from its beginning to its end."""
        for _ in self.parsing(part, start, end, text, small=small):
            pass

    def parsing(
        self, part: str, start: Handler | None, end: Handler | None = None, text: Handler | None = None, *, small: bool = False
    ) -> Iterator[None]:
        """Parse a part piece by piece: between the pieces the caller takes what the handlers collected."""
        parser = _parser(part)
        parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
        fed = 0
        try:
            for chunk in self.stream(part, MOST_SMALL_PART if small else MOST_UNPACKED):
                parser.Parse(chunk, False)
                fed += len(chunk)
                if fed - parser.CurrentByteIndex > MOST_TOKEN:
                    raise FileRefused(BOMB)
                yield
            parser.Parse(b"", True)
            yield
        except expat.ExpatError as exc:
            raise FileRefused(DAMAGED.format(part=part)) from exc

    def links(self) -> dict[str, str]:
        """Parts by the ids that the list of sheets uses."""
        found: dict[str, str] = {}

        def start(tag: str, attributes: dict[str, str]) -> None:
            if local(tag) == "Relationship" and attributes.get("TargetMode") != "External":
                found[attributes.get("Id", "")] = _resolved(attributes.get("Target", ""))

        if self.has("xl/_rels/workbook.xml.rels"):
            self.parse("xl/_rels/workbook.xml.rels", start)
        return found


def _resolved(target: str) -> str:
    return posixpath.normpath(target.lstrip("/") if target.startswith("/") else f"xl/{target}")


def local(tag: str) -> str:
    """A tag without the prefix of its namespace."""
    return tag.rsplit(":", 1)[-1]


def _parser(part: str) -> expat.XMLParserType:
    def refuse(*_: object) -> None:
        raise FileRefused(
            f"The workbook has a document type or entities in {part}, which no spreadsheet program writes, so it is not opened."
            " Open it in Excel, save it again, and upload that."
        )

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = 1 << 16
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    return parser


@dataclass
class Contents:
    """What the list of sheets says."""

    sheets: list[Sheet] = field(default_factory=list)
    counts_from_1904: bool = False


def contents_of(package: Package) -> Contents:
    found = Contents()
    links = package.links()

    def start(tag: str, attributes: dict[str, str]) -> None:
        name = local(tag)
        if name == "workbookPr":
            found.counts_from_1904 = attributes.get("date1904", "0") in {"1", "true"}
        elif name == "sheet":
            link = next((value for key, value in attributes.items() if local(key) == "id" and ":" in key), "")
            part = links.get(link, "")
            if "worksheets/" in part or part.endswith(".xml"):
                hidden = attributes.get("state", "visible") != "visible"
                found.sheets.append(Sheet(attributes.get("name", ""), part, package.size(part), hidden))

    package.parse("xl/workbook.xml", start)
    if not found.sheets:
        raise FileRefused("The workbook has no sheet with cells. Export the report again.")
    return found


@contextmanager
def open_package(path: Path) -> Iterator[Package]:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as exc:
        raise FileRefused(DAMAGED.format(part="its list of contents")) from exc
    with archive:
        yield Package(archive)
