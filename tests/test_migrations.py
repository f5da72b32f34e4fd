"""Migrations: up from nothing, down to nothing, and what they make is what the models say, on both kinds of database."""

import ast
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.util.exc import CommandError
from flask import Flask
from flask_migrate import check, downgrade, upgrade

from app import create_app
from app.config import ROOT
from app.models import Base, TrafficBase
from tests.support.databases import Accounts, drop_accounts, make_accounts, settings_for, sqlite_accounts
from tests.support.mariadb import MariaDb

REVISIONS = sorted((ROOT / "migrations" / "versions").glob("*.py"))
DDL = {
    "create_table",
    "drop_table",
    "add_column",
    "drop_column",
    "alter_column",
    "create_foreign_key",
    "create_unique_constraint",
    "execute",
}


@pytest.fixture(scope="module", params=["server", "sqlite"])
def fresh(request: pytest.FixtureRequest, mariadb: MariaDb, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Accounts]:
    """Databases of this module's own, at this release's revision; every test leaves them so."""
    if request.param == "sqlite":
        yield sqlite_accounts(tmp_path_factory.mktemp("migrations"))
        return
    suffix = f"migrations_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    yield make_accounts(mariadb, suffix=suffix)
    drop_accounts(mariadb, suffix=suffix)


@pytest.fixture
def migrated(fresh: Accounts, tmp_path: Path) -> Iterator[Flask]:
    app = create_app(settings_for(fresh, data_dir=tmp_path))
    with app.app_context():
        yield app


def tables(url: str) -> set[str]:
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    return set(sa.inspect(engine).get_table_names())


def test_the_models_and_the_migrations_agree(migrated: Flask) -> None:
    upgrade()  # what was migrated already stays as it is
    check()


@pytest.mark.parametrize("home", [0, 1])
def test_a_difference_is_found_in_either_database(home: int, migrated: Flask, fresh: Accounts) -> None:
    engine = sa.create_engine(fresh.migrations[home], poolclass=sa.NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE probe (id INT PRIMARY KEY)")
    try:
        with pytest.raises((CommandError, SystemExit)):
            check()
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE probe")


def test_migrations_go_down_to_nothing_and_up_again(migrated: Flask, fresh: Accounts) -> None:
    wanted = (set(Base.metadata.tables), set(TrafficBase.metadata.tables))
    assert tuple(tables(url) - {"alembic_version"} for url in fresh.migrations) == wanted
    downgrade(revision="base")
    assert tuple(tables(url) - {"alembic_version"} for url in fresh.migrations) == (set(), set())
    upgrade()
    assert tuple(tables(url) - {"alembic_version"} for url in fresh.migrations) == wanted


@pytest.mark.parametrize("path", REVISIONS, ids=lambda path: path.stem)
def test_a_revision_is_one_step_on_one_table(path: Path) -> None:
    """MySQL commits each DDL statement: a revision of two steps that breaks in between can go neither on nor back."""
    tree = ast.parse(path.read_text())
    ways_up = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name != "downgrade"]
    calls = [
        (node.func.attr, ast.unparse(node.args[0 if node.func.attr in DDL else 1]))
        for function in ways_up
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value) == "op"
        if node.func.attr in {*DDL, "create_index"}
    ]
    assert len([name for name, _table in calls if name in DDL]) <= 1
    assert len({table for _name, table in calls}) == 1


def test_revisions_are_one_line_without_branches() -> None:
    from alembic.script import ScriptDirectory

    script = ScriptDirectory(str(ROOT / "migrations"))
    assert len(script.get_heads()) == 1
    assert len(list(script.walk_revisions())) == len(REVISIONS)
