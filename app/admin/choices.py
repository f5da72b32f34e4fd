"""Lists to choose from, and errors that only a use case can find, in forms of the console."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol, TypeVar

from wtforms import Form as AnyForm
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its types
from wtforms.validators import StopValidation

from app.services.errors import InvalidField
from app.web.fields import Required

NOBODY = ("", "Nobody yet")


class Listed:
    """The value must be one of the field's choices."""

    def __init__(self, message: str = "Choose one from the list.") -> None:
        self.message = message

    def __call__(self, _form: Any, field: Any) -> None:
        if field.data not in {str(value) for value, *_ in field.choices or ()}:
            raise StopValidation(self.message)


def select(
    label: str,
    message: str = "Choose one from the list.",
    *,
    may_be_empty: bool = False,
    choices: Sequence[tuple[str, str]] = (),
    **options: Any,
) -> SelectField:
    """A list whose error is a sentence of ours.

    :param may_be_empty: its empty choice means something
    :param choices: where they are known beforehand; the others are put in when the form is made
    """
    first = [] if may_be_empty else [Required(message)]
    return SelectField(label, [*first, Listed(message)], choices=listed(choices) or None, validate_choice=False, **options)


def listed(choices: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in choices]


class HasPublicId(Protocol):
    public_id: Any


R = TypeVar("R", bound=HasPublicId)


def picked(rows: Iterable[R], public_id: str | None) -> R | None:
    """The row of that id among those that could be chosen."""
    return next((row for row in rows if row.public_id == public_id), None)


def named(rows: Sequence[Any]) -> list[tuple[str, str]]:
    """Choices from rows that have a name."""
    return [(row.public_id, row.name) for row in rows]


def show_error(form: AnyForm, error: InvalidField) -> None:
    """Put what a use case refused to the field that it is about."""
    field = form[error.field]
    field.errors = [*field.errors, str(error)]
