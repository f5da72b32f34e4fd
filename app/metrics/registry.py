"""Every metric, in the order of pages. Keys outlive releases: never rename one."""

from app.metrics import (
    ad_cost,
    booked_calls,
    booking_rate,
    estimates_sold_amount,
    job_outcomes,
    jobs_completed,
    leads_by_campaign_source,
    memberships_sold,
    payments_received,
    revenue_invoiced,
    reviews_received,
)
from app.metrics.metric import Metric

METRICS: tuple[Metric, ...] = (
    booked_calls.METRIC,
    booking_rate.METRIC,
    revenue_invoiced.METRIC,
    leads_by_campaign_source.METRIC,
    job_outcomes.METRIC,
    jobs_completed.METRIC,
    estimates_sold_amount.METRIC,
    payments_received.METRIC,
    memberships_sold.METRIC,
    reviews_received.METRIC,
    ad_cost.METRIC,
)
_BY_KEY = {metric.key: metric for metric in METRICS}


def metric_of(key: str) -> Metric:
    """:raises KeyError: if there is none"""
    return _BY_KEY[key]


def metrics_of(data_type: str) -> tuple[Metric, ...]:
    """Those that are counted from a data type."""
    return tuple(metric for metric in METRICS if data_type in metric.data_types)
