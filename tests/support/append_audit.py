"""Processes that append to the audit trail as a use case does, all at once:
``python -m tests.support.append_audit PROCESSES COUNT APP_URL TRAFFIC_URL DATA_DIR``."""

import os
import sys
from pathlib import Path

from app import audit, create_app
from app.audit import Actor, ActorKind, Target
from app.config import Settings
from app.extensions import db
from app.unit_of_work import transaction
from tests.support.databases import Accounts, settings_for


def append(count: int, settings: Settings, start: int) -> None:
    app = create_app(settings)
    os.read(start, 1)  # comes back when the parent closes its end, for all at once
    for number in range(count):
        with app.app_context(), transaction():
            db.session.execute(db.select(1))  # a use case reads before it writes
            audit.record(db.session(), Actor(ActorKind.COMMAND, "test"), "test.ran", Target("test", str(number)))


def main(processes: int, count: int, urls: tuple[str, str], data_dir: Path) -> int:
    """:return: how many of them failed"""
    settings = settings_for(Accounts(urls, urls, urls, urls), data_dir=data_dir)
    start, gate = os.pipe()
    children = []
    for _ in range(processes):
        child = os.fork()  # before any connection is open; imports are paid once
        if child == 0:
            os.close(gate)
            status = 1
            try:
                append(count, settings, start)
                status = 0
            except Exception as exc:
                print(f"{type(exc).__name__}: {exc}", file=sys.stderr)
            finally:
                os._exit(status)
        children.append(child)
    os.close(gate)
    return sum(os.waitpid(child, 0)[1] != 0 for child in children)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]), (sys.argv[3], sys.argv[4]), Path(sys.argv[5])))
