"""Workers are killed in the middle of imports and reversals: before and after every commit, whichever database it goes to,
and at random moments. Right after it, what counts is all as before or all as it should become; after the sweep and one
more attempt every table is as if nothing had happened.

``FIVEGATE_SEED`` chooses the moments, ``FIVEGATE_SOAK_FROM`` the example to begin with: example 37 is the same whether or
not the 36 before it ran.
"""

import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.clock import utc_now
from app.extensions import db
from app.jobs import scheduler
from app.models import DataHome, JobStatus, ProviderAccount, SyncJob
from app.services import imports
from app.unit_of_work import transaction
from tests.imports.engine.support import ACTOR, Picture, ask, bring, calls, changed, file_of, invoices, picture, put_in_home, work
from tests.support import factories
from tests.support.import_worker import Commits
from tests.support.processes import Nursery, environment, eventually

EXAMPLES = 200
SAMPLE = 10
ROWS = 60
MAKERS: dict[str, Callable[..., list[Any]]] = {"invoices": invoices, "calls": calls}
A_WHILE = timedelta(minutes=5)
ACTS = ("first", "again", "changed", "reversal")


@dataclass(frozen=True)
class Scenario:
    data_type: str
    home: DataHome
    act: str

    def prepare(self) -> ProviderAccount:
        """Everything that is there before the act."""
        account = factories.connector()
        put_in_home(account, self.data_type, self.home)
        if self.act != "first":
            bring(account, self.rows)
        if self.act == "reversal":
            bring(account, self.later)
        return account

    def begin(self, account: ProviderAccount) -> SyncJob:
        """Ask for the work during which somebody dies."""
        if self.act == "reversal":
            newest = imports.newest_complete(account, self.data_type)
            assert newest is not None
            with transaction():
                batch = imports.request_reversal(newest, requested_by=None, actor=ACTOR)
            assert batch.reversal_job is not None
            return batch.reversal_job
        rows = self.later if self.act == "changed" else self.rows
        return ask(account, file_of(rows), data_type=self.data_type).job

    @property
    def rows(self) -> list[Any]:
        return MAKERS[self.data_type](ROWS)

    @property
    def later(self) -> list[Any]:
        return [*changed(self.rows, 7), *MAKERS[self.data_type](5, first=500)]


FEW = (
    Scenario("invoices", DataHome.APP, "changed"),
    Scenario("calls", DataHome.TRAFFIC, "first"),
    Scenario("invoices", DataHome.TRAFFIC, "reversal"),
)
ALL = tuple(Scenario(data_type, home, act) for data_type in sorted(MAKERS) for home in DataHome for act in ACTS)


@dataclass(frozen=True)
class Undisturbed:
    """What a scenario comes to when nobody dies."""

    before: Picture
    after: Picture
    counting: Picture
    """What counts in the end."""
    commits: int
    milliseconds: float


@dataclass
class Graveyard:
    """Kills one worker after the other."""

    app: Flask
    nursery: Nursery
    directory: Path
    scenarios: Sequence[Scenario]
    seed: int
    known: dict[Scenario, Undisturbed] = field(default_factory=dict)

    def undisturbed(self, scenario: Scenario) -> Undisturbed:
        if scenario not in self.known:
            account = scenario.prepare()
            before = picture(account, with_history=False)
            scenario.begin(account)
            started = time.monotonic()
            with Commits(lambda _: None, lambda _: None) as commits:
                work()
            spent = (time.monotonic() - started) * 1000
            self.known[scenario] = Undisturbed(before, picture(account), picture(account, with_history=False), commits.count, spent)
        return self.known[scenario]

    def example(self, number: int) -> None:
        dice = random.Random(f"{self.seed}:{number}")
        scenario = dice.choice(self.scenarios)
        wanted = self.undisturbed(scenario)
        account = scenario.prepare()
        job_id = scenario.begin(account).id
        db.session.rollback()
        if number % 2:
            moment = {"commit": dice.randint(1, wanted.commits), "when": dice.choice(("before", "after"))}
        else:
            moment = {"after_ms": dice.uniform(0, wanted.milliseconds)}
        try:
            self._kill(moment)
            counting = picture(account, with_history=False)
            check_all_or_nothing(scenario, counting, wanted)
            self._go_on(job_id)
            found = picture(account)
            for name, expected in wanted.after.items():
                assert found[name] == expected, name
            assert not list((self.directory / "work").glob("plain-*")), "plain copies were left behind"
        except AssertionError as exc:
            exc.add_note(f"{scenario}, {moment}; seed {self.seed}, example {number}: FIVEGATE_SEED={self.seed} FIVEGATE_SOAK_FROM={number}")
            raise

    def _kill(self, moment: dict[str, Any]) -> None:
        settings = self.app.extensions["fivegate.settings"]
        process = self.nursery.fork(environment=environment(settings), log=str(self.directory / "dying.log"), **moment)
        eventually(lambda: not process.is_alive)

    def _go_on(self, job_id: int) -> None:
        """The lease runs out, the sweep finds it, and a worker takes the job once more."""

        def is_put_back() -> bool:
            with transaction():
                job = db.session.get_one(SyncJob, job_id, populate_existing=True)
                if job.status is JobStatus.RUNNING:
                    job.leased_until = utc_now() - A_WHILE
            scheduler.sweep()
            db.session.rollback()
            return db.session.get_one(SyncJob, job_id, populate_existing=True).status is not JobStatus.RUNNING

        eventually(is_put_back)
        with transaction():
            db.session.execute(sa.update(SyncJob).where(SyncJob.id == job_id).values(due_at=utc_now() - A_WHILE))
        work()
        job = db.session.get_one(SyncJob, job_id, populate_existing=True)
        assert job.status is JobStatus.SUCCEEDED, job.error_note


def check_all_or_nothing(scenario: Scenario, found: Picture, wanted: Undisturbed) -> None:
    """What counts is as before or as it becomes, never a part: rows by themselves, and points by themselves."""
    assert found["points"] in (wanted.before["points"], wanted.counting["points"])
    if scenario.data_type == "calls":
        return  # rows are there before their repeats were looked for, and no figure shows them until then
    name = f"{scenario.home.value} crm_records"
    assert found[name] in (wanted.before[name], wanted.counting[name])


def bury(app: Flask, nursery: Nursery, directory: Path, scenarios: Sequence[Scenario], *, first: int, last: int) -> None:
    graveyard = Graveyard(app, nursery, directory, scenarios, int(os.environ.get("FIVEGATE_SEED", "20261122")))
    for number in range(first, last + 1):
        graveyard.example(number)


@pytest.fixture(scope="module")
def dying() -> Iterator[Nursery]:
    nursery = Nursery.start("tests.support.import_worker")
    yield nursery
    nursery.stop()


@pytest.mark.timeout(1200)
def test_a_few_kills_leave_no_part_of_a_batch(app: Flask, dying: Nursery, data_dir: Path) -> None:
    bury(app, dying, data_dir, FEW, first=1, last=SAMPLE)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_two_hundred_kills_leave_no_part_of_a_batch(app: Flask, dying: Nursery, data_dir: Path) -> None:
    bury(app, dying, data_dir, ALL, first=int(os.environ.get("FIVEGATE_SOAK_FROM", "1")), last=EXAMPLES)
