"""What a handler is given: the job that it works on, a way to say how far it is, and a lease that is kept meanwhile."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from types import TracebackType
from typing import Any, Self

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from app.extensions import db, engine_options, prepare_engine, will_write
from app.services import job_engine
from app.services.installation import settings
from app.services.job_engine import Claim, LeaseLostError
from app.services.job_processes import WORKER, beat
from app.unit_of_work import transaction

log = structlog.get_logger(__name__)


class StoppingError(Exception):
    """This worker is being stopped: the job is given back for another one."""


class WaitingError(Exception):
    """Something else has to be over first. The job is tried again after a while, however often; ``str(error)`` says what it is."""


class Stop:
    """Whether this process was asked to stop. A plain flag: a signal handler sets it."""

    requested = False


@dataclass(frozen=True)
class Outcome:
    """What a handler achieved. Its effect is written in the transaction that ends the job, so it happens exactly once."""

    sentence: str
    counts: Mapping[str, int] = field(default_factory=dict)
    effect: Callable[[], None] | None = None


class JobHandle:
    """A job in the hands of its worker."""

    def __init__(self, claim: Claim, keeper: "Keeper") -> None:
        self.claim = claim
        self._keeper = keeper

    @property
    def account_id(self) -> int:
        """The connector that it is about."""
        if self.claim.account_id is None:
            raise RuntimeError("this job is about the installation, not about a connector")
        return self.claim.account_id

    @property
    def done_before(self) -> int:
        """What earlier attempts got done."""
        return self.claim.rows_done

    def progress(self, done: int, expected: int | None, note: str) -> None:
        """Say how far it is, for the panel; in a transaction of its own, which also ends whatever reading was open.

        :raises LeaseLostError: the job is somebody else's by now
        :raises StoppingError: the worker is being stopped
        """
        self._go_on()
        db.session.rollback()
        with transaction():
            job_engine.progress(self.claim, done=done, expected=expected, note=note)

    @contextmanager
    def piece(self) -> Iterator["Piece"]:
        """A part of the work that may stand alone: written in one transaction with how far the job is, so that a
        later attempt goes on from there."""
        self._go_on()
        db.session.rollback()
        with transaction():
            piece = Piece()
            yield piece
            job_engine.progress(self.claim, done=piece.done, expected=None, note=piece.note)

    def finish(self, outcome: Outcome) -> None:
        """Write the effect and the end of the job as one. The engine calls it with what the handler returned."""
        self._go_on(may_stop=False)
        db.session.rollback()
        with transaction():
            if outcome.effect is not None:
                outcome.effect()
            job_engine.succeed(self.claim, sentence=outcome.sentence, counts=outcome.counts)

    def _go_on(self, *, may_stop: bool = True) -> None:
        if self._keeper.has_lost:
            raise LeaseLostError
        if may_stop and Stop.requested:
            raise StoppingError


@dataclass
class Piece:
    """How far the job is once a piece is written."""

    done: int = 0
    note: str = ""


@contextmanager
def reading() -> Iterator[None]:
    """Look something up and end the transaction: none may be open while a provider is asked."""
    before = will_write.set(False)
    try:
        yield
    finally:
        db.session.rollback()
        will_write.reset(before)


class Keeper:
    """Renews the lease of one job, and its worker's beat, from a thread with a connection of its own."""

    def __init__(self, claim: Claim, *, worker: str, queues: str = "") -> None:
        self._claim = claim
        self._worker = worker
        self._queues = queues
        self._lease = float(settings().job_lease_seconds)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="lease-keeper", daemon=True)
        self.has_lost = False

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        will_write.set(True)  # a new thread has a context of its own
        renewed_at = time.monotonic()
        while not self._over.wait(self._lease / 3):
            try:
                with _keeper_engine(settings().database_url.get_secret_value()).begin() as connection:
                    job_engine.renew(self._claim, connection)
                    beat(connection, name=self._worker, role=WORKER, queues=self._queues)
                renewed_at = time.monotonic()
            except LeaseLostError:
                self.has_lost = not self._over.is_set()
                return
            except SQLAlchemyError as exc:
                log.warning("job.lease_not_renewed", job_id=self._claim.public_id, error=type(exc).__name__)
                if time.monotonic() - renewed_at > self._lease:
                    self.has_lost = True
                    return


@lru_cache(maxsize=1)
def _keeper_engine(url: str) -> sa.Engine:
    """Opens a connection for each renewal: the one that works may be in the middle of a long statement."""
    options: dict[str, Any] = {name: value for name, value in engine_options(url).items() if name in {"connect_args", "isolation_level"}}
    engine = sa.create_engine(url, poolclass=NullPool, **options)
    prepare_engine(engine)
    return engine


class _Current:
    """The job that this process works on."""

    claim: Claim | None = None


def remember_connections() -> None:
    """Let the row name the connection that works on it, also after a reconnect in the middle of a job."""
    engine = db.engine
    if engine.dialect.name != "sqlite" and not sa.event.contains(engine, "connect", _note_connection):
        sa.event.listen(engine, "connect", _note_connection)


def _note_connection(connection: Any, _record: object) -> None:
    claim = _Current.claim
    if claim is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE integration_sync_jobs SET connection_id = CONNECTION_ID() WHERE id = %s AND lease_token = %s AND status = 'running'",
            (claim.job_id, claim.token),
        )
    connection.commit()


@contextmanager
def working_on(claim: Claim) -> Iterator[None]:
    _Current.claim = claim
    try:
        yield
    finally:
        _Current.claim = None
