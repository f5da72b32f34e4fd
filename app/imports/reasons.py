"""Why a row is refused. Keys outlive releases: stored rejects name them."""

from __future__ import annotations

REASONS: dict[str, str] = {
    "missing_id": "The row has no id, so a later correction of it could not be told from a new row.",
    "id_scientific": "The id was turned into scientific notation by a spreadsheet, and its last digits are lost.",
    "id_too_long": "The id is longer than 190 characters.",
    "missing_date": "The row has no date, so no figure could count it on a day.",
    "bad_date": "The date cannot be read, or there is no such day.",
    "date_out_of_range": "The date lies before 1970 or after 2099.",
    "time_does_not_exist": "Clocks were set forward over this time on that day, so it never was.",
    "bad_amount": "The amount cannot be read in the style that the map names.",
    "amount_too_large": "The amount has more than 14 digits before the point.",
    "bad_number": "The number cannot be read.",
    "bad_flag": "The value means neither yes nor no.",
    "missing_mandatory": "A value is missing that this kind of row must have.",
    "before_horizon": "The row lies before the day from which figures are counted.",
    "text_too_long": "The text is longer than its place.",
    "control_characters": "The text has characters that nobody can see or type, so the file was probably damaged.",
    "too_few_cells": "The row has fewer cells than there are columns.",
    "too_many_cells": "The row has more cells than there are columns; a cell with the delimiter in it lacks its quotes.",
    "bad_quotes": "A quote stands in the middle of a cell.",
    "bad_encoding": "The row has bytes that are no text.",
    "line_too_long": "The row is longer than a million characters.",
}
"""By key, for people: what is wrong with a row."""

NUMBERS: dict[str, int] = {key: number for number, key in enumerate(REASONS, 1)}
BY_NUMBER: dict[int, str] = {number: key for key, number in NUMBERS.items()}


def sentence(key: str) -> str:
    """What to tell people; keys of another release are shown as they are."""
    return REASONS.get(key, key)
