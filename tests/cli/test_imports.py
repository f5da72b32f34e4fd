"""Connectors and imports from the command line, as scripts use them."""

import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.extensions import db
from app.models import JobStatus, SyncJob
from app.services import accounts
from tests.imports.engine.support import ask, changed, file_of, invoices
from tests.support import factories


def run(app: Flask, *arguments: str, status: int = 0) -> str:
    db.session.rollback()
    with app.app_context():
        result = app.test_cli_runner().invoke(args=list(arguments))
    assert result.exit_code == status, result.output
    return result.output if status else result.stdout


def told(app: Flask, *arguments: str) -> Any:
    return json.loads(run(app, *arguments, "--json"))


@pytest.fixture
def account(app: Flask) -> str:
    organization = factories.organization(slug="acme")
    made = told(app, "accounts", "create", "--organization", organization.slug, "--provider", "servicetitan", "--source-label", "Ours")
    factories.let_import(accounts.get_connector(made["public_id"]))
    return str(made["public_id"])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "invoices.csv"
    path.write_bytes(file_of(invoices(8)))
    return path


def test_a_connector_is_set_up_and_listed(app: Flask, account: str) -> None:
    (line,) = told(app, "accounts", "list")
    assert (line["public_id"], line["organization"], line["mode"], line["source_label"]) == (account, "acme", "manual", "Ours")
    assert run(app, "accounts", "list").startswith(f"{account}  acme  servicetitan  manual")
    plain = run(app, "accounts", "create", "--organization", "acme", "--provider", "servicetitan", "--source-label", "More").strip()
    assert plain in {each["public_id"] for each in told(app, "accounts", "list")}
    again = ("accounts", "create", "--organization", "acme", "--provider", "servicetitan", "--source-label")
    assert "has a connector called “Ours” already" in run(app, *again, "Ours", status=1)
    assert "no organization with the slug “nobody”" in run(app, *again[:3], "nobody", *again[4:], "X", status=1)


def test_a_file_is_imported_and_taken_back_by_commands(app: Flask, account: str, file: Path) -> None:
    batch = told(app, "import-file", account, str(file), "--data-type", "invoices")
    assert (batch["status"], batch["rows_read"], batch["rows_new"], batch["kind"]) == ("complete", 8, 8, "production")
    assert batch["notes"][0].startswith("There was no map for this data type: version 1 was suggested and activated:")
    file.write_bytes(file_of(changed(invoices(9), 4)))
    said = run(app, "import-file", account, str(file), "--data-type", "invoices")
    assert "9 rows read: 1 new, 2 changed, 6 unchanged." in said
    second, first = told(app, "batches", account)
    assert (first["public_id"], second["rows_changed"]) == (batch["public_id"], 2)
    assert run(app, "batches", account).count("complete") == 2
    assert "Only the newest batch" in run(app, "reverse-batch", first["public_id"], status=1)
    assert told(app, "reverse-batch", second["public_id"])["status"] == "reversed"
    assert "was reversed already" in run(app, "reverse-batch", second["public_id"], status=1)
    assert set(db.session.scalars(sa.select(SyncJob.status))) == {JobStatus.SUCCEEDED}


def test_a_sample_says_that_it_is_one(app: Flask, account: str, file: Path) -> None:
    batch = told(app, "import-file", account, str(file), "--data-type", "invoices", "--kind", "test")
    assert (batch["kind"], batch["status"]) == ("test", "complete")


def test_what_cannot_be_imported_is_said_and_the_status_is_1(app: Flask, account: str, tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_bytes(b"")
    assert "Nothing was imported." in run(app, "import-file", account, str(empty), "--data-type", "invoices", status=1)
    strange = tmp_path / "strange.csv"
    strange.write_text("Apples,Pears\n1,2\n3,4\n")
    assert "Nothing was imported." in run(app, "import-file", account, str(strange), "--data-type", "invoices", status=1)
    unknown = "01a202c9-0000-7000-8000-000000000000"
    assert "There is no connector" in run(app, "import-file", unknown, str(strange), "--data-type", "invoices", status=1)
    assert "There is no connector" in run(app, "batches", unknown, status=1)
    assert "There is no batch" in run(app, "reverse-batch", unknown, status=1)
    assert "Nothing was imported for this connector yet." in run(app, "batches", account)
    assert told(app, "batches", account) == []


def test_a_second_import_at_once_is_refused(app: Flask, account: str, file: Path) -> None:
    ask(accounts.get_connector(account), file.read_bytes(), data_type="invoices")
    assert "is not over yet" in run(app, "import-file", account, str(file), "--data-type", "invoices", status=1)
