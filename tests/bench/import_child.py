"""One measured command in a process of its own: seconds from its start to its end, and the most memory that was held.

The same path as ``flask import-file`` and ``flask reverse-batch``; only the start of Python is left out.
"""

import json
import sys
import time
from pathlib import Path

from app import create_app

COMMANDS = {
    "import": lambda account, file: ["import-file", account, file, "--data-type", "invoices", "--kind", "production", "--json"],
    "reverse": lambda batch: ["reverse-batch", batch, "--json"],
}


def main(name: str, *arguments: str) -> int:
    app = create_app()
    with app.app_context():
        began = time.perf_counter()
        result = app.test_cli_runner().invoke(args=COMMANDS[name](*arguments))
        seconds = time.perf_counter() - began
    if result.exit_code:
        print(result.output, result.exception, file=sys.stderr)
        return 1
    told = json.loads(result.stdout)
    counts = {key.removeprefix("rows_"): value for key, value in told.items() if key.startswith("rows_")}
    answer = {"seconds": seconds, "peak_mb": peak_mb(), "batch": told["public_id"], "counts": counts, "stages": told.get("stages", [])}
    print(json.dumps(answer))
    return 0


def peak_mb() -> float:
    """Of this program alone: the figure of ``getrusage`` begins with what the parent held."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
