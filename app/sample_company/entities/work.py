"""Jobs and what follows from them in the field."""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple


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
