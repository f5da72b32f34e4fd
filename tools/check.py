"""`make check`: everything that can be said about the source without running the tests. Two at a time."""

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tools.preflight import ROOT

BIN = Path(sys.executable).parent
PYTHON = sys.executable


@dataclass(frozen=True)
class Check:
    title: str
    commands: tuple[tuple[str, ...], ...]


CHECKS = (
    Check("types", ((PYTHON, "-m", "mypy"),)),
    Check("migrations", ((PYTHON, "-m", "flask", "db", "upgrade"), (PYTHON, "-m", "flask", "db", "check"))),
    Check("lint", ((PYTHON, "-m", "ruff", "check", "."),)),
    Check("format", ((PYTHON, "-m", "ruff", "format", "--check", "."),)),
    Check("import contracts", ((str(BIN / "lint-imports"), "--no-logo"),)),
    Check("templates", ((PYTHON, "-m", "djlint", "templates", "--lint", "--quiet"),)),
)


@dataclass(frozen=True)
class Outcome:
    check: Check
    is_clean: bool
    text: str
    seconds: float


def main() -> int:
    """Run every check, also after one that failed.

    :return: exit status
    """
    with tempfile.TemporaryDirectory(prefix="fivegate-check-") as directory, ThreadPoolExecutor(max_workers=2) as pool:
        environment = environment_in(Path(directory))
        outcomes = list(pool.map(lambda check: run(check, environment), CHECKS))
    for outcome in outcomes:
        print(f"{'ok    ' if outcome.is_clean else 'FAILED'} {outcome.check.title} ({outcome.seconds:.1f} s)")
        if not outcome.is_clean:
            print(outcome.text)
    return 0 if all(outcome.is_clean for outcome in outcomes) else 1


def environment_in(directory: Path) -> dict[str, str]:
    """Without the settings of whoever runs this: the migrations are compared on SQLite files that nobody needs."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("FIVEGATE_", "FLASK_"))}
    return {**kept, "FIVEGATE_DATA_DIR": str(directory), "FLASK_APP": "wsgi:app", "NO_COLOR": "1"}


def run(check: Check, environment: dict[str, str]) -> Outcome:
    began = time.monotonic()
    texts = []
    for command in check.commands:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        texts.append(done.stdout)
        if done.returncode:
            return Outcome(check, False, "\n".join(texts), time.monotonic() - began)
    return Outcome(check, True, "", time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main())
