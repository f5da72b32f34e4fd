"""Calls that became a booking."""

from dataclasses import replace

from app.metrics.metric import Direction, Metric, Unit
from app.metrics.sources import CALLS

METRIC = Metric(
    key="booked_calls",
    title="Booked calls",
    unit=Unit.COUNT,
    direction=Direction.UP,
    formula_version=1,
    formula="The number of calls that the source marks as booked.",
    sources=(replace(CALLS, statuses=("booked",)),),
)
