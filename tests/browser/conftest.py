"""A whole installation for the browser: web server, worker and scheduler as processes, on MariaDB and Valkey."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.browser.pages import SignInPage
from tests.support.databases import KEY_RING, SECRET_KEY, Accounts, make_accounts
from tests.support.mariadb import MariaDb
from tests.support.valkey import Valkey
from tests.tools.processes import Marked
from tools.testing import CHROMIUM

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
ROLES = ("admin", "admin_2", "support", "client_admin", "client")
WALK_SECONDS = 900
"""A minute on a machine that has nothing else to do."""


@dataclass(frozen=True)
class Installation:
    """A running Fivegate with the demo's people."""

    url: str
    people: dict[str, dict[str, str]]
    data_dir: Path
    database_url: str
    environment: Mapping[str, str] = field(default_factory=dict)
    """Of its processes; `make run` looks after its own."""


@pytest.fixture(scope="package")  # its processes do not go on beside other tests
def installation(mariadb: MariaDb, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Production-like: the runtime account on MariaDB, gunicorn, two workers, a scheduler."""
    accounts = make_accounts(mariadb, suffix="browser")
    valkey = Valkey.start()
    data_dir = tmp_path_factory.mktemp("browser")
    port = free_port()
    environment = {**os.environ, **environment_of(accounts, valkey, data_dir, port)}
    subprocess.run([BIN / "flask", "demo"], env=environment, cwd=ROOT, check=True, capture_output=True)
    log = (data_dir / "processes.log").open("wb")
    commands: tuple[list[str | Path], ...] = (
        [BIN / "gunicorn", "--worker-class", "gthread", "--workers", "1", "--threads", "8", "--bind", f"127.0.0.1:{port}", "wsgi:app"],
        [BIN / "flask", "worker", "--queues", "interactive,watch,import"],
        [BIN / "flask", "scheduler"],
    )
    processes = [subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=log) for command in commands]
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url + "/readyz", data_dir / "processes.log")
        people = json.loads((data_dir / "demo.json").read_text())["people"]
        yield Installation(url, people, data_dir, accounts.runtime[0], environment)
    finally:
        end(processes)
        log.close()
        valkey.stop()


@pytest.fixture(scope="package")
def walked(installation: Installation) -> None:
    """The demo's connectors stand where they are to stand: one at each gate, and one live."""
    walk = subprocess.run(
        [BIN / "flask", "demo-walk"],
        env=dict(installation.environment),
        cwd=ROOT,
        timeout=WALK_SECONDS,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert walk.returncode == 0, f"the demo's walk ended with status {walk.returncode}: {walk.stdout.decode()[-3000:]}"


def end(processes: list[subprocess.Popen[bytes]]) -> None:
    """Nothing stays, also where the installation never answered."""
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="package")  # its processes do not go on beside other tests
def sqlite_installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """What `make run` starts: everything on SQLite files and a Valkey of its own."""
    data_dir = tmp_path_factory.mktemp("sqlite")
    port = free_port()
    limits = {"FIVEGATE_SIGN_IN_LIMIT_PER_ADDRESS": "1000 per minute", "FIVEGATE_SIGN_IN_LIMIT_PER_ACCOUNT": "1000 per minute"}
    program = Marked.python(
        "-m",
        "tools.run",
        "--port",
        str(port),
        "--without-walk",
        log=data_dir / "said.log",
        FIVEGATE_DATA_DIR=str(data_dir / "var"),
        **limits,
    )
    try:
        program.wait_until_it_says("Ctrl-C stops everything.")
        var = data_dir / "var"
        people = json.loads((var / "demo.json").read_text())["people"]
        yield Installation(f"http://127.0.0.1:{port}", people, var, f"sqlite:///{var / 'app.sqlite'}")
    finally:
        program.end()


def environment_of(accounts: Accounts, valkey: Valkey, data_dir: Path, port: int) -> dict[str, str]:
    return {
        "FIVEGATE_ENVIRONMENT": "embedded",
        "FIVEGATE_DATA_DIR": str(data_dir),
        "FIVEGATE_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "FIVEGATE_SECRET_KEY": SECRET_KEY,
        "FIVEGATE_KEY_RING": KEY_RING,
        "FIVEGATE_DATABASE_URL": accounts.runtime[0],
        "FIVEGATE_TRAFFIC_DATABASE_URL": accounts.runtime[1],
        "FIVEGATE_MIGRATIONS_DATABASE_URL": accounts.migrations[0],
        "FIVEGATE_TRAFFIC_MIGRATIONS_DATABASE_URL": accounts.migrations[1],
        "FIVEGATE_REDIS_URL": valkey.url,
        "FIVEGATE_SIGN_IN_LIMIT_PER_ADDRESS": "1000 per minute",
        "FIVEGATE_SIGN_IN_LIMIT_PER_ACCOUNT": "1000 per minute",
        "FIVEGATE_SCHEDULER_INTERVAL_SECONDS": "2",
        "FLASK_APP": "wsgi:app",
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def wait_for(url: str, log: Path) -> None:
    deadline = time.monotonic() + 180  # several are started at once, on two cores
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{url} did not answer; the processes said:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    expect.set_options(timeout=30_000)  # as long as actions may take: the machine may have more to do than this
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    executable = next(filter(None, map(shutil.which, CHROMIUM.programs[0])), None)
    assert executable, "Chromium was not found: install the package chromium."
    started = playwright.chromium.launch(
        executable_path=executable,
        args=[
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-sync",
            "--in-process-gpu",
            "--disable-software-rasterizer",
            "--js-flags=--no-opt",  # no page lives so long that code which was compiled twice would pay
        ],
    )
    yield started
    started.close()


@pytest.fixture
def open_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Open browsers on an installation; at the end none of them may have logged an error or been refused something by the policy."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def make(installation: Installation, **options: object) -> BrowserContext:
        context = browser.new_context(**{"base_url": installation.url, "reduced_motion": "reduce", **options})  # type: ignore[arg-type]
        context.set_default_timeout(30_000)
        context.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        contexts.append(context)
        return context

    yield make
    for context in contexts:
        context.close()
    expected = ("status of 4", "status of 5")  # the browser's own note of an error page that a test asked for
    assert [c for c in complaints if not any(e in c for e in expected)] == []


@pytest.fixture
def new_context(open_context: Callable[..., BrowserContext], installation: Installation) -> Callable[..., BrowserContext]:
    return partial(open_context, installation)


@pytest.fixture
def signed_in(new_context: Callable[..., BrowserContext], installation: Installation) -> Callable[..., Page]:
    """Sign one of the demo's people in through the form."""

    def sign_in(role: str, **options: object) -> Page:
        page = new_context(**options).new_page()
        SignInPage(page).sign_in(installation.people[role])
        return page

    return sign_in
