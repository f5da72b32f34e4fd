"""The made-up company: the same every time, without contradictions, and changed by a later export only where it should be."""

import os
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from app.sample_company import Company
from app.sample_company.entities import DUPLICATE, GENUINE, INTERNAL, SPAM, TEST
from app.sample_company.shapes import SHAPES
from tests.sample_company.conftest import AS_OF, END, ENDS_AT, START, Told

DIGEST = "b611e3c9a2655bb0d281002951beb34a87dc1728521f75d16a47a1f41d90bea2"
SCRIPT = """
import hashlib, io, zipfile
from datetime import date
from app.sample_company import Company
from app.sample_company.csv_files import write_csv
from app.sample_company.shapes import SHAPES
from app.sample_company.styles import STYLES
from app.sample_company.xlsx_files import write_xlsx
company, digest = Company(7, "America/Chicago", date(2025, 6, 24), date(2025, 7, 8), 0.3), hashlib.sha256()
for shape in SHAPES.values():
    for style in ("clean", "report"):
        write_csv(out := io.BytesIO(), company, shape, STYLES[style])
        digest.update(out.getvalue())
write_xlsx(out := io.BytesIO(), company, SHAPES["invoices"], STYLES["report"], packed=False)
with zipfile.ZipFile(out) as sheet:  # what holds the parts says which zipfile wrote it
    for part in sheet.infolist():
        digest.update(part.filename.encode() + sheet.read(part))
print(digest.hexdigest())
"""
RESTATED = ("calls", "jobs", "invoices", "leads", "bookings", "forms", "customers", "estimates", "customer_memberships")


def test_the_same_parameters_give_the_same_company_in_every_process() -> None:
    """Whatever the order in which a process happens to keep its sets; the digest holds on every version of Python."""
    answer = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": "4242"}
    )
    assert answer.stdout.strip() == DIGEST


def test_another_seed_gives_another_company() -> None:
    calls = [[call.from_phone for call in Company(seed, "UTC", START, date(2025, 1, 8), 0.2).calls()] for seed in (1, 2)]
    assert calls[0] != calls[1]


def test_records_come_in_order_and_their_ids_are_unique(told: Told) -> None:
    for shape in SHAPES.values():
        places = [(record.modified_on, record.id) for record in told[shape.data_type]]
        assert places == sorted(places), shape.data_type
        assert len({number for _, number in places}) == len(places), shape.data_type


def test_nothing_is_later_than_the_end(told: Told) -> None:
    for shape in SHAPES.values():
        assert all(record.modified_on < ENDS_AT for record in told[shape.data_type]), shape.data_type
    for kind in ("calls", "bookings", "leads", "jobs", "invoices", "payments"):
        assert all(record.created_on <= record.modified_on for record in told[kind]), kind


def test_a_booked_call_leads_to_a_job_and_a_job_names_its_call_and_booking(told: Told) -> None:
    calls = {call.id: call for call in told["calls"]}
    bookings = {booking.id: booking for booking in told["bookings"]}
    jobs = {job.id: job for job in told["jobs"]}
    booked = [call for call in calls.values() if call.booked]
    assert all(call.call_type == "Booked" for call in booked)
    late = [call for call in booked if call.job_id not in jobs]  # booked minutes before the end: its job is not made yet
    assert all(call.received_on > datetime(2026, 1, 1, 5, tzinfo=UTC) for call in late)
    assert all(calls[job.lead_call_id].job_id == job.id for job in jobs.values() if job.lead_call_id)
    assert all(bookings[job.booking_id].job_id == job.id for job in jobs.values() if job.booking_id in bookings)
    taken = [booking for booking in bookings.values() if booking.call_id]
    assert taken
    assert all(calls[booking.call_id].job_id == booking.job_id for booking in taken)
    assert all(calls[booking.call_id].from_phone == booking.phone for booking in taken)


def test_every_invoice_has_a_completed_job_and_its_items_add_up(told: Told) -> None:
    jobs = {job.id: job for job in told["jobs"]}
    sums: defaultdict[int, Decimal] = defaultdict(Decimal)
    for item in told["invoice_items"]:
        assert item.total == item.price * item.quantity
        sums[item.invoice_id] += item.total
    invoices = list(told["invoices"])
    assert {invoice.job_id for invoice in invoices} <= {job.id for job in jobs.values() if job.status == "Completed"}
    for invoice in invoices:
        assert sums[invoice.id] == invoice.sub_total
        assert invoice.sub_total + invoice.sales_tax == invoice.total
    assert {job.invoice_id for job in jobs.values()} - {None} == {invoice.id for invoice in invoices if invoice.adjustment_to_id is None}


@pytest.mark.parametrize("restated", [False, True])
def test_payments_never_exceed_their_invoices_and_leave_the_balance(told: Told, told_later: Told, restated: bool) -> None:
    told = told_later if restated else told
    paid: defaultdict[int, Decimal] = defaultdict(Decimal)
    credited: defaultdict[int, Decimal] = defaultdict(Decimal)
    for payment in told["payments"]:
        paid[payment.invoice_id] += payment.total
    invoices = told["invoices"]
    for invoice in invoices:
        if invoice.adjustment_to_id is not None:
            credited[invoice.adjustment_to_id] += invoice.total
    assert paid.keys() <= {invoice.id for invoice in invoices if invoice.active}
    for invoice in invoices:
        if invoice.active and invoice.adjustment_to_id is None:
            assert Decimal(0) <= invoice.balance == invoice.total + credited[invoice.id] - paid[invoice.id]


def test_everything_else_names_what_exists(told: Told) -> None:
    jobs = {job.id for job in told["jobs"]}
    customers = {customer.id for customer in told["customers"]}
    technicians = {technician.id for technician in told["technicians"]}
    estimates = {estimate.id: estimate for estimate in told["estimates"]}
    memberships = {membership.id: membership for membership in told["customer_memberships"]}
    sums: defaultdict[int, Decimal] = defaultdict(Decimal)
    for item in told["estimate_items"]:
        sums[item.estimate_id] += item.total
    assert {job.customer_id for job in told["jobs"]} <= customers
    assert {membership.customer_id for membership in memberships.values()} <= customers
    assert {job.membership_id for job in told["jobs"]} - {None} <= memberships.keys()
    assert all(memberships[job.membership_id].customer_id == job.customer_id for job in told["jobs"] if job.membership_id)
    assert sums == {number: estimate.subtotal for number, estimate in estimates.items()}
    for rows in (told["job_assignments"], told["job_splits"], told["jobs_timesheets"], told["reviews"], told["estimates"]):
        assert {row.job_id for row in rows} <= jobs
    assert {row.technician_id for row in told["job_assignments"]} <= technicians
    splits: defaultdict[int, Decimal] = defaultdict(Decimal)
    for split in told["job_splits"]:
        splits[split.job_id] += split.split
    assert set(splits.values()) == {Decimal(100)}


def test_people_of_one_number_get_in_touch_again_only_as_marked_duplicates(told: Told) -> None:
    """Otherwise a rule about repeats would be right to find more duplicates than there are."""
    genuine: defaultdict[str, list[datetime]] = defaultdict(list)
    for call in told["calls"]:
        if call.truth == GENUINE:
            genuine[call.from_phone if call.direction == "Inbound" else call.to_phone].append(call.received_on)
    for record in (*told["leads"], *told["forms"], *told["bookings"]):
        if record.truth == GENUINE:
            genuine[record.phone].append(record.submitted_on if SHAPES["forms"].record is type(record) else record.created_on)
    for moments in genuine.values():
        moments.sort()
        assert all(later - earlier > timedelta(days=12) for earlier, later in pairwise(moments))


def test_duplicates_repeat_a_phone_and_come_later(told: Told) -> None:
    leads = {lead.id: lead for lead in told["leads"]}
    again = [lead for lead in leads.values() if lead.truth == DUPLICATE]
    assert len(again) > 20
    for lead in again:
        first = leads[lead.duplicate_of]
        assert lead.phone == first.phone
        assert lead.campaign_id != first.campaign_id
        assert timedelta(0) < lead.created_on - first.created_on < timedelta(hours=37)


def test_there_are_test_spam_and_internal_contacts_and_inactive_rows(told: Told) -> None:
    truths = Counter(call.truth for call in told["calls"]) + Counter(form.truth for form in told["forms"])
    assert truths.keys() == {GENUINE, TEST, SPAM, INTERNAL, DUPLICATE}
    assert truths[GENUINE] > sum(truths.values()) * 0.7
    for kind in ("calls", "jobs", "invoices", "customers", "campaigns", "services", "business_units"):
        assert any(not record.active for record in told[kind]), kind


def test_phones_and_mail_addresses_are_of_reserved_kinds(told: Told) -> None:
    for customer in told["customers"]:
        assert customer.phone[3:8] == "55501"
        assert customer.phone.isdigit()
        assert customer.email.isascii()
        assert customer.email.rpartition("@")[2] in {"example.com", "example.net", "example.org"}
    assert len({customer.phone for customer in told["customers"]}) == sum(1 for _ in told["customers"])


def test_seasons_weeks_and_holidays_can_be_seen(told: Told) -> None:
    zone = told.company.zone
    kinds: Counter[tuple[str, int]] = Counter()
    for job in told["jobs"]:
        kinds[job.job_type_name, job.created_on.astimezone(zone).month] += 1
    days = Counter(call.received_on.astimezone(zone).date() for call in told["calls"])
    assert kinds["AC Repair", 7] > 4 * kinds["AC Repair", 1]
    assert kinds["Furnace Repair", 1] > 4 * kinds["Furnace Repair", 7]
    weekdays: Counter[int] = Counter()
    for day, count in days.items():
        weekdays[day.weekday()] += count
    assert weekdays[0] > 2 * weekdays[6]
    assert days[date(2025, 12, 25)] < days[date(2025, 12, 18)] / 2


def test_volumes_grow_with_the_scale() -> None:
    small, large = (Company(7, "America/Chicago", START, date(2025, 3, 1), scale) for scale in (0.2, 1.0))
    for kind in ("calls", "jobs", "invoices", "forms", "customers"):
        ratio = sum(1 for _ in getattr(large, kind)()) / sum(1 for _ in getattr(small, kind)())
        assert 4.3 < ratio < 5.7, kind


@pytest.mark.parametrize("share", [0.01, 0.2])
def test_a_later_export_changes_the_stated_share_and_nothing_else(told: Told, share: float) -> None:
    later = Told(told.company.restated(AS_OF, share=share))
    changed = total = gone = 0
    for kind in RESTATED:
        before = {record.id: record for record in told[kind]}
        after = {record.id: record for record in later[kind]}
        assert before.keys() == after.keys(), kind
        different = [number for number, record in after.items() if record != before[number]]
        assert all(before[n].modified_on < ENDS_AT <= after[n].modified_on < AS_OF for n in different), kind
        changed, total = changed + len(different), total + len(before)
        gone += sum(before[number].active and not after[number].active for number in different)
    assert share * 0.8 < changed / total < share * 1.2
    assert gone > 0
    for kind in ("payments", "job_splits", "reviews", "services"):
        assert told[kind] == later[kind]


def test_a_later_export_corrects_amounts_statuses_and_call_types(told: Told, told_later: Told) -> None:
    amounts = {invoice.id: invoice.total for invoice in told["invoices"]}
    statuses = {job.id: job.status for job in told["jobs"]}
    types = {call.id: call.call_type for call in told["calls"]}
    corrected = [invoice for invoice in told_later["invoices"] if invoice.total != amounts[invoice.id]]
    assert corrected
    sums: defaultdict[int, Decimal] = defaultdict(Decimal)
    for item in told_later["invoice_items"]:
        sums[item.invoice_id] += item.total
    assert all(sums[invoice.id] == invoice.sub_total for invoice in corrected)
    assert any(job.status != statuses[job.id] for job in told_later["jobs"])
    assert any(call.call_type != types[call.id] for call in told_later["calls"])
    invoiced = {invoice.job_id for invoice in told_later["invoices"]}
    assert invoiced <= {job.id for job in told_later["jobs"] if job.status == "Completed"}


def test_a_still_later_export_tells_the_same_changes_and_more(told: Told) -> None:
    first = {call.id: call for call in told.company.restated(AS_OF, share=0.05).calls()}
    second = {call.id: call for call in told.company.restated(AS_OF + (AS_OF - ENDS_AT), share=0.1).calls()}
    before = {call.id: call for call in told["calls"]}
    changed = [number for number, call in first.items() if call != before[number]]
    assert changed
    assert all(second[n]._replace(modified_on=first[n].modified_on) == first[n] for n in changed)
    assert all(abs(second[n].modified_on - first[n].modified_on) <= timedelta(seconds=1) for n in changed)


def test_a_longer_time_keeps_what_had_been_told() -> None:
    short, long = (Company(7, "America/Chicago", START, end, 0.2) for end in (date(2025, 2, 1), date(2025, 3, 1)))
    later = {call.id: call for call in long.calls()}
    same = sum(later[call.id] == call for call in short.calls())
    assert same > 0.9 * sum(1 for _ in short.calls())


def test_impossible_companies_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one day"):
        Company(7, "UTC", START, START)
    with pytest.raises(ValueError, match="more than zero"):
        Company(7, "UTC", START, END, 0)
    with pytest.raises(ValueError, match="later than the company's time"):
        Company(7, "UTC", START, END, 0.1).restated(datetime(2025, 5, 1, tzinfo=UTC))
    with pytest.raises(ValueError, match="too large"):
        Company(7, "UTC", START, date(2025, 1, 9), 20_000)
