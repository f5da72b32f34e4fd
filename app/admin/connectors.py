"""Connectors: list, create, edit."""

from collections.abc import Sequence
from http import HTTPStatus
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField

from app.admin import bp
from app.admin.choices import NOBODY, named, picked, select, show_error
from app.connectors.registry import PROVIDERS, provider_label
from app.models import AccessMode, ConnectorState, Organization, ProviderAccount, User
from app.security.permissions import Permission
from app.services import accounts
from app.services.errors import InvalidField, StaleVersion
from app.services.reference import CURRENCIES
from app.unit_of_work import transaction
from app.web.access import requires
from app.web.current import the_person
from app.web.fields import AtMost, PlainText, Required, VersionedForm
from app.web.listing import asked_page, asked_search

FORM = "admin/connectors/form.html"


class ConnectorForm(VersionedForm):
    source_label = StringField("Source label", [Required("Enter the name that the client will read."), AtMost(80), PlainText()])
    mode = select("How data comes in", "Choose how data comes in.")
    owner = select("Owner", "Choose an active member of staff, or nobody yet.", may_be_empty=True)
    currency = select("Currency", "Choose a currency from the list.", may_be_empty=True)

    def offer(self, modes: tuple[str, ...], staff: list[tuple[str, str]], currencies: list[tuple[str, str]]) -> None:
        self.mode.choices = [(mode, AccessMode(mode).label) for mode in modes]
        self.owner.choices = [NOBODY, *staff]
        self.currency.choices = currencies


class NewConnectorForm(ConnectorForm):
    organization = select("Organization", "Choose an organization from the list.")
    provider = select("Provider", "Choose a provider from the list.")


@bp.get("/connectors")
@requires(Permission.CONNECTOR_READ)
def connectors() -> ResponseReturnValue:
    search, state = asked_search(), _asked_state()
    page = accounts.list_connectors(search=search, state=state, page=asked_page())
    return render_template(
        "admin/connectors/list.html", page=page, search=search, state=state, states=list(ConnectorState), provider_label=provider_label
    )


@bp.get("/connectors/new")
@requires(Permission.CONNECTOR_WRITE)
def new_connector() -> ResponseReturnValue:
    organizations, staff = accounts.all_organizations(), accounts.active_staff()
    form = _new_form(organizations, staff, formdata=None, organization=request.args.get("organization"), owner=the_person().public_id)
    return render_template(FORM, form=form, account=None, stale=None, providers=PROVIDERS.values(), has_organizations=bool(organizations))


@bp.post("/connectors/new")
@requires(Permission.CONNECTOR_WRITE)
def create_connector() -> ResponseReturnValue:
    organizations, staff = accounts.all_organizations(), accounts.active_staff()
    form = _new_form(organizations, staff)
    if form.validate_on_submit():
        organization = picked(organizations, form.organization.data)
        try:
            with transaction():
                account = accounts.create_connector(
                    organization=_chosen(organization),
                    provider=form.provider.data,
                    mode=AccessMode(form.mode.data),
                    source_label=form.source_label.data or "",
                    owner=picked(staff, form.owner.data),
                    currency=form.currency.data or None,
                    actor=the_person().actor,
                )
            flash(f"The connector {account.source_label} was created. Its five gates come next.", "success")
            return redirect(url_for("admin.show_connector", connector_id=account.public_id), HTTPStatus.SEE_OTHER)
        except InvalidField as exc:
            show_error(form, exc)
    html = render_template(FORM, form=form, account=None, stale=None, providers=PROVIDERS.values(), has_organizations=bool(organizations))
    return html, HTTPStatus.UNPROCESSABLE_ENTITY


@bp.get("/connectors/<uuid:connector_id>/edit")
@requires(Permission.CONNECTOR_WRITE)
def edit_connector(connector_id: UUID) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    owner = account.owner.public_id if account.owner else ""
    form = ConnectorForm(formdata=None, source_label=account.source_label, mode=account.mode.value, owner=owner, currency=account.currency)
    form.version.data = str(account.version)
    _offer_for(form, account, accounts.active_staff())
    return _edit_page(form, account)


@bp.post("/connectors/<uuid:connector_id>/edit")
@requires(Permission.CONNECTOR_WRITE)
def edit_connector_submit(connector_id: UUID) -> ResponseReturnValue:
    account, staff = accounts.get_connector(str(connector_id)), accounts.active_staff()
    form = ConnectorForm()
    owners = _offer_for(form, account, staff)
    if not form.validate_on_submit():
        return _edit_page(form, account, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        with transaction():
            accounts.edit_connector(
                account,
                seen_version=form.seen_version,
                mode=AccessMode(form.mode.data),
                source_label=form.source_label.data or "",
                owner=picked(owners, form.owner.data),
                currency=form.currency.data,
                actor=the_person().actor,
            )
    except InvalidField as exc:
        show_error(form, exc)
        return _edit_page(form, accounts.get_connector(str(connector_id)), status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except StaleVersion as exc:
        account = accounts.get_connector(str(connector_id))
        form.version.data = str(account.version)
        return _edit_page(form, account, stale=exc, status=HTTPStatus.CONFLICT)
    flash("The connector was saved.", "success")
    return redirect(url_for("admin.show_connector", connector_id=account.public_id), HTTPStatus.SEE_OTHER)


def _asked_state() -> ConnectorState | None:
    asked = request.args.get("state", "")
    return ConnectorState(asked) if asked in set(ConnectorState) else None


def _new_form(organizations: Sequence[Organization], staff: Sequence[User], **options: object) -> NewConnectorForm:
    form = NewConnectorForm(**options)
    form.organization.choices = [("", "Choose…"), *named(organizations)]
    form.provider.choices = [(provider.key, provider.label) for provider in PROVIDERS.values()]
    form.offer(tuple(AccessMode), named(staff), [("", "The organization's own"), *CURRENCIES.items()])
    return form


def _chosen(organization: Organization | None) -> Organization:
    if organization is None:
        raise InvalidField("organization", "Choose an organization from the list.")
    return organization


def _offer_for(form: ConnectorForm, account: ProviderAccount, staff: Sequence[User]) -> list[User]:
    """Choices for one connector: what stands there stays possible, also where it could not be chosen anew.

    :return: who may be the owner
    """
    owners = [*staff]
    if account.owner is not None and account.owner not in owners:
        owners.append(account.owner)
    provider = PROVIDERS.get(account.provider)
    modes = provider.modes if provider else ()
    if account.mode.value not in modes:
        modes = (*modes, account.mode.value)
    currencies = {**CURRENCIES, account.currency: CURRENCIES.get(account.currency, account.currency)}
    form.offer(modes, named(owners), list(currencies.items()))
    return owners


def _edit_page(
    form: ConnectorForm, account: ProviderAccount, *, stale: StaleVersion | None = None, status: int = HTTPStatus.OK
) -> ResponseReturnValue:
    return render_template(FORM, form=form, account=account, stale=stale, provider_label=provider_label), status
