"""Data types as formulas name them. The catalog of the imports says the same of its side; a test compares."""

from app.metrics.metric import Source

CALLS = Source("calls", "calls", "phone_call", is_lead=True, date_label="day the call came in")
BOOKINGS = Source("bookings", "bookings", "booking", is_lead=True, date_label="day the booking was made")
LEADS = Source("leads", "marketplace leads", "marketplace_lead", is_lead=True, date_label="day the lead came in")
FORMS = Source("forms", "form leads", "form_lead", is_lead=True, date_label="day the form was sent")
JOBS = Source("jobs", "jobs", "crm_job", date_label="day the job was completed or canceled")
INVOICES = Source("invoices", "invoices", "invoice", date_label="date on the invoice")
PAYMENTS = Source("payments", "payments", "payment", date_label="day of the payment")
ESTIMATES = Source("estimates", "estimates", "estimate", date_label="day the estimate was sold")
MEMBERSHIPS = Source(
    "customer_memberships", "memberships", "membership", date_label="day the membership was entered, or else its first day"
)
REVIEWS = Source("reviews", "reviews", "review", has_active=False, date_label="day the review was published")
AD_CLICKS = Source("ad_clicks", "ad clicks", "ad_click", has_active=False, date_label="day of the clicks, as the platform counts days")

SOURCES = (CALLS, BOOKINGS, LEADS, FORMS, JOBS, INVOICES, PAYMENTS, ESTIMATES, MEMBERSHIPS, REVIEWS, AD_CLICKS)
SIGNAL_KINDS = {source.data_type: source.signal_kind for source in SOURCES}
LEAD_DATA_TYPES = frozenset(source.data_type for source in SOURCES if source.is_lead)
"""Rows of these are in ``crm_leads``, of all others in ``crm_records``."""
