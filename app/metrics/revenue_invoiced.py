"""What was invoiced, as context: it is no cash and no profit."""

from app.metrics.metric import Direction, Measure, Metric, Unit
from app.metrics.sources import INVOICES

METRIC = Metric(
    key="revenue_invoiced",
    title="Revenue invoiced",
    unit=Unit.MONEY,
    direction=Direction.UP,
    formula_version=1,
    formula="The sum of the invoices' totals, tax included; adjustments below zero take away.",
    sources=(INVOICES,),
    measure=Measure.AMOUNT,
)
