"""Memberships that began."""

from app.metrics.metric import Direction, Metric, Unit
from app.metrics.sources import MEMBERSHIPS

METRIC = Metric(
    key="memberships_sold",
    title="Memberships begun",
    unit=Unit.COUNT,
    direction=Direction.UP,
    formula_version=1,
    formula="The number of memberships that began, whatever became of them later.",
    sources=(MEMBERSHIPS,),
)
