"""`flask worker`, `flask scheduler` and `flask jobs`."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

from flask import Flask

from app.clock import utc_now
from app.config import ROOT
from app.extensions import db
from app.models import JobStatus
from app.nudge import redis_client, rq_queue
from app.queue import QueueClass
from tests.support import factories
from tests.support.processes import PATIENCE, Background, environment, eventually


def test_worker_and_scheduler_end_by_themselves_when_told_to(background: Background) -> None:
    log = background.directory / "commands.log"
    where = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "FLASK_APP": "wsgi:app", **environment(background.settings)}
    with log.open("wb") as output:
        started = [
            subprocess.Popen([sys.executable, "-m", "flask", *command.split()], cwd=ROOT, env=where, stdout=output, stderr=output)
            for command in ("worker --queues interactive", "scheduler")
        ]
    try:
        eventually(lambda: "worker.started" in log.read_text() and "scheduler.acting" in log.read_text())
        for process in started:
            process.send_signal(signal.SIGINT)
        assert [process.wait(PATIENCE) for process in started] == [0, 0]
    finally:
        for process in started:
            process.kill()
            process.wait()
    assert "Traceback" not in log.read_text()


def test_a_queue_that_does_not_exist_is_named(app: Flask) -> None:
    result = app.test_cli_runner().invoke(args=["worker", "--queues", "interactive,speedy"])
    assert result.exit_code == 2
    assert "Name one or more of import, interactive, watch" in result.output


def test_jobs_are_listed_with_what_became_of_them(app: Flask) -> None:
    assert "There are no such jobs." in app.test_cli_runner().invoke(args=["jobs", "list"]).output
    job = factories.job(status=JobStatus.FAILED, open_key=None, error_note="The key is refused.")
    line = app.test_cli_runner().invoke(args=["jobs", "list", "--status", "failed"]).output
    assert job.public_id in line
    assert "The key is refused." in line


def test_stuck_jobs_are_put_back_by_hand(app: Flask) -> None:
    job = factories.job(status=JobStatus.RUNNING, lease_token="gone", started_at=utc_now(), leased_until=utc_now() - timedelta(minutes=1))
    waiting = factories.job(due_at=utc_now() - timedelta(minutes=1))
    assert app.test_cli_runner().invoke(args=["jobs", "requeue-stuck"]).exit_code == 0
    db.session.rollback()
    db.session.refresh(job)
    assert job.status is JobStatus.RETRYING
    assert waiting.status is JobStatus.QUEUED
    assert rq_queue(QueueClass.INTERACTIVE, redis_client()).count == 1
