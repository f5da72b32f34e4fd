"""Reviews that customers wrote."""

from app.metrics.metric import Direction, Metric, Unit
from app.metrics.sources import REVIEWS

METRIC = Metric(
    key="reviews_received",
    title="Reviews received",
    unit=Unit.COUNT,
    direction=Direction.UP,
    formula_version=1,
    formula="The number of reviews that were published, good and bad ones alike.",
    sources=(REVIEWS,),
)
