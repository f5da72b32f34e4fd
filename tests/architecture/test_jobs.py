"""Rule 10: what can be asked for can be done, and a message to the queue holds no more than a name."""

from collections.abc import Iterator
from importlib import import_module

import pytest
from flask import Flask
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer

from app.jobs.registry import HANDLERS
from app.jobs.schedule import PERIODIC
from app.nudge import nudge, redis_client, rq_queue
from app.queue import DRAIN_PATH, JobKind, QueueClass
from tests.architecture.findings import assert_none


def unfinished(kinds: list[JobKind], handlers: dict[JobKind, object]) -> list[str]:
    """Kinds of jobs that nobody carries out."""
    return [kind.value for kind in kinds if not callable(handlers.get(kind))]


def test_every_kind_of_job_has_a_handler_a_queue_and_a_name() -> None:
    assert_none(unfinished(list(JobKind), dict(HANDLERS)))
    assert {kind.queue for kind in JobKind} <= set(QueueClass)
    assert all(kind.label for kind in JobKind)
    assert len({kind.label for kind in JobKind}) == len(JobKind)


def test_a_kind_without_a_handler_is_reported() -> None:
    handlers = {kind: handler for kind, handler in HANDLERS.items() if kind is not JobKind.VERIFY_AUDIT}
    assert unfinished(list(JobKind), dict(handlers)) == ["verify_audit"]


def test_periodic_work_is_work_that_exists_and_comes_once() -> None:
    kinds = [periodic.kind for periodic in PERIODIC]
    assert set(kinds) <= set(HANDLERS)
    assert len(kinds) == len(set(kinds))


def importable(path: str) -> bool:
    module, _, name = path.rpartition(".")
    try:
        return callable(getattr(import_module(module), name, None))
    except ImportError:
        return False


def test_what_a_nudge_runs_can_be_imported() -> None:
    assert importable(DRAIN_PATH)


@pytest.mark.parametrize("path", ["app.jobs.entry.dran", "app.jobs.gone.drain"])
def test_a_name_that_cannot_be_imported_is_reported(path: str) -> None:
    assert not importable(path)


def unfit(job: Job) -> Iterator[str]:
    """Arguments that are more than an id or a name: they would stand in the queue, in its errors and in logs."""
    values = [*enumerate(job.args), *job.kwargs.items()]
    yield from (f"argument {name} is a {type(value).__name__}" for name, value in values if type(value) not in {int, str})


@pytest.mark.parametrize("queue", list(QueueClass))
def test_a_nudge_carries_ids_and_names_only(app: Flask, queue: QueueClass) -> None:
    assert nudge(queue)
    [job] = rq_queue(queue, redis_client()).jobs
    assert job.func_name == DRAIN_PATH
    assert_none(unfit(job))


def test_an_argument_that_is_an_object_is_reported(app: Flask) -> None:
    queue = Queue("bad", connection=redis_client(), serializer=JSONSerializer)
    job = queue.enqueue("app.jobs.entry.drain", args=("import", 7, {"password": "x"}), kwargs={"at": None})
    assert list(unfit(job)) == ["argument 2 is a dict", "argument at is a NoneType"]
