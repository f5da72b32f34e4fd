"""`flask inspect-file` for people and for scripts."""

import json
from pathlib import Path

import pytest
from flask import Flask

CONTENT = "Jobs report\n\nJob ID;Customer;Total;Done\n1001;José;$1,234.50;Yes\n1002;Zoë;($12.00);No\nTotal;;$1,222.50;\n"


@pytest.fixture
def export(tmp_path: Path) -> Path:
    path = tmp_path / "jobs.csv"
    path.write_bytes(CONTENT.encode("cp1252"))
    return path


def test_json_says_how_the_file_is_read(app: Flask, export: Path) -> None:
    done = app.test_cli_runner().invoke(args=["inspect-file", str(export), "--json"])
    assert done.exit_code == 0
    found = json.loads(done.output)
    assert {key: found[key] for key in ("encoding", "delimiter", "quotechar", "header_row", "rows")} == {
        "encoding": "cp1252",
        "delimiter": ";",
        "quotechar": '"',
        "header_row": 3,
        "rows": 2,
    }
    assert [(column["name"], column["type"]) for column in found["columns"]] == [
        ("Job ID", "integer"),
        ("Customer", "text"),
        ("Total", "money"),
        ("Done", "flag"),
    ]
    assert "José" not in done.output


def test_people_read_words(app: Flask, export: Path) -> None:
    done = app.test_cli_runner().invoke(args=["inspect-file", str(export)])
    assert done.exit_code == 0
    assert "Titles      line 3" in done.output
    assert "Rows        2" in done.output


def test_a_refused_file_is_a_sentence_and_a_status(app: Flask, tmp_path: Path) -> None:
    path = tmp_path / "jobs.csv"
    path.write_bytes(b"%PDF-1.7\n")
    done = app.test_cli_runner().invoke(args=["inspect-file", str(path)])
    assert done.exit_code == 1
    assert "The file jobs.csv is a PDF, not a table." in done.output
    done = app.test_cli_runner().invoke(args=["inspect-file", str(path), "--json"])
    assert done.exit_code == 1
    assert json.loads(done.stdout)["refused"].startswith("The file jobs.csv is a PDF")
