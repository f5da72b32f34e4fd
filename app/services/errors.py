"""Errors of use cases. The text of each is a sentence for the person who asked.

* ServiceError
  - NotPossible: the state of things forbids it (409)
    + StaleVersion: somebody else was faster; says what they changed
  - InvalidField: one value cannot be taken, although the form let it through (422)
"""

from collections.abc import Mapping


class ServiceError(Exception):
    """A use case refuses. ``str(error)`` is for the person."""


class NotPossible(ServiceError):
    """What was asked does not fit the state of things."""


class StaleVersion(NotPossible):
    """The row was changed since the form was opened."""

    def __init__(self, message: str, changes: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.changes = dict(changes or {})
        """Field label → the value that stands there now."""


class InvalidField(ServiceError):
    """One field's value cannot be taken."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
