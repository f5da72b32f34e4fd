"""What customers agreed to."""

from dataclasses import replace

from app.metrics.metric import Direction, Measure, Metric, Unit
from app.metrics.sources import ESTIMATES

METRIC = Metric(
    key="estimates_sold_amount",
    title="Estimates sold",
    unit=Unit.MONEY,
    direction=Direction.UP,
    formula_version=1,
    formula="The sum of the estimates that the source marks as sold, before tax.",
    sources=(replace(ESTIMATES, statuses=("sold",)),),
    measure=Measure.AMOUNT,
)
