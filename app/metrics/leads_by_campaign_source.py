"""Where leads came from: a line for each signal kind and campaign, and no total, because a call is no form."""

from dataclasses import replace

from app.metrics.metric import Breakdown, Direction, Metric, Unit
from app.metrics.sources import BOOKINGS, CALLS, FORMS, LEADS

METRIC = Metric(
    key="leads_by_campaign_source",
    title="Leads by campaign source",
    unit=Unit.COUNT,
    direction=Direction.UP,
    formula_version=1,
    formula=(
        "The number of leads of each kind and campaign. A call counts if it could have been booked, "
        "which are those that the source marks as booked or unbooked."
    ),
    sources=(replace(CALLS, statuses=("booked", "unbooked")), BOOKINGS, LEADS, FORMS),
    breakdown=Breakdown.CAMPAIGN,
)
