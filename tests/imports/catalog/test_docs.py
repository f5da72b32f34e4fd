"""The page about data types says what the catalog says."""

from pathlib import Path

import pytest

from app.imports.catalog import DATA_TYPES, DataType
from app.imports.reasons import REASONS

PAGE = (Path(__file__).parents[3] / "docs" / "data-types.md").read_text(encoding="utf-8")


def labels(kind: DataType, keys: tuple[str, ...], joined: str) -> str:
    return joined.join(kind.by_key[key].label for key in keys)


def row_of(kind: DataType) -> str:
    """The data type's line in the table."""
    own = kind.by_key["external_id"]
    key = own.label if own.mandatory else f"{own.label}, else {labels(kind, kind.made_id, ' + ')}"
    by_status = "".join(f"{kind.by_key[target].label} if {word}; " for word, target in kind.day_by_status)
    day = by_status + labels(kind, kind.day, ", else ")
    if "year" in kind.by_key:
        day += ", else the first of Year and Month"
    need = "" if kind.day_is_needed else " (may be missing)"
    words = ", ".join(kind.words_of_status) or "–"
    return f"| {kind.label} | `{kind.key}` | `{kind.signal_kind}` | {key} | {day}{need} | {'yes' if kind.has_active else 'no'} | {words} |"


@pytest.mark.parametrize("kind", DATA_TYPES.values(), ids=lambda kind: kind.key)
def test_key_date_and_words_of_every_data_type_are_told(kind: DataType) -> None:
    assert row_of(kind) in PAGE
    if kind.note:
        assert kind.note in " ".join(PAGE.split())


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_of_a_refusal_is_told(reason: str) -> None:
    assert f"| `{reason}` | {REASONS[reason]} |" in PAGE
