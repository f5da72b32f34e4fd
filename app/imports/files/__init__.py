"""Reading files: what a file is, how it is written, what its columns hold. Knows no database and none of our tables."""

from app.imports.files.inspecting import inspect_file
from app.imports.files.preparing import prepare
from app.imports.files.reading import ColumnProfile, FileRefused, Inspection, Prepared, Reading

__all__ = ["ColumnProfile", "FileRefused", "Inspection", "Prepared", "Reading", "inspect_file", "prepare"]
