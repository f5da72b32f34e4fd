"""The customer's consent: what was agreed to, recorded with person, day and proof, and taken back."""

from http import HTTPStatus
from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, HiddenField, StringField
from wtforms.validators import StopValidation

from app.admin import bp
from app.admin.agreement_answers import Act, save
from app.imports.catalog import DATA_TYPES
from app.models import AccessMode, ProviderAccount
from app.security.permissions import Permission
from app.services import accounts, agreements, data_types, people
from app.services.errors import StaleVersion
from app.services.tasks import today
from app.web.access import requires
from app.web.current import the_person
from app.web.fields import AtMost, DayField, Form, PlainText, Required, Several

PAGE = "admin/agreements/consent.html"
CHECK = "customer-authorized"
RECORDED = Act("consent.recorded", [CHECK], "The consent was recorded.")
WITHDRAWN = Act("consent.withdrawn", [CHECK], "The consent is withdrawn. Nothing is imported from now on.")


class ConsentForm(Form):
    seen = HiddenField()
    """Public id of the consent that the person saw."""
    reads = Several("Data types that may be read")
    writes = Several("Data types that may be written")
    given_by = StringField("Who agreed", [Required("Say who agreed."), AtMost(120), PlainText()])
    given_on = DayField("On", [Required("Enter the day on which they agreed.")])
    proof = StringField("Proof", [Required("Say where the proof is kept."), AtMost(300), PlainText()])


class WithdrawalForm(Form):
    note = StringField("What they said", [AtMost(300), PlainText()])
    sure = BooleanField("The customer took the consent back")

    def validate_sure(self, field: BooleanField) -> None:
        if not field.data:
            raise StopValidation("Tick this, so that it is sure that this is meant.")


@bp.get("/connectors/<uuid:connector_id>/consent")
@requires(Permission.CONNECTOR_READ)
def consent(connector_id: UUID) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    row = agreements.consent_of(account)
    chosen = [each.data_type for each in data_types.all_of(account)]
    reads = row.reads.split(",") if row is not None and row.withdrawn_on is None else chosen
    writes = row.writes.split(",") if row is not None and row.withdrawn_on is None else []
    form = ConsentForm(formdata=None, reads=reads, writes=writes, given_on=today(account.organization))
    form.seen.data = row.public_id if row is not None else ""
    return _page(account, form)


@bp.post("/connectors/<uuid:connector_id>/consent")
@requires(Permission.READINESS_WRITE)
def record_consent(connector_id: UUID) -> ResponseReturnValue:
    account, form, person = accounts.get_connector(str(connector_id)), ConsentForm(), the_person()
    if not form.validate_on_submit() or form.given_on.data is None:
        return _page(account, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    given_on = form.given_on.data

    def again(fresh: ProviderAccount, stale: StaleVersion | None, status: int) -> ResponseReturnValue:
        if stale is not None:
            row = agreements.consent_of(fresh)
            form.seen.data = row.public_id if row is not None else ""
        return _page(fresh, form, stale=stale, status=status)

    def do() -> None:
        agreements.record_consent(
            account,
            reads=form.reads.data or (),
            writes=form.writes.data or (),
            given_by=form.given_by.data or "",
            given_on=given_on,
            proof=form.proof.data or "",
            by=people.get_person(person.public_id),
            actor=person.actor,
            seen=form.seen.data or "",
        )

    return save(account, form, RECORDED, do, page=again)


@bp.post("/connectors/<uuid:connector_id>/consent/withdrawal")
@requires(Permission.READINESS_WRITE)
def withdraw_consent(connector_id: UUID) -> ResponseReturnValue:
    account, form = accounts.get_connector(str(connector_id)), WithdrawalForm()
    if not form.validate_on_submit():
        return _page(account, None, withdrawal=form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return save(
        account,
        form,
        WITHDRAWN,
        lambda: agreements.withdraw_consent(account, note=form.note.data or "", actor=the_person().actor),
        page=lambda fresh, stale, status: _page(fresh, None, withdrawal=form, stale=stale, status=status),
    )


def _page(
    account: ProviderAccount,
    form: ConsentForm | None,
    *,
    withdrawal: WithdrawalForm | None = None,
    stale: StaleVersion | None = None,
    status: int = HTTPStatus.OK,
) -> ResponseReturnValue:
    row = agreements.consent_of(account)
    if form is None:
        form = ConsentForm(formdata=None)
        form.seen.data = row.public_id if row is not None else ""
    chosen = {each.data_type for each in data_types.all_of(account)} | {*(form.reads.data or ()), *(form.writes.data or ())}
    return render_template(
        PAGE,
        account=account,
        row=row,
        recorded_by=row.recorded_by.name if row is not None and row.recorded_by is not None else "",
        labels={key: kind.label for key, kind in DATA_TYPES.items()},
        offered=[(key, DATA_TYPES[key].label) for key in sorted(chosen & DATA_TYPES.keys())],
        is_by_hand=account.mode is AccessMode.MANUAL,
        form=form,
        withdrawal=withdrawal or WithdrawalForm(formdata=None),
        stale=stale,
    ), status
