"""What a database server says an account may do: SHOW GRANTS, read and compared with what is wanted.

Counts everything that the account can reach: its own grants, those of every role that it holds (also one that is not
switched on: it could be), and those that MariaDB gives to PUBLIC. MariaDB prints the hash of the account's password
in these lines; it is dropped here and never leaves.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from app.services.privileges import TableGrant, literal, quoted

EVERYTHING = "ALL PRIVILEGES"
NOTHING = "USAGE"
GRANT_OPTION = "GRANT OPTION"
ANY = "*"

_NAME = r"`(?:[^`]|``)*`"
_GRANT = re.compile(
    rf"GRANT (?P<privileges>.+) ON (?P<kind>FUNCTION |PROCEDURE |PACKAGE (?:BODY )?)?(?P<database>\*|{_NAME})\.(?P<table>\*|{_NAME}) TO "
)
_ROLE = re.compile(rf"GRANT (?P<roles>(?:{_NAME}(?:@{_NAME})?(?:, ?)?)+) TO ")
_QUOTED = re.compile(_NAME)
_TO_ACCOUNT = re.compile(rf" TO {_NAME}@{_NAME}")
_COLUMNS = re.compile(r"\s*\([^)]*\)")


@dataclass(frozen=True)
class ServerGrant:
    """One line of SHOW GRANTS, without what it says about passwords."""

    privileges: frozenset[str]
    database: str
    """``*``, or a name; in a grant on a whole database a pattern with ``_`` and ``%``."""
    table: str
    """``*``, or a name that is taken literally."""

    @property
    def is_server_wide(self) -> bool:
        return self.database == ANY

    def reaches(self, database: str) -> bool:
        if self.is_server_wide:
            return True
        if self.table == ANY:
            return re.fullmatch(_pattern(self.database), database, re.DOTALL) is not None
        return self.database == database

    def holds(self, wanted: str) -> bool:
        return wanted in self.privileges or EVERYTHING in self.privileges


def _pattern(text: str) -> str:
    """A database pattern of a grant as a regular expression."""
    parts = re.findall(r"\\.|.", text, re.DOTALL)
    wild = {"_": ".", "%": ".*"}
    return "".join(wild.get(part) or re.escape(part[-1]) for part in parts)


def parse_grant(line: str) -> ServerGrant | None:
    """Read one line; None for those that grant no privilege (roles, default roles, revocations)."""
    found = _GRANT.match(line)
    if found is None:
        return None
    listed = _COLUMNS.sub("", found["privileges"]).upper()
    privileges = frozenset(part.strip() for part in listed.split(",")) - {NOTHING}
    if found["kind"]:
        privileges = frozenset(f"{name} {found['kind'].strip()}" for name in privileges)
    if re.search(r" WITH [A-Z_0-9 ]*GRANT OPTION", line[found.end() :]):
        privileges |= {GRANT_OPTION}
    return ServerGrant(privileges, _unquoted(found["database"]), _unquoted(found["table"]))


def roles_in(line: str) -> list[str]:
    """Names of the roles that one line hands on."""
    found = _ROLE.match(line)
    if found is None:
        return []
    return [_unquoted(name) for name in _QUOTED.findall(re.sub(rf"@{_NAME}", "", found["roles"]))]


def _unquoted(name: str) -> str:
    return name if name == ANY else name[1:-1].replace("``", "`")


def read_grants(connection: sa.Connection) -> list[ServerGrant]:
    """Everything that the connection's account can reach, on every database."""
    lines = _rows(connection, "SHOW GRANTS")
    # On MariaDB a role that is switched on also shows whom it contains; those come along and cannot be switched on alone.
    roles = {role for line in lines if _TO_ACCOUNT.search(line) for role in roles_in(line)}
    if connection.dialect.is_mariadb:  # type: ignore[attr-defined]  # of the MySQL dialects
        lines += _through_roles(connection, roles)
        lines += _rows_if_allowed(connection, "SHOW GRANTS FOR PUBLIC")
    elif roles:
        lines += _rows(connection, f"SHOW GRANTS FOR CURRENT_USER() USING {', '.join(literal(role) for role in sorted(roles))}")
    grants = (parse_grant(line) for line in dict.fromkeys(lines))
    return [grant for grant in grants if grant is not None and grant.privileges]


def _through_roles(connection: sa.Connection, roles: set[str]) -> list[str]:
    """MariaDB shows a role's grants only to those who have it switched on, so each one is, for a moment."""
    before = connection.scalar(sa.text("SELECT CURRENT_ROLE()"))
    lines: list[str] = []
    try:
        for role in sorted(roles):
            _run(connection, f"SET ROLE {quoted(role)}")
            lines += _rows(connection, "SHOW GRANTS")
    finally:
        _run(connection, f"SET ROLE {quoted(before) if before else 'NONE'}")
    return lines


def _rows(connection: sa.Connection, statement: str) -> list[str]:
    return [str(row[0]) for row in _run(connection, statement)]


def _run(connection: sa.Connection, statement: str) -> sa.CursorResult[Any]:
    # PyMySQL fills in parameters also when there are none; hosts and names may hold a percent sign.
    return connection.exec_driver_sql(statement.replace("%", "%%"))


def _rows_if_allowed(connection: sa.Connection, statement: str) -> list[str]:
    """Grants to PUBLIC, which older servers do not know."""
    try:
        return _rows(connection, statement)
    except DBAPIError:
        return []


@dataclass(frozen=True)
class Difference:
    """Where the server differs from what is wanted, on one table or a whole level."""

    where: str
    """A table's name, or one of the two levels above tables."""
    too_much: frozenset[str]
    missing: frozenset[str] = frozenset()


EVERY_TABLE = "every table of the database"
WHOLE_SERVER = "the whole server"


def compare(grants: Sequence[ServerGrant], *, database: str, wanted: Iterable[TableGrant], tables: Iterable[str]) -> Iterator[Difference]:
    """Differences between what the account can reach in ``database`` and what it should.

    :param wanted: the account's grants
    :param tables: all tables there, also those that should be closed to the account
    """
    own = [grant for grant in grants if grant.reaches(database)]
    server_wide = _union(grant for grant in own if grant.is_server_wide)
    if server_wide:
        yield Difference(WHOLE_SERVER, server_wide)
    should = {grant.table: grant.privileges for grant in wanted}
    known = set(tables)
    database_wide = _union(grant for grant in own if grant.table == ANY and not grant.is_server_wide)
    if database_wide:
        yield Difference(EVERY_TABLE, database_wide)
    for table in sorted(known):
        held = _union(grant for grant in own if grant.table == table) | database_wide | server_wide
        too_much = held - should.get(table, frozenset()) - server_wide - database_wide
        missing = frozenset() if EVERYTHING in held else should.get(table, frozenset()) - held
        if too_much or missing:
            yield Difference(table, too_much, missing)
    for table in sorted({grant.table for grant in own} - known - {ANY}):
        yield Difference(table, _union(grant for grant in own if grant.table == table))


def _union(grants: Iterable[ServerGrant]) -> frozenset[str]:
    return frozenset[str]().union(*(grant.privileges for grant in grants))
