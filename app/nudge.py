"""Nudging a worker: one small message that says *look at the table*. Losing one costs time, never work."""

import structlog
from flask import current_app
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer

from app.queue import DRAIN_PATH, QueueClass

log = structlog.get_logger(__name__)

EXTENSION = "fivegate.redis"


def redis_client() -> Redis:
    """The application's connection pool to Redis or Valkey."""
    client: Redis = current_app.extensions[EXTENSION]
    return client


def rq_queue(queue: QueueClass, connection: Redis) -> Queue:
    """JSON, not pickle: whoever can write to the queue must not be able to run code here."""
    return Queue(queue.value, connection=connection, serializer=JSONSerializer, default_timeout=-1)


def nudge(queue: QueueClass) -> bool:
    """Ask a worker to drain ``queue``. Never raises after a commit: the sweep does what is lost here.

    :return: whether the message is on its way
    """
    try:
        rq_queue(queue, redis_client()).enqueue(DRAIN_PATH, args=(queue.value,), result_ttl=0, failure_ttl=3600, job_timeout=-1)
    except RedisError as exc:
        log.warning("queue.nudge_lost", queue=queue.value, error=type(exc).__name__)
        return False
    return True
