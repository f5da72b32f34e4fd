"""How figures, their lines and their dates are said on pages. What is unknown is a dash, never a nought."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from app.metrics.metric import Breakdown, Metric, Unit
from app.metrics.movement import in_words
from app.metrics.parts import Parts
from app.models import DirtyCause, Surface

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


def made_of(metric: Metric, parts: Parts | None) -> str:
    """What is above and below the line of a ratio; empty for other figures."""
    if parts is None or metric.unit is not Unit.RATIO:
        return ""
    return f"{parts.num:,.0f} of {parts.den or 0:,.0f}"


def kind_label(signal_kind: str) -> str:
    return KINDS.get(signal_kind) or signal_kind.replace("_", " ").capitalize()


def line_label(metric: Metric, dim: str) -> str:
    """The line of a metric with lines, by itself."""
    if not dim:
        return NO_VALUE[metric.breakdown]
    return dim.replace("_", " ").capitalize() if metric.breakdown is Breakdown.STATUS else dim


def cause_in_words(cause: DirtyCause) -> str:
    return CAUSES[cause]


def surfaces_in_words(surfaces: Iterable[Surface]) -> str:
    labels = [surface.label for surface in surfaces]
    return ", ".join([labels[0], *[label.lower() for label in labels[1:]]]) if labels else "Nowhere yet"


def list_in_words(words: Sequence[str]) -> str:
    """``calls, forms and leads``."""
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)
