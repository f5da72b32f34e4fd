"""One column of a draft: what it means, who answers for it, what the client reads, how its values are read."""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Self
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import NoResultFound
from wtforms import BooleanField, StringField, TextAreaField, ValidationError

from app.admin import bp
from app.admin.choices import NOBODY, listed, named, picked, select, show_error
from app.admin.field_maps import known
from app.imports.catalog import DataType, Target, TargetKind
from app.imports.field_map import Transform
from app.imports.files import ColumnProfile
from app.models import FieldMap, FieldMapField, PrivacyClass, ProviderAccount, User
from app.security.permissions import Permission
from app.services import accounts, field_maps, inspections, map_editing
from app.services.errors import InvalidField, StaleVersion
from app.services.map_editing import FieldEdit, choice_of, choices_of
from app.unit_of_work import transaction
from app.web.access import requires
from app.web.current import the_person
from app.web.fields import TIME_ZONES, AtMost, PlainText, VersionedForm

FORM = "admin/maps/column.html"
SIGNS = ("$", "€", "£", "¥", "₹")
MOST_WORDS = 200
WORD_LENGTH = 100
KINDS = {
    "": "Text",
    TargetKind.ID.value: "Id",
    TargetKind.INSTANT.value: "Date and time",
    TargetKind.DAY.value: "Day",
    TargetKind.MONEY.value: "Amount",
    TargetKind.NUMBER.value: "Number",
    TargetKind.FLAG.value: "Yes or no",
}
DATES = {
    "": "As it is written by itself (2026-10-31)",
    "mdy": "Month, day, year (10/31/2026)",
    "dmy": "Day, month, year (31/10/2026)",
    "ymd": "Year, month, day (2026/10/31)",
}
MONEY = {"": "1,234.50", "point": "1,234.50 for certain", "comma": "1.234,50"}


class ColumnForm(VersionedForm):
    choice = select("What it means", "Choose what this column means from the list.", may_be_empty=True)
    ignore_reason = StringField("Reason, if it is ignored", [AtMost(200), PlainText()])
    label = StringField("Label", [AtMost(80), PlainText()])
    owner = select("Owner", "Choose an active member of staff, or nobody yet.", may_be_empty=True)
    privacy = select("Privacy class", "Choose a privacy class.", choices=[(each.value, each.label) for each in PrivacyClass])
    explanation = TextAreaField("Explanation for the client", [AtMost(300), PlainText(multiline=True)])
    dates = select("Dates are written", "Choose how dates are written.", may_be_empty=True, choices=list(DATES.items()))
    zone = StringField("Time zone of times that name none", [AtMost(64), PlainText()])
    money = select("Amounts are written", "Choose how amounts are written.", may_be_empty=True, choices=list(MONEY.items()))
    sign = select("Currency sign", "Choose the sign that amounts carry.", choices=[(sign, sign) for sign in SIGNS])
    yes = StringField("Further words for yes", [AtMost(300), PlainText()])
    no = StringField("Further words for no", [AtMost(300), PlainText()])
    words = TextAreaField("The source's words and ours", [AtMost(WORD_LENGTH * MOST_WORDS), PlainText(multiline=True)])
    kind = select("Values kept beside the rest are", "Choose a kind of value.", may_be_empty=True, choices=list(KINDS.items()))
    trim = BooleanField("Take spaces at both ends away")

    def validate_zone(self, field: StringField) -> None:
        if field.data and field.data not in TIME_ZONES:
            raise ValidationError("Enter a time zone by its full name, for instance America/Chicago, or leave it empty.")

    def validate_words(self, field: TextAreaField) -> None:
        lines = _lines(field.data)
        if len(lines) > MOST_WORDS:
            raise ValidationError(f"Use at most {MOST_WORDS} lines.")
        for number, line in enumerate(lines, start=1):
            theirs, mark, ours = (part.strip() for part in line.partition("="))
            if not (theirs and mark and ours) or max(len(theirs), len(ours)) > WORD_LENGTH:
                raise ValidationError(f"Line {number} is not “their word = our word”, for instance “Dispatched = in_progress”.")

    def transform(self) -> Transform:
        pairs = (line.partition("=") for line in _lines(self.words.data))
        return Transform(
            kind=self.kind.data or "",
            dates=self.dates.data or "",
            zone=self.zone.data or "",
            money=self.money.data or "",
            sign=self.sign.data,
            trim=bool(self.trim.data),
            words=tuple((theirs.strip(), ours.strip()) for theirs, _, ours in pairs),
            yes=_words(self.yes.data),
            no=_words(self.no.data),
        )


@dataclass(frozen=True)
class ColumnPage:
    """A column, its place among the others, and what the newest file holds in it."""

    account: ProviderAccount
    data_type: DataType
    draft: FieldMap
    field: FieldMapField
    profile: ColumnProfile | None

    @classmethod
    def of(cls, account: ProviderAccount, data_type: str, field_id: UUID) -> Self:
        draft = field_maps.get_draft(account, data_type)
        field = next((each for each in draft.fields if each.public_id == str(field_id)), None)
        if field is None:
            raise NoResultFound
        found = inspections.latest(account, data_type)
        return cls(account, known(data_type), draft, field, found[1].by_title.get(field.source) if found else None)

    @property
    def target(self) -> Target | None:
        return self.data_type.target(self.field.target)

    @property
    def our_words(self) -> list[str]:
        """What the target's words may become."""
        return list(dict.fromkeys(self.target.words.values())) if self.target else []

    @property
    def next_field(self) -> FieldMapField | None:
        return self._beside(1)

    @property
    def former_field(self) -> FieldMapField | None:
        return self._beside(-1)

    def _beside(self, step: int) -> FieldMapField | None:
        place = self.draft.fields.index(self.field) + step
        return self.draft.fields[place] if 0 <= place < len(self.draft.fields) else None


@bp.get("/connectors/<uuid:connector_id>/maps/<string:data_type>/draft/columns/<uuid:field_id>")
@requires(Permission.MAP_WRITE)
def edit_map_column(connector_id: UUID, data_type: str, field_id: UUID) -> ResponseReturnValue:
    page = ColumnPage.of(accounts.get_connector(str(connector_id)), data_type, field_id)
    form = ColumnForm(formdata=None, data=_as_it_is(page))
    _offer(form, page)
    return _page(page, form)


@bp.post("/connectors/<uuid:connector_id>/maps/<string:data_type>/draft/columns/<uuid:field_id>")
@requires(Permission.MAP_WRITE)
def save_map_column(connector_id: UUID, data_type: str, field_id: UUID) -> ResponseReturnValue:
    page = ColumnPage.of(accounts.get_connector(str(connector_id)), data_type, field_id)
    form = ColumnForm()
    owners = _offer(form, page)
    if not form.validate_on_submit():
        return _page(page, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        with transaction():
            map_editing.edit_field(page.draft, page.field, _edit(form, owners), seen_version=form.seen_version, actor=the_person().actor)
    except InvalidField as exc:
        show_error(form, exc)
        page = ColumnPage.of(accounts.get_connector(str(connector_id)), data_type, field_id)
        return _page(page, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except StaleVersion as exc:
        page = ColumnPage.of(accounts.get_connector(str(connector_id)), data_type, field_id)
        exc.changes.update(_differences(form, page))
        form.version.data = str(page.draft.version)
        return _page(page, form, stale=exc, status=HTTPStatus.CONFLICT)
    return _way_on(page, connector_id, data_type)


def _way_on(page: ColumnPage, connector_id: UUID, data_type: str) -> ResponseReturnValue:
    following = page.next_field
    if request.form.get("then") == "next" and following is not None:
        address = url_for("admin.edit_map_column", connector_id=connector_id, data_type=data_type, field_id=following.public_id)
        return redirect(address, HTTPStatus.SEE_OTHER)
    flash(f"“{page.field.source}” was saved.", "success")
    return redirect(url_for("admin.edit_map", connector_id=connector_id, data_type=data_type), HTTPStatus.SEE_OTHER)


def _as_it_is(page: ColumnPage) -> dict[str, Any]:
    field, transform = page.field, Transform.from_json(page.field.transform)
    return {
        "version": str(page.draft.version),
        "choice": choice_of(field),
        "ignore_reason": field.ignore_reason,
        "label": field.label,
        "owner": field.owner.public_id if field.owner else "",
        "privacy": field.privacy.value,
        "explanation": field.explanation,
        "words": "\n".join(f"{theirs} = {ours}" for theirs, ours in transform.words),
        "yes": ", ".join(transform.yes),
        "no": ", ".join(transform.no),
        **{name: getattr(transform, name) for name in ("dates", "zone", "money", "sign", "kind", "trim")},
    }


def _offer(form: ColumnForm, page: ColumnPage) -> list[User]:
    """What can be chosen; what stands there stays possible.

    :return: who may be the owner
    """
    owners = list(accounts.active_staff())
    if page.field.owner is not None and page.field.owner not in owners:
        owners.append(page.field.owner)
    form.owner.choices = listed([NOBODY, *named(owners)])
    form.choice.choices = listed(choices_of(page.draft.data_type).items())
    standing = Transform.from_json(page.field.transform)
    if standing.sign not in SIGNS:
        form.sign.choices = listed((sign, sign or "None") for sign in (*SIGNS, standing.sign))
    return owners


def _edit(form: ColumnForm, owners: list[User]) -> FieldEdit:
    return FieldEdit(
        choice=form.choice.data or "",
        label=form.label.data or "",
        owner=picked(owners, form.owner.data),
        privacy=PrivacyClass(form.privacy.data),
        explanation=form.explanation.data or "",
        ignore_reason=form.ignore_reason.data or "",
        transform=form.transform(),
    )


def _differences(form: ColumnForm, page: ColumnPage) -> Iterator[tuple[str, str]]:
    """Fields of the form whose value now is another than what the person sent: label and value in words."""
    for name, value in _as_it_is(page).items():
        field = form[name]
        if name == "version" or (field.data or "") == (value or ""):
            continue
        words = {str(key): text for key, text, *_ in getattr(field, "choices", None) or ()}
        yield field.label.text, words.get(str(value), str(value)) or "empty"


def _page(page: ColumnPage, form: ColumnForm, *, stale: Any = None, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    return render_template(FORM, page=page, form=form, stale=stale), status


def _lines(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").splitlines() if line.strip()]


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in (text or "").split(",") if word.strip())
