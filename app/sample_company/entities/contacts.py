"""Whoever gets in touch, and how."""

from datetime import datetime
from typing import NamedTuple


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
