"""What the company's records are. Plain immutable tuples: a million of them a minute must not cost much.

Each has `id`, `modified_on` and `active`; instants are aware and in UTC, days are local dates, money is Decimal. `truth` tells what a
lead really is; no export shows it.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

GENUINE, TEST, SPAM, INTERNAL, DUPLICATE = "genuine", "test", "spam", "internal", "duplicate"


class BusinessUnit(NamedTuple):
    id: int
    name: str
    trade: str
    email: str
    phone: str
    created_on: datetime
    modified_on: datetime
    active: bool


class JobType(NamedTuple):
    id: int
    name: str
    business_unit_id: int
    priority: str
    duration: int
    no_charge: bool
    created_on: datetime
    modified_on: datetime
    active: bool


class Employee(NamedTuple):
    """Somebody in the office, or a technician (`role` says which)."""

    id: int
    name: str
    role: str
    business_unit_id: int | None
    email: str
    phone: str
    created_on: datetime
    modified_on: datetime
    active: bool


class Campaign(NamedTuple):
    id: int
    name: str
    category: str
    source: str
    medium: str
    phone: str
    is_default: bool
    created_on: datetime
    modified_on: datetime
    active: bool


class CampaignCost(NamedTuple):
    """One campaign in one month. The source gives it neither dates nor a flag; `modified_on` and `active` are ours, for the order."""

    id: int
    campaign_id: int
    campaign_name: str
    year: int
    month: int
    daily_cost: Decimal
    modified_on: datetime
    active: bool


class Customer(NamedTuple):
    id: int
    name: str
    type: str
    street: str
    city: str
    state: str
    zip: str
    phone: str
    email: str
    do_not_mail: bool
    do_not_service: bool
    created_on: datetime
    modified_on: datetime
    active: bool
    merged_to_id: int | None


class Call(NamedTuple):
    id: int
    received_on: datetime
    duration: str
    direction: str
    from_phone: str
    to_phone: str
    call_type: str | None
    booked: bool
    reason: str | None
    is_lead: bool
    customer_id: int | None
    customer_name: str | None
    campaign_id: int | None
    campaign_name: str | None
    business_unit_name: str | None
    job_id: int | None
    job_number: str | None
    agent_id: int | None
    agent_name: str | None
    memo: str
    tag: str
    created_on: datetime
    modified_on: datetime
    active: bool
    truth: str
    duplicate_of: int | None


class Booking(NamedTuple):
    """A request in the call center's queue: from the website's scheduler, or taken down by the answering service (`call_id`)."""

    id: int
    source: str
    name: str
    phone: str
    email: str
    street: str
    city: str
    state: str
    zip: str
    customer_type: str
    start: datetime
    campaign_id: int
    campaign_name: str
    business_unit_id: int | None
    job_type_id: int | None
    is_first_time: bool
    status: str
    priority: str
    job_id: int | None
    external_id: str
    summary: str
    created_on: datetime
    modified_on: datetime
    active: bool
    call_id: int | None
    truth: str
    duplicate_of: int | None


class Lead(NamedTuple):
    """A lead bought on a marketplace. `duplicate_of` is the first lead of the same person."""

    id: int
    status: str
    priority: str
    customer_id: int | None
    campaign_id: int
    campaign_name: str
    business_unit_id: int | None
    job_type_id: int | None
    name: str
    phone: str
    email: str
    city: str
    state: str
    zip: str
    capture_source: str
    summary: str
    created_on: datetime
    modified_on: datetime
    active: bool
    truth: str
    duplicate_of: int | None


class Form(NamedTuple):
    """What somebody sent from a form of the website. `call_id` is the call that said the same thing before."""

    id: str
    submitted_on: datetime
    form: str
    page: str
    campaign_id: int
    campaign_name: str
    name: str
    phone: str
    email: str
    city: str
    zip: str
    message: str
    status: str
    lead_id: int | None
    modified_on: datetime
    active: bool
    truth: str
    call_id: int | None


class Job(NamedTuple):
    id: int
    number: str
    customer_id: int
    location_id: int
    status: str
    scheduled_on: datetime
    completed_on: datetime | None
    canceled_on: datetime | None
    cancel_reason: str | None
    business_unit_id: int
    business_unit_name: str
    job_type_id: int
    job_type_name: str
    priority: str
    campaign_id: int
    campaign_name: str
    appointment_id: int
    no_charge: bool
    lead_call_id: int | None
    booking_id: int | None
    membership_id: int | None
    invoice_id: int | None
    total: Decimal | None
    summary: str
    created_on: datetime
    modified_on: datetime
    active: bool


class Invoice(NamedTuple):
    id: int
    number: str
    invoice_date: date
    due_date: date
    sub_total: Decimal
    sales_tax: Decimal
    total: Decimal
    balance: Decimal
    discount_total: Decimal
    customer_id: int
    customer_name: str
    business_unit_id: int
    business_unit_name: str
    job_id: int
    job_number: str
    job_type: str
    adjustment_to_id: int | None
    sent_status: str
    review_status: str
    paid_on: date | None
    summary: str
    created_on: datetime
    modified_on: datetime
    active: bool


class InvoiceItem(NamedTuple):
    id: int
    invoice_id: int
    sku_id: int
    sku_name: str
    description: str
    type: str
    quantity: Decimal
    price: Decimal
    total: Decimal
    cost: Decimal
    total_cost: Decimal
    taxable: bool
    business_unit_name: str
    technician_id: int | None
    order: int
    service_date: date
    created_on: datetime
    modified_on: datetime
    active: bool


class Payment(NamedTuple):
    id: int
    type: str
    date: date
    total: Decimal
    unapplied: Decimal
    invoice_id: int
    invoice_number: str
    customer_id: int
    customer_name: str
    business_unit_name: str
    memo: str
    created_on: datetime
    modified_on: datetime
    active: bool


class Estimate(NamedTuple):
    id: int
    job_id: int
    job_number: str
    customer_id: int
    name: str
    status: str
    subtotal: Decimal
    tax: Decimal
    sold_on: datetime | None
    sold_by: int | None
    business_unit_id: int
    business_unit_name: str
    is_recommended: bool
    summary: str
    created_on: datetime
    modified_on: datetime
    active: bool


class EstimateItem(NamedTuple):
    """The source names no estimate in the item itself: it comes from the request that lists an estimate's items."""

    id: int
    estimate_id: int
    sku_id: int
    sku_name: str
    sku_type: str
    description: str
    quantity: Decimal
    unit_rate: Decimal
    total: Decimal
    unit_cost: Decimal
    total_cost: Decimal
    created_on: datetime
    modified_on: datetime
    active: bool


class MembershipType(NamedTuple):
    id: int
    name: str
    duration: int
    billing_frequency: str
    sale_price: Decimal
    discount: Decimal
    created_on: datetime
    modified_on: datetime
    active: bool


class Membership(NamedTuple):
    id: int
    customer_id: int
    membership_type_id: int
    business_unit_id: int
    status: str
    billing_frequency: str
    duration: int
    start_on: date
    end_on: date | None
    canceled_on: date | None
    sold_by_id: int | None
    memo: str
    created_on: datetime
    modified_on: datetime
    active: bool


class Assignment(NamedTuple):
    id: int
    job_id: int
    appointment_id: int
    technician_id: int
    technician_name: str
    assigned_by_id: int
    assigned_on: datetime
    status: str
    is_paused: bool
    created_on: datetime
    modified_on: datetime
    active: bool


class Split(NamedTuple):
    id: int
    job_id: int
    technician_id: int
    split: Decimal
    created_on: datetime
    modified_on: datetime
    active: bool


class Timesheet(NamedTuple):
    id: int
    job_id: int
    appointment_id: int
    technician_id: int
    dispatched_on: datetime | None
    arrived_on: datetime | None
    canceled_on: datetime | None
    done_on: datetime | None
    created_on: datetime
    modified_on: datetime
    active: bool


class Review(NamedTuple):
    id: int
    platform: str
    published_on: datetime
    rating: int
    author_name: str
    author_email: str
    text: str
    response: str
    job_id: int
    job_type_name: str
    customer_id: int
    customer_name: str
    technician_id: int
    technician_name: str
    business_unit_id: int
    completed_on: datetime
    created_on: datetime
    modified_on: datetime
    active: bool


class Sku(NamedTuple):
    """A service or a material of the price book."""

    id: int
    code: str
    name: str
    description: str
    category: str
    price: Decimal
    member_price: Decimal
    cost: Decimal
    hours: Decimal
    unit: str
    taxable: bool
    created_on: datetime
    modified_on: datetime
    active: bool
