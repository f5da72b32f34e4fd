"""What customers paid."""

from app.metrics.metric import Direction, Measure, Metric, Unit
from app.metrics.sources import PAYMENTS

METRIC = Metric(
    key="payments_received",
    title="Payments received",
    unit=Unit.MONEY,
    direction=Direction.UP,
    formula_version=1,
    formula="The sum of the payments' amounts; refunds below zero take away.",
    sources=(PAYMENTS,),
    measure=Measure.AMOUNT,
)
