"""Which window the connector's cards compare with their baseline."""

from http import HTTPStatus
from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue
from wtforms import RadioField

from app.admin import bp
from app.admin.agreement_answers import Act, save
from app.admin.choices import Listed, listed
from app.metrics.window_rules import DEFAULT, WindowRule
from app.models import ProviderAccount
from app.security.permissions import Permission
from app.services import accounts, agreements
from app.services.errors import StaleVersion
from app.web.access import requires
from app.web.current import the_person
from app.web.fields import Required, VersionedForm

PAGE = "admin/agreements/window_rule.html"
MESSAGE = "Choose one of the windows."
HINTS = {
    WindowRule.MONTH: "Read once a month, and whole months are compared: the same days of the week may differ in number.",
    WindowRule.DAYS_28: "Moves with every new day, and holds each day of the week four times.",
}
CHOSEN = Act("window_rule.chosen", ["comparable"], "The rule for windows was saved.")


class WindowRuleForm(VersionedForm):
    rule = RadioField(
        "Window",
        [Required(MESSAGE), Listed(MESSAGE)],
        choices=listed((each.value, each.label) for each in WindowRule),
        validate_choice=False,
    )


@bp.get("/connectors/<uuid:connector_id>/window-rule")
@requires(Permission.CONNECTOR_READ)
def window_rule(connector_id: UUID) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    row = agreements.window_rule_of(account)
    form = WindowRuleForm(formdata=None, rule=row.rule if row is not None else DEFAULT.value)
    form.version.data = _version(account)
    return _page(account, form)


@bp.post("/connectors/<uuid:connector_id>/window-rule")
@requires(Permission.READINESS_WRITE)
def choose_window_rule(connector_id: UUID) -> ResponseReturnValue:
    account, form = accounts.get_connector(str(connector_id)), WindowRuleForm()
    if not form.validate_on_submit():
        return _page(account, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)

    def again(fresh: ProviderAccount, stale: StaleVersion | None, status: int) -> ResponseReturnValue:
        if stale is not None:
            form.version.data = _version(fresh)
        return _page(fresh, form, stale=stale, status=status)

    def do() -> None:
        agreements.choose_window_rule(account, WindowRule(form.rule.data), actor=the_person().actor, seen_version=form.seen_version)

    return save(account, form, CHOSEN, do, page=again)


def _version(account: ProviderAccount) -> str:
    row = agreements.window_rule_of(account)
    return str(row.version) if row is not None else "0"


def _page(
    account: ProviderAccount, form: WindowRuleForm, *, stale: StaleVersion | None = None, status: int = HTTPStatus.OK
) -> ResponseReturnValue:
    row = agreements.window_rule_of(account)
    return render_template(
        PAGE, account=account, row=row, rules=list(WindowRule), hints=HINTS, default=DEFAULT, form=form, stale=stale
    ), status
