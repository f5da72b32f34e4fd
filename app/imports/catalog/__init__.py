"""What the data types are, and what their fields may become. Titles and synonyms are ours, written from the field names of the source's
public interface and from the way reports are usually titled: nothing here was handed to us by the source.

Keys of data types, targets and status words outlive releases: never rename one.
"""

from app.imports.catalog import billing, leads, traffic, work
from app.imports.catalog.targets import DataType, Target, TargetKind, squashed

__all__ = ["DATA_TYPES", "DataType", "Target", "TargetKind", "label_of", "squashed"]

DATA_TYPES: dict[str, DataType] = {
    one.key: one
    for one in sorted((*leads.DATA_TYPES, *traffic.DATA_TYPES, *work.DATA_TYPES, *billing.DATA_TYPES), key=lambda one: one.label)
}
"""By key: the 17 of ServiceTitan, and bookings, leads, forms, payments, ad clicks and search clicks."""


def label_of(key: str) -> str:
    """What people call a data type; the key itself of one that a newer release wrote down."""
    return DATA_TYPES[key].label if key in DATA_TYPES else key
