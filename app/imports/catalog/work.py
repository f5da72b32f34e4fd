"""Jobs, and what follows from them in the field."""

from __future__ import annotations

from app.imports.catalog.making import (
    ACTIVE,
    BUSINESS_UNIT_ID,
    CAMPAIGN_ID,
    CUSTOMER_ID,
    INVOICE_ID,
    JOB_ID,
    JOB_NUMBER,
    JOB_TYPE_ID,
    LOCATION_ID,
    PRIORITY,
    SUMMARY,
    TECHNICIAN_ID,
    TIMES,
    business_unit,
    campaign,
    customer,
    employee,
    flag,
    instant,
    job_type,
    money,
    number,
    other_id,
    own_id,
    personal,
    status,
    text,
)
from app.imports.catalog.targets import DataType, word_list

APPOINTMENT_ID = other_id("appointment_id", "Appointment ID", "appointment.id")
_ASSIGNED = {"canceled": "canceled", "cancelled": "canceled", "inprogress": "working", "completed": "done", "complete": "done"}

JOBS = DataType(
    "jobs", "Jobs", "records", "crm_job",
    (
        own_id("Job ID", "id"),
        text("job_number", "Job number", "jobNumber", "number", "job #", "job"),
        status(
            word_list(
                ("scheduled", "dispatched", "in_progress", "hold", "completed", "canceled"),
                cancelled="canceled", working="in_progress", onhold="hold", complete="completed", done="completed", closed="completed",
                pending="scheduled",
            ),
            "jobStatus", "job status",
            says="Where the job stands: scheduled, dispatched, in progress, on hold, completed or canceled.",
        ),
        instant("completed_on", "Completed on", "completion date", "completed date", "date completed", says="When the work was done."),
        instant("canceled_on", "Canceled on", "cancelled on", "cancellation date", "canceled date", "date canceled",
                says="When the job was called off."),
        instant("scheduled_on", "Scheduled on", "scheduled date", "appointment date", "start date", says="When the visit was planned."),
        text("cancel_reason", "Cancel reason", "cancellation reason", "canceled reason"),
        CUSTOMER_ID, customer(), LOCATION_ID, BUSINESS_UNIT_ID, business_unit("job business unit"), JOB_TYPE_ID, job_type("type"), PRIORITY,
        CAMPAIGN_ID, campaign("job campaign", "marketing campaign"),
        other_id("first_appointment_id", "First appointment ID"), other_id("last_appointment_id", "Last appointment ID"),
        flag("no_charge", "No charge", "noCharge"),
        other_id("lead_call_id", "Lead call ID", "leadCallId"), other_id("booking_id", "Booking ID"),
        other_id("membership_id", "Membership ID"), INVOICE_ID,
        employee("Sold by", "technician", "primary technician", "assigned technicians", "technician name",
                 second_best=("soldById", "technician id")),
        other_id("sold_by_id", "Sold by ID", "soldById"),
        money("amount", "Job total", "total", "jobs total", "revenue", "job revenue", column="amount",
              says="The job's total as the source has it; invoices say what was billed."),
        SUMMARY, *TIMES, ACTIVE,
    ),
    day=("completed_on", "canceled_on", "created_on"), day_by_status=(("completed", "completed_on"), ("canceled", "canceled_on")),
    note="Outcomes count on the day of the outcome: a job that is neither completed nor canceled counts on the day it was entered.",
)  # fmt: skip

JOB_ASSIGNMENTS = DataType(
    "job_assignments", "Job assignments", "records", "job_assignment",
    (
        own_id("Assignment ID", "id", "appointment assignment id"), JOB_ID, JOB_NUMBER, APPOINTMENT_ID, TECHNICIAN_ID,
        employee("Technician", "technicianName", "technician.name", "assigned to", second_best=("technician id",)),
        other_id("assigned_by_id", "Assigned by ID", "assignedById"),
        instant("assigned_on", "Assigned on", "assigned date", "date assigned", column="occurred_at", says="When the visit was assigned."),
        status(word_list(("scheduled", "dispatched", "working", "done", "canceled"), **_ASSIGNED), "assignment status"),
        flag("is_paused", "Paused", "isPaused"), business_unit(), job_type(), *TIMES, ACTIVE,
    ),
    day=("assigned_on", "created_on"),
)  # fmt: skip

JOB_SPLITS = DataType(
    "job_splits", "Job splits", "records", "job_split",
    (
        own_id("Split ID", "id", "job split id"), JOB_ID, JOB_NUMBER, TECHNICIAN_ID,
        employee("Technician", "technicianName", "technician.name", second_best=("technician id",)),
        number("split", "Split", "split percentage", "percent", "share"), *TIMES, ACTIVE,
    ),
    day=("created_on",),
)  # fmt: skip

JOBS_TIMESHEETS = DataType(
    "jobs_timesheets", "Jobs timesheets", "records", "timesheet",
    (
        own_id("Timesheet ID", "id", "job timesheet id"), JOB_ID, JOB_NUMBER, APPOINTMENT_ID, TECHNICIAN_ID,
        employee("Technician", "technicianName", "technician.name", second_best=("technician id",)),
        instant("dispatched_on", "Dispatched on", "dispatched", "dispatch time", says="When the technician set out."),
        instant("arrived_on", "Arrived on", "arrived", "arrival time", says="When the technician came."),
        instant("canceled_on", "Canceled on", "cancelled on", "canceled"), instant("done_on", "Done on", "done", "completed on"),
        *TIMES, ACTIVE,
    ),
    day=("dispatched_on", "arrived_on", "created_on"),
)  # fmt: skip

_QUOTED = word_list(("open", "sold", "dismissed"), won="sold", approved="sold", accepted="sold", declined="dismissed", lost="dismissed")
ESTIMATES = DataType(
    "estimates", "Estimates", "records", "estimate",
    (
        own_id("Estimate ID", "id"), text("name", "Estimate name", "name", "estimate"),
        JOB_ID, JOB_NUMBER, CUSTOMER_ID, customer(), LOCATION_ID,
        status(_QUOTED, "status.name", "estimate status", says="Whether the estimate is open, sold or dismissed."),
        money("amount", "Subtotal", "estimate subtotal", "amount", "total", "estimate total", column="amount",
              says="The estimate's amount before tax."),
        money("tax", "Tax", "sales tax"),
        instant("sold_on", "Sold on", "sold date", "date sold", says="When the customer agreed."),
        employee("Sold by", "soldBy.name", "sold by name", "technician", second_best=("soldBy", "sold by id")),
        other_id("sold_by_id", "Sold by ID", "soldById"),
        BUSINESS_UNIT_ID, business_unit(), job_type(), campaign(),
        flag("is_recommended", "Recommended", "isRecommended"), text("review_status", "Review status", "reviewStatus"),
        SUMMARY, *TIMES, ACTIVE,
    ),
    day=("sold_on", "created_on"), day_by_status=(("sold", "sold_on"),),
    note="One row for each option offered: sums over all of them overstate what is on the table.",
)  # fmt: skip

ESTIMATE_ITEMS = DataType(
    "estimate_items", "Estimate items", "records", "estimate_item",
    (
        own_id("Estimate item ID", "id", "item id"), other_id("estimate_id", "Estimate ID", "estimate.id"),
        other_id("sku_id", "Item ID", "sku.id", "skuId"), text("sku", "Item code", "sku.name", "skuName"),
        text("sku_label", "Item name", "sku.displayName"), text("item_type", "Item type", "sku.type", "type"),
        text("description", "Description", "item description"),
        number("quantity", "Quantity", "qty"), number("unit_rate", "Unit price", "unitRate", "price"),
        money("amount", "Total", "item total", "amount", column="amount", says="What the line comes to."),
        number("unit_cost", "Unit cost", "unitCost"), money("total_cost", "Total cost", "totalCost"), *TIMES,
    ),
    day=("created_on",), has_active=False,
)  # fmt: skip

REVIEWS = DataType(
    "reviews", "Reviews", "records", "review",
    (
        own_id("Review ID", "internalId", "id", needed=False), other_id("source_id", "External ID", "externalId"),
        text("platform", "Platform", "source", "site"),
        instant("published_on", "Published on", "publishDate", "review date", "date", column="occurred_at",
                says="When the review was published."),
        number("rating", "Rating", "stars", "score"),
        personal("author_name", "Author", "authorName", "reviewer", "reviewer name"),
        personal("author_email", "Author email", "authorEmail"),
        personal("text", "Review", "review text", "comment", says="What was written, for staff alone."),
        personal("response", "Response", "reviewResponse", "reply"),
        JOB_ID, JOB_NUMBER, job_type(), CUSTOMER_ID, customer("customerName"), TECHNICIAN_ID,
        employee("Technician", "technicianFullName", "technician name", second_best=("technician id",)),
        BUSINESS_UNIT_ID, business_unit(), instant("completed_on", "Completed on", "completedDate"), *TIMES,
    ),
    day=("published_on", "created_on"), made_id=("source_id", "platform", "author_name", "published_on", "text"), has_active=False,
    note="Without an id, a review is known by platform, author, date and text: one that its author rewrites is another one.",
)  # fmt: skip

DATA_TYPES = (JOBS, JOB_ASSIGNMENTS, JOB_SPLITS, JOBS_TIMESHEETS, ESTIMATES, ESTIMATE_ITEMS, REVIEWS)
