"""Exports as XLSX: the few parts that a workbook needs, written while the rows are made, with the standard library alone.

The parts are the same bytes everywhere; the packed file may differ where another zlib packs it, so `packed=False` stores it as it is.
"""

import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any, BinaryIO
from xml.sax.saxutils import escape

from app.sample_company.company import Company
from app.sample_company.shapes import Column, Kind, Shape
from app.sample_company.styles import Clock, Flags, Style, Totals, laid_out, title_lines

MOST_ROWS = 1_048_576
DAY_ZERO = date(1899, 12, 30).toordinal()
"""Spreadsheets count days from here."""
DATE_TIME, DAY, AMOUNT = 1, 2, 3
"""Places in the list of cell formats."""
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
NOT_IN_XML = {code: None for code in range(32) if code not in {9, 10, 13}}


def write_xlsx(out: BinaryIO, company: Company, shape: Shape, style: Style | None = None, *, packed: bool = True) -> int:
    """Write all records of a data type as the only sheet of a workbook.

    :return: how many rows there are between the header and the totals
    :raises ValueError: if there are more rows than a sheet can hold
    """
    style = style or Style()
    with zipfile.ZipFile(out, "w") as book:
        for name, text in _fixed_parts(shape, style):
            book.writestr(_part(name, packed=packed), HEAD + text)
        strings: dict[str, int] | None = {} if style.shared_strings else None
        with book.open(_part("xl/worksheets/sheet1.xml", packed=packed), "w", force_zip64=True) as part:
            count = _Sheet(part, company, strings).write(shape, style)
        if strings is not None:
            with book.open(_part("xl/sharedStrings.xml", packed=packed), "w", force_zip64=True) as part:
                _write_strings(part, strings)
    return count


def _part(name: str, *, packed: bool) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    info.create_system = 3
    return info


class _Sheet:
    """Writes the rows of one sheet."""

    def __init__(self, part: IO[bytes], company: Company, strings: dict[str, int] | None) -> None:
        self._part, self._company, self._strings = part, company, strings
        self._clock = Clock(company.zone)
        self._row = 0

    def write(self, shape: Shape, style: Style) -> int:
        columns = style.columns(shape)
        totals, count = Totals(columns), 0
        self._part.write(f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData>'.encode())
        for line in title_lines(style, shape, self._company.start, self._company.end):
            self._put([(Kind.TEXT, line or None)])
        self._put([(Kind.TEXT, column.title or None) for column in columns])
        kinds = [_kind(column, style) for column in columns]
        for values in laid_out(shape, shape.rows(self._company), style):
            if style.totals_line:
                totals.add(values)
            for row in zip(*values, strict=True):
                self._put(zip(kinds, row, strict=True))
            count += len(values[0])
        if style.totals_line:
            self._put([(Kind.TEXT if value == "Total" else Kind.MONEY, value) for value in totals.line()])
        self._part.write(b"</sheetData></worksheet>")
        return count

    def _put(self, cells: Iterable[tuple[Kind | Flags, Any]]) -> None:
        self._row += 1
        if self._row > MOST_ROWS:
            raise ValueError(f"A sheet holds at most {MOST_ROWS:,} rows: export fewer, or as CSV.")
        found = [self._cell(f"{_letters(place)}{self._row}", kind, value) for place, (kind, value) in enumerate(cells) if value is not None]
        self._part.write(f'<row r="{self._row}">{"".join(found)}</row>'.encode())

    def _cell(self, place: str, kind: Kind | Flags, value: Any) -> str:
        if kind is Flags.YES_NO:
            value, kind = "Yes" if value else "No", Kind.TEXT
        match kind:
            case Kind.INSTANT:
                return f'<c r="{place}" s="{DATE_TIME}"><v>{serial(self._clock.naive(value))}</v></c>'
            case Kind.DAY:
                return f'<c r="{place}" s="{DAY}"><v>{value.toordinal() - DAY_ZERO}</v></c>'
            case Kind.MONEY:
                return f'<c r="{place}" s="{AMOUNT}"><v>{value}</v></c>'
            case Kind.FLAG:
                return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
            case Kind.ID | Kind.NUMBER if isinstance(value, int | Decimal):
                return f'<c r="{place}"><v>{value}</v></c>'
        return self._text(place, str(value))

    def _text(self, place: str, value: str) -> str:
        if self._strings is not None:
            return f'<c r="{place}" t="s"><v>{self._strings.setdefault(value, len(self._strings))}</v></c>'
        return f'<c r="{place}" t="inlineStr"><is>{_text_element(value)}</is></c>'


def _kind(column: Column, style: Style) -> Kind | Flags:
    return Flags.YES_NO if column.kind is Kind.FLAG and style.flags is Flags.YES_NO else column.kind


def serial(moment: datetime) -> float:
    """Days since the spreadsheet's zero, the time of day as a fraction, to the second."""
    return moment.toordinal() - DAY_ZERO + (moment.hour * 3600 + moment.minute * 60 + moment.second) / 86_400


LETTERS: list[str] = [chr(65 + n) for n in range(26)]
LETTERS += [first + second for first in LETTERS[:3] for second in LETTERS[:26]]


def _letters(place: int) -> str:
    """A, B … Z, AA …: more than any shape has columns."""
    return LETTERS[place]


def _text_element(value: str) -> str:
    return f'<t xml:space="preserve">{escape(value.translate(NOT_IN_XML))}</t>'


def _write_strings(part: IO[bytes], strings: dict[str, int]) -> None:
    part.write(f'{HEAD}<sst xmlns="{MAIN}" uniqueCount="{len(strings)}">'.encode())
    for value in strings:
        part.write(f"<si>{_text_element(value)}</si>".encode())
    part.write(b"</sst>")


def _fixed_parts(shape: Shape, style: Style) -> Iterator[tuple[str, str]]:
    """Everything but the sheet and its strings."""
    parts = [("/xl/workbook.xml", f"{SHEET_TYPE}.sheet.main+xml"), ("/xl/worksheets/sheet1.xml", f"{SHEET_TYPE}.worksheet+xml")]
    parts.append(("/xl/styles.xml", f"{SHEET_TYPE}.styles+xml"))
    links = [("worksheet", "worksheets/sheet1.xml"), ("styles", "styles.xml")]
    if style.shared_strings:
        parts.append(("/xl/sharedStrings.xml", f"{SHEET_TYPE}.sharedStrings+xml"))
        links.append(("sharedStrings", "sharedStrings.xml"))
    overrides = "".join(f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in parts)
    yield (
        "[Content_Types].xml",
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>',
    )
    yield "_rels/.rels", _links([("officeDocument", "xl/workbook.xml")])
    yield "xl/_rels/workbook.xml.rels", _links(links)
    sheet = f'<sheet name="{escape(shape.label)}" sheetId="1" r:id="rId1"/>'
    yield "xl/workbook.xml", f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{sheet}</sheets></workbook>'
    yield "xl/styles.xml", _formats()


def _links(links: list[tuple[str, str]]) -> str:
    found = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/{kind}" Target="{target}"/>' for n, (kind, target) in enumerate(links, start=1)
    )
    return f'<Relationships xmlns="{RELATIONS}">{found}</Relationships>'


def _formats() -> str:
    """Plain, date and time, date, amount."""
    cells = "".join(f'<xf numFmtId="{n}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>' for n in (0, 164, 14, 4))
    return (
        f'<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="mm/dd/yyyy\\ hh:mm:ss"/></numFmts>'
        '<fonts count="1"><font><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="4">{cells}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )
