"""Rule 8: what every table must be."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from app.models import Base, TrafficBase
from app.models.base import MYSQL_TABLE, Money, UtcDateTime, str_enum
from app.models.people import StaffRole
from tests.architecture.findings import assert_none

LONGEST_NAME = 64
"""MySQL's limit; SQLite has none, so only this says it before a server does."""
LONGEST_KEY = 3072
"""Bytes of one index in InnoDB."""


def problems(metadata: sa.MetaData) -> Iterator[str]:
    """What is wrong with the tables of one database."""
    for table in metadata.sorted_tables:
        where = table.name
        yield from (f"{where}: {name} is not {value}" for name, value in MYSQL_TABLE.items() if table.kwargs.get(name) != value)
        yield from (f"{where}.{problem}" for problem in _foreign_keys(table))
        yield from (f"{where}: {problem}" for problem in _names(table))
        yield from (f"{where}.{column.name}: {problem}" for column in table.columns for problem in _column(column))
        yield from (f"{where}: the index {index.name} is longer than a server takes" for index in table.indexes if _too_long(index.columns))
        if table.primary_key is None or len(table.primary_key.columns) == 0:
            yield f"{where}: no primary key"


def _foreign_keys(table: sa.Table) -> Iterator[str]:
    keys: list[list[sa.Column[object]]] = [list(index.columns) for index in table.indexes]
    uniques = [c for c in table.constraints if isinstance(c, sa.UniqueConstraint | sa.PrimaryKeyConstraint)]
    keys += [list(constraint.columns) for constraint in uniques]
    for constraint in table.foreign_key_constraints:
        columns = list(constraint.columns)
        if not any(key[: len(columns)] == columns for key in keys):
            yield f"{columns[0].name}: the foreign key has no index that begins with it"
        if constraint.referred_table.metadata is not table.metadata:
            yield f"{columns[0].name}: the foreign key leaves its database"


def _names(table: sa.Table) -> Iterator[str]:
    dialect = sqlite.dialect()  # the one that shortens no name
    for item in (*table.constraints, *table.indexes):
        formatted = dialect.identifier_preparer.format_constraint(item) if not isinstance(item, sa.Index) else item.name
        columns = ", ".join(c.name for c in getattr(item, "columns", ()))
        if item.name is None or formatted is None:
            yield f"a {type(item).__name__} of ({columns}) has no name"
        elif len(formatted) > LONGEST_NAME:
            yield f"the name {formatted} is longer than {LONGEST_NAME}"


def _column(column: sa.Column[object]) -> Iterator[str]:
    kind = column.type
    if isinstance(kind, sa.Float):
        yield "a float"
    if isinstance(kind, sa.Numeric) and not isinstance(kind, Money):
        yield "an amount that is not Money"
    if isinstance(kind, sa.DateTime) and not isinstance(kind, UtcDateTime):
        yield "a DateTime that is not UtcDateTime"
    if isinstance(kind, sa.Enum) and (kind.native_enum or not kind.create_constraint):
        yield "an enum without a CHECK, or of the server's own kind"
    if isinstance(kind, sa.String) and not isinstance(kind, sa.Text | sa.Enum) and kind.length is None:
        yield "a string without a length"


def _too_long(columns: sa.ColumnCollection[str, sa.Column[object]]) -> bool:
    return sum((getattr(column.type, "length", None) or 8) * 4 for column in columns) > LONGEST_KEY


@pytest.mark.parametrize("base", [Base, TrafficBase])
def test_every_table_follows_the_rules(base: type[Base] | type[TrafficBase]) -> None:
    assert len(base.metadata.tables) > 0
    assert_none(problems(base.metadata))


def test_bad_tables_are_reported() -> None:
    metadata = sa.MetaData(naming_convention=Base.metadata.naming_convention)
    sa.Table("parents", metadata, sa.Column("id", sa.Integer, primary_key=True), **MYSQL_TABLE)
    sa.Table(
        "children",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("parent_id", sa.ForeignKey("parents.id")),
        sa.Column("indexed_parent_id", sa.ForeignKey("parents.id"), index=True),
        sa.Column("rate", sa.Float),
        sa.Column("amount", sa.Numeric(18, 4)),
        sa.Column("at", sa.DateTime),
        sa.Column("kind", sa.Enum("a", "b", name="kind")),
        sa.Column("role", str_enum(StaffRole)),
        sa.Column("word", sa.String),
        sa.CheckConstraint("rate > 0", name="a_name_that_goes_on_and_on_and_on_and_on_and_on_and_on_and_on"),
    )
    sa.Table("keyless", metadata, sa.Column("id", sa.Integer), **MYSQL_TABLE)
    found = sorted(problems(metadata))
    assert [line for line in found if line.startswith("parents")] == []
    assert [line for line in found if line.startswith("keyless")] == ["keyless: no primary key"]
    wanted = ["amount", "at", "kind", "parent_id", "rate", "word"]
    assert [line.split(".")[1].split(":")[0] for line in found if line.startswith("children.")] == wanted
    assert sum("is not" in line and line.startswith("children:") for line in found) == len(MYSQL_TABLE)
    assert any("is longer than 64" in line for line in found)
