"""From a prepared file and a map to typed rows, counted rejects and digests, all by set-based SQL in DuckDB."""

from app.imports.shaping.result import Bounds, Reject, Shaped
from app.imports.shaping.run import shape
from app.imports.shaping.trying import try_out

__all__ = ["Bounds", "Reject", "Shaped", "shape", "try_out"]
