"""Exports as CSV, written while the rows are made."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any, BinaryIO

from app.sample_company.company import Company
from app.sample_company.shapes import Shape
from app.sample_company.styles import Clock, Style, Totals, laid_out, texts_for, title_lines

Form = Callable[[Any], Any] | None
MARK = "\ufeff"


def write_csv(out: BinaryIO, company: Company, shape: Shape, style: Style | None = None) -> int:
    """Write all records of a data type.

    :return: how many rows there are between the header and the totals
    """
    style = style or Style()
    codec = "utf-16-le" if style.encoding == "utf-16" else style.encoding
    text = io.TextIOWrapper(out, encoding=codec, newline="", write_through=False)
    try:
        if style.encoding == "utf-16":
            text.write(MARK)
        return _write(csv.writer(text, delimiter=style.delimiter, lineterminator=style.line_end), company, shape, style)
    finally:
        text.flush()
        text.detach()


def _write(writer: Any, company: Company, shape: Shape, style: Style) -> int:
    columns, clock = style.columns(shape), Clock(company.zone)
    formats = [texts_for(column, style, clock) for column in columns]
    totals, count = Totals(columns), 0
    writer.writerows([line] for line in title_lines(style, shape, company.start, company.end))
    writer.writerow([column.title for column in columns])
    for values in laid_out(shape, shape.rows(company), style):
        if style.totals_line:
            totals.add(values)
        writer.writerows(zip(*_cells(values, formats), strict=True))
        count += len(values[0])
    if style.totals_line:
        writer.writerow(list(_totals(totals.line(), formats)))
    return count


def _cells(values: list[Sequence[Any]], formats: list[Form]) -> Iterator[Sequence[Any]]:
    """Texts, column by column. A column of the same values as the one before, as dates often are, is not written out twice."""
    made: dict[Form, tuple[Sequence[Any], list[Any]]] = {}
    for column, form in zip(values, formats, strict=True):
        if form is None:
            yield column
            continue
        if form not in made or made[form][0] != column:
            made[form] = column, ["" if value is None else form(value) for value in column]
        yield made[form][1]


def _totals(line: list[Any], formats: list[Form]) -> Iterator[Any]:
    for value, form in zip(line, formats, strict=True):
        yield value if form is None or value is None or value == "Total" else form(value)
