"""How the source's reports title the columns of each kind of record, by data type."""

from app.sample_company.shapes import billing, contacts, settings, work
from app.sample_company.shapes.shape import Column, Kind, Shape

__all__ = ["SHAPES", "Column", "Kind", "Shape"]

SHAPES: dict[str, Shape] = {shape.data_type: shape for part in (contacts, work, billing, settings) for shape in part.SHAPES}
"""All data types that can be exported. Keys are never renamed: commands and tests name them."""
