"""What happens when the connector fails: who is told, how, what the client sees meanwhile, what the fallback is."""

from http import HTTPStatus
from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue
from wtforms import StringField, TextAreaField

from app.admin import bp
from app.admin.agreement_answers import Act, save
from app.models import FailurePath, ProviderAccount
from app.security.permissions import Permission
from app.services import accounts, agreements, check_reading
from app.services.errors import StaleVersion
from app.web.access import requires
from app.web.current import the_person
from app.web.fields import AtMost, PlainText, Required, Several, VersionedForm

PAGE = "admin/agreements/failure_path.html"
WRITTEN = Act("failure_path.written", ["failure-path"], "The failure path was saved.")


class FailurePathForm(VersionedForm):
    told = Several("People who are told")
    channel = StringField("Channel", [Required("Say by which channel they are told."), AtMost(200), PlainText()])
    client_sees = TextAreaField(
        "What the client sees meanwhile", [Required("Say what the client sees meanwhile."), AtMost(300), PlainText(multiline=True)]
    )
    fallback = TextAreaField("Fallback", [Required("Say what the fallback is."), AtMost(300), PlainText(multiline=True)])


@bp.get("/connectors/<uuid:connector_id>/failure-path")
@requires(Permission.CONNECTOR_READ)
def failure_path(connector_id: UUID) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    row = agreements.failure_path_of(account)
    if row is None:
        form = FailurePathForm(formdata=None, told=[account.owner.public_id] if account.owner is not None else [])
    else:
        told = sorted(agreements.people_told(row))
        form = FailurePathForm(formdata=None, told=told, channel=row.channel, client_sees=row.client_sees, fallback=row.fallback)
    form.version.data = _version(row)
    return _page(account, form)


@bp.post("/connectors/<uuid:connector_id>/failure-path")
@requires(Permission.READINESS_WRITE)
def write_failure_path(connector_id: UUID) -> ResponseReturnValue:
    account, form = accounts.get_connector(str(connector_id)), FailurePathForm()
    if not form.validate_on_submit():
        return _page(account, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)

    def again(fresh: ProviderAccount, stale: StaleVersion | None, status: int) -> ResponseReturnValue:
        if stale is not None:
            form.version.data = _version(agreements.failure_path_of(fresh))
        return _page(fresh, form, stale=stale, status=status)

    def do() -> None:
        wanted = frozenset(form.told.data or ())
        agreements.write_failure_path(
            account,
            told=[person for person in accounts.active_staff() if person.public_id in wanted],
            channel=form.channel.data or "",
            client_sees=form.client_sees.data or "",
            fallback=form.fallback.data or "",
            seen_version=form.seen_version,
            actor=the_person().actor,
        )

    return save(account, form, WRITTEN, do, page=again)


def _version(row: FailurePath | None) -> str:
    return str(row.version) if row is not None else "0"


def _page(
    account: ProviderAccount, form: FailurePathForm, *, stale: StaleVersion | None = None, status: int = HTTPStatus.OK
) -> ResponseReturnValue:
    row = agreements.failure_path_of(account)
    names = check_reading.names_of(agreements.people_told(row)) if row is not None else {}
    return render_template(
        PAGE,
        account=account,
        row=row,
        told=sorted(names.values()),
        staff=[(person.public_id, person.name) for person in accounts.active_staff()],
        form=form,
        stale=stale,
    ), status
