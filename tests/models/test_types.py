"""Column types keep what they are given, on a server and on SQLite."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import StatementError

from app.models.base import Money, UtcDateTime, ascii_key, key_string
from tests.support.databases import Accounts

TABLE = sa.Table(
    "type_probe",
    sa.MetaData(),
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("amount", Money),
    sa.Column("at", UtcDateTime),
    sa.Column("key", key_string(40)),
    sa.Column("code", ascii_key(40)),
    mysql_engine="InnoDB",
    mysql_charset="utf8mb4",
)


@pytest.fixture(params=["server", "sqlite"])
def connection(request: pytest.FixtureRequest, accounts: Accounts, tmp_path: Path) -> Iterator[sa.Connection]:
    """A table of its own, made by the account that may, and removed again."""
    url = accounts.migrations[0] if request.param == "server" else f"sqlite:///{tmp_path / 'types.sqlite'}"
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    TABLE.create(engine)
    with engine.connect() as connection:
        yield connection
    TABLE.drop(engine)


def stored(connection: sa.Connection, column: str, value: object) -> object:
    key = connection.execute(sa.insert(TABLE).values({column: value})).inserted_primary_key
    return connection.scalar(sa.select(TABLE.c[column]).where(TABLE.c.id == (key[0] if key else None)))


@pytest.mark.parametrize("text", ["0.0000", "0.0700", "-12.3456", "99999999999999.9999", "-99999999999999.9999", "1234.5000"])
def test_money_comes_back_to_the_last_digit(text: str, connection: sa.Connection) -> None:
    assert str(stored(connection, "amount", Decimal(text))) in {text, text.rstrip("0").rstrip(".")}
    assert stored(connection, "amount", Decimal(text)) == Decimal(text)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("1.00005", "1.0000"), ("1.00015", "1.0002"), ("-1.00005", "-1.0000"), ("2.345678901234567890", "2.3457"), ("1e3", "1000")],
)
def test_further_digits_are_rounded_half_to_even(given: str, kept: str, connection: sa.Connection) -> None:
    assert stored(connection, "amount", Decimal(given)) == Decimal(kept)


def test_a_sum_of_money_is_exact(connection: sa.Connection) -> None:
    connection.execute(sa.insert(TABLE), [{"amount": Decimal("0.07")} for _ in range(10_000)])
    assert connection.scalar(sa.select(sa.func.sum(TABLE.c.amount))) == Decimal("700.0000")


def test_money_compares_and_sorts_as_numbers(connection: sa.Connection) -> None:
    connection.execute(sa.insert(TABLE), [{"amount": Decimal(text)} for text in ("10", "9.5", "-3", "100")])
    amounts = connection.scalars(sa.select(TABLE.c.amount).where(TABLE.c.amount > Decimal(9)).order_by(TABLE.c.amount)).all()
    assert amounts == [Decimal("9.5"), Decimal(10), Decimal(100)]


@pytest.mark.parametrize("value", [0.07, 1, "1.00"])
def test_money_that_is_no_decimal_is_refused(value: object, connection: sa.Connection) -> None:
    with pytest.raises(StatementError, match="money is a Decimal"):
        stored(connection, "amount", value)


def test_an_instant_keeps_its_microseconds_and_its_zone(connection: sa.Connection) -> None:
    value = datetime(2026, 11, 1, 1, 30, 59, 123456, UTC)
    found = stored(connection, "at", value)
    assert found == value
    assert isinstance(found, datetime)
    assert found.tzinfo is UTC


def test_an_instant_of_another_zone_is_the_same_instant(connection: sa.Connection) -> None:
    value = datetime(2026, 11, 1, 1, 30, tzinfo=timezone(timedelta(hours=-5)))
    assert stored(connection, "at", value) == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)


def test_instants_sort_by_microsecond(connection: sa.Connection) -> None:
    first = datetime(2026, 1, 1, tzinfo=UTC)
    times = [first + timedelta(microseconds=number) for number in (2, 0, 1)]
    connection.execute(sa.insert(TABLE), [{"at": value} for value in times])
    assert connection.scalars(sa.select(TABLE.c.at).order_by(TABLE.c.at)).all() == sorted(times)


def test_a_naive_instant_is_refused(connection: sa.Connection) -> None:
    with pytest.raises(StatementError, match="an instant needs a time zone"):
        stored(connection, "at", datetime(2026, 1, 1))  # noqa: DTZ001  # that is what is refused


def test_nothing_stays_nothing(connection: sa.Connection) -> None:
    assert stored(connection, "amount", None) is None
    assert stored(connection, "at", None) is None


@pytest.mark.parametrize("column", ["key", "code"])
def test_keys_are_told_apart_by_case(column: str, connection: sa.Connection) -> None:
    connection.execute(sa.insert(TABLE), [{column: text} for text in ("abc", "ABC", "aBc")])
    assert connection.scalars(sa.select(TABLE.c[column]).where(TABLE.c[column] == "aBc")).all() == ["aBc"]


def test_keys_are_told_apart_by_accents(connection: sa.Connection) -> None:
    connection.execute(sa.insert(TABLE), [{"key": text} for text in ("e", "é", "😀")])
    assert connection.scalars(sa.select(TABLE.c.key).where(TABLE.c.key == "é")).all() == ["é"]
    assert connection.scalars(sa.select(TABLE.c.key).where(TABLE.c.key == "😀")).all() == ["😀"]
