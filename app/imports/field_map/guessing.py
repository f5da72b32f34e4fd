"""How a column's texts are probably read, told from what the reader saw in it. Its examples are masked, but keep their shape."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from app.imports.catalog import TargetKind
from app.imports.date_orders import order_of
from app.imports.field_map.fields import Transform

if TYPE_CHECKING:
    from app.imports.files import ColumnProfile

COMMA_MONEY = re.compile(r"^[^\d,.]*\d{1,3}(\.\d{3})*,\d{1,2}[^\d]*$|^[^\d,.]*\d+,\d{1,2}[^\d]*$")
POINT_MONEY = re.compile(r"\d\.\d{1,2}[^\d]*$")
SIGNS = "€£¥₹₽₩$"


def transform_for(kind: TargetKind, column: ColumnProfile, *, words: Mapping[str, str]) -> Transform:
    if kind in {TargetKind.INSTANT, TargetKind.DAY}:
        return Transform(dates=date_order(column.examples))
    if kind in {TargetKind.MONEY, TargetKind.NUMBER}:
        return Transform(money=money_style(column.examples), sign=currency_sign(column.examples))
    if kind is TargetKind.WORD:
        return Transform(words=tuple(words.items()))
    return Transform()


def kept_transform(column: ColumnProfile) -> Transform:
    """For a column that the catalog does not know. Whole numbers stay texts: they are ids more often than amounts."""
    kinds = {
        "money": TargetKind.MONEY,
        "decimal": TargetKind.NUMBER,
        "date": TargetKind.DAY,
        "datetime": TargetKind.INSTANT,
        "flag": TargetKind.FLAG,
    }
    kind = kinds.get(column.type, TargetKind.TEXT)
    made = transform_for(kind, column, words={})
    return made if kind is TargetKind.TEXT else _with_kind(made, kind)


def _with_kind(made: Transform, kind: TargetKind) -> Transform:
    return Transform(kind=kind.value, dates=made.dates, money=made.money, sign=made.sign)


def date_order(examples: tuple[str, ...]) -> str:
    """The order that most examples tell. Month first in doubt."""
    votes = Counter(order for order in map(order_of, examples) if order)
    return max(("mdy", "dmy", "ymd"), key=lambda order: votes[order])


def money_style(examples: tuple[str, ...]) -> str:
    """``comma`` if examples end in a decimal comma and none in a decimal point."""
    with_comma = sum(bool(COMMA_MONEY.match(example.strip(" ()-"))) for example in examples)
    with_point = sum(bool(POINT_MONEY.search(example.strip(" ()-"))) for example in examples)
    return "comma" if with_comma > with_point else "point"


def currency_sign(examples: tuple[str, ...]) -> str:
    return next((sign for example in examples for sign in SIGNS if sign in example), "$")
