"""What the company's records are. Plain immutable tuples: a million of them a minute must not cost much.

Each has `id`, `modified_on` and `active`; instants are aware and in UTC, days are local dates, money is Decimal. `truth` tells what a
lead really is; no export shows it.
"""

from app.sample_company.entities.billing import Invoice, InvoiceItem, Payment
from app.sample_company.entities.contacts import Booking, Call, Customer, Form, Lead
from app.sample_company.entities.settings import BusinessUnit, Campaign, CampaignCost, Employee, JobType, MembershipType, Sku
from app.sample_company.entities.work import Assignment, Estimate, EstimateItem, Job, Membership, Review, Split, Timesheet

__all__ = [
    "DUPLICATE", "GENUINE", "INTERNAL", "SPAM", "TEST", "Assignment", "Booking", "BusinessUnit", "Call", "Campaign", "CampaignCost",
    "Customer", "Employee", "Estimate", "EstimateItem", "Form", "Invoice", "InvoiceItem", "Job", "JobType", "Lead", "Membership",
    "MembershipType", "Payment", "Review", "Sku", "Split", "Timesheet",
]  # fmt: skip

GENUINE, TEST, SPAM, INTERNAL, DUPLICATE = "genuine", "test", "spam", "internal", "duplicate"
