"""Files of one company through the real import, in any order, with some batches taken back: the same classes and figures."""

import csv
import io
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.extensions import db
from app.models import DataHome, LeadClass, MetricPoint, ProviderAccount
from app.sample_company import Company
from app.sample_company.csv_files import write_csv
from app.sample_company.shapes import SHAPES
from app.sample_company.styles import STYLES
from tests.imports.engine.support import ask, put_in_home, take_back, work
from tests.support import factories, rows

ORDERS, QUICK_ORDERS = 20, 2
HOMES = {"calls": DataHome.APP, "bookings": DataHome.TRAFFIC, "forms": DataHome.APP, "leads": DataHome.TRAFFIC}
File = tuple[str, bytes]
"""Data type and content."""
Seen = tuple[dict[Any, Any], dict[Any, Any]]


def files() -> list[File]:
    """Nine days; each data type in two files that overlap."""
    start = date(2026, 8, 3)
    company = Company(15, "America/Chicago", start, start + timedelta(days=9), 0.2)
    found: list[File] = []
    for data_type in HOMES:
        whole = io.BytesIO()
        write_csv(whole, company, SHAPES[data_type], STYLES["clean"])
        title, *lines = csv.reader(io.StringIO(whole.getvalue().decode("utf-8-sig"), newline=""))
        middle = len(lines) // 2
        found += [(data_type, _csv(title, some)) for some in (lines[: middle + 3], lines[middle - 3 :])]
    return found


def _csv(title: Sequence[str], lines: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([title, *lines])
    return text.getvalue().encode()


def imported(order: Sequence[File], random: Random | None) -> Seen:
    """Classes and points that stand after these files."""
    organization = factories.organization()
    accounts = {name: factories.connector(of=organization) for name in ("office", "website")}
    for data_type, home in HOMES.items():
        put_in_home(_of(accounts, data_type), data_type, home)
    for data_type, content in order:
        batch = ask(_of(accounts, data_type), content, data_type=data_type, name=f"{data_type}.csv")
        work()
        if random is not None and random.random() < 0.25:
            db.session.refresh(batch)
            take_back(batch)
            ask(_of(accounts, data_type), content, data_type=data_type, name=f"{data_type}.csv")
            work()
    return _seen(accounts)


def _of(accounts: dict[str, ProviderAccount], data_type: str) -> ProviderAccount:
    return accounts["website" if data_type == "forms" else "office"]


def _seen(accounts: dict[str, ProviderAccount]) -> Seen:
    names = {account.public_id: name for name, account in accounts.items()}
    numbers = {account.id: name for name, account in accounts.items()}
    classes = {(names[key[0]], *key[1:]): said for key, said in rows.classes().items() if key[0] in names}
    points = {
        (numbers[p.account_id], p.metric_key, p.data_type, p.local_date, p.signal_kind, p.dim): (p.rows, p.num, p.den)
        for p in db.session.scalars(sa.select(MetricPoint).where(MetricPoint.account_id.in_(numbers)))
    }
    db.session.rollback()
    return classes, points


def _compare(orders: range, *data_types: str) -> None:
    some = [file for file in files() if file[0] in data_types]
    classes, points = expected = imported(some, None)
    assert {said for said, _ in classes.values()} == set(LeadClass)
    assert points
    for seed in orders:
        random = Random(seed)
        assert imported(random.sample(some, len(some)), random) == expected, f"order {seed}"


@pytest.mark.timeout(1200)
def test_files_in_another_order_give_the_same_classes_and_figures(app: Flask) -> None:
    _compare(range(QUICK_ORDERS), "calls", "forms")


@pytest.mark.soak
def test_files_in_twenty_orders_give_the_same_classes_and_figures(app: Flask) -> None:
    _compare(range(ORDERS), *HOMES)
