"""A worker for imports that dies where it is told.

``python -m tests.support.import_worker`` imports everything once, then forks a process for each line of JSON that it
reads: ``{"environment": {…}, "log": "…", "commit": 7, "when": "before", "after_ms": null}``. It answers with the process id. The
process carries out what is due in the import queue and is gone, killed by itself before or after its commit of that
number, whichever database it went to, or after so many milliseconds.
"""

import json
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

from sqlalchemy.engine.default import DefaultDialect

import app.admin
import app.auth
import app.cli.work
import app.portal
import app.web.shell  # noqa: F401  # imported before the fork, so that each process starts at once
from app import create_app
from app.jobs import entry, worker


class Commits:
    """Counts the commits of this process, in whichever database, and calls somebody before and after each."""

    def __init__(self, before: Callable[[int], None], after: Callable[[int], None]) -> None:
        self.count = 0
        self._before, self._after = before, after
        self._commit: Any = DefaultDialect.do_commit

    def __enter__(self) -> "Commits":
        commit, counter = self._commit, self

        def counted(dialect: DefaultDialect, connection: Any) -> None:
            if threading.current_thread() is not threading.main_thread():
                commit(dialect, connection)  # the keeper's come when they like
                return
            counter.count += 1
            number = counter.count
            counter._before(number)
            commit(dialect, connection)
            counter._after(number)

        DefaultDialect.do_commit = counted  # type: ignore[method-assign]
        return self

    def __exit__(self, *_: object) -> None:
        DefaultDialect.do_commit = self._commit  # type: ignore[method-assign]


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for what was killed
    here = os.getpid()
    for line in sys.stdin:
        order = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _child(order, parent=here)
        print(pid, flush=True)


def _child(order: dict[str, Any], *, parent: int) -> None:
    status = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        worker.die_with(parent)
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for number in (1, 2):
            os.dup2(log, number)
        os.environ.update(order["environment"])
        with create_app(pool_size=1).app_context():
            _work(order)
        status = 0
    except BaseException:  # the forked copy of the loop above must not go on
        traceback.print_exc()
    finally:
        os._exit(status)


def _work(order: dict[str, Any]) -> None:
    def at(when: str) -> Callable[[int], None]:
        return lambda number: _die() if (number, when) == (order.get("commit"), order.get("when")) else None

    if order.get("after_ms") is not None:
        threading.Thread(target=_die_later, args=(order["after_ms"] / 1000,), daemon=True).start()
    with Commits(at("before"), at("after")):
        entry.drain("import")


def _die_later(seconds: float) -> None:
    time.sleep(seconds)
    _die()


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
