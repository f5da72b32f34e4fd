"""Set up a checkout: virtual environment, locked libraries, front-end assets. Does only what is missing.

Run by whatever Python the machine has, so it uses the standard library alone. Each thing that can be missing is said
in one sentence; what pip or npm said is in the log.
"""

import argparse
import fcntl
import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

from tools.preflight import (
    ROOT,
    CannotStartError,
    claim,
    data_dir,
    open_log,
    parse_port,
    private_directory,
    require_free_port,
    shown,
)

VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOG = ROOT / "var" / "log" / "setup.log"
LOCKS = {"run": ROOT / "requirements" / "run.txt", "test": ROOT / "requirements" / "dev.txt"}
"""The second one holds everything of the first."""
NO_NETWORK = (
    "NewConnectionError",
    "NameResolutionError",
    "Failed to establish a new connection",
    "name resolution",
    "ConnectTimeout",
    "ReadTimeout",
    "ConnectionResetError",
    "ProxyError",
    "SSLError",
    "(from versions: none)",
)
"""Each says, in the words of pip, that the registry was not reached."""
DETAILS = "; the details are in " + shown(LOG) + "."


def main() -> int:
    """Run by the Makefile.

    :return: exit status
    """
    parser = argparse.ArgumentParser(description="Set up this checkout.")
    parser.add_argument("purpose", choices=sorted(LOCKS))
    parser.add_argument("--port", help="look first whether this port is free")
    options = parser.parse_args()
    try:
        if options.port is not None:
            claim(data_dir()).close()
            require_free_port(parse_port(options.port))
        set_up(options.purpose)
    except CannotStartError as exc:
        print(exc, file=sys.stderr)
        return 1
    except OSError as exc:
        print(f"The set-up could not write to this checkout: {exc.strerror} ({exc.filename}).", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def set_up(purpose: str) -> None:
    """Make the checkout ready for ``purpose``. Two at a time wait for each other."""
    private_directory(ROOT / "var")
    began = time.monotonic()
    with open_log(ROOT / "var" / "setup.lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = make_environment()
        installed = install_libraries(purpose)
        build_assets()
    if made or installed:
        print(f"Set up in {time.monotonic() - began:.0f} seconds.", flush=True)


def make_environment() -> bool:
    """Make the virtual environment unless there is one that works.

    :return: whether it was made now
    """
    if PYTHON.exists() and run_quietly([str(PYTHON), "-c", "import pip, sys; sys.exit(sys.version_info < (3, 11))"]).ok:
        return False
    print("Making the virtual environment .venv …", flush=True)
    done = run_quietly([sys.executable, "-m", "venv", "--clear", str(VENV)])
    if not done.ok:
        raise CannotStartError(
            "The virtual environment could not be made: install Python's venv (on Debian and Ubuntu the package python3-venv)" + DETAILS
        )
    return True


def install_libraries(purpose: str) -> bool:
    """Install what the lock file names, and nothing that differs from its hashes.

    :return: whether there was something to do
    """
    purposes = ("run", "test") if purpose == "test" else ("run",)
    if all(stamp_of(each).exists() and stamp_of(each).read_text() == wanted_stamp(each) for each in purposes):
        return False
    print("Installing the Python libraries …", flush=True)
    pip = [str(PYTHON), "-I", "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    done = run_quietly([*pip, "--require-hashes", "--only-binary=:all:", "--requirement", str(LOCKS[purpose])])
    if not done.ok:
        raise CannotStartError(why_pip_failed(done.text))
    for each in purposes:
        stamp_of(each).write_text(wanted_stamp(each))
    return True


def stamp_of(purpose: str) -> Path:
    return VENV / f"installed-{purpose}.sha256"


def wanted_stamp(purpose: str) -> str:
    return hashlib.sha256(LOCKS[purpose].read_bytes()).hexdigest()


def why_pip_failed(text: str) -> str:
    if "DO NOT MATCH THE HASHES" in text:
        return "A library that was downloaded is not the one that the lock file names, so nothing was installed" + DETAILS
    if any(sign in text for sign in NO_NETWORK):
        return "The Python package registry was not reached: check the network (and pip's proxy or index settings) and try again" + DETAILS
    if "No space left" in text:
        return "The disk is full: the Python libraries need about 400 MB; make room and try again."
    return "The Python libraries could not be installed" + DETAILS


def build_assets() -> None:
    done = run_quietly([str(PYTHON), str(ROOT / "tools" / "assets.py")])
    if not done.ok:
        raise CannotStartError((done.text.strip().splitlines() or ["The front-end files could not be built."])[0])


class Done:
    """How a command ended and what it said."""

    def __init__(self, status: int, text: str) -> None:
        self.ok = status == 0
        self.text = text


def run_quietly(command: list[str]) -> Done:
    """Run a command; what it says goes to the log."""
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}
    environment.setdefault("NODE_USE_SYSTEM_CA", "1")  # npm trusts what this machine trusts, a company's own authority too
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    with open_log(LOG) as log:
        log.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {' '.join(command)}\n{done.stdout}\n".encode())
    return Done(done.returncode, done.stdout)


if __name__ == "__main__":
    sys.exit(main())
