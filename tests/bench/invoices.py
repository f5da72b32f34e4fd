"""A long export of invoices, 12 columns and some 110 bytes a row, the same on every machine."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

TITLES = "Invoice ID,Invoice Number,Invoice Date,Due Date,Subtotal,Total,Balance,Customer Name,Business Unit,Job Type,Summary,Active"
FIRST_DAY = date(2024, 11, 1)
DAYS = 730
UNITS = ("Heating", "Cooling", "Plumbing", "Electrical")
JOBS = ("Repair", "Installation", "Maintenance", "Estimate visit", "Warranty call")
CHANGED_EVERY = 100
"""One row in so many differs in a changed export."""


def write_invoices(path: Path, rows: int, *, changed: bool = False) -> None:
    """:param changed: every hundredth invoice has another total"""
    with path.open("w", encoding="utf-8", newline="") as out:
        out.write(TITLES + "\n")
        out.writelines(lines(rows, changed=changed))


def lines(rows: int, *, changed: bool) -> Iterator[str]:
    days = [(FIRST_DAY + timedelta(days=day)).isoformat() for day in range(DAYS + 31)]
    for row in range(rows):
        day = row * DAYS // rows
        cents = (row * 7919) % 450_000 + 5_000
        total = cents + (100 if changed and row % CHANGED_EVERY == 0 else 0)
        yield (
            f"{10_000_000 + row},INV-{row:08d},{days[day]},{days[day + 30]},{cents / 100:.2f},{total / 100:.2f},0.00,"
            f"Customer {row % 40_000:05d},{UNITS[row % 4]},{JOBS[row % 5]},Visit {row % 997} as agreed,{'True' if row % 50 else 'False'}\n"
        )
