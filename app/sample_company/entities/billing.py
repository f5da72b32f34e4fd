"""Invoices, their items and payments."""

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple


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
