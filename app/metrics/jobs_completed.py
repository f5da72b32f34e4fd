"""Jobs that were done."""

from dataclasses import replace

from app.metrics.metric import Direction, Metric, Unit
from app.metrics.sources import JOBS

METRIC = Metric(
    key="jobs_completed",
    title="Jobs completed",
    unit=Unit.COUNT,
    direction=Direction.UP,
    formula_version=1,
    formula="The number of jobs that the source marks as completed.",
    sources=(replace(JOBS, statuses=("completed",), date_label="day the job was completed"),),
)
