"""A map as one SELECT: every row of the file with what is wrong with it, or with all that is kept of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from app.imports.catalog import DATA_TYPES, DataType, TargetKind
from app.imports.field_map import KEPT, MapSpec
from app.imports.files import FileRefused
from app.imports.reasons import NUMBERS
from app.imports.shaping import values
from app.imports.shaping.columns import LEVELS, PLACES, TEXTS, ColumnPlan
from app.imports.shaping.values import Signs

MOST_SAMPLE = 200
APART = "'\x1e'"
"""Stands between the values of a digest; no value holds it."""


@dataclass(frozen=True)
class Plan:
    """How the rows of one file are shaped."""

    kind: DataType
    columns: tuple[ColumnPlan, ...]
    zone: str
    sealed_before: date | None

    @classmethod
    def of(cls, spec: MapSpec, titles: Sequence[str], *, zone: str, sealed_before: date | None, signs: Signs) -> Plan:
        """:raises FileRefused: if the file lacks a column of the map"""
        kind = DATA_TYPES[spec.data_type]
        places = {title: place for place, title in enumerate(titles)}
        missing = [field.source for field in spec.mapped() if field.source not in places]
        if missing:
            raise FileRefused(_missing_columns(missing))
        columns = []
        for number, field in enumerate(sorted(spec.mapped(), key=lambda field: field.target.removeprefix(KEPT)), 1):
            target = kind.target(field.target)
            value = target.kind if target else TargetKind(field.transform.kind or TargetKind.TEXT)
            key = field.target.removeprefix(KEPT)
            columns.append(ColumnPlan(number, places[field.source], field, target, key, value, zone, signs))
        plan = cls(kind, tuple(columns), zone, sealed_before)
        for column in columns:
            column.compile()
        return plan

    @cached_property
    def by_key(self) -> dict[str, ColumnPlan]:
        return {column.key: column for column in self.columns if column.target}

    def select(self, source: str, *, with_texts: bool = False) -> str:
        """The whole statement, over columns c0, c1 … of ``source``.

        :param with_texts: also what is kept of each column, as y and its number
        """
        sql = source
        for level in range(LEVELS):
            added = [f"{expression} AS {name}" for column in self.columns for name, expression in column.levels[level].items()]
            if added:
                sql = f"SELECT *, {', '.join(added)} FROM ({sql})"  # noqa: S608  # names are ours, texts are quoted
        texts = [f"{column.text()} AS {column.n('q')}" for column in self.columns if not column.column]
        sql = f"SELECT *, {', '.join([*texts, f'{self._day_number()} AS day_number'])} FROM ({sql})"  # noqa: S608
        sql = f"SELECT *, {self._own_values()} FROM ({sql})"  # noqa: S608
        sql = f"SELECT *, {self._fault()} AS fault FROM ({sql})"  # noqa: S608
        kept = ", ".join(("fault", "external_id", "local_date", "occurred_at", "active", "amount", *TEXTS, "attrs"))
        if with_texts:
            kept += "".join(f", CAST({column.text()} AS VARCHAR) AS {column.n('y')}" for column in self.columns)
        return f"SELECT {kept}, {self._digest()} AS row_hash, {self._sample()} AS bad, NULL::INTEGER AS shift FROM ({sql})"  # noqa: S608

    # Days ---------------------------------------------------------------------------------------------------------------

    def _day_columns(self) -> list[ColumnPlan]:
        return [self.by_key[key] for key in self.kind.day if key in self.by_key]

    def _day_number(self) -> str:
        """Number of the column that gives the day."""
        whens = []
        status = self.by_key.get("status")
        for word, key in self.kind.day_by_status:
            if status and key in self.by_key:
                column = self.by_key[key]
                whens.append(f"WHEN {status.n('v')} = {values.quoted(word)} AND {column.n('d')} IS NOT NULL THEN {column.number}")
        whens += [f"WHEN {column.n('d')} IS NOT NULL THEN {column.number}" for column in self._day_columns()]
        return f"CASE {' '.join(whens)} END" if whens else "NULL::INTEGER"

    def _by_day(self, letter: str, kinds: tuple[TargetKind, ...], otherwise: str) -> str:
        columns = [column for column in self._day_columns() if column.kind in kinds]
        whens = " ".join(f"WHEN {column.number} THEN {column.n(letter)}" for column in columns)
        return f"CASE day_number {whens} ELSE {otherwise} END" if whens else otherwise

    @property
    def _month(self) -> str:
        """First day of the month, for rows that name year and month alone."""
        if not {"year", "month"} <= set(self.by_key):
            return "NULL::DATE"
        year, month = self.by_key["year"].n("v"), self.by_key["month"].n("v")
        return f"TRY_CAST({year} || '-' || lpad({month}, 2, '0') || '-01' AS DATE)"

    # Values -------------------------------------------------------------------------------------------------------------

    def _own_values(self) -> str:
        made = {
            "external_id": self._id(),
            "local_date": self._by_day("d", (TargetKind.DAY, TargetKind.INSTANT), self._month),
            "occurred_at": f"make_timestamp({self._by_day('i', (TargetKind.INSTANT,), 'NULL::BIGINT')})",
            "active": f"coalesce({self.by_key['active'].n('v')}, true)" if "active" in self.by_key else "true",
            "amount": self._amount(),
            "attrs": self._attrs(),
        }
        typed = {column.column: column.n("v") for column in self.columns if column.column in TEXTS}
        made |= {name: typed.get(name, "NULL::VARCHAR") for name in TEXTS}
        return ", ".join(f"{expression} AS {name}" for name, expression in made.items())

    def _id(self) -> str:
        own = self.by_key["external_id"].n("t") if "external_id" in self.by_key else "NULL::VARCHAR"
        parts = [self.by_key[key] for key in self.kind.made_id if key in self.by_key]
        if not parts:
            return own
        texts = f", {APART}, ".join(column.text() for column in parts)
        some = " OR ".join(f"{column.n('t')} IS NOT NULL" for column in parts)
        return f"coalesce({own}, CASE WHEN {some} THEN 'made-' || md5(concat({texts})) END)"

    def _amount(self) -> str:
        own = self.by_key["amount"].n("v") if "amount" in self.by_key else "NULL::DECIMAL(18, 4)"
        if "daily_cost" not in self.by_key:
            return own
        days = f"CASE WHEN day_number IS NULL THEN day(last_day({self._month})) ELSE 1 END"
        return f"coalesce({own}, TRY_CAST(CAST({self.by_key['daily_cost'].n('v')} AS DECIMAL(24, 4)) * {days} AS DECIMAL(18, 4)))"

    def _attrs(self) -> str:
        parts = [values.quoted('"' + column.key + '":') + f" || {column.json()}" for column in self._kept()]
        return f"'{{' || concat_ws(',', {', '.join(parts)}) || '}}'" if parts else "'{}'"

    def _kept(self) -> Iterator[ColumnPlan]:
        return (column for column in sorted(self.columns, key=lambda column: column.key) if not column.column)

    def _digest(self) -> str:
        """Over texts that depend on no version of anything: dates as ISO, instants as microseconds, amounts to four decimals."""
        texts = ("external_id", "CAST(local_date AS VARCHAR)", "epoch_us(occurred_at)", "CASE WHEN active THEN 1 ELSE 0 END",
                 "CAST(amount AS VARCHAR)", values.quoted(self.kind.signal_kind), *TEXTS, "attrs")  # fmt: skip
        return f"md5(concat({f', {APART}, '.join(texts)}))"

    # Faults -------------------------------------------------------------------------------------------------------------

    def _fault(self) -> str:
        own_id = self.by_key.get("external_id")
        whens = [f"WHEN external_id IS NULL THEN {own_id.fault('missing_id') if own_id else _of_row('missing_id')}"]
        first = [column for column in self.columns if column.column == "external_id"]
        for column in (*first, *(column for column in self.columns if column not in first)):
            whens += column.faults()
        for column in self.columns:
            if column.target and column.target.mandatory and column.column != "external_id":
                whens.append(f"WHEN {column.n('t')} IS NULL THEN {column.fault('missing_mandatory')}")
        if self.kind.day_is_needed:
            days = self._day_columns()
            number = days[0].fault("missing_date") if days else _of_row("missing_date")
            whens.append(f"WHEN local_date IS NULL THEN {number}")
        if self.sealed_before:
            whens.append(f"WHEN local_date < DATE '{self.sealed_before}' THEN {_of_row('before_horizon')} + coalesce(day_number, 0)")
        return f"CASE {' '.join(whens)} END"

    def _sample(self) -> str:
        whens = " ".join(f"WHEN {column.number} THEN {column.cell}[:{MOST_SAMPLE}]" for column in self.columns)
        return f"CASE WHEN fault IS NOT NULL THEN CASE fault % {PLACES} {whens} END END" if whens else "NULL::VARCHAR"

    def titles(self) -> dict[int, str]:
        return {column.number: column.mapped.source for column in self.columns}


def _of_row(reason: str) -> int:
    return NUMBERS[reason] * PLACES


def _missing_columns(missing: Sequence[str]) -> str:
    names = ", ".join(f"“{title}”" for title in missing[:5]) + (" and others" if len(missing) > 5 else "")
    columns = "a column" if len(missing) == 1 else f"{len(missing)} columns"
    return f"The file lacks {columns} that the map expects: {names}. Export it again with all columns, or activate a map without them."
