"""Price book, membership types, units and staff."""

from app.sample_company import entities as e
from app.sample_company.shapes.shape import DATES, Kind, Shape, shape

_SKU = (
    ("Code", "code", "code", Kind.TEXT),
    ("Name", "name", "displayName", Kind.TEXT),
    ("Description", "description", "description", Kind.TEXT),
    ("Category", "category", "categories", Kind.TEXT),
    ("Price", "price", "price", Kind.MONEY),
    ("Member Price", "member_price", "memberPrice", Kind.MONEY),
    ("Cost", "cost", "cost", Kind.MONEY),
    ("Hours", "hours", "hours", Kind.NUMBER),
    ("Taxable", "taxable", "taxable", Kind.FLAG),
)

SHAPES: tuple[Shape, ...] = (
    shape("services", "Services", e.Sku, ("Service ID", "id", "id", Kind.ID), *_SKU, *DATES),
    shape("materials", "Materials", e.Sku, ("Material ID", "id", "id", Kind.ID), *_SKU,
        ("Unit", "unit", "unitOfMeasure", Kind.TEXT), *DATES),
    shape(
        "membership_types", "Membership Types", e.MembershipType,
        ("Membership Type ID", "id", "id", Kind.ID),
        ("Membership Type", "name", "name", Kind.TEXT),
        ("Duration (Months)", "duration", "durationBilling.duration", Kind.NUMBER),
        ("Billing Frequency", "billing_frequency", "durationBilling.billingFrequency", Kind.TEXT),
        ("Sale Price", "sale_price", "durationBilling.salePrice", Kind.MONEY),
        ("Discount", "discount", "discount", Kind.NUMBER),
        *DATES,
    ),
    shape(
        "business_units", "Business Units", e.BusinessUnit,
        ("Business Unit ID", "id", "id", Kind.ID),
        ("Business Unit", "name", "name", Kind.TEXT),
        ("Trade", "trade", "trade.name", Kind.TEXT),
        ("Email", "email", "email", Kind.TEXT),
        ("Phone", "phone", "phoneNumber", Kind.TEXT),
        *DATES,
    ),
    shape(
        "job_types", "Job Types", e.JobType,
        ("Job Type ID", "id", "id", Kind.ID),
        ("Job Type", "name", "name", Kind.TEXT),
        ("Business Unit ID", "business_unit_id", "businessUnitIds", Kind.ID),
        ("Priority", "priority", "priority", Kind.TEXT),
        ("Duration (Seconds)", "duration", "duration", Kind.NUMBER),
        ("No Charge", "no_charge", "noCharge", Kind.FLAG),
        *DATES,
    ),
    *(
        shape(
            data_type, label, e.Employee,
            (f"{label[:-1]} ID", "id", "id", Kind.ID),
            (label[:-1], "name", "name", Kind.TEXT),
            ("Role", "role", "role", Kind.TEXT),
            ("Business Unit ID", "business_unit_id", "businessUnitId", Kind.ID),
            ("Email", "email", "email", Kind.TEXT),
            ("Phone", "phone", "phoneNumber", Kind.TEXT),
            *DATES,
        )
        for data_type, label in (("technicians", "Technicians"), ("employees", "Employees"))
    ),
)  # fmt: skip
