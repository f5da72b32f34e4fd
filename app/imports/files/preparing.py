"""Making a file ready for DuckDB: UTF-8, line feeds, one dialect."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from app.imports.files.counting import after, unclosed_quote
from app.imports.files.csv_files import HEAD_CHARACTERS, Head, read_head
from app.imports.files.dialect import Dialect
from app.imports.files.private import private
from app.imports.files.reading import XLSX, FileRefused, Prepared, Reading, check_signs
from app.imports.files.recognizing import recognize
from app.imports.files.text import UTF8, Text, csv_reader, decoder_name, read_text
from app.imports.files.workbook import prepare_workbook

CHUNK = 1 << 20
NAME = "prepared.csv"


def prepare(path: Path, reading: Reading, directory: Path) -> Prepared:
    """What DuckDB can read: the file itself where nothing has to be changed, otherwise a copy in the directory.

    :raises FileRefused: if it cannot be read in this way
    """
    kind = recognize(path, name="")
    if kind != reading.kind:
        raise FileRefused("The file is of another kind than the one that was looked at. Upload and look at it again.")
    if kind == XLSX:
        return prepare_workbook(path, reading, directory / NAME)
    check_signs(reading)
    text = read_text(path, reading.encoding)
    sample, whole = text.head(HEAD_CHARACTERS)
    dialect = Dialect(reading.delimiter, reading.quotechar, reading.escape)
    head = read_head(sample, dialect, whole=whole, header_row=reading.header_row)
    is_ready = text.encoding in UTF8 and text.is_unix and head.is_plain_above and not reading.totals_rows
    if is_ready and not _must_be_rewritten(head):
        return _prepared(path, reading, head, skip=head.skip, totals_rows=0)
    copy = directory / NAME
    with private(copy) as out:
        if _must_be_rewritten(head):
            _rewrite(text, reading, head, out)
            return Prepared(copy, ",", '"', 0, head.titles, head.skip + 1, 0)
        _copy(text, head, reading.totals_rows, out)
    return _prepared(copy, reading, head, skip=0, totals_rows=0)


def _prepared(path: Path, reading: Reading, head: Head, *, skip: int, totals_rows: int) -> Prepared:
    escape = reading.escape or reading.quotechar
    return Prepared(path, reading.delimiter, reading.quotechar, skip, head.titles, head.skip + 1, totals_rows, escape)


def _must_be_rewritten(head: Head) -> bool:
    """Rows that all lack the last cells are filled up; and empty lines in a file of one column are no rows."""
    return len(head.titles) > head.layout.width or len(head.titles) == 1


def _copy(text: Text, head: Head, totals_rows: int, out: TextIO) -> None:
    """The same lines in UTF-8, all ended by a line feed, without what stands above and below the rows."""
    with text.path.open(encoding=decoder_name(text.encoding), newline=None) as file:
        for _ in range(head.skip):
            file.readline()
        if totals_rows:
            _copy_lines(file, totals_rows, out)
            return
        while chunk := file.read(CHUNK):
            out.write(chunk)


def _copy_lines(file: TextIO, totals_rows: int, out: TextIO) -> None:
    """All but the last lines. Empty ones are not counted, but stay: they may be part of a cell."""
    held: deque[str] = deque([""])
    for line in file:
        if line == "\n":
            held[-1] += line
            continue
        held.append(line)
        if len(held) > totals_rows:
            out.write(held.popleft())


def _rewrite(text: Text, reading: Reading, head: Head, out: TextIO) -> None:
    width, usual = len(head.titles), head.layout.width
    writer = csv.writer(out, lineterminator="\n")
    for cells in _without_totals(text, reading, head):
        writer.writerow(cells + [""] * (width - usual) if len(cells) == usual else cells)


def _without_totals(text: Text, reading: Reading, head: Head) -> Iterator[list[str]]:
    held: deque[list[str]] = deque()
    with text.opened() as file:
        reader = csv_reader(after(file, head.skip), delimiter=reading.delimiter, quotechar=reading.quotechar, escape=reading.escape)
        try:
            for cells in reader:
                if cells:
                    held.append(cells)
                if len(held) > reading.totals_rows:
                    yield held.popleft()
        except csv.Error as exc:
            raise unclosed_quote(head.skip + reader.line_num) from exc
