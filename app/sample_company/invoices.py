"""Invoices, their items and the payments: from the jobs that were completed and are not free."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import NamedTuple

from app.sample_company.catalog import TAX_PER_MILLE, money
from app.sample_company.entities import Invoice, Job, Payment
from app.sample_company.jobs import invoiced_at, jobs_of
from app.sample_company.words import PAYMENT_TYPES
from app.sample_company.world import World

VOIDED, ADJUSTED, UNPAID, LATE, IN_PARTS = 0.012, 0.015, 0.04, 0.16, 0.06
ADJUSTMENTS_BEGIN = 500_000_000_000
"""An adjustment has the number of its invoice plus this."""
DUE_DAYS = 30


class Bill(NamedTuple):
    """An invoice as it was first told, with what was paid of it; `adjusts` is the credit that followed, if one did."""

    job: Job
    invoice: Invoice
    payments: tuple[Payment, ...]
    adjusts: Invoice | None
    cents: int
    """Its items' sum."""


def bills_of(world: World, day: int) -> list[Bill]:
    """The bills of the jobs that were made on a day."""
    rng, paying = world.rng("invoices", day), world.rng("payments", day)
    return [
        _bill(world, job, (job.completed_on, int(job.total.scaleb(2))), (rng, paying))
        for job in world.kept(jobs_of, day)
        if job.invoice_id is not None and job.completed_on is not None and job.total is not None
    ]


def _bill(world: World, job: Job, work: tuple[datetime, int], rngs: tuple[Random, Random]) -> Bill:
    (completed, cents), (rng, paying) = work, rngs
    created, tax = invoiced_at(job.id, completed), _tax(cents)
    chance, share, discount = rng.random(), rng.random(), cents // 9 if job.membership_id is not None or rng.random() < 0.05 else 0
    invoice = _invoice(world, job, (completed, created), cents, discount)
    if chance < VOIDED:
        voided = min(created + timedelta(days=1 + share * 4), world.until)
        return Bill(job, invoice._replace(active=False, modified_on=voided), (), None, cents)
    credit_cents, credit = 0, None
    if chance > 1 - ADJUSTED and created + timedelta(hours=2) <= world.until:
        credit_cents = max(100, int(cents * share * 0.3))
        credit = _credit(invoice, created + timedelta(hours=2), credit_cents)
    owed = cents + tax - credit_cents - _tax(credit_cents)
    payments = tuple(_payments(world, invoice, owed, paying))
    left = money(owed) - sum((p.total for p in payments), Decimal(0))
    changed = max([created + timedelta(minutes=30), *(p.created_on for p in payments)])
    sent = "Sent" if chance < 0.8 else "Opened"
    paid_on = payments[-1].date if payments and not left else None
    invoice = invoice._replace(balance=left, paid_on=paid_on, sent_status=sent, modified_on=min(changed, world.until))
    return Bill(job, invoice, payments, credit, cents)


def _tax(cents: int) -> int:
    return (cents * TAX_PER_MILLE + 500) // 1000


def _invoice(world: World, job: Job, times: tuple[datetime, datetime], cents: int, discount: int) -> Invoice:
    (completed, created), tax = times, _tax(cents)
    on = world.days.date_of(completed)
    return Invoice(
        job.id, job.number, on, on + timedelta(days=DUE_DAYS), money(cents), money(tax), money(cents + tax), money(cents + tax),
        money(discount), job.customer_id, world.people.name(job.customer_id - 20_000_000), job.business_unit_id, job.business_unit_name,
        job.id, job.number, job.job_type_name, None, "NotSent", "Reviewed", None, job.summary, created, created, True,
    )  # fmt: skip


def _credit(invoice: Invoice, created: datetime, cents: int) -> Invoice:
    tax = _tax(cents)
    return invoice._replace(
        id=invoice.id + ADJUSTMENTS_BEGIN, number=f"{invoice.number}-A", sub_total=money(-cents), sales_tax=money(-tax),
        total=money(-cents - tax),
        balance=money(0), discount_total=money(0), adjustment_to_id=invoice.id, summary="Adjustment", created_on=created,
        modified_on=created,
    )  # fmt: skip


def _payments(world: World, invoice: Invoice, owed: int, rng: Random) -> Iterator[Payment]:
    chance, part, kind, days = rng.random(), rng.random(), rng.random(), rng.random()
    if chance < UNPAID:
        return
    first = owed if chance > UNPAID + IN_PARTS else int(owed * (0.3 + part * 0.4))
    delay = timedelta(days=2 + days * 40) if chance > 1 - LATE else timedelta(hours=2, minutes=5 + part * 90)
    at = invoice.created_on + timedelta(seconds=int(delay.total_seconds()))
    yield from _payment(world, invoice, (0, first), at, kind)
    if first < owed and part < 0.8:
        yield from _payment(world, invoice, (1, owed - first), at + timedelta(days=int(10 + days * 25)), kind)


def _payment(world: World, invoice: Invoice, part: tuple[int, int], at: datetime, kind: float) -> Iterator[Payment]:
    number, cents = part
    if at <= world.until and cents > 0:
        yield Payment(
            invoice.id * 2 + number, PAYMENT_TYPES[int(kind * len(PAYMENT_TYPES))], world.days.date_of(at), money(cents), money(0),
            invoice.id,
            invoice.number, invoice.customer_id, invoice.customer_name, invoice.business_unit_name,
            "Second part" if number else "", at, min(at + timedelta(minutes=3), world.until), True,
        )  # fmt: skip


def told_invoices(world: World, day: int) -> Iterator[Invoice]:
    """The invoices that an export shows, adjustments among them, with what was restated."""
    for bill in world.kept(bills_of, day):
        yield restated(world, bill)
        if bill.adjusts is not None:
            yield bill.adjusts


def restated(world: World, bill: Bill) -> Invoice:
    """The invoice as an export shows it: where it was restated, voided or with another amount.

    Only what nobody has paid or adjusted is voided, or corrected downwards: no payment may exceed its invoice.
    """
    change, invoice = world.change("invoice", bill.invoice.id), bill.invoice
    if change is None:
        return invoice
    invoice, is_open = invoice._replace(modified_on=change.at), not bill.payments and bill.adjusts is None
    if not invoice.active or (is_open and change.bits % 3 == 0):
        return invoice._replace(active=not invoice.active)
    moved = max(1, bill.cents * (1 + change.bits % 9) // 100) * (-1 if is_open else 1)
    tax = _tax(bill.cents + moved)
    total = money(bill.cents + moved + tax)
    balance = invoice.balance + total - invoice.total
    return invoice._replace(sub_total=money(bill.cents + moved), sales_tax=money(tax), total=total, balance=balance, paid_on=None)


def told_payments(world: World, day: int) -> Iterator[Payment]:
    for bill in world.kept(bills_of, day):
        yield from bill.payments
