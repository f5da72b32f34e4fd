"""Memberships that customers bought."""

from app.metrics.metric import Direction, Metric, Unit
from app.metrics.sources import MEMBERSHIPS

METRIC = Metric(
    key="memberships_sold",
    title="Memberships sold",
    unit=Unit.COUNT,
    direction=Direction.UP,
    formula_version=1,
    formula="The number of memberships that were entered, whatever became of them later.",
    sources=(MEMBERSHIPS,),
)
