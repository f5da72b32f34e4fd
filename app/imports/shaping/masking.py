"""Samples of refused values: enough to see what is wrong, nothing that tells of a person."""

from __future__ import annotations

import re

from app.imports.files.values import masked as masked_letters

MOST_SHOWN = 60
DATE = re.compile(r"\d{1,4}[/.\-]\d{1,2}[/.\-]\d{1,4}([T ,]+\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?)?( ?[AaPp][Mm])?(Z|[+-]\d{2}:?\d{2})?")
AMOUNT = re.compile(r"[-+(]?[$€£¥]? ?\d{1,20}([.,' ]\d{1,3})*[.,]\d{1,6}[-)]?|[-+(]?[$€£¥] ?[\d.,' ]{1,20}[-)]?")
NUMBER = re.compile(r"\d{1,3}([.,]\d+)?[eE]\+?\d+")
PLAIN = {
    "bad_date": DATE, "date_out_of_range": DATE, "time_does_not_exist": DATE, "before_horizon": DATE,
    "bad_amount": AMOUNT, "amount_too_large": AMOUNT, "id_scientific": NUMBER,
}  # fmt: skip
"""Shapes that say nothing of anybody are shown as they are."""


def masked(reason: str, sample: str) -> str:
    if reason in {"too_few_cells", "too_many_cells"}:
        return f"{sample} cells" if sample.isdigit() else ""
    shape = PLAIN.get(reason)
    if shape is not None and shape.fullmatch(sample.strip()):
        return sample.strip()[:MOST_SHOWN]
    return masked_letters(sample)
