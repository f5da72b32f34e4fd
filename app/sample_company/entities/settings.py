"""Units, staff, price book and campaigns."""

from datetime import datetime
from decimal import Decimal
from typing import NamedTuple


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
