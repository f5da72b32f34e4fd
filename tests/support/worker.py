"""The real worker and scheduler, with the fake provider behind them.

``python -m tests.support.worker`` imports everything once, then forks a process for each line of JSON that it reads:
``{"role": "worker", "queues": "…", "environment": {…}, "log": "…"}``. It answers with the process id. Everything that it
started ends with it.
"""

import json
import os
import signal
import sys
import traceback
from types import FrameType
from typing import Any

import app.admin
import app.auth
import app.cli.work
import app.portal
import app.web.shell  # noqa: F401  # imported before the fork, so that each process starts at once
from app import create_app
from app.jobs import worker
from app.jobs.handle import Stop
from app.jobs.scheduler import Scheduler
from app.queue import QueueClass
from app.services.installation import settings
from tests.support import fake_provider


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for what was killed
    fake_provider.install()
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
        os.setsid()
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for number in (1, 2):
            os.dup2(log, number)
        os.environ.update(order["environment"])
        _work(order["role"], order["queues"])
        status = 0
    except BaseException:  # the forked copy of the loop above must not go on
        traceback.print_exc()
    finally:
        os._exit(status)


def _work(role: str, queues: str) -> None:
    with create_app(pool_size=1).app_context():
        if role == "worker":
            worker.run([QueueClass(name) for name in queues.split(",")], redis_url=settings().redis_url.get_secret_value())
            return
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _stop)
        Scheduler.of_this_process().run()


def _stop(_number: int, _frame: FrameType | None) -> None:
    Stop.requested = True


if __name__ == "__main__":
    main()
