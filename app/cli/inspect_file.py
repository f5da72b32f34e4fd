"""`flask inspect-file`: what would be guessed of a file, without importing it."""

import json
from pathlib import Path

import click
from flask import Flask

from app.imports.files import FileRefused, Inspection, inspect_file

SIGNS = {"\t": "tab", "\x1f": "none", "": "none"}


def init_app(app: Flask) -> None:
    app.cli.add_command(command)


@click.command("inspect-file")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="A JSON object, for scripts.")
def command(file: Path, *, as_json: bool) -> None:
    """Look at FILE (CSV or XLSX): encoding, delimiter, titles, columns, rows. Exit status 1 if it would be refused.

    Imports nothing and needs no database. Values are shown by their shape only.
    """
    try:
        inspection = inspect_file(file, name=file.name)
    except FileRefused as exc:
        if as_json:
            click.echo(json.dumps({"refused": str(exc)}, ensure_ascii=False))
        raise click.ClickException(str(exc)) from exc
    except OSError as exc:
        raise click.ClickException(f"The file cannot be read: {exc.strerror}.") from exc
    if as_json:
        click.echo(json.dumps(_as_json(inspection), indent=2, ensure_ascii=False))
        return
    _print(inspection)


def _as_json(inspection: Inspection) -> dict[str, object]:
    reading = inspection.reading
    return {
        "kind": reading.kind,
        "encoding": reading.encoding,
        "delimiter": reading.delimiter,
        "quotechar": reading.quotechar,
        "escape": reading.escape,
        "sheet": reading.sheet,
        "header_row": reading.header_row,
        "totals_rows": reading.totals_rows,
        "rows": inspection.rows,
        "columns": [
            {
                "name": column.title,
                "type": column.type,
                "empties": column.empties,
                "distinct": column.distinct,
                "examples": list(column.examples),
            }
            for column in inspection.columns
        ],
        "sampled_rows": inspection.sampled,
        "notes": list(inspection.notes),
    }


def _print(inspection: Inspection) -> None:
    reading = inspection.reading
    if reading.sheet:
        click.echo(f"Sheet       {reading.sheet}")
    else:
        click.echo(f"Encoding    {reading.encoding}")
        click.echo(f"Delimiter   {SIGNS.get(reading.delimiter, reading.delimiter)}")
        click.echo(f"Quote       {SIGNS.get(reading.quotechar, reading.quotechar)}")
    click.echo(f"Titles      {f'line {reading.header_row:,}' if reading.header_row else 'none'}")
    click.echo(f"Rows        {inspection.rows:,}")
    for note in inspection.notes:
        click.echo(f"Note        {note}")
    wide = max((len(column.title) for column in inspection.columns), default=0)
    for column in inspection.columns:
        counts = f"{column.empties:>6,} empty  {column.distinct:>6,} different"
        click.echo(f"  {column.title:{min(wide, 40)}}  {column.type:8}  {counts}  {', '.join(column.examples)}".rstrip())
