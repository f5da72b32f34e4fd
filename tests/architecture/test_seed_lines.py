"""The table of the first seed's lines is whole, and every test that it names is there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from app.config import ROOT
from tests.architecture.findings import assert_none

PAGE = ROOT / "docs" / "seed-lines.md"
LINES = {"Principles": 6, "Checklist": 8, "Checkpoints": 5, "Failure modes": 6, "What never happens": 8}
"""Section → how many lines it has."""
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def sections(text: str) -> dict[str, list[str]]:
    """Title → the numbered rows of its table."""
    found: dict[str, list[str]] = {}
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        title, _, body = part.partition("\n")
        found[title] = re.findall(r"^\| \d+ \|.*$", body, flags=re.MULTILINE)
    return found


def faults(text: str, root: Path) -> Iterator[str]:
    """What is wrong with the table."""
    found = sections(text)
    for title, count in LINES.items():
        rows = found.get(title, [])
        numbers = [int(row.split("|")[1]) for row in rows]
        if numbers != list(range(1, count + 1)):
            yield f"{title}: lines 1 to {count} are wanted, not {numbers}"
        yield from (f"{title}: no test in {row[:40]}" for row in rows if not _TEST.search(row))
    for path, name in _TEST.findall(text):
        if name not in _functions(root / path):
            yield f"{path} has no {name}"


def _functions(path: Path) -> frozenset[str]:
    if not path.exists():
        return frozenset()
    return frozenset(node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef))


def test_each_line_of_the_first_seed_has_its_place_and_its_test() -> None:
    assert_none(faults(PAGE.read_text(), ROOT))


def test_a_line_or_a_test_that_is_missing_is_reported() -> None:
    text = PAGE.read_text()
    row = sections(text)["Checkpoints"][-1]
    assert list(faults(text.replace(row + "\n", ""), ROOT)) == ["Checkpoints: lines 1 to 5 are wanted, not [1, 2, 3, 4]"]
    renamed = text.replace("test_what_was_not_run_is_not_green", "test_gone")
    assert list(faults(renamed, ROOT)) == ["tests/gates/test_never.py has no test_gone"]
    bare = text.replace(row, _TEST.sub("later", row))
    assert list(faults(bare, ROOT)) == [f"Checkpoints: no test in {row[:40]}"]
