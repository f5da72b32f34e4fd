"""A connector's secrets: written here, never shown again but for their last four characters."""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import NoResultFound
from wtforms import PasswordField

from app.admin import bp
from app.admin.choices import show_error
from app.connectors.registry import PROVIDERS, CredentialField
from app.models import AccountCredential, ProviderAccount
from app.security.permissions import Permission
from app.services import account_credentials, accounts
from app.services.errors import InvalidField
from app.unit_of_work import transaction
from app.web.access import requires
from app.web.current import the_person
from app.web.fields import Form, Required


class CredentialForm(Form):
    value = PasswordField("Secret", [Required("Enter the secret.")])
    """A PasswordField never renders what was typed, also after an error."""


@dataclass(frozen=True)
class CredentialLine:
    """A secret that the provider knows or that is stored, without the secret."""

    field: CredentialField
    stored: AccountCredential | None
    is_known: bool
    """The provider still has such a secret; one that it does not know can only be removed."""


def credential_lines(account: ProviderAccount) -> Sequence[CredentialLine]:
    """In the provider's order, then what is stored under names that it does not know."""
    provider = PROVIDERS.get(account.provider)
    fields = provider.credentials if provider else ()
    stored = {credential.name: credential for credential in account.credentials}
    lines = [CredentialLine(field, stored.pop(field.name, None), is_known=True) for field in fields]
    lines += [CredentialLine(CredentialField(name, name), credential, is_known=False) for name, credential in stored.items()]
    return lines


@bp.get("/connectors/<uuid:connector_id>/credentials/<string:credential_name>")
@requires(Permission.CREDENTIAL_WRITE)
def connector_credential(connector_id: UUID, credential_name: str) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    return _page(account, _line(account, credential_name), CredentialForm(formdata=None))


@bp.post("/connectors/<uuid:connector_id>/credentials/<string:credential_name>")
@requires(Permission.CREDENTIAL_WRITE)
def set_connector_credential(connector_id: UUID, credential_name: str) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    line, form = _line(account, credential_name), CredentialForm()
    if not form.validate_on_submit():
        return _page(account, line, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        with transaction():
            account_credentials.set_credential(account, name=line.field.name, value=form.value.data or "", actor=the_person().actor)
    except InvalidField as exc:
        show_error(form, exc)
        account = accounts.get_connector(str(connector_id))
        return _page(account, _line(account, credential_name), form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    flash(f"{line.field.label} was stored. From now on only its last characters are shown.", "success")
    return redirect(url_for("admin.show_connector", connector_id=connector_id), HTTPStatus.SEE_OTHER)


@bp.post("/connectors/<uuid:connector_id>/credentials/<string:credential_name>/remove")
@requires(Permission.CREDENTIAL_WRITE)
def remove_connector_credential(connector_id: UUID, credential_name: str) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    with transaction():
        was_there = account_credentials.remove_credential(account, name=credential_name, actor=the_person().actor)
    if was_there:
        flash("The secret was removed. Nothing can use it any more.", "success")
    else:
        flash("There was no such secret: nothing was removed.", "info")
    return redirect(url_for("admin.show_connector", connector_id=connector_id), HTTPStatus.SEE_OTHER)


def _line(account: ProviderAccount, name: str) -> CredentialLine:
    """:raises sqlalchemy.exc.NoResultFound: if the provider has no such secret"""
    for line in credential_lines(account):
        if line.is_known and line.field.name == name:
            return line
    raise NoResultFound


def _page(account: ProviderAccount, line: CredentialLine, form: CredentialForm, *, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    html = render_template("admin/connectors/credential.html", account=account, line=line, form=form)
    return html, status
