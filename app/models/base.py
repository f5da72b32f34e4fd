"""Bases, column types and mixins that every table shares."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Annotated, Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column

from app.clock import utc_now
from app.ids import new_public_id

TRAFFIC = "traffic"
"""Bind key of the traffic database; the application database is the default bind."""

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
MYSQL_TABLE = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_unicode_ci"}

MONEY_SCALE = 4
_TEN_THOUSANDTHS = Decimal(10) ** MONEY_SCALE


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An instant. Stored as UTC with microseconds; a naive datetime is a programming error."""

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name in {"mysql", "mariadb"}:
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(sa.DateTime())

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


class Money(sa.types.TypeDecorator[Decimal]):
    """An amount to four decimals: DECIMAL(18,4) on a server, integer ten-thousandths on SQLite, which has no
    DECIMAL and would add in binary floating point. Further digits are rounded half to even."""

    impl = sa.Numeric(18, MONEY_SCALE)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> sa.types.TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.BigInteger())
        return dialect.type_descriptor(sa.Numeric(18, MONEY_SCALE))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if not isinstance(value, Decimal):
            raise TypeError("money is a Decimal, never a float")
        exact = value.quantize(1 / _TEN_THOUSANDTHS, rounding=ROUND_HALF_EVEN)
        return int(exact * _TEN_THOUSANDTHS) if dialect.name == "sqlite" else exact

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        if value is None:
            return None
        return Decimal(value) / _TEN_THOUSANDTHS if dialect.name == "sqlite" else Decimal(value)


def key_string(length: int) -> sa.types.TypeEngine[str]:
    """A string compared byte for byte: ids, slugs, mail addresses (which are stored in lower case)."""
    return sa.String(length).with_variant(mysql.VARCHAR(length, charset="utf8mb4", collation="utf8mb4_bin"), "mysql", "mariadb")


def ascii_key(length: int) -> sa.types.TypeEngine[str]:
    """A machine-made key: ASCII, compared byte for byte, a byte a character in an index."""
    return sa.String(length).with_variant(mysql.VARCHAR(length, charset="ascii", collation="ascii_bin"), "mysql", "mariadb")


def digest_bytes() -> sa.types.TypeEngine[bytes]:
    """A digest of 16 bytes, or a key made of one."""
    return sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql", "mariadb")


E = TypeVar("E", bound=StrEnum)


def str_enum(kind: type[E], *, name: str = "") -> sa.Enum:
    """The enum's *value* in a VARCHAR with a CHECK that names the allowed ones.

    :param name: of the CHECK, where a table has two columns of the same enum
    """
    return sa.Enum(
        kind,
        native_enum=False,
        values_callable=lambda members: [member.value for member in members],
        create_constraint=True,
        validate_strings=True,
        length=40,
        name=name or kind.__name__.lower(),
    )


long_bytes = sa.LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mysql", "mariadb")
big_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
pk = Annotated[int, mapped_column(big_id, primary_key=True)]
long_text = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")


class Base(DeclarativeBase):
    """A table of the application database."""

    metadata = sa.MetaData(naming_convention=NAMING)
    type_annotation_map = {datetime: UtcDateTime}

    @declared_attr.directive
    def __table_args__(self) -> Any:
        return table_args()


class TrafficBase(DeclarativeBase):
    """A table of the traffic database: no foreign key leaves it."""

    metadata = sa.MetaData(naming_convention=NAMING, info={"bind_key": TRAFFIC})
    type_annotation_map = {datetime: UtcDateTime}

    @declared_attr.directive
    def __table_args__(self) -> Any:
        return table_args()


def table_args(*constraints: sa.Constraint | sa.Index) -> tuple[Any, ...]:
    """A model's ``__table_args__``: its constraints and how MySQL is to store the table."""
    return (*constraints, MYSQL_TABLE)


class HasPublicId:
    """A row that people and other systems may name."""

    public_id: Mapped[str] = mapped_column(ascii_key(36), unique=True)
    """Made when the object is made, before any insert: ciphers are bound to it."""


@sa.event.listens_for(HasPublicId, "init", propagate=True)
def _give_public_id(_target: HasPublicId, _args: object, kwargs: dict[str, Any]) -> None:
    kwargs.setdefault("public_id", new_public_id())


class Timestamped:
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)


class Versioned:
    """A row that people edit: a second editor learns that the first one was faster instead of overwriting."""

    version: Mapped[int] = mapped_column(sa.Integer, default=1)

    @declared_attr.directive
    def __mapper_args__(self) -> dict[str, Any]:
        return {"version_id_col": self.version}


PERSONAL: dict[str, Any] = {"audit": "personal"}
"""Column ``info``: the audit trail says that it changed, never to what."""
SECRET: dict[str, Any] = {"audit": "secret"}
"""The same for secrets and what derives from them."""
SILENT: dict[str, Any] = {"audit": "silent"}
"""Book-keeping that the audit trail leaves out."""
