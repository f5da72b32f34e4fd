"""How figures, their lines and their dates are said, in the console and to clients. What is unknown is a dash, never a nought."""

from decimal import Decimal

from app.metrics.metric import Breakdown, Metric, Unit
from app.metrics.movement import in_words
from app.models import DirtyCause

NO_VALUE = {Breakdown.CAMPAIGN: "No campaign named", Breakdown.STATUS: "No outcome named", Breakdown.NOTHING: ""}
KINDS = {
    "phone_call": "Phone calls",
    "form_lead": "Form leads",
    "marketplace_lead": "Marketplace leads",
    "booking": "Bookings",
    "ad_click": "Ad clicks",
    "search_click": "Search clicks",
    "crm_job": "CRM jobs",
    "invoice": "Invoices",
    "payment": "Payments",
    "estimate": "Estimates",
    "review": "Reviews",
    "membership": "Memberships",
}
CAUSES = {
    DirtyCause.SOURCE: "The source changed its rows",
    DirtyCause.MAP: "The field map changed",
    DirtyCause.RULES: "The lead rules or a verdict changed",
    DirtyCause.REVERSAL: "A batch was taken back",
}


def parts_in_words(metric: Metric, num: Decimal | None, den: Decimal | None, currency: str) -> str:
    """What a stored day was: a ratio with what it was made of; *no rows* where there was none."""
    if num is None:
        return "no rows"
    if metric.unit is Unit.RATIO:
        return f"{num:,.0f} of {den or 0:,.0f}"
    return in_words(metric, num, currency=currency)


def kind_label(signal_kind: str) -> str:
    return KINDS.get(signal_kind) or signal_kind.replace("_", " ").capitalize()


def line_label(metric: Metric, dim: str) -> str:
    """The line of a metric with lines, by itself."""
    if not dim:
        return NO_VALUE[metric.breakdown]
    return dim.replace("_", " ").capitalize() if metric.breakdown is Breakdown.STATUS else dim


def cause_in_words(cause: DirtyCause) -> str:
    return CAUSES[cause]
