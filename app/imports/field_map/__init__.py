"""Field maps as plain values: what is decided for each column, what is suggested, what stands against a map, how two differ."""

from app.imports.field_map.checking import difference, problems
from app.imports.field_map.fields import KEPT, MappedField, MapSpec, Transform
from app.imports.field_map.suggesting import suggest

__all__ = ["KEPT", "MapSpec", "MappedField", "Transform", "difference", "problems", "suggest"]
