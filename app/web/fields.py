"""Form base, shared fields and validators. Every message says what is wrong and what to do."""

import re
import unicodedata
from typing import Any
from zoneinfo import available_timezones

from flask_wtf import FlaskForm
from wtforms import DateField, Field, HiddenField, PasswordField, SelectMultipleField, StringField
from wtforms.validators import Email, EqualTo, InputRequired, Length, StopValidation, ValidationError

# Characters that reorder or hide text: bidirectional controls, zero-width marks (Unicode Standard Annex #9).
_HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")


class Form(FlaskForm):
    """A form of this project: strips strings, refuses characters that deceive."""

    class Meta(FlaskForm.Meta):
        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Any:
            filters = unbound_field.kwargs.get("filters", [])
            if issubclass(unbound_field.field_class, StringField) and not issubclass(unbound_field.field_class, PasswordAsTyped):
                unbound_field.kwargs["filters"] = [*[f for f in filters if f is not strip], strip]
            return unbound_field.bind(form=form, **options)


class PasswordAsTyped(PasswordField):
    """A password, taken as it was typed: a space at its end belongs to it. Never shown again."""


class DayField(DateField):
    """A day, with an error that says how to write one."""

    def process_formdata(self, valuelist: Any) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = None
            raise ValueError("Enter a day, for instance 2026-12-01.") from None


class Several(SelectMultipleField):
    """Check boxes of which some may be ticked. What is not on the list is refused by whoever reads them."""

    def pre_validate(self, _form: object) -> None:
        """The list is known to the view, which says in a sentence what is wrong."""


class VersionedForm(Form):
    """A form that edits a row: carries the version that the person saw."""

    version = HiddenField()

    @property
    def seen_version(self) -> int:
        text = str(self.version.data or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def strip(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


class PlainText:
    """Refuses control characters and those that reorder or hide text.

    :param multiline: allow line breaks and tabs
    """

    def __init__(self, *, multiline: bool = False) -> None:
        self.allowed = "\n\r\t" if multiline else ""

    def __call__(self, _form: Any, field: Field) -> None:
        text = field.data or ""
        if any(unicodedata.category(c) in {"Cc", "Cs", "Co", "Cn"} and c not in self.allowed for c in text):
            raise StopValidation("Remove the control characters: this text holds some that cannot be shown.")
        if _HIDDEN.search(text):
            raise StopValidation("Remove the invisible characters: this text holds some that hide or reorder letters.")


class Required(InputRequired):
    """The field must hold something other than spaces."""

    def __init__(self, message: str) -> None:
        super().__init__(message)

    def __call__(self, _form: Any, field: Field) -> None:
        if not field.raw_data or not isinstance(field.raw_data[0], str) or not field.raw_data[0].strip():
            field.errors = []
            raise StopValidation(str(self.message))


class AtMost(Length):
    def __init__(self, length: int) -> None:
        super().__init__(max=length, message=f"Use at most {length} characters.")


class SameAs(EqualTo):
    """The second of two fields that a person fills alike."""

    def __init__(self, other: str, message: str) -> None:
        super().__init__(other, message=message)


class MailAddress(Email):
    def __init__(self) -> None:
        super().__init__("Enter a whole mail address, for instance ana@example.com.", check_deliverability=False, allow_empty_local=False)


class TimeZoneName:
    def __call__(self, _form: Any, field: Field) -> None:
        if field.data not in TIME_ZONES:
            raise ValidationError("Choose a time zone from the list, for instance America/Chicago.")


TIME_ZONES: frozenset[str] = frozenset(name for name in available_timezones() if "/" in name or name == "UTC")
