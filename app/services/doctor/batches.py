"""Whether the application's database and the homes of rows tell the same of each import."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from app.homes import HOMES
from app.models import BatchStatus, DataHome, ImportBatch, JobStatus, StateOfBatch, SyncJob
from app.services.doctor.finding import Finding, Setup, danger, ok, warning

TITLE = "Imports"
RESTORED = (
    "If one database was restored from a backup, restore the other one of the same moment. Else reverse or import again what is named here."
)
SHOWN = 3


@dataclass(frozen=True)
class Told:
    """A batch as the application's database tells it."""

    status: BatchStatus
    home: DataHome
    is_open: bool
    is_left: bool
    """It is open and no job works on it any more."""


def look_at_batches(setup: Setup) -> Iterator[Finding]:
    batches = _told(setup.app_engine)
    states: dict[str, tuple[DataHome, StateOfBatch]] = {}
    for key, engine in ((DataHome.APP, setup.app_engine), (DataHome.TRAFFIC, setup.traffic_engine)):
        states |= {public_id: (key, state) for public_id, state in _states(key, engine).items()}
    left = sorted(public_id for public_id, told in batches.items() if told.is_left)
    apart = list(_apart(batches, states))
    if apart:
        yield danger(TITLE, f"The rows and the list of imports do not tell the same of {_count(apart).lower()}: {_some(apart)}.", RESTORED)
    if left:
        sentence = f"{_count(left)} stopped half-way, and no job works on it: {_some(left)}. Further ones of the data type wait for it."
        yield warning(TITLE, sentence, "Open the job of the batch and run it again: it goes on where it stopped.")
    if not apart and not left:
        yield ok(TITLE, f"Both databases tell the same of {len(batches):,} imports.")


def _apart(batches: Mapping[str, Told], states: Mapping[str, tuple[DataHome, StateOfBatch]]) -> Iterator[str]:
    for public_id, told in sorted(batches.items()):
        home, state = states.get(public_id, (told.home, None))
        if home is not told.home or not _fits(told, state):
            yield public_id
    yield from sorted(set(states) - set(batches))


def _fits(told: Told, state: StateOfBatch | None) -> bool:
    match told.status:
        case BatchStatus.COMPLETE:
            return state is StateOfBatch.COMPLETE or (state is StateOfBatch.REVERSED and told.is_open)
        case BatchStatus.REVERSED:
            return state is StateOfBatch.REVERSED
        case BatchStatus.FAILED:
            return state is not StateOfBatch.COMPLETE  # what is left of it is removed within a day
    return True


def _told(engine: sa.Engine) -> dict[str, Told]:
    final = [status for status in JobStatus if status.is_final]
    importing, reversing = sa.orm.aliased(SyncJob), sa.orm.aliased(SyncJob)
    query = (
        sa.select(ImportBatch.public_id, ImportBatch.status, ImportBatch.home, ImportBatch.open_key, importing.status, reversing.status)
        .join(importing, importing.id == ImportBatch.job_id)
        .outerjoin(reversing, reversing.id == ImportBatch.reversal_job_id)
    )
    found: dict[str, Told] = {}
    with engine.connect() as connection:
        for public_id, status, home, open_key, job, reversal in connection.execute(query):
            working = job if status is BatchStatus.STAGED else reversal
            found[public_id] = Told(status, home, open_key is not None, open_key is not None and working in final)
    return found


def _states(key: DataHome, engine: sa.Engine) -> dict[str, StateOfBatch]:
    state = HOMES[key].state
    with engine.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(sa.select(state.batch_public_id, state.state))}


def _count(ids: list[str]) -> str:
    return "1 import" if len(ids) == 1 else f"{len(ids):,} imports"


def _some(ids: list[str]) -> str:
    return ", ".join(ids[:SHOWN]) + (" …" if len(ids) > SHOWN else "")
