"""What batches and their parts are called on pages."""

import json
from collections.abc import Iterator
from typing import Any

from app.imports.catalog import DATA_TYPES
from app.imports.reasons import REASONS
from app.models import ImportBatch, LeadClass
from app.web.filters import day, duration, whole

KILO, MINUTE = 1000, 60


def data_type_label(key: str) -> str:
    """The data type in words; its key spelt out where another release knew other ones."""
    if key in DATA_TYPES:
        return DATA_TYPES[key].label
    return key.replace("_", " ").capitalize()


def reason_in_words(key: str) -> str:
    """What is wrong with a row; the key spelt out where another release knew other reasons."""
    return REASONS.get(key) or key.replace("_", " ").capitalize()


def dates_in_words(batch: ImportBatch) -> str:
    """``1 Sep – 30 Sep 2026``; a dash while nothing is known."""
    first, last = batch.first_date, batch.last_date
    if first is None or last is None:
        return "–"
    if first == last:
        return day(first)
    return f"{day(first).removesuffix(f' {last.year}')} – {day(last)}"


def seconds_in_words(seconds: float | None) -> str:
    """``0.4 s``, ``12.0 s``, ``3 min 5 s``; a dash for nothing."""
    if seconds is None:
        return "–"
    return f"{seconds:.1f} s" if seconds < MINUTE else duration(seconds)


def size_in_words(size: int | None) -> str:
    """``940 bytes``, ``2.0 kB``, ``110.3 MB``; empty for nothing."""
    if size is None:
        return ""
    if size < KILO:
        return f"{whole(size)} bytes"
    value, unit = size / KILO, "kB"
    for larger in ("MB", "GB"):
        if value >= KILO:
            value, unit = value / KILO, larger
    return f"{value:,.1f} {unit}"


def classes_of(batch: ImportBatch) -> Iterator[tuple[str, int]]:
    """Label and rows of each lead class; nothing for data types without leads."""
    counts = stored(batch.class_counts, dict)
    if counts:
        yield from ((each.label, int(counts.get(each.value, 0))) for each in LeadClass)


def reject_counts_of(batch: ImportBatch) -> dict[str, int]:
    """All rejected rows by the key of their reason, the most frequent first."""
    counts = stored(batch.reject_counts, dict)
    return dict(sorted(((str(key), int(rows)) for key, rows in counts.items()), key=lambda pair: (-pair[1], pair[0])))


def stored(text: str, kind: type[Any]) -> Any:
    """Canonical JSON of our own, as the engine stored it; an empty one where there is none."""
    found = json.loads(text or "null")
    return found if isinstance(found, kind) else kind()
