"""Two ways of counting rows give one number: that of large files, and that of all others."""

from pathlib import Path

import pytest

from app.imports.files import FileRefused, Reading
from app.imports.files.counting import Count, _by_duckdb, _by_reader
from app.imports.files.text import read_text

READING = Reading("csv", "utf-8", ",", '"', 1, 0)
ROW = '1000,"Main St, 12","said ""no""",5.00\n'


def both(tmp_path: Path, content: str, skip: int = 1) -> set[Count]:
    path = tmp_path / "export.csv"
    path.write_bytes(content.encode())
    text = read_text(path)
    return {count(text, READING, skip, 4) for count in (_by_duckdb, _by_reader)}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_both_agree(tmp_path: Path, end: str, mark: str) -> None:
    broken = '1,"two\nlines",x,"more\nlines"\n'
    content = mark + "a,b,c,d\n" + ROW * 300 + "1,short\n" + broken + "1,2,3,4,5\n\n" + ROW * 300
    assert both(tmp_path, content.replace("\n", end)) == {Count(603, 2)}
    assert both(tmp_path, mark + f"Report{end}{end}{end}a,b,c,d{end}" + ROW.replace("\n", end) * 7, skip=4) == {Count(7, 0)}


@pytest.mark.parametrize("count", [_by_duckdb, _by_reader])
@pytest.mark.parametrize("rest", ["", ROW * 3, "1,2,3,4\n" * 500])
def test_both_refuse_a_quote_that_is_never_closed(tmp_path: Path, count: type, rest: str) -> None:
    path = tmp_path / "export.csv"
    path.write_text("a,b,c,d\n" + ROW * 10 + '1,"cut off,2,3\n' + rest)
    with pytest.raises(FileRefused, match="on line 12 is never closed"):
        count(read_text(path), READING, 1, 4)
