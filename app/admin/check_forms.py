"""Forms on a check's page."""

from dataclasses import dataclass
from typing import Self

from wtforms import SelectMultipleField, StringField, TextAreaField
from wtforms.validators import StopValidation

from app.services.sign_offs import LONGEST_COMMENT
from app.web.fields import AtMost, DayField, Form, PlainText, Required


class AcknowledgeForm(Form):
    items = SelectMultipleField("What you looked at", validate_choice=False)
    comment = StringField("Comment", [AtMost(300), PlainText()], id="seen_comment")

    def validate_items(self, field: SelectMultipleField) -> None:
        if not field.data:
            raise StopValidation("Choose at least one line that you looked at.")


class SignForm(Form):
    comment = TextAreaField(
        "What you looked at and what you saw",
        [Required("Say what you looked at and what you saw."), AtMost(LONGEST_COMMENT), PlainText(multiline=True)],
        id="sign_comment",
    )


class WaiverForm(Form):
    reason = TextAreaField(
        "Reason", [Required("Say why it may be open for a while."), AtMost(500), PlainText(multiline=True)], id="waiver_reason"
    )
    last_day = DayField("Last day", [Required("Enter the last day on which the waiver counts.")], id="waiver_last_day")


@dataclass(frozen=True)
class CheckForms:
    """The forms of one page; at most one of them was sent."""

    seen: AcknowledgeForm
    sign: SignForm
    waiver: WaiverForm

    @classmethod
    def empty(cls, *, seen: AcknowledgeForm | None = None, sign: SignForm | None = None, waiver: WaiverForm | None = None) -> Self:
        """All of them, but for the one that was sent, as they are at first."""
        return cls(seen or AcknowledgeForm(formdata=None), sign or SignForm(formdata=None), waiver or WaiverForm(formdata=None))
