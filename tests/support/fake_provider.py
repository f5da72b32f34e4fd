"""A provider for tests, put in at the connector's edge: slow, busy, refusing or broken, as the source label says.

* ``slow:STEPS:SECONDS``: so many steps, each so long
* ``busy`` or ``busy:TIMES``: asks for another try always, or that often
* ``refused``: a person must act
* ``broken``: a programming error whose text holds a secret
* ``statement:SECONDS``: at the first attempt the effect runs one long statement in the database

Every time that it is asked it writes a line, so that a test can tell asking (may happen again) from effect (once).
"""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa

from app.connectors import registry as connectors
from app.connectors.base import CheckStep, Opening, RefusedError, RetryableError
from app.extensions import db
from app.jobs import registry as jobs
from app.jobs.access import check_access
from app.jobs.handle import JobHandle, Outcome, reading
from app.queue import JobKind
from app.services import access_checks

CANARY = "sk-canary-2f9c"
"""Must show nowhere."""


class FakeProvider:
    def __init__(self, opening: Opening) -> None:
        self.behaviour, *self.values = opening.source_label.split("#")[0].split(":")
        self.log = asked_log(opening.upload_area.parent.parent, opening.upload_area.name)

    @property
    def steps(self) -> tuple[str, ...]:
        return tuple(f"Step {number}" for number in range(1, self._count() + 1))

    def _count(self) -> int:
        return int(self.values[0]) if self.behaviour == "slow" else 1

    def check(self) -> Iterator[CheckStep]:
        asked = self._note()
        match self.behaviour:
            case "busy" if not self.values or asked <= int(self.values[0]):
                raise RetryableError("The provider is busy.")
            case "refused":
                raise RefusedError("The provider refuses the key. Ask the customer for a new one.")
            case "broken":
                raise ValueError(f"key {CANARY} is odd")
        for number in range(1, self._count() + 1):
            if self.behaviour == "slow":
                time.sleep(float(self.values[1]))
            yield CheckStep(f"step-{number}", f"Step {number} passed.")

    def _note(self) -> int:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.write(handle, b"asked\n")
        os.close(handle)
        return len(self.log.read_text().splitlines())


def asked_log(data_dir: Path, account_public_id: str) -> Path:
    return data_dir / "asked" / account_public_id


def times_asked(data_dir: Path, account_public_id: str) -> int:
    log = asked_log(data_dir, account_public_id)
    return len(log.read_text().splitlines()) if log.exists() else 0


def install() -> None:
    """Put the fake in for this process."""
    connectors.OPENERS["manual"] = FakeProvider
    jobs.HANDLERS[JobKind.CHECK_ACCESS] = check_access_with_a_long_statement


def check_access_with_a_long_statement(handle: JobHandle) -> Outcome:
    outcome = check_access(handle)
    with reading():
        label = access_checks.opening_of(handle.account_id).source_label
    if not label.startswith("statement:") or handle.claim.attempts > 1:
        return outcome
    seconds = float(label.split("#")[0].split(":")[1])

    def effect() -> None:
        assert outcome.effect is not None
        outcome.effect()
        db.session.flush()
        db.session.execute(sa.text("SELECT SLEEP(:seconds)"), {"seconds": seconds})

    return replace(outcome, effect=effect)
