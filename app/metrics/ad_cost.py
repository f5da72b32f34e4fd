"""What ads cost."""

from app.metrics.metric import Direction, Measure, Metric, Unit
from app.metrics.sources import AD_CLICKS

METRIC = Metric(
    key="ad_cost",
    title="Cost of ads",
    unit=Unit.MONEY,
    direction=Direction.NEITHER,
    formula_version=1,
    formula="The sum of what clicks on ads cost, as the platforms say.",
    sources=(AD_CLICKS,),
    measure=Measure.AMOUNT,
)
