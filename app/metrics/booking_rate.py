"""How many of the calls that could have been booked were booked."""

from dataclasses import replace

from app.metrics.metric import Direction, Metric, Unit
from app.metrics.sources import CALLS

METRIC = Metric(
    key="booking_rate",
    title="Booking rate",
    unit=Unit.RATIO,
    direction=Direction.UP,
    formula_version=1,
    formula="Booked calls divided by all calls that could have been booked, which are the booked and the unbooked ones.",
    sources=(replace(CALLS, statuses=("booked", "unbooked")),),
    counted=("booked",),
)
