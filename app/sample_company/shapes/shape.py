"""How the source's reports title the columns of each kind of record, and which field of its API stands behind each.

Titles are plain words, as a person reads them in a report; `api` is the path of the field in the API's record, empty where a report
makes the value up or the API tells it in another record. Data types are keys in snake case, as everywhere in the application.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from operator import itemgetter
from typing import Any, NamedTuple

from app.sample_company.company import Company


class Kind(StrEnum):
    """What a cell holds; the writers ask nothing else."""

    ID = "id"
    NUMBER = "number"
    TEXT = "text"
    MONEY = "money"
    INSTANT = "instant"
    DAY = "day"
    FLAG = "flag"


class Column(NamedTuple):
    title: str
    field: str
    """The field of the record in `entities`."""
    api: str
    kind: Kind


class Shape(NamedTuple):
    """One data type: its records, and its columns in the order of an export."""

    data_type: str
    label: str
    record: type[Any]
    columns: tuple[Column, ...]

    @property
    def titles(self) -> tuple[str, ...]:
        return tuple(column.title for column in self.columns)

    @property
    def api_fields(self) -> dict[str, str]:
        """From title to the API's field, for the titles that have one."""
        return {column.title: column.api for column in self.columns if column.api}

    def narrowed(self, titles: Sequence[str]) -> "Shape":
        """The same with fewer columns, in the order asked for."""
        by_title = {column.title: column for column in self.columns}
        unknown = [title for title in titles if title not in by_title]
        if unknown:
            raise ValueError(f"{self.label} have no column {unknown[0]!r}.")
        return self._replace(columns=tuple(by_title[title] for title in titles))

    def rows(self, company: Company) -> Iterator[tuple[Any, ...]]:
        """Plain values, one tuple for each record."""
        places = [self.record._fields.index(column.field) for column in self.columns]
        records = getattr(company, self.data_type)()
        if len(places) == 1:
            return ((record[places[0]],) for record in records)
        return map(itemgetter(*places), records)


def shape(data_type: str, label: str, record: type[Any], *columns: tuple[str, str, str, Kind]) -> Shape:
    return Shape(data_type, label, record, tuple(Column(*column) for column in columns))


CREATED = ("Created On", "created_on", "createdOn", Kind.INSTANT)
MODIFIED = ("Modified On", "modified_on", "modifiedOn", Kind.INSTANT)
ACTIVE = ("Active", "active", "active", Kind.FLAG)
DATES = (CREATED, MODIFIED, ACTIVE)
