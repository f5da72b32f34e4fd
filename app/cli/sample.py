"""Exports of the made-up company: something to import where no customer's file is at hand."""

from datetime import UTC, datetime
from pathlib import Path

import click
from flask import Flask

from app.sample_company import Company
from app.sample_company.csv_files import write_csv
from app.sample_company.shapes import SHAPES
from app.sample_company.styles import STYLES
from app.sample_company.xlsx_files import write_xlsx

WRITERS = {"csv": write_csv, "xlsx": write_xlsx}
DAY = click.DateTime(["%Y-%m-%d"])


def init_app(app: Flask) -> None:
    app.cli.add_command(sample_company)


@click.command("sample-company")
@click.option("--seed", type=int, default=7, show_default=True, help="Another number is another company.")
@click.option("--from", "start", type=DAY, default="2024-11-01", show_default=True, help="First day.")
@click.option("--to", "end", type=DAY, default="2026-11-01", show_default=True, help="The day after the last one.")
@click.option("--scale", type=float, default=1.0, show_default=True, help="1 is about 55 calls a day.")
@click.option("--zone", default="America/Chicago", show_default=True, help="Time zone of the company.")
@click.option("--format", "form", type=click.Choice(list(WRITERS)), default="csv", show_default=True)
@click.option("--style", type=click.Choice(list(STYLES)), default="clean", show_default=True, help="Neat, or as reports really arrive.")
@click.option("--data-type", "data_types", type=click.Choice(list(SHAPES)), multiple=True, help="Only these; may be given several times.")
@click.option("--column", "titles", multiple=True, help="Only these columns, in this order; for one data type.")
@click.option("--as-of", type=DAY, help="The same time as an export of this later day tells it, with rows that changed since.")
@click.option("--share", type=click.FloatRange(0, 1), default=0.02, show_default=True, help="Share of rows that --as-of changes.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Directory to write the files into.")
def sample_company(
    *,
    seed: int,
    start: datetime,
    end: datetime,
    scale: float,
    zone: str,
    form: str,
    style: str,
    data_types: tuple[str, ...],
    titles: tuple[str, ...],
    as_of: datetime | None,
    share: float,
    out: Path,
) -> None:
    """Write exports of a made-up home-services company, one file for each data type.

    The same options write the same files, always and everywhere.
    """
    if titles and len(data_types) != 1:
        raise click.UsageError("--column needs one --data-type: other data types have other columns.")
    try:
        company = Company(seed, zone, start.date(), end.date(), scale)
        if as_of is not None:
            company = company.restated(as_of.replace(tzinfo=UTC), share=share)
        shapes = [SHAPES[key] for key in data_types or SHAPES]
        if titles:
            shapes = [shapes[0].narrowed(titles)]
    except (ValueError, LookupError, OSError) as exc:
        raise click.ClickException(f"There is no such company: {exc}") from exc
    out.mkdir(parents=True, exist_ok=True)
    for shape in shapes:
        path = out / f"{shape.data_type}.{form}"
        with path.open("wb") as file:
            count = WRITERS[form](file, company, shape, STYLES[style])
        click.echo(f"{path}: {count:,} rows")
