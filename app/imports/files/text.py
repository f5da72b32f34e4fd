"""Bytes into text: which encoding, which line ends, and what makes a file no text at all."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from charset_normalizer import from_bytes

from app.imports.files.reading import MOST_LINE, FileRefused

if TYPE_CHECKING:
    from _csv import Reader

CHUNK = 1 << 18
TAIL_BYTES = 1 << 16
UTF8 = frozenset({"utf-8", "utf-8-sig"})
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
OFFERED = (
    "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1", "iso8859-15", "cp1250", "cp1251", "cp1253",
    "cp1254", "cp1256", "cp1257", "cp437", "cp850", "mac-roman", "koi8-r", "shift_jis", "cp932", "gb18030", "big5", "euc_jp",
    "euc_kr", "cp949",
)  # fmt: skip
"""What a person may choose."""
ASKED = ["gb18030", "big5", "cp932", "euc_jp", "cp949", "cp1251", "koi8_r", "cp1253", "cp1250", "cp1256", "cp1255"]
"""What the library is asked about where Western European letters make no sense."""


@dataclass(frozen=True)
class Text:
    """A file that is text from its first byte to its last."""

    path: Path
    encoding: str
    line_feeds: int
    returns: int
    pairs: int
    """How many line ends are a return and a line feed."""
    ends_open: bool
    """The last line has no end."""

    @property
    def is_unix(self) -> bool:
        return self.returns == 0

    @property
    def is_uniform(self) -> bool:
        """All lines end in the same way."""
        return self.returns == 0 or (self.returns == self.pairs == self.line_feeds) or self.line_feeds == 0

    @contextmanager
    def opened(self) -> Iterator[TextIO]:
        """Its lines with their ends, whatever those are."""
        with self.path.open(encoding=decoder_name(self.encoding), newline="") as file:
            yield file

    def head(self, most: int) -> tuple[str, bool]:
        """The first characters, and whether that is all."""
        with self.path.open(encoding=decoder_name(self.encoding), newline="") as file:
            text = file.read(most)
            return text, not file.read(1)


def decoder_name(encoding: str) -> str:
    """A mark at the beginning is never a letter of the first title."""
    return "utf-8-sig" if encoding == "utf-8" else encoding


def read_text(path: Path, encoding: str = "") -> Text:
    """Look at every byte once.

    :raises FileRefused: if it is no text, or not one text
    """
    encoding = encoding or guess_encoding(path)
    return _Examination(path, encoding).result()


def guess_encoding(path: Path) -> str:
    with path.open("rb") as file:
        head = file.read(CHUNK)
    for mark, name in MARKS:
        if head.startswith(mark):
            return name
    if head.count(0) > len(head) // 8:
        even, odd = head[0::2].count(0), head[1::2].count(0)
        if odd > 10 * even:
            return "utf-16-le"
        if even > 10 * odd:
            return "utf-16-be"
    return "utf-8" if _is_utf8(path) else _other_encoding(path)


def _is_known(encoding: str) -> bool:
    """Codecs that are no encodings of text, such as base64, are none."""
    try:
        name = codecs.lookup(encoding).name
    except (LookupError, ValueError):
        return False
    return name in {codecs.lookup(known).name for known in (*OFFERED, *ASKED)}


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        try:
            while chunk := file.read(CHUNK):
                decoder.decode(chunk)
        except UnicodeDecodeError:
            return False
    return True


def _other_encoding(path: Path) -> str:
    """Not UTF-8 throughout: another encoding, or two of them."""
    first: dict[bool, int] = {}
    count = {True: 0, False: 0}
    kept = bytearray()
    for number, line in enumerate(_byte_lines(path), start=1):
        if line.isascii():
            continue
        good = _decodes(line, "utf-8")
        first.setdefault(good, number)
        count[good] += 1
        if not good and len(kept) < 20_000:
            kept += line
    guess = _of_letters(bytes(kept))
    if count[True] and guess == "cp1252":
        raise FileRefused(
            f"The file mixes two encodings: line {first[True]:,} is written in UTF-8, line {first[False]:,} is not"
            f" ({count[True]:,} against {count[False]:,} of such lines)."
            " Export it again in one encoding, best UTF-8, or choose the encoding by hand."
        )
    return guess


def _byte_lines(path: Path) -> Iterator[bytes]:
    """Lines of bounded length: a longer one comes in pieces."""
    with path.open("rb") as file:
        while line := file.readline(MOST_LINE):
            yield line


def _decodes(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _of_letters(kept: bytes) -> str:
    """Windows-1252 unless its letters would stand in long runs, as those of other alphabets do when they are read as Western ones."""
    high = [byte > 127 for byte in kept]
    runs = sum(1 for left, right in pairwise(high) if left and right)
    if runs * 2 < sum(high) and _decodes(kept, "cp1252"):
        return "cp1252"
    found = from_bytes(kept, cp_isolation=[*ASKED, "cp1252"]).best()
    if found is not None:
        return found.encoding
    return "cp1252" if _decodes(kept, "cp1252") else "latin-1"


class _Examination:
    """One pass over the whole text."""

    def __init__(self, path: Path, encoding: str) -> None:
        self._path, self._encoding = path, encoding
        self._feeds = self._returns = self._pairs = self._since = 0
        self._last = ""

    def result(self) -> Text:
        if not _is_known(self._encoding):
            raise FileRefused(f"There is no encoding of text called {self._encoding[:40]!r}. Choose one of the list.")
        decoder = codecs.getincrementaldecoder(decoder_name(self._encoding))()
        with self._path.open("rb") as file:
            while chunk := file.read(CHUNK):
                self._take(self._decoded(decoder, chunk))
            self._take(self._decoded(decoder, b"", final=True))
        return Text(self._path, self._encoding, self._feeds, self._returns, self._pairs, self._last not in {"\n", "\r", ""})

    def _decoded(self, decoder: codecs.IncrementalDecoder, chunk: bytes, *, final: bool = False) -> str:
        try:
            return decoder.decode(chunk, final)
        except UnicodeDecodeError as exc:
            if final:
                raise FileRefused("The file ends in the middle of a character, so its end is missing. Upload it again.") from exc
            before = exc.object[: exc.start]
            line = self.line_number + (bytes(before).count(b"\n") or bytes(before).count(b"\r"))
            raise FileRefused(
                f"The file cannot be read as {self._encoding}: line {line:,} has bytes that stand for no character there."
                " Choose another encoding, or export it again in UTF-8."
            ) from exc
        except UnicodeError as exc:  # what some codecs say of a file that does not begin as theirs do
            raise FileRefused(f"The file cannot be read as {self._encoding}: it does not begin as such a file does.") from exc

    @property
    def line_number(self) -> int:
        return 1 + (self._feeds or self._returns)

    def _take(self, text: str) -> None:
        if not text:
            return
        if "\0" in text:
            line = self.line_number + text[: text.index("\0")].count("\n")
            raise FileRefused(
                f"Line {line:,} has a NUL character, so this is no text file, or a damaged one. Export it again as CSV and upload that."
            )
        self._measure(text)
        self._pairs += text.count("\r\n") + (self._last == "\r" and text[0] == "\n")
        self._feeds += text.count("\n")
        self._returns += text.count("\r")
        self._last = text[-1]

    def _measure(self, text: str) -> None:
        end = max(text.rfind("\n"), text.rfind("\r"))
        if end < 0:
            self._since += len(text)
        else:
            self._since = len(text) - end - 1
        if self._since > MOST_LINE:
            raise FileRefused(
                f"Line {self.line_number:,} is longer than {MOST_LINE:,} characters, so this is no table of rows and columns."
                " Export it again as CSV with one record a line."
            )


def csv_reader(lines: Iterator[str], *, delimiter: str, quotechar: str, escape: str = "", is_strict: bool = False) -> Reader:
    csv.field_size_limit(MOST_LINE)
    return csv.reader(
        lines,
        delimiter=delimiter,
        quotechar=quotechar or None,
        quoting=csv.QUOTE_MINIMAL if quotechar else csv.QUOTE_NONE,
        escapechar=escape or None,
        doublequote=not escape,
        skipinitialspace=True,
        strict=is_strict,
    )


def records(lines: Iterator[str], *, delimiter: str, quotechar: str, escape: str = "") -> Iterator[tuple[int, list[str]]]:
    """Rows with the number of the line on which each begins. Empty lines are no rows."""
    reader = csv_reader(lines, delimiter=delimiter, quotechar=quotechar, escape=escape)
    begin = 1
    for cells in reader:
        if cells:
            yield begin, cells
        begin = reader.line_num + 1


def lines_of(text: str) -> Iterator[str]:
    return iter(io.StringIO(text, newline=""))


def tail_lines(text: Text) -> list[str]:
    """The last lines without their ends; the first of them may be a part."""
    size = text.path.stat().st_size
    with text.path.open("rb") as file:
        mark = file.read(4)
        file.seek(max(0, size - TAIL_BYTES) // 4 * 4)
        content = file.read()
    encoding = text.encoding
    if encoding == "utf-16":
        encoding = "utf-16-be" if mark.startswith(b"\xfe\xff") else "utf-16-le"
    elif encoding == "utf-32":
        encoding = "utf-32-be" if mark.startswith(b"\0\0") else "utf-32-le"
    decoded = content.decode(encoding, errors="ignore").removeprefix("\ufeff")
    lines = [line.rstrip("\r\n") for line in lines_of(decoded)]
    return lines if size <= TAIL_BYTES else lines[1:]
