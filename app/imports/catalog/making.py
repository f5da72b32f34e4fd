"""Short ways to write targets down."""

from __future__ import annotations

from collections.abc import Mapping

from app.imports.catalog.targets import Target, TargetKind, squashed
from app.models.field_maps import PrivacyClass

INTERNAL, PERSONAL = PrivacyClass.INTERNAL, PrivacyClass.PERSONAL


def target(
    kind: TargetKind,
    key: str,
    label: str,
    *synonyms: str,
    column: str = "",
    says: str = "",
    needed: bool = False,
    privacy: PrivacyClass = INTERNAL,
    words: Mapping[str, str] | None = None,
    second_best: tuple[str, ...] = (),
) -> Target:
    titles = dict.fromkeys(squashed(title) for title in (label, *synonyms, key))
    return Target(
        key=key,
        label=label,
        column=column,
        kind=kind,
        synonyms=tuple(titles),
        mandatory=needed,
        privacy=privacy,
        explanation=says or f"{label}, as the export gives it.",
        words=words or {},
        second_best=tuple(squashed(title) for title in second_best),
    )


def own_id(label: str, *synonyms: str, needed: bool = True) -> Target:
    says = "The number under which the source keeps it. It tells a correction from a new one."
    return target(TargetKind.ID, "external_id", label, *synonyms, column="external_id", says=says, needed=needed)


def other_id(key: str, label: str, *synonyms: str) -> Target:
    return target(TargetKind.ID, key, label, *synonyms, says=f"{label}: a number that leads to another record of the source.")


def text(key: str, label: str, *synonyms: str, says: str = "") -> Target:
    return target(TargetKind.TEXT, key, label, *synonyms, says=says)


def personal(key: str, label: str, *synonyms: str, says: str = "") -> Target:
    says = says or f"{label}. It is kept for staff alone and shown on no report."
    return target(TargetKind.TEXT, key, label, *synonyms, says=says, privacy=PERSONAL)


def money(key: str, label: str, *synonyms: str, column: str = "", says: str = "") -> Target:
    return target(TargetKind.MONEY, key, label, *synonyms, column=column, says=says)


def number(key: str, label: str, *synonyms: str) -> Target:
    return target(TargetKind.NUMBER, key, label, *synonyms)


def flag(key: str, label: str, *synonyms: str) -> Target:
    return target(TargetKind.FLAG, key, label, *synonyms)


def instant(key: str, label: str, *synonyms: str, column: str = "", says: str = "") -> Target:
    return target(TargetKind.INSTANT, key, label, *synonyms, column=column, says=says)


def day(key: str, label: str, *synonyms: str, column: str = "", says: str = "") -> Target:
    return target(TargetKind.DAY, key, label, *synonyms, column=column, says=says)


def status(words: Mapping[str, str], *synonyms: str, label: str = "Status", says: str = "") -> Target:
    says = says or "How far it has come, in the words of the source."
    return target(TargetKind.WORD, "status", label, *synonyms, column="status", says=says, words=words)


def campaign(*synonyms: str) -> Target:
    says = "The campaign that the source credits with it."
    titles = ("campaign.name", "campaignName", *synonyms)
    second = ("campaign id", "campaign.id")
    return target(TargetKind.TEXT, "campaign", "Campaign", *titles, column="campaign", says=says, second_best=second)


def business_unit(*synonyms: str) -> Target:
    says = "The part of the company that it belongs to."
    titles = ("businessUnit.name", "businessUnitName", *synonyms)
    second = ("business unit id", "businessUnit.id")
    return target(TargetKind.TEXT, "business_unit", "Business unit", *titles, column="business_unit", says=says, second_best=second)


def job_type(*synonyms: str) -> Target:
    says = "The kind of work."
    titles = ("jobType.name", "jobTypeName", "job.type", *synonyms)
    second = ("job type id", "jobType.id")
    return target(TargetKind.TEXT, "job_type", "Job type", *titles, column="job_type", says=says, second_best=second)


def employee(label: str, *synonyms: str, second_best: tuple[str, ...] = ()) -> Target:
    says = "Whose work it was, for staff alone."
    titles = ("employee", "employee.name", "employeeName", *synonyms)
    return target(
        TargetKind.TEXT, "employee", label, *titles, column="employee", says=says, privacy=PERSONAL, second_best=second_best
    )  # fmt: skip


def customer(*synonyms: str) -> Target:
    says = "Whom it was for. It is kept for staff alone and shown on no report."
    titles = ("customer.name", "customer", *synonyms)
    second = ("customer id", "customer.id")
    return target(
        TargetKind.TEXT, "customer", "Customer name", *titles, column="customer", says=says, privacy=PERSONAL, second_best=second
    )  # fmt: skip


CAMPAIGN_ID = other_id("campaign_id", "Campaign ID", "campaign.id")
BUSINESS_UNIT_ID = other_id("business_unit_id", "Business unit ID", "businessUnit.id")
JOB_TYPE_ID = other_id("job_type_id", "Job type ID", "jobType.id")
CUSTOMER_ID = other_id("customer_id", "Customer ID", "customer.id")
LOCATION_ID = other_id("location_id", "Location ID", "location.id")
JOB_ID = other_id("job_id", "Job ID", "job.id")
JOB_NUMBER = text("job_number", "Job number", "job.number", "job #")
INVOICE_ID = other_id("invoice_id", "Invoice ID", "invoice.id")
TECHNICIAN_ID = other_id("technician_id", "Technician ID", "technician.id")
SUMMARY = personal("summary", "Summary", "job summary", "invoice summary", says="What was written down about it, for staff alone.")
MEMO = personal("memo", "Memo", "note", "notes", says="What was written down about it, for staff alone.")
PRIORITY = text("priority", "Priority")

CREATED = instant("created_on", "Created on", "created date", "date created", "creation date", "created at", says="When it was entered.")
MODIFIED = instant(
    "modified_on", "Modified on", "modified date", "last modified", "updated on", "updated at", says="When it was last changed."
)  # fmt: skip
ACTIVE = target(
    TargetKind.FLAG, "active", "Active", "is active", "isActive", column="active",
    says="Whether the source still counts it. What it no longer counts is in no figure.",
)  # fmt: skip
TIMES = (CREATED, MODIFIED)

PLACE = (
    personal("street", "Street", "address.street", "address", "street address", "leadStreet", "customerAddress.street"),
    personal("unit_number", "Unit", "address.unit", "leadUnit", "customerAddress.unit"),
    personal("city", "City", "address.city", "leadCity", "customerAddress.city"),
    personal("state", "State", "address.state", "leadState", "customerAddress.state"),
    personal("zip", "Zip", "address.zip", "postal code", "zip code", "leadZip", "customerAddress.zip"),
    personal("country", "Country", "address.country", "leadCountry", "customerAddress.country"),
)
PHONE_TITLES = ("phone number", "phoneNumber", "telephone", "mobile phone", "customer phone", "leadPhone", "contact phone")
MAIL_TITLES = ("email address", "e-mail", "mail", "customer email", "leadEmail", "contact email")
EMAIL = personal("email", "Email", *MAIL_TITLES)
