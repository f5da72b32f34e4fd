"""`make run` itself: fresh data, the five people, processes that die, Ctrl-C, a second start that is killed."""

import contextlib
import json
import os
import signal
import socket
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from bs4 import BeautifulSoup

from tests.tools.processes import Marked
from tools.run import remove_short_directory, socket_path

LANDING = {"admin": "/admin/", "admin_2": "/admin/", "support": "/admin/", "client_admin": "/portal/", "client": "/portal/"}


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
    return number


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Marked]]:
    started: list[Marked] = []

    def run(port: int | str, *, data: Path = tmp_path, wait: bool = True) -> Marked:
        log = tmp_path / f"said-{len(started)}"
        program = Marked.python("-m", "tools.run", "--port", str(port), "--without-walk", log=log, FIVEGATE_DATA_DIR=str(data))
        started.append(program)
        if wait:
            program.wait_until_it_says("Ctrl-C stops everything.")
        return program

    yield run
    for program in started:
        program.end()


def sign_in(url: str, person: dict[str, str]) -> httpx2.Response:
    with httpx2.Client(base_url=url, follow_redirects=True, trust_env=False) as client:
        form = BeautifulSoup(client.get("/sign-in").text, "html.parser")
        token = form.select_one("input[name=csrf_token]")
        assert token is not None
        return client.post("/sign-in", data={"csrf_token": str(token["value"]), **person})


def read_demo(data: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((data / "demo.json").read_text())
    return content


def wait_until_ready(url: str) -> None:
    deadline = time.monotonic() + 120
    while True:
        with contextlib.suppress(httpx2.HTTPError):
            if httpx2.get(f"{url}/readyz", trust_env=False).json() == {"database": "ok", "queue": "ok"}:
                return
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.timeout(1200)  # half a minute on a machine that has nothing else to do
def test_run_signs_people_in_replaces_the_dead_and_keeps_its_data(start: Callable[..., Marked], port: int, tmp_path: Path) -> None:
    """One test for all of it, because each start takes seconds. The path is too long for a socket's name, as some homes are."""
    data = tmp_path / ("a" * 60) / ("b" * 60)
    program = start(port, data=data)
    demo = read_demo(data)
    assert demo["url"] == f"http://127.0.0.1:{port}"
    assert set(demo["people"]) == set(LANDING)
    assert stat.S_IMODE((data / "demo.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((data / "keys.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((data / "log" / "web.log").stat().st_mode) == 0o600
    assert stat.S_IMODE(data.stat().st_mode) == 0o700
    for key, landing in LANDING.items():
        page = sign_in(demo["url"], demo["people"][key])
        assert page.url.path == landing, key
        assert "server" not in page.headers
        assert demo["people"][key]["password"] in program.said
    refused_data = start(port, data=data, wait=False)
    refused_port = start(port, data=tmp_path / "other", wait=False)
    assert refused_data.process.wait(20) == refused_port.process.wait(20) == 1
    assert refused_data.said.startswith(f"Fivegate runs already with the data in {data}: use that one")
    assert refused_port.said == f"Port {port} is taken by another program: stop it, or choose another port, make run PORT=9000.\n"
    for word in ("valkey-server", "gunicorn"):
        os.kill(min(pid for pid, line in program.left().items() if word in line), signal.SIGKILL)
    program.wait_until_it_says("valkey ended by itself by signal 9")
    program.wait_until_it_says("web ended by itself by signal 9")
    wait_until_ready(demo["url"])
    program.process.send_signal(signal.SIGINT)
    program.assert_nothing_is_left()
    assert program.process.returncode == 0
    assert program.said.endswith("Fivegate has stopped.\n")
    assert not (data / "valkey.directory").exists()

    second = start(port, data=data)
    moved = Path((data / "valkey.directory").read_text())
    assert read_demo(data) == demo
    assert sign_in(demo["url"], demo["people"]["client"]).url.path == "/portal/"
    second.process.kill()
    second.assert_nothing_is_left()
    assert not moved.exists()


@pytest.mark.parametrize(("given", "sentence"), [("abc", "PORT=abc is not a port"), ("0", "PORT=0 is not a port"), ("99999", "PORT=99999")])
def test_a_port_that_is_none_is_refused_in_one_sentence(start: Callable[..., Marked], given: str, sentence: str) -> None:
    program = start(given, wait=False)
    assert program.process.wait(20) == 1
    assert program.said.startswith(sentence)
    assert program.said.count("\n") == 1


def test_the_socket_stands_with_the_data_unless_its_name_is_too_long(tmp_path: Path) -> None:
    near = Path("/tmp/data")
    assert socket_path(near) == near / "valkey.sock"
    far = tmp_path / ("c" * 100)
    far.mkdir()
    path = socket_path(far)
    assert len(str(path)) < 100
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    again = socket_path(far)  # after a crash
    assert not path.parent.exists()
    remove_short_directory(far)
    assert not again.parent.exists()


def test_a_note_about_somebody_elses_directory_removes_nothing(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (tmp_path / "valkey.directory").write_text(str(precious))
    remove_short_directory(tmp_path)
    assert precious.exists()
