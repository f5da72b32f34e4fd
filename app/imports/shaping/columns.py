"""The way of one column: from its cell to the value that is kept, level by level, as SQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from app.imports.catalog import Target, TargetKind
from app.imports.field_map import MappedField
from app.imports.reasons import NUMBERS
from app.imports.shaping import values, zones
from app.imports.shaping.values import Signs
from app.models.rows import EXTERNAL_ID_LENGTH, AppRecord

PLACES = 1_000
"""A fault is the number of a reason times this, plus the number of the column."""
LEVELS = 6
TEXTS = ("status", "campaign", "business_unit", "job_type", "employee", "customer")
WIDTHS: dict[str, int] = {name: AppRecord.__table__.c[name].type.length for name in TEXTS}  # type: ignore[attr-defined]
MOST_TEXT = 20_000
"""Characters of a kept text."""
EARLIEST = int(datetime(1970, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
LATEST = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
IN_TEXT = {TargetKind.TEXT, TargetKind.ID, TargetKind.WORD}


@dataclass(frozen=True)
class ColumnPlan:
    """A mapped column. ``number`` names its SQL columns: c (cell), t (trimmed text), v (value) and others on the way."""

    number: int
    place: int
    """In the file, from 0."""
    mapped: MappedField
    target: Target | None
    key: str
    """Of the target, or the one under which it is kept."""
    kind: TargetKind
    zone: str
    signs: Signs
    levels: tuple[dict[str, str], ...] = field(default_factory=lambda: tuple({} for _ in range(LEVELS)))
    """Columns to add, by the level on which they can be made."""

    @property
    def column(self) -> str:
        return self.target.column if self.target else ""

    @property
    def cell(self) -> str:
        return f"c{self.place}"

    @property
    def is_strict(self) -> bool:
        """Whether a value that cannot be read refuses the row. Of columns that nothing counts, the text is kept instead."""
        return self.target is not None

    def n(self, letter: str) -> str:
        return f"{letter}{self.number}"

    def compile(self) -> None:
        is_bare = self.kind is TargetKind.TEXT and not self.mapped.transform.trim
        self.levels[0][self.n("t")] = f"nullif({self.cell}, '')" if is_bare else values.cleaned(self.cell, self.signs)
        match self.kind:
            case TargetKind.INSTANT | TargetKind.DAY:
                self._compile_time()
            case TargetKind.MONEY | TargetKind.NUMBER:
                self._compile_number()
            case TargetKind.FLAG:
                self.levels[1][self.n("v")] = values.flag(self.n("t"), self.mapped.transform.yes, self.mapped.transform.no)
            case TargetKind.WORD:
                self.levels[1][self.n("v")] = values.word(self.n("t"), dict(self.mapped.transform.words))
            case _:
                self.levels[1][self.n("v")] = values.one_line_end(self.n("t"), self.signs)

    def _compile_time(self) -> None:
        """w: as written; k: 0 without a zone, 1 in UTC, 2 with an offset, -1 for a day alone; e: as written, in microseconds; u: in UTC;
        l: on the organization's clocks; d: the day; i: the instant; g: whether it never was."""
        t, w, e = self.n("t"), self.n("w"), self.n("e")
        self.levels[1][w] = values.wall_time(t, self.mapped.transform.dates)
        self.levels[2][e] = f"epoch_us({values.full_year(w, t)})"
        in_range = f"{e} BETWEEN {EARLIEST} AND {LATEST - 1}"
        if self.kind is TargetKind.DAY:
            self.levels[3][self.n("d")] = f"CASE WHEN {in_range} THEN CAST(make_timestamp({e}) AS DATE) END"
            return
        k, u, local = self.n("k"), self.n("u"), self.n("l")
        own, years = self.mapped.transform.zone or self.zone, self.signs.years
        begins = f"{u} + ({e} - {local})"  # where clocks are set at midnight, a day may begin later
        self.levels[1][k] = f"CASE WHEN NOT contains({t}, ':') THEN -1 ELSE {values.offset_kind(t)} END"
        utc = (
            f"CASE {k} WHEN 1 THEN {e} WHEN 2 THEN epoch_us(TRY_CAST({t} AS TIMESTAMPTZ)) "
            f"WHEN 0 THEN {e} - ({zones.wall_offset(own, e, years)}) ELSE {e} - ({zones.wall_offset(self.zone, e, years)}) END"
        )
        self.levels[3][u] = f"CASE WHEN {in_range} THEN {utc} END"
        self.levels[4][local] = f"{u} + ({zones.utc_offset(self.zone, u, years)})"
        self.levels[5][self.n("d")] = f"CAST(make_timestamp(CASE {k} WHEN -1 THEN {e} ELSE {local} END) AS DATE)"
        self.levels[5][self.n("i")] = f"CASE {k} WHEN -1 THEN {begins} ELSE {u} END"
        way_back = local if own == self.zone else f"{u} + ({zones.utc_offset(own, u, years)})"
        self.levels[5][self.n("g")] = f"{k} = 0 AND {way_back} <> {e}"

    def _compile_number(self) -> None:
        """b: whether it is written plainly; p: made plain where it is not; v: the amount, or the number's one text."""
        t, b, p, v = self.n("t"), self.n("b"), self.n("p"), self.n("v")
        how = self.mapped.transform
        if self.kind is TargetKind.MONEY:
            self.levels[1][b] = values.is_plain(t, how.money)
            self.levels[3][v] = f"CASE WHEN {b} THEN TRY_CAST({t} AS DECIMAL(18, 4)) ELSE {values.rounded(p)} END"
        else:
            self.levels[1][b] = rf"regexp_full_match({t}, '0|-?[1-9]\d{{0,30}}')"
            self.levels[3][v] = f"CASE WHEN {b} THEN {t} ELSE {values.number_text(p)} END"
        text = t if self.kind is TargetKind.MONEY else f"rtrim({t}, '% ')"
        self.levels[2][p] = f"CASE WHEN NOT {b} THEN {values.plain_amount(text, how.money, how.sign)} END"

    # What may be wrong with it ------------------------------------------------------------------------------------------

    def faults(self) -> Iterator[str]:
        """WHENs of a CASE that gives the fault's number."""
        t = self.n("t")
        if self.column == "external_id":
            yield self._when(f"strlen({t}) > {EXTERNAL_ID_LENGTH} AND length({t}) > {EXTERNAL_ID_LENGTH}", "id_too_long")
            yield self._when(f"regexp_full_match({t}, {values.SCIENTIFIC})", "id_scientific")
        elif self.kind in IN_TEXT:
            yield self._too_long()
        if self.signs.controls and (self.kind in IN_TEXT or not self.is_strict):
            yield self._when(f"regexp_matches({t}, {values.CONTROLS})", "control_characters")
        if self.is_strict:
            yield from self._unreadable()

    def _too_long(self) -> str:
        value, most = self.n("v"), WIDTHS.get(self.column, MOST_TEXT)
        return self._when(f"strlen({value}) > {most} AND length({value}) > {most}", "text_too_long")

    def _unreadable(self) -> Iterator[str]:
        t, e = self.n("t"), self.n("e")
        match self.kind:
            case TargetKind.INSTANT | TargetKind.DAY:
                yield self._when(f"{t} IS NOT NULL AND {e} IS NULL", "bad_date")
                yield self._when(f"{e} NOT BETWEEN {EARLIEST} AND {LATEST - 1}", "date_out_of_range")
                if self.kind is TargetKind.INSTANT:
                    yield self._when(f"{t} IS NOT NULL AND {self.n('u')} IS NULL", "bad_date")
                    yield self._when(self.n("g"), "time_does_not_exist")
            case TargetKind.MONEY:
                is_bad = f"{t} IS NOT NULL AND {self.n('v')} IS NULL"
                yield self._when(f"{is_bad} AND {self.n('p')} IS NOT NULL", "amount_too_large")
                yield self._when(is_bad, "bad_amount")
            case TargetKind.NUMBER:
                yield self._when(f"{t} IS NOT NULL AND {self.n('v')} IS NULL", "bad_number")
            case TargetKind.FLAG:
                yield self._when(f"{t} IS NOT NULL AND {self.n('v')} IS NULL", "bad_flag")

    def fault(self, reason: str) -> int:
        return NUMBERS[reason] * PLACES + self.number

    def _when(self, condition: str, reason: str) -> str:
        return f"WHEN {condition} THEN {self.fault(reason)}"

    # What is kept of it -------------------------------------------------------------------------------------------------

    def text(self) -> str:
        """Its canonical text; NULL for nothing."""
        t, v = self.n("t"), self.n("v")
        match self.kind:
            case TargetKind.DAY:
                made = f"CAST({self.n('d')} AS VARCHAR)"
            case TargetKind.INSTANT:
                instant = f"CASE WHEN NOT {self.n('g')} THEN {values.instant_text(self.n('u'))} END"
                made = f"CASE {self.n('k')} WHEN -1 THEN CAST({self.n('d')} AS VARCHAR) ELSE {instant} END"
            case TargetKind.FLAG:
                made = f"CASE {v} WHEN true THEN 'true' WHEN false THEN 'false' END"
            case TargetKind.MONEY:
                made = f"CAST({v} AS VARCHAR)"
            case TargetKind.NUMBER:
                made = v
            case _:
                return v
        return made if self.is_strict else f"coalesce({made}, {t})"

    def json(self) -> str:
        """Its value as JSON text, in quotes."""
        is_free = self.kind in IN_TEXT or not self.is_strict
        return values.json_text(self.n("q")) if is_free else f"'\"' || {self.n('q')} || '\"'"
