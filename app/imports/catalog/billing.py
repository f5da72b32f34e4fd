"""Invoices, their items and payments; customers and their memberships; the price book."""

from __future__ import annotations

from app.imports.catalog.making import (
    ACTIVE,
    BUSINESS_UNIT_ID,
    CUSTOMER_ID,
    EMAIL,
    INVOICE_ID,
    JOB_ID,
    JOB_NUMBER,
    LOCATION_ID,
    MEMO,
    PHONE_TITLES,
    PLACE,
    SUMMARY,
    TECHNICIAN_ID,
    TIMES,
    business_unit,
    campaign,
    customer,
    day,
    employee,
    flag,
    job_type,
    money,
    number,
    other_id,
    own_id,
    personal,
    status,
    target,
    text,
)
from app.imports.catalog.targets import DataType, TargetKind, word_list

_POSTED = word_list(("pending", "posted", "exported"))

INVOICES = DataType(
    "invoices", "Invoices", "records", "invoice",
    (
        own_id("Invoice ID", "id"), text("number", "Invoice number", "referenceNumber", "number", "invoice #", "reference number"),
        day("invoice_date", "Invoice date", "invoiceDate", "date", "invoiced on", column="local_date",
            says="The date on the invoice: figures count it on this day."),
        day("due_date", "Due date", "dueDate"), day("paid_on", "Paid on", "paidOn", "paid date"),
        money("sub_total", "Subtotal", "subTotal", "sub total", "invoice subtotal"), money("sales_tax", "Sales tax", "salesTax", "tax"),
        money("amount", "Total", "invoice total", "amount", "grand total", column="amount",
              says="What the invoice comes to, tax included."),
        money("balance", "Balance", "balance due", "invoice balance"),
        money("discount_total", "Discount total", "discountTotal", "discount"),
        CUSTOMER_ID, customer("bill to"), LOCATION_ID, BUSINESS_UNIT_ID, business_unit("invoice business unit"),
        JOB_ID, JOB_NUMBER, job_type(), campaign("job campaign"),
        employee("Employee", "employeeInfo.name", "technician", "assignedTo.name"),
        other_id("adjustment_to_id", "Adjustment to ID", "adjustmentToId"),
        status(_POSTED, "syncStatus", "sync status", "invoice status"), text("invoice_type", "Invoice type", "invoiceType.name", "type"),
        text("sent_status", "Sent status", "sentStatus"), text("review_status", "Review status", "reviewStatus"),
        SUMMARY, *TIMES, ACTIVE,
    ),
    day=("invoice_date", "created_on"), note="Adjustments are invoices of their own, with amounts below zero.",
)  # fmt: skip

INVOICE_ITEMS = DataType(
    "invoice_items", "Invoice items", "records", "invoice_item",
    (
        own_id("Invoice item ID", "id", "item id"), INVOICE_ID, other_id("sku_id", "Item ID", "skuId"),
        text("sku", "Item code", "skuName"), text("sku_label", "Item name", "displayName"),
        text("description", "Description", "item description"), text("item_type", "Item type", "type"),
        number("quantity", "Quantity", "qty"), number("price", "Price", "unit price"),
        money("amount", "Total", "item total", "amount", column="amount", says="What the line comes to."),
        number("cost", "Cost", "unit cost"), money("total_cost", "Total cost", "totalCost"), flag("taxable", "Taxable"),
        BUSINESS_UNIT_ID, business_unit(), TECHNICIAN_ID,
        employee("Technician", "technicianName", "technician.name", second_best=("technician id",)), number("order", "Order"),
        day("service_date", "Service date", "serviceDate", column="local_date", says="The day of the work."), *TIMES, ACTIVE,
    ),
    day=("service_date", "created_on"),
)  # fmt: skip

PAYMENTS = DataType(
    "payments", "Payments", "records", "payment",
    (
        own_id("Payment ID", "id"), text("payment_type", "Payment type", "type", "method", "payment method"),
        day("paid_on", "Paid on", "date", "payment date", "paid date", column="local_date", says="The day of the payment."),
        money("amount", "Amount", "total", "payment amount", "paid amount", column="amount", says="What was paid; refunds are below zero."),
        money("unapplied", "Unapplied amount", "unappliedAmount", "unapplied"),
        other_id("invoice_id", "Invoice ID", "appliedTo.appliedTo", "appliedTo"),
        text("invoice_number", "Invoice number", "appliedTo.appliedToReferenceNumber", "appliedToReferenceNumber"),
        CUSTOMER_ID, customer(), BUSINESS_UNIT_ID, business_unit(), status(_POSTED, "syncStatus", "payment status"),
        text("number", "Reference number", "referenceNumber", "payment number"), MEMO, *TIMES, ACTIVE,
    ),
    day=("paid_on", "created_on"),
)  # fmt: skip

CUSTOMERS = DataType(
    "customers", "Customers", "records", "customer",
    (
        own_id("Customer ID", "id"), customer("name", "full name"), text("customer_type", "Customer type", "type"), *PLACE,
        personal("phone", "Phone", *PHONE_TITLES), EMAIL,
        flag("do_not_mail", "Do not mail", "doNotMail"), flag("do_not_service", "Do not service", "doNotService"),
        flag("tax_exempt", "Tax exempt", "taxExempt"), money("balance", "Balance", "customer balance"),
        other_id("merged_to_id", "Merged to ID", "mergedToId"), campaign(), *TIMES, ACTIVE,
    ),
    day=("created_on",),
)  # fmt: skip

_TERMS = word_list(("active", "suspended", "expired", "canceled", "deleted"), cancelled="canceled")
CUSTOMER_MEMBERSHIPS = DataType(
    "customer_memberships", "Customer memberships", "records", "membership",
    (
        own_id("Membership ID", "id", "customer membership id"), CUSTOMER_ID, customer(),
        other_id("membership_type_id", "Membership type ID", "membershipTypeId"),
        target(TargetKind.TEXT, "job_type", "Membership type", "membershipType.name", "membership name", "type", column="job_type",
               says="The kind of membership.", second_best=("membership type id",)),
        BUSINESS_UNIT_ID, business_unit(), status(_TERMS, "membership status", says="Whether the membership runs, and if not, why."),
        text("billing_frequency", "Billing frequency", "billingFrequency"), number("duration", "Duration (months)", "duration"),
        day("from", "From", "start date", "starts on"), day("to", "To", "end date", "expires on", "expiration date"),
        day("canceled_on", "Cancellation date", "cancellationDate", "canceled on"),
        employee("Sold by", "soldBy.name", "sold by name", second_best=("sold by id",)), other_id("sold_by_id", "Sold by ID", "soldById"),
        money("amount", "Sale price", "price", "amount", column="amount", says="What the membership was sold for."),
        LOCATION_ID, MEMO, *TIMES, ACTIVE,
    ),
    day=("created_on", "from"), note="A membership counts on the day it was sold, which is when it was entered; else on its first day.",
)  # fmt: skip

MEMBERSHIP_TYPES = DataType(
    "membership_types", "Membership types", "records", "membership_type",
    (
        own_id("Membership type ID", "id"), text("name", "Membership type", "name", "membership type name", "displayName"),
        number("duration", "Duration (months)", "durationBilling.duration", "duration"),
        text("billing_frequency", "Billing frequency", "durationBilling.billingFrequency", "billingFrequency"),
        money("amount", "Sale price", "durationBilling.salePrice", "price", column="amount", says="What it is sold for."),
        number("discount", "Discount"), *TIMES, ACTIVE,
    ),
    day=("created_on",), day_is_needed=False,
)  # fmt: skip

_SKU = (
    text("code", "Code", "sku"), text("name", "Name", "displayName"), text("description", "Description"),
    text("category", "Category", "categories", "category name"),
    money("amount", "Price", "unit price", column="amount", says="The list price."), money("member_price", "Member price", "memberPrice"),
    money("cost", "Cost"), number("hours", "Hours"), flag("taxable", "Taxable"),
)  # fmt: skip
SERVICES = DataType(
    "services", "Services", "records", "service", (own_id("Service ID", "id"), *_SKU, *TIMES, ACTIVE),
    day=("created_on",), day_is_needed=False,
)  # fmt: skip
MATERIALS = DataType(
    "materials", "Materials", "records", "material",
    (own_id("Material ID", "id"), *_SKU, text("unit", "Unit", "unitOfMeasure", "unit of measure"), *TIMES, ACTIVE),
    day=("created_on",), day_is_needed=False,
)  # fmt: skip

DATA_TYPES = (INVOICES, INVOICE_ITEMS, PAYMENTS, CUSTOMERS, CUSTOMER_MEMBERSHIPS, MEMBERSHIP_TYPES, SERVICES, MATERIALS)
