"""The same leads in any order, with some taken back in between: the same classes, to the row."""

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

import pytest
from flask import Flask

from app.models import DataHome, LeadClass, ProviderAccount
from app.sample_company import Company
from tests.support import factories, rows
from tests.support.rows import LeadRow

ORDERS, QUICK_ORDERS = 20, 5
HOMES = {"calls": DataHome.APP, "bookings": DataHome.TRAFFIC, "forms": DataHome.APP, "leads": DataHome.TRAFFIC}
File = tuple[str, str, Sequence[LeadRow]]
"""Connector's name, data type, rows."""


def files() -> list[File]:
    """Nine days of leads, each data type in two files that overlap; forms come from a connector of their own."""
    start = date(2026, 8, 3)
    company = Company(15, "America/Chicago", start, start + timedelta(days=9), 0.2)
    found: list[File] = []
    for data_type, every in rows.ROWS.items():
        told = [row for row, _ in every(company)]
        for first, last in ((0, 6), (4, 10)):
            since, until = start + timedelta(days=first), start + timedelta(days=last)
            some = [row for row in told if row.occurred_at and since <= row.occurred_at.date() < until]
            found.append(("website" if data_type == "forms" else "office", data_type, some))
    return found


def of_one_organization() -> dict[str, ProviderAccount]:
    """Connectors whose public ids are in a fixed order: it decides between leads of one instant."""
    organization = factories.organization()
    return {name: factories.connector(of=organization) for name in ("office", "website")}


def imported(order: Sequence[File], random: Random | None) -> dict[tuple[str, str, str], tuple[LeadClass, str]]:
    """What stands there after these files, some of them taken back and imported again on the way."""
    accounts = of_one_organization()
    for number, (name, data_type, some) in enumerate(order):
        loaded = rows.load(accounts[name], some, data_type=data_type, home=HOMES[data_type])
        if random is not None and random.random() < 0.3:
            rows.reverse(loaded)
            if random.random() < 0.5:
                rows.remove_reversed(loaded)
            rows.load(accounts[name], some, data_type=data_type, home=HOMES[data_type])
        if number == 0 and random is not None:
            rows.settle(loaded)  # a job that is tried again settles twice
    names = {account.public_id: name for name, account in accounts.items()}
    return {(names[account], data_type, lead): said for (account, data_type, lead), said in rows.classes().items() if account in names}


@pytest.fixture(scope="module")
def some_files() -> list[File]:
    return files()


def _compare(orders: range, some_files: list[File]) -> None:
    expected = imported(some_files, None)
    assert {said for said, _ in expected.values()} == set(LeadClass)
    for seed in orders:
        random = Random(seed)
        order = random.sample(some_files, len(some_files))
        assert imported(order, random) == expected, f"order {seed}"


@pytest.mark.timeout(1200)
def test_classes_do_not_depend_on_the_order_of_imports(app: Flask, some_files: list[File]) -> None:
    _compare(range(QUICK_ORDERS), some_files)


@pytest.mark.soak
def test_classes_are_the_same_in_twenty_orders(app: Flask, some_files: list[File]) -> None:
    _compare(range(ORDERS), some_files)
