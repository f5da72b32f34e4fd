"""How jobs ended: completed and canceled beside each other, never added up."""

from dataclasses import replace

from app.metrics.metric import Breakdown, Direction, Metric, Unit
from app.metrics.sources import JOBS

METRIC = Metric(
    key="job_outcomes",
    title="Job outcomes",
    unit=Unit.COUNT,
    direction=Direction.NEITHER,
    formula_version=1,
    formula="The number of jobs that were completed, and the number of jobs that were canceled.",
    sources=(replace(JOBS, statuses=("completed", "canceled")),),
    breakdown=Breakdown.STATUS,
)
