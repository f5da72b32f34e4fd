"""The worker process: waits for nudges and forks a work-horse for each, so that a crash takes one job with it.

The application is built once, before the fork; the parent never opens a database connection. RQ only carries the
message: what work there is, who has it and what became of it stands in the jobs' rows.
"""

import ctypes
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any
from uuid import uuid4

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq import Worker as RqWorker
from rq.exceptions import InvalidJobOperation, NoSuchJobError, StopRequested
from rq.executions import Execution
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.worker import DequeueStrategy

from app.extensions import db
from app.jobs import entry
from app.jobs.handle import Stop
from app.nudge import rq_queue
from app.queue import QueueClass
from app.services.job_processes import process_name

log = structlog.get_logger(__name__)

PR_SET_PDEATHSIG = 1
RECONNECT_SECONDS = 0.5
WORKER_TTL_SECONDS = 75
"""RQ blocks for 15 seconds less than this; a server that hangs is noticed so late."""


class NudgedWorker(RqWorker):
    """RQ's forking worker, minus what a database that holds the truth makes superfluous."""

    max_connection_wait_time = 2.0
    log_result_lifespan = False

    def subscribe(self) -> None:
        """No remote commands: whoever can write to the queue must not be able to end jobs, and a process that forks
        should have one thread."""

    def unsubscribe(self) -> None:
        """Nothing was subscribed to."""

    def _install_signal_handlers(self) -> None:
        super()._install_signal_handlers()  # type: ignore[no-untyped-call]
        self._stop_requested = Stop.requested  # a signal may have come before there was anybody to take it

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        Stop.requested = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    def handle_warm_shutdown_request(self) -> None:
        """Let the work-horse end its job, or give it back at the next step."""
        if self.horse_pid:
            os.kill(self.horse_pid, signal.SIGTERM)

    def set_shutdown_requested_date(self) -> None:
        """Told to nobody: the queue may be away just now."""

    def execute_job(self, job: Job, queue: Queue) -> None:
        """A queue that goes away meanwhile costs its own book-keeping, nothing else."""
        with _queue_may_be_away():
            super().execute_job(job, queue)

    def maintain_heartbeats(self, job: Job, execution: Execution) -> None:
        with _queue_may_be_away():
            super().maintain_heartbeats(job, execution)

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        with _queue_may_be_away():
            super().heartbeat(timeout, pipeline)

    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        """Drain the queue that the message came through, whatever function the message names: whoever can write to
        the queue must not be able to choose what runs here."""
        try:
            entry.drain(queue.name)
        except Exception as exc:  # RQ would end the process without a word
            log.exception("worker.drain_broken", queue=queue.name, error=type(exc).__name__)
        with _queue_may_be_away(), self.connection.pipeline() as pipeline:
            job.delete(pipeline=pipeline, remove_from_queue=False)
            self.cleanup_execution(job, pipeline=pipeline, execution=execution)
            pipeline.execute()
        return True

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """Runs in the child, right after the fork."""
        die_with(self.pid)
        # Connections of the parent, had it any, are the parent's: forget them without closing them.
        for engine in db.engines.values():
            engine.dispose(close=False)
        super().main_work_horse(job, queue)

    def setup_work_horse_signals(self) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, _request_stop)


def die_with(parent: int | None) -> None:
    """Let the kernel kill this process when its parent ends, however it ends. Linux only; elsewhere the lease decides."""
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if parent is not None and os.getppid() != parent:
        os._exit(1)  # it ended between the fork and the call


@contextmanager
def _queue_may_be_away() -> Iterator[None]:
    """Book-keeping about a message may fail: its server is away, or was replaced by an empty one meanwhile."""
    try:
        yield
    except (RedisError, NoSuchJobError, InvalidJobOperation) as exc:
        log.warning("worker.queue_away", error=type(exc).__name__)


def run(queues: list[QueueClass], *, redis_url: str) -> None:
    """Work until told to stop. A queue that goes away and comes back is waited for.

    :param queues: served in turn
    """
    entry.Worker.name = process_name()
    entry.Worker.queues = ",".join(queue.value for queue in queues)
    # A client of its own: RQ stretches its timeouts to the length of a blocking read, and pages must not wait so long.
    connection = Redis.from_url(redis_url, retry=None)
    log.info("worker.started", name=entry.Worker.name, queues=entry.Worker.queues)
    while not Stop.requested:
        _handle_signals()
        with suppress(StopRequested), _queue_may_be_away():
            _serve(connection, queues)
        _handle_signals()  # RQ's own belong to the worker object that has just ended
        if not Stop.requested:
            time.sleep(RECONNECT_SECONDS)
    log.info("worker.stopped", name=entry.Worker.name)


def _serve(connection: Redis, queues: list[QueueClass]) -> None:
    """Serve the queues until told to stop, or until the queue's server is away."""
    worker = NudgedWorker(
        [rq_queue(queue, connection) for queue in queues],
        name=f"{socket.gethostname()}.{os.getpid()}.{uuid4().hex[:8]}",
        connection=connection,
        serializer=JSONSerializer,
        worker_ttl=WORKER_TTL_SECONDS,
        log_job_description=False,
    )
    # In turn, not by rank: each message drains its queue, and a queue that is never empty must not starve the others.
    worker.work(logging_level=None, dequeue_strategy=DequeueStrategy.ROUND_ROBIN)


def _handle_signals() -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _request_stop)


def _request_stop(_number: int, _frame: FrameType | None) -> None:
    Stop.requested = True
