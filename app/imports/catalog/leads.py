"""Somebody got in touch: calls, bookings, leads of marketplaces, forms."""

from __future__ import annotations

from dataclasses import replace

from app.imports.catalog.making import (
    ACTIVE,
    BUSINESS_UNIT_ID,
    CAMPAIGN_ID,
    CUSTOMER_ID,
    EMAIL,
    JOB_ID,
    JOB_NUMBER,
    JOB_TYPE_ID,
    LOCATION_ID,
    PHONE_TITLES,
    PLACE,
    PRIORITY,
    TIMES,
    business_unit,
    campaign,
    customer,
    employee,
    flag,
    instant,
    job_type,
    other_id,
    own_id,
    personal,
    status,
    text,
)
from app.imports.catalog.targets import DataType, Target, word_list

RECEIVED = "When the call came in."
MESSAGE = "What the person wrote, for staff alone."


def _of_calls(*targets: Target) -> tuple[Target, ...]:
    """The newer list of calls nests most fields in ``leadCall``."""
    return tuple(
        replace(one, synonyms=one.synonyms + tuple(f"leadcall{title}" for title in one.synonyms if not title.startswith("leadcall")))
        for one in targets
    )


CALLS = DataType(
    "calls", "Calls", "leads", "phone_call",
    _of_calls(
        own_id("Call ID", "id"),
        instant("received_on", "Received on", "call date", "date received", "call time", "date", column="occurred_at", says=RECEIVED),
        status(
            word_list(
                ("booked", "unbooked", "excused", "abandoned", "not_lead"),
                notalead="not_lead", notbooked="unbooked", nonlead="not_lead", missed="abandoned",
            ),
            "type", "call type", "callType", "call status", "outcome", label="Call type",
            says="What became of the call: booked, not booked, excused, abandoned, or no lead at all.",
        ),
        text("duration", "Duration", "call duration", "length"),
        text("direction", "Direction", "call direction"),
        personal(
            "phone", "Caller number", "caller phone number", "caller phone", "from", "caller", "caller id", "from number", "from phone",
            "phone number", "customer phone", "customer phone number", "phone",
        ),
        text("to_phone", "Number called", "to", "to number", "tracking number", "dialed number"),
        flag("booked", "Booked", "is booked"),
        text("reason", "Call reason", "reason.name", "reason"),
        flag("is_lead", "Lead call", "reason.lead", "is lead"),
        other_id("reason_id", "Call reason ID", "reason.id"),
        CUSTOMER_ID, customer("caller name"), CAMPAIGN_ID, campaign("call campaign"), BUSINESS_UNIT_ID, business_unit(),
        job_type("type.name"), other_id("job_type_id", "Job type ID", "type.id"),
        JOB_ID, JOB_NUMBER, LOCATION_ID,
        other_id("agent_id", "Agent ID", "agent.id"), employee("Agent", "agent.name", "answered by", "taken by", "csr"),
        personal("email", "Email", "customer email"), personal("person_name", "Person", "contact name"),
        personal("message", "Memo", "excuseMemo", "memo", "notes", says="What was written down about the call, for staff alone."),
        text("tag", "Tag", "tags"), text("call_state", "Call state", "status"),
        personal("recording", "Recording", "recordingUrl", "recording url"),
        *TIMES, ACTIVE,
    ),
    day=("received_on", "created_on"),
)  # fmt: skip

BOOKINGS = DataType(
    "bookings", "Bookings", "leads", "booking",
    (
        own_id("Booking ID", "id"),
        instant("received_on", "Requested on", "booking date", "submitted on", "date", says="When the request came in."),
        text("source", "Source", "booking source"),
        personal("person_name", "Name", "customer name", "contact name"), personal("phone", "Phone", *PHONE_TITLES), EMAIL, *PLACE,
        text("customer_type", "Customer type"),
        instant("start", "Preferred time", "start", "requested time", "preferred date"),
        CAMPAIGN_ID, campaign(), BUSINESS_UNIT_ID, business_unit(), JOB_TYPE_ID, job_type(),
        flag("is_first_time", "First time client", "isFirstTimeClient", "new customer"),
        status(word_list(("new", "accepted", "converted", "dismissed"), booked="converted", canceled="dismissed", cancelled="dismissed"),
               "booking status"),
        PRIORITY, JOB_ID, other_id("source_id", "External ID", "externalId"), other_id("provider_id", "Booking provider ID"),
        personal("message", "Summary", "message", "notes", says=MESSAGE), *TIMES, ACTIVE,
    ),
    day=("received_on", "created_on"),
)  # fmt: skip

LEADS = DataType(
    "leads", "Leads", "leads", "marketplace_lead",
    (
        own_id("Lead ID", "id"),
        instant("received_on", "Received on", "lead date", "date", "submitted on", says="When the lead came in."),
        status(word_list(("open", "dismissed", "converted"), new="open", booked="converted", won="converted", lost="dismissed"),
               "lead status"),
        PRIORITY, CUSTOMER_ID, customer(), LOCATION_ID, CAMPAIGN_ID, campaign(), BUSINESS_UNIT_ID, business_unit(), JOB_TYPE_ID, job_type(),
        personal("person_name", "Name", "leadCustomerName", "contact name"), personal("phone", "Phone", *PHONE_TITLES), EMAIL, *PLACE,
        text("capture_source", "Capture source", "source", "lead source"),
        other_id("call_id", "Call ID"), other_id("booking_id", "Booking ID"), JOB_ID,
        instant("follow_up", "Follow up", "followUpDate", "follow up on"),
        personal("message", "Summary", "message", "notes", says=MESSAGE), *TIMES, ACTIVE,
    ),
    day=("received_on", "created_on"),
)  # fmt: skip

FORMS = DataType(
    "forms", "Forms", "leads", "form_lead",
    (
        own_id("Submission ID", "id", "form submission id", "entry id", "lead id", needed=False),
        instant("received_on", "Submitted on", "submitted", "submission date", "date submitted", "timestamp", "date", "received on",
                column="occurred_at", says="When the form was sent."),
        text("form", "Form", "form name", "form title"), text("page", "Page", "page url", "url", "landing page"),
        CAMPAIGN_ID, campaign("utm campaign"), business_unit(), job_type("service"),
        text("utm_source", "UTM source"), text("utm_medium", "UTM medium"),
        personal("person_name", "Name", "full name", "your name"), personal("phone", "Phone", *PHONE_TITLES), EMAIL, *PLACE,
        personal("message", "Message", "summary", "comments", "comment", "notes", "inquiry", says=MESSAGE),
        status(word_list(("new", "read", "answered", "converted", "dismissed"), spam="dismissed"), "form status"),
        *TIMES, ACTIVE,
    ),
    day=("received_on", "created_on"), made_id=("received_on", "email", "phone", "person_name", "message"),
)  # fmt: skip

DATA_TYPES = (CALLS, BOOKINGS, LEADS, FORMS)
