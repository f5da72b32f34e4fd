"""What is said about uploaded files on pages."""

from collections.abc import Iterator, Sequence

from app.imports.files import Reading
from app.models import BatchKind, BatchStatus, ImportBatch, StoredFile
from app.services.inspections import Noted
from app.web.filters import instant

DELIMITERS = {",": "Comma", ";": "Semicolon", "\t": "Tab", "|": "Vertical bar", ":": "Colon", "^": "Caret", "~": "Tilde"}
QUOTES = {'"': "Double quotes", "'": "Single quotes", "": "Nothing is quoted"}
ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with a mark at its start",
    "utf-16": "UTF-16",
    "cp1252": "Windows-1252 (Western Europe, America)",
    "latin-1": "Latin-1",
    "cp437": "Code page 437 (old DOS)",
    "cp850": "Code page 850 (old DOS, Western Europe)",
    "mac-roman": "Mac Roman",
}


def reading_facts(noted: Noted) -> Iterator[tuple[str, str, bool]]:
    """Label, value in words, and whether a person said so."""
    reading, by_hand = noted.inspection.reading, noted.by_hand
    if reading.kind == "xlsx":
        yield "Kind", "Workbook (XLSX)", False
        yield "Sheet", reading.sheet or "The first one", "sheet" in by_hand
    else:
        yield "Encoding", encoding_label(reading.encoding), "encoding" in by_hand
        yield "Between values", DELIMITERS.get(reading.delimiter, reading.delimiter), "delimiter" in by_hand
        yield "Around values", QUOTES.get(reading.quotechar, reading.quotechar), "quotechar" in by_hand
    yield "Titles", f"Line {reading.header_row:,}" if reading.header_row else "No line of titles", "header_row" in by_hand
    yield "Left out at the end", f"{reading.totals_rows:,}" if reading.totals_rows else "None", "totals_rows" in by_hand


def encoding_label(name: str) -> str:
    return ENCODINGS.get(name, name.upper())


def delimiter_choices(reading: Reading) -> list[tuple[str, str]]:
    """By words, since a tab in a form's value would be lost."""
    known = dict(DELIMITERS)
    known.setdefault(reading.delimiter, reading.delimiter)
    return [(name_of(sign), label) for sign, label in known.items()]


def name_of(sign: str) -> str:
    return {"\t": "tab", "": "none"}.get(sign, sign)


def sign_of(name: str) -> str:
    return {"tab": "\t", "none": ""}.get(name, name)


def goes_when(stored: StoredFile, batches: Sequence[ImportBatch]) -> str:
    """When the file is removed, in a sentence."""
    ended = {BatchStatus.COMPLETE, BatchStatus.REVERSED}
    if any(batch.kind is BatchKind.PRODUCTION and batch.status in ended for batch in batches):
        return "It was imported; the rule of its data type keeps it for a while, encrypted."
    return f"It is removed {instant(stored.remove_after)} at the latest, or once its production batch is complete unless a rule keeps it."
