"""Columns of a row table as they come out of the shaped rows: which expression, and how a server or SQLite takes it."""

from dataclasses import dataclass
from enum import StrEnum


class Form(StrEnum):
    """How a value is written."""

    NUMBER = "number"
    TEXT = "text"
    DIGEST = "digest"
    """Hexadecimal among the shaped rows, 16 bytes in the database."""
    MONEY = "money"
    DAY = "day"
    INSTANT = "instant"
    FLAG = "flag"


@dataclass(frozen=True)
class Column:
    """One column of a row table."""

    name: str
    form: Form
    expression: str
    """DuckDB's, over ``s`` (the shaped rows) and for leads ``k`` (their keys and classes)."""

    def for_server(self) -> str:
        """What is written into a file that a server loads."""
        if self.form is Form.FLAG:
            return f"CAST({self.expression} AS TINYINT)"
        return self.expression

    def for_parameter(self, *, sqlite: bool) -> str:
        """What is handed to a driver as a parameter. SQLite gets what its column types would make of the value."""
        match self.form:
            case Form.FLAG:
                return f"CAST({self.expression} AS TINYINT)"
            case Form.DIGEST:
                return f"unhex({self.expression})"
            case Form.MONEY:
                return f"CAST({self.expression} * 10000 AS BIGINT)" if sqlite else self.expression
            case Form.DAY:
                return f"CAST({self.expression} AS VARCHAR)"
            case Form.INSTANT:
                return f"strftime({self.expression}, '%Y-%m-%d %H:%M:%S.%f')"
        return self.expression


KEYS = (
    Column("row_no", Form.NUMBER, "s.place"),
    Column("external_id", Form.TEXT, "s.external_id"),
    Column("row_hash", Form.DIGEST, "s.row_hash"),
)
"""What the merge compares."""

_TEXTS = ("status", "campaign", "business_unit", "job_type", "employee", "customer")
_ROW = (
    Column("external_id", Form.TEXT, "s.external_id"),
    Column("local_date", Form.DAY, "s.local_date"),
    Column("occurred_at", Form.INSTANT, "s.occurred_at"),
    Column("active", Form.FLAG, "coalesce(s.active, true)"),
    Column("signal_kind", Form.TEXT, "coalesce(s.signal_kind, '')"),
    *(Column(name, Form.TEXT, f"s.{name}") for name in _TEXTS),
    Column("attrs", Form.TEXT, "coalesce(s.attrs, '{}')"),
    Column("row_hash", Form.DIGEST, "s.row_hash"),
)
RECORD = (*_ROW, Column("amount", Form.MONEY, "s.amount"))
LEAD = (
    *_ROW,
    Column("phone_key", Form.DIGEST, "k.phone_key"),
    Column("mail_key", Form.DIGEST, "k.mail_key"),
    Column("row_class", Form.TEXT, "k.row_class"),
    Column("row_rule", Form.TEXT, "coalesce(k.row_rule, '')"),
    Column("lead_class", Form.TEXT, "coalesce(k.row_class, 'genuine')"),
    Column("lead_rule", Form.TEXT, "coalesce(k.row_rule, '')"),
)
"""The classes are those of the row rules; the set rules have their say after the commit point."""
