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
MAX_WAITING = 20
"""Messages that may wait in one queue."""


def connect(redis_url: str) -> Redis:
    """A client for pages. Whatever the address says, no page waits long for a queue that is away or hangs."""
    client: Redis = Redis.from_url(redis_url, retry=None)
    client.connection_pool.connection_kwargs.update(socket_timeout=2, socket_connect_timeout=1)
    return client


def redis_client() -> Redis:
    """The application's connection pool to Redis or Valkey."""
    client: Redis = current_app.extensions[EXTENSION]
    return client


def rq_queue(queue: QueueClass, connection: Redis) -> Queue:
    """JSON, not pickle: whoever can write to the queue must not be able to run code here."""
    return Queue(queue.value, connection=connection, serializer=JSONSerializer, default_timeout=-1)


def nudge(queue: QueueClass, *, if_idle: bool = False) -> bool:
    """Ask a worker to drain ``queue``. Never raises after a commit: the sweep does what is lost here.

    Messages do not pile up while no worker is there: each of them would drain everything.

    :param if_idle: only if no message waits already
    :return: whether a message is on its way
    """
    try:
        messages = rq_queue(queue, redis_client())
        if messages.count < (1 if if_idle else MAX_WAITING):
            messages.enqueue(DRAIN_PATH, args=(queue.value,), result_ttl=0, failure_ttl=3600, job_timeout=-1)
    except (RedisError, OSError) as exc:
        log.warning("queue.nudge_lost", queue=queue.value, error=type(exc).__name__)
        return False
    return True
