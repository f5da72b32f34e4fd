"""The rows of one sheet, streamed."""

from __future__ import annotations

import os
import tempfile
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from app.imports.files.cell_formats import NUMBER, moment_text, number_text
from app.imports.files.package import BOMB, Package, local
from app.imports.files.reading import MOST_COLUMNS, MOST_LINE, FileRefused

STRINGS = "xl/sharedStrings.xml"
FURTHEST = 16_384
"""Columns of the widest sheet."""
LONGEST = 40_000
"""Characters of a cell; spreadsheets end at 32,767."""
MOST_DIGITS, MOST_KEPT, SHORT = 10, 50_000, 80
MOST_TEXT = 2 << 30
"""Characters of all cells: a few shared texts, named again and again, could fill any disk."""


class Strings:
    """The texts that cells share, in a temporary file: a report of a million rows would not fit into memory."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._ends = array("Q", [0])
        self._parts: list[str] = []
        self._in_text = self._in_phonetic = False
        self._size = self._length = 0
        self._known: dict[str, str] = {}

    @classmethod
    @contextmanager
    def of(cls, package: Package) -> Iterator[Strings]:
        """All of a workbook, while they are needed."""
        with tempfile.TemporaryFile() as file:
            strings = cls(file)
            if package.has(STRINGS):
                package.parse(STRINGS, strings._start, strings._end, strings._text, small=False)
            file.flush()
            yield strings

    def _start(self, tag: str, _: dict[str, str]) -> None:
        name = tag if ":" not in tag else local(tag)
        if name == "t":
            self._in_text = not self._in_phonetic
        elif name == "rPh":
            self._in_phonetic = True

    def _text(self, text: str) -> None:
        if self._in_text:
            self._parts.append(text)
            self._length += len(text)
            if self._length > MOST_LINE:
                raise FileRefused(BOMB)

    def _end(self, tag: str) -> None:
        name = tag if ":" not in tag else local(tag)
        if name == "t":
            self._in_text = False
        elif name == "rPh":
            self._in_phonetic = False
        elif name == "si":
            content = "".join(self._parts).encode("utf-8", "replace")
            self._parts.clear()
            self._length = 0
            self._file.write(content)
            self._size += len(content)
            self._ends.append(self._size)

    def get(self, raw: str) -> str:
        found = self._known.get(raw)
        if found is not None:
            return found
        place = int(raw) if raw.isdecimal() and len(raw) < MOST_DIGITS else -1
        if not 0 <= place < len(self._ends) - 1:
            raise FileRefused(
                "The workbook is damaged: a cell names a text that is not there. Open it in Excel, save it again, and upload that."
            )
        begin, end = self._ends[place], self._ends[place + 1]
        found = os.pread(self._file.fileno(), end - begin, begin).decode()
        if end - begin <= SHORT:
            if len(self._known) >= MOST_KEPT:
                self._known.clear()
            self._known[raw] = found
        return found


class SheetRows:
    """Iterates over (number of the row, cells) of a sheet; rows without any value are left out."""

    def __init__(self, package: Package, part: str, strings: Strings, formats: list[int], *, counts_from_1904: bool) -> None:
        self._package, self._part, self._strings = package, part, strings
        self._formats = {str(place): meaning for place, meaning in enumerate(formats)}
        self._places: dict[str, int] = {}
        self._from_1904 = counts_from_1904
        self._ready: list[tuple[int, list[str]]] = []
        self._cells: list[str] = []
        self._row = self._column = self._length = self._held = self._total = 0
        self._kind = ""
        self._format = 0
        self._value: list[str] = []
        self._taking = self._in_inline = self._in_phonetic = False
        self._moments: dict[tuple[str, int], str] = {}

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        for _ in self._package.parsing(self._part, self._start, self._end, self._text):
            yield from self._ready
            self._ready.clear()

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag if ":" not in tag else local(tag)
        if name == "c":
            reference = attributes.get("r")
            self._column = self._place(reference) if reference else self._column + 1
            self._kind = attributes.get("t", "n")
            self._format = self._formats.get(attributes.get("s", "0"), NUMBER)
        elif name == "v":
            self._taking = True
        elif name == "t":
            self._taking = self._in_inline and not self._in_phonetic
        elif name == "row":
            number = attributes.get("r", "")
            self._row = int(number) if number.isdecimal() and len(number) < 10 else self._row + 1
            self._column = -1
        elif name == "is":
            self._in_inline = True
        elif name == "rPh":
            self._in_phonetic = True

    def _place(self, reference: str) -> int:
        letters = reference.rstrip("0123456789")
        place = self._places.get(letters)
        if place is None:
            if len(self._places) > FURTHEST:
                self._places.clear()
            place = self._places[letters] = _place_of(letters)
        return place

    def _text(self, text: str) -> None:
        if self._taking:
            self._value.append(text)
            self._held += len(text)
            if self._held > MOST_LINE:
                raise FileRefused(BOMB)

    def _end(self, tag: str) -> None:
        name = tag if ":" not in tag else local(tag)
        if name in {"v", "t"}:
            self._taking = False
        elif name == "c":
            if self._value:
                self._put("".join(self._value))
                self._value.clear()
                self._held = 0
        elif name == "row":
            if self._cells:
                self._ready.append((self._row, self._cells))
                self._cells = []
            self._total += self._length
            self._length = 0
            if self._total > MOST_TEXT:
                raise FileRefused(BOMB)
        elif name == "is":
            self._in_inline = False
        elif name == "rPh":
            self._in_phonetic = False

    def _put(self, raw: str) -> None:
        value = self._shown(raw)
        self._length += len(value)
        if self._column >= FURTHEST or len(value) > LONGEST or self._length > MOST_LINE:
            raise FileRefused(f"Row {self._row:,} of the sheet has more cells or longer ones than a spreadsheet can have. Save it again.")
        cells = self._cells
        gap = self._column - len(cells)
        if not value or gap < 0:
            return
        if gap:
            cells.extend([""] * gap)
        cells.append(value)

    def _shown(self, raw: str) -> str:
        kind = self._kind
        if kind == "s":
            return self._strings.get(raw)
        if kind == "n":
            return self._number(raw)
        if kind == "b":
            return "true" if raw.strip() == "1" else "false"
        return raw

    def _number(self, raw: str) -> str:
        if self._format == NUMBER:
            return number_text(raw)
        key = (raw, self._format)
        found = self._moments.get(key)
        if found is None:
            if len(self._moments) > MOST_KEPT:
                self._moments.clear()
            found = self._moments[key] = moment_text(raw, self._format, counts_from_1904=self._from_1904)
        return found


def _place_of(letters: str) -> int:
    """From 0, of the letters of a column such as AB."""
    place = 0
    for letter in letters[:8]:
        place = place * 26 + max(0, ord(letter) - 64)
    return place - 1


def too_wide(width: int) -> FileRefused:
    return FileRefused(f"The sheet has {width:,} columns, and at most {MOST_COLUMNS} are read. Export only the columns that are needed.")
