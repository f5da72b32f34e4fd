"""`make check`: everything that can be said about the source without running the tests. Two at a time.

``python -m tools.check COMMAND …`` carries out a command as well (`make test`: the tests). What takes long is checked beside it,
for one core would be idle meanwhile; where anything else fails, the command is not begun.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tools.preflight import ROOT

BIN = Path(sys.executable).parent
PYTHON = sys.executable


@dataclass(frozen=True)
class Check:
    title: str
    commands: tuple[tuple[str, ...], ...]
    is_long: bool = False


CHECKS = (
    Check("types", ((PYTHON, "-m", "mypy"),), is_long=True),
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


def main(command: Sequence[str] = (), checks: Iterable[Check] = CHECKS) -> int:
    """Run every check, also after one that failed.

    :param command: what to carry out as well, if nothing that is quickly seen speaks against it
    :return: exit status: 1 if a check failed, otherwise the command's
    """
    with tempfile.TemporaryDirectory(prefix="fivegate-check-") as directory, ThreadPoolExecutor(max_workers=2) as pool:
        environment = environment_in(Path(directory))
        running = {check: pool.submit(run, check, environment) for check in checks}
        long = [future for check, future in running.items() if check.is_long and command]
        are_clean = told(future for future in running.values() if future not in long)
        for future in long if are_clean else []:  # told at once, while there is time to stop the command
            future.add_done_callback(lambda done: done.result().is_clean or told([done]))
        status = carried_out(command) if command and are_clean else 0
        are_clean = told(long) and are_clean
    return status if are_clean else 1


def told(outcomes: Iterable[Future[Outcome]]) -> bool:
    """Say how checks ended, once they did.

    :return: whether all found nothing
    """
    are_clean = True
    for future in outcomes:
        outcome = future.result()
        print(f"{'ok    ' if outcome.is_clean else 'FAILED'} {outcome.check.title} ({outcome.seconds:.1f} s)", flush=True)
        if not outcome.is_clean:
            print(outcome.text, flush=True)
        are_clean = are_clean and outcome.is_clean
    return are_clean


def carried_out(command: Sequence[str]) -> int:
    """:return: exit status; after Ctrl-C, which the command was sent as well, once it has cleared up behind it"""
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        return process.wait()
    except KeyboardInterrupt:
        return process.wait() or 1


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
    sys.exit(main(sys.argv[1:]))
