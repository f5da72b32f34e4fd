"""The health page's figures for Prometheus. Labels are words of ours, one of a few each: never a name that somebody gave something.

What is not known is left out, so that no alert rule takes it for a zero.
"""

from collections.abc import Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from app.queue import JobKind, QueueClass
from app.services.doctor.processes import SILENT_AFTER
from app.services.health_figures import Figures, Mails, Work, release, wanted_revisions

Labelled = tuple[tuple[str, ...], float]


def exposition_of(figures: Figures) -> str:
    """Text format 0.0.4."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_OneLook(figures))
    return generate_latest(registry).decode()


class _OneLook(Collector):
    """Figures that were collected already."""

    def __init__(self, figures: Figures) -> None:
        self.figures = figures

    def collect(self) -> Iterator[Metric]:
        yield from _build()
        for part in (_databases, _processes, _queues, _jobs, _mails, _disk, _proofs, _connectors):
            yield from part(self.figures)


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f"fivegate_{name}", words, value=value)


def _family(name: str, words: str, labels: tuple[str, ...], samples: Iterator[Labelled]) -> Metric:
    family = GaugeMetricFamily(f"fivegate_{name}", words, labels=labels)
    for values, value in samples:
        family.add_metric(values, value)
    return family


def _build() -> Iterator[Metric]:
    values = (release(), ",".join(sorted(wanted_revisions())))
    yield _family("build_info", "1; release, and the migration that it needs.", ("version", "migration"), iter([(values, 1)]))


def _databases(figures: Figures) -> Iterator[Metric]:
    up = (((name,), float(answers)) for name, answers in figures.answers.items())
    yield _family("database_up", "Whether the database answers.", ("database",), up)
    current = (((name,), float(found == wanted_revisions())) for name, found in figures.revisions.items() if found is not None)
    yield _family("database_migrated", "Whether the database has the tables of this release.", ("database",), current)
    if figures.transactions is not None and figures.transactions.oldest_seconds is not None:
        yield _gauge("oldest_transaction_seconds", "Age of the oldest transaction of anybody else.", figures.transactions.oldest_seconds)


def _processes(figures: Figures) -> Iterator[Metric]:
    workers, acting = figures.workers, figures.scheduler
    if workers is not None:
        yield _gauge("workers", "Workers that were at work in the last two minutes.", len(workers))
        served = (((queue.value,), float(sum(queue.value in each for each in workers))) for queue in QueueClass)
        yield _family("queue_workers", "Of these, workers that serve the queue.", ("queue",), served)
    if acting is not None:
        is_seen = acting.seen_at is not None and figures.now - acting.seen_at <= SILENT_AFTER
        holds = acting.leased_until is not None and acting.leased_until > figures.now
        yield _gauge("scheduler_up", "Whether a scheduler acts and holds the lease.", float(is_seen and holds))


def _queues(figures: Figures) -> Iterator[Metric]:
    if figures.work is None:
        return
    ages = (((queue.value,), _age(figures.now, work)) for queue, work in figures.work.items())
    yield _family("queue_age_seconds", "How long the oldest due job has waited; 0: none is due.", ("queue",), ages)
    due = (((queue.value,), float(work.due)) for queue, work in figures.work.items())
    yield _family("queue_jobs_due", "Jobs that are due and not taken up.", ("queue",), due)


def _age(now: datetime, waiting: Work | Mails) -> float:
    return max(0.0, (now - waiting.oldest_due).total_seconds()) if waiting.oldest_due is not None else 0.0


def _jobs(figures: Figures) -> Iterator[Metric]:
    if figures.jobs is None:
        return
    words = "Jobs that are open, and those that were parked or failed in the last 24 hours."
    samples = (((kind, status.value), float(number)) for (kind, status), number in sorted(figures.jobs.items()))
    yield _family("jobs", words, ("kind", "status"), samples)


def _mails(figures: Figures) -> Iterator[Metric]:
    mails = figures.mails
    if mails is None:
        return
    yield _gauge("mail_waiting", "Mails that wait for being sent.", mails.waiting)
    yield _gauge("mail_given_up", "Mails that could not be sent and were given up.", mails.given_up)
    yield _gauge("mail_age_seconds", "How long the oldest due mail has waited; 0: none is due.", _age(figures.now, mails))


def _disk(figures: Figures) -> Iterator[Metric]:
    samples = (((where,), float(free)) for where, free in figures.free.items() if free is not None)
    yield _family("disk_free_bytes", "Room on the disk of the data directory and of the uploaded files.", ("where",), samples)


def _proofs(figures: Figures) -> Iterator[Metric]:
    ended = figures.ended or {}
    names = {
        JobKind.PURGE: ("last_purge", "retention last removed what was over"),
        JobKind.VERIFY_AUDIT: ("last_audit_verification", "the whole audit trail was last verified"),
        JobKind.PROVE_POINTS: ("last_points_proof", "figures were last proved to equal their rows"),
        JobKind.PROVE_FACETS: ("last_facets_proof", "it was last proved that every change was noted"),
    }
    for kind, (name, words) in names.items():
        if kind in ended:
            yield _gauge(f"{name}_timestamp_seconds", f"When {words}.", ended[kind].at.timestamp())
            if kind is not JobKind.PURGE:
                yield _gauge(f"{name}_bad", f"What was found to be bad when {words}; 0: nothing.", ended[kind].bad)


def _connectors(figures: Figures) -> Iterator[Metric]:
    if figures.connectors is not None:
        samples = (((state.value,), float(number)) for state, number in figures.connectors.items())
        yield _family("connectors", "Connectors by what is true of them.", ("state",), samples)
