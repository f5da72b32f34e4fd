"""Fixtures for everything: the application on a private MariaDB as its runtime account, and people signed in."""

import gc
import importlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache

from app import create_app, nudge
from app.extensions import db, limiter
from app.models import MemberRole, StaffRole, User
from app.services.installation import use_settings
from tests.support import factories
from tests.support.client import PageClient, sign_in_as
from tests.support.databases import Accounts, Cleaner, SqliteFiles, drop_accounts, external_server_url, make_accounts, settings_for
from tests.support.kept import Keeper
from tests.support.mariadb import ExternalServer, MariaDb
from tests.support.scheduling import GroupsTogether, put_groups_first
from tests.support.valkey import Valkey

LIMITER_AS_MADE = "tests.limiter"
WORKER_AND_COUNT = (("PYTEST_XDIST_WORKER", "gw0"), ("PYTEST_XDIST_WORKER_COUNT", "1"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Each process begins with other modules: what one of them has compiled (on a fresh clone, all) is read by the others."""
    if [Path(each).name for each in session.config.args] != ["tests"]:
        return  # a few files, which are there in no time
    number, count = (int(os.environ.get(name, given).removeprefix("gw")) for name, given in WORKER_AND_COUNT)
    root = session.config.rootpath
    modules = sorted((root / "tests").rglob("test_*.py"))
    begin = len(modules) * number // count
    for path in modules[begin : len(modules) * (number + 1) // count] if count > 1 else []:
        importlib.import_module(".".join(path.relative_to(root).with_suffix("").parts))


def pytest_collection_finish() -> None:
    """What was imported stays: collecting it again and again took a twentieth of all time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_unconfigure() -> None:
    gc.unfreeze()  # or libraries complain at the end about what was never collected


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    put_groups_first(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> GroupsTogether:
    return GroupsTogether(config, log)


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDb | ExternalServer]:
    """The session's own server, or the one that TEST_DATABASE_URL names."""
    url = external_server_url()
    server: MariaDb | ExternalServer = ExternalServer(url) if url else MariaDb.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def accounts(mariadb: MariaDb | ExternalServer) -> Iterator[Accounts]:
    # Several test processes share a server that is not ours: each has schemas of its own.
    suffix = os.environ.get("PYTEST_XDIST_WORKER", "main")
    yield make_accounts(mariadb, suffix=suffix)
    if isinstance(mariadb, ExternalServer):
        drop_accounts(mariadb, suffix=suffix)


@pytest.fixture(scope="session")
def cleaner(accounts: Accounts) -> Iterator[Cleaner]:
    cleaner = Cleaner(accounts)
    yield cleaner
    cleaner.close()


@pytest.fixture(scope="session")
def valkey() -> Iterator[Valkey]:
    server = Valkey.start()
    yield server
    server.stop()


def shared_directory(name: str, factory: pytest.TempPathFactory) -> Path:
    """One for all processes of a run: xdist gives each of them a directory below pytest's own."""
    own = factory.getbasetemp()
    directory = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / name
    directory.mkdir(exist_ok=True)
    return directory


@pytest.fixture(scope="session")
def sqlite_files(tmp_path_factory: pytest.TempPathFactory) -> SqliteFiles:
    return SqliteFiles(shared_directory("sqlite-files", tmp_path_factory))


@pytest.fixture(scope="session")
def session_app(accounts: Accounts, valkey: Valkey, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """One application for all tests that need no settings of their own."""
    app = create_app(settings_for(accounts, data_dir=tmp_path_factory.mktemp("data"), redis_url=valkey.url))
    app.test_client_class = PageClient
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(shared_directory("templates", tmp_path_factory)))  # compiled once in a run
    app.extensions[LIMITER_AS_MADE] = dict(vars(limiter))
    return app


@pytest.fixture(scope="session")
def keeper(session_app: Flask, cleaner: Cleaner, tmp_path_factory: pytest.TempPathFactory) -> Keeper:
    """Puts back what takes seconds to make."""
    return Keeper(session_app, cleaner, shared_directory("kept", tmp_path_factory))


@pytest.fixture
def app(session_app: Flask, cleaner: Cleaner) -> Iterator[Flask]:
    """The application on empty tables, inside an application context."""
    # The limiter is the process's: an application that another test made has replaced its storage.
    vars(limiter).update(session_app.extensions[LIMITER_AS_MADE])
    if limiter._fallback_storage is not None:
        limiter._fallback_storage.reset()
    use_settings(session_app.extensions["fivegate.settings"])  # a test may have made another application meanwhile
    with session_app.app_context():
        yield session_app
        db.session.remove()
    cleaner.empty()
    session_app.extensions[nudge.EXTENSION].flushdb()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor."""
    return app.test_client()


@pytest.fixture
def sign_in(app: Flask) -> Callable[[User], FlaskClient]:
    """Give somebody a browser in which they are signed in."""

    def as_user(user: User) -> FlaskClient:
        return sign_in_as(app.test_client(), user)

    return as_user


@pytest.fixture
def as_admin(sign_in: Callable[[User], FlaskClient]) -> FlaskClient:
    return sign_in(factories.staff(StaffRole.ADMIN))


@pytest.fixture
def as_support(sign_in: Callable[[User], FlaskClient]) -> FlaskClient:
    return sign_in(factories.staff(StaffRole.SUPPORT))


@pytest.fixture
def as_client_admin(sign_in: Callable[[User], FlaskClient]) -> FlaskClient:
    return sign_in(factories.member(MemberRole.ADMIN))


@pytest.fixture
def as_client_viewer(sign_in: Callable[[User], FlaskClient]) -> FlaskClient:
    return sign_in(factories.member(MemberRole.VIEWER))


@pytest.fixture
def data_dir(app: Flask) -> Path:
    directory: Path = app.extensions["fivegate.settings"].data_dir
    return directory
