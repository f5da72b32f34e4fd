"""How fast pages come, against a bare route of Flask under the same server."""

import http.client
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.support.valkey import Valkey

ROOT = Path(__file__).resolve().parents[2]
CLIENTS = 8
ROUNDS = 5
ROUND_SECONDS = 1.0
WARM_UP_SECONDS = 0.5


def sign_in_page_throughput() -> Iterator[dict[str, object]]:
    """The sign-in page (session, form token, template, headers; no database) in requests a second.

    Rounds of the two take turns, and the medians count: what else the machine does hits both.
    """
    with tempfile.TemporaryDirectory(prefix="fivegate-bench-") as directory:
        valkey = Valkey.start()
        environment = {"FIVEGATE_DATA_DIR": directory, "FIVEGATE_REDIS_URL": valkey.url}
        try:
            with served("wsgi:app", environment, directory) as portal, served("tests.bench.bare:app", {}, directory) as bare:
                targets = ((Browser(portal), "/sign-in"), (Browser(bare), "/"))
                rates: dict[str, list[float]] = {path: [] for _browser, path in targets}
                for browser, path in targets:
                    rate(browser, path, WARM_UP_SECONDS)
                for _round in range(ROUNDS):
                    for browser, path in targets:
                        rates[path].append(rate(browser, path, ROUND_SECONDS))
        finally:
            valkey.stop()
    page, plain = (statistics.median(rates[path]) for path in ("/sign-in", "/"))
    yield {
        "name": "sign_in_page_throughput",
        "value": round(page, 1),
        "unit": "requests/s",
        "floor": round(plain, 1),
        "ratio": round(page / plain, 3),
        "rounds": ROUNDS,
        "clients": CLIENTS,
    }


@contextmanager
def served(application: str, environment: dict[str, str], directory: str) -> Iterator[int]:
    """The application under the server that `make run` starts, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("FIVEGATE_", "FLASK_"))}
    with (Path(directory) / f"{port}.log").open("wb") as log:
        server = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "gunicorn",
                "--config",
                str(ROOT / "tools/gunicorn_conf.py"),
                "--bind",
                f"127.0.0.1:{port}",
                application,
            ],
            cwd=ROOT,
            env={**inherited, **environment},
            stdout=log,
            stderr=log,
        )
    try:
        wait_for(port)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise SystemExit("The server of the measurement did not start.")


@dataclass
class Browser:
    """Whoever asks one server, with the cookie that it got last, as browsers do. All clients of a round are one person's."""

    port: int
    cookie: str = ""

    def read(self, path: str) -> str:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            return self.ask(connection, path).decode()

    def ask(self, connection: http.client.HTTPConnection, path: str) -> bytes:
        connection.request("GET", path, headers={"Cookie": self.cookie} if self.cookie else {})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != http.client.OK:
            raise SystemExit(f"{path} answered {answer.status}, so there is nothing to measure.")
        if self.cookie and (newer := answer.getheader("Set-Cookie")):
            self.cookie = newer.partition(";")[0]
        return body

    def ask_until(self, moment: float, path: str) -> int:
        count = 0
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            while time.perf_counter() < moment:
                self.ask(connection, path)
                count += 1
        return count


def rate(browser: Browser, path: str, seconds: float) -> float:
    """Requests a second that ``CLIENTS`` clients got answered, each on a connection that it keeps."""
    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        counts = list(pool.map(lambda _number: browser.ask_until(began + seconds, path), range(CLIENTS)))
    return sum(counts) / (time.perf_counter() - began)
