"""How long each class of the connector's data is kept."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue
from wtforms import HiddenField
from wtforms.validators import NumberRange

from app.admin import bp
from app.admin.agreement_answers import Act, save
from app.admin.file_reading import Counted, WholeNumber
from app.models import ProviderAccount, RetentionRule
from app.readiness.checks.retention import CLASSES
from app.security.permissions import Permission
from app.services import accounts, agreements, purges
from app.services.agreements import LONGEST_KEPT
from app.services.errors import StaleVersion
from app.web.access import requires
from app.web.current import the_person
from app.web.fields import Form

PAGE = "admin/agreements/retention.html"
DECIDED = Act("retention.decided", ["retention"], "The rules of retention were saved.")
SHOWN_RECEIPTS = 20
MEANINGS = {
    "raw_file": "Files as they were supplied, encrypted.",
    "reject_sample": "Rows that could not be taken, as they stood in the file: they may hold personal values.",
    "record": "Rows that came in, from which figures are counted. Older days stay as figures.",
    "evidence": "Former results of checks. What counts now is always kept.",
    "audit": "Who did what, when. It proves what the rest says, so keep it longest.",
    "webhook_event": "Calls as they came in, before they became rows.",
}
USUAL = {"raw_file": 90, "reject_sample": 90, "record": 1095, "evidence": 1095, "audit": 3650, "webhook_event": 90}
RANGE = NumberRange(min=0, max=LONGEST_KEPT, message=f"Enter a number of days from 0 to {LONGEST_KEPT:,}; 0 means that it is not kept.")


class RetentionForm(Form):
    seen = HiddenField()
    """Classes with their versions as the person saw them: ``audit:1,record:2``."""
    raw_file = WholeNumber(CLASSES["raw_file"], [Counted(), RANGE])
    reject_sample = WholeNumber(CLASSES["reject_sample"], [Counted(), RANGE])
    record = WholeNumber(CLASSES["record"], [Counted(), RANGE])
    evidence = WholeNumber(CLASSES["evidence"], [Counted(), RANGE])
    audit = WholeNumber(CLASSES["audit"], [Counted(), RANGE])
    webhook_event = WholeNumber(CLASSES["webhook_event"], [Counted(), RANGE])

    @property
    def days(self) -> dict[str, int]:
        return {key: self[key].data for key in CLASSES}

    @property
    def seen_versions(self) -> dict[str, int]:
        """Nothing that was never there: nonsense counts as another version."""
        pairs = [each.split(":") for each in (self.seen.data or "").split(",") if each]
        return {pair[0]: int(pair[1]) if len(pair) == 2 and pair[1].isascii() and pair[1].isdigit() else -1 for pair in pairs}


@bp.get("/connectors/<uuid:connector_id>/retention")
@requires(Permission.CONNECTOR_READ)
def retention(connector_id: UUID) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    rules = agreements.retention_of(account)
    days: dict[str, Any] = {**USUAL, **{key: row.days for key, row in rules.items()}}
    form = RetentionForm(formdata=None, data={key: days[key] for key in CLASSES})
    form.seen.data = _versions(rules)
    return _page(account, form)


@bp.post("/connectors/<uuid:connector_id>/retention")
@requires(Permission.READINESS_WRITE)
def decide_retention(connector_id: UUID) -> ResponseReturnValue:
    account, form = accounts.get_connector(str(connector_id)), RetentionForm()
    if not form.validate_on_submit():
        return _page(account, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)

    def again(fresh: ProviderAccount, stale: StaleVersion | None, status: int) -> ResponseReturnValue:
        if stale is not None:
            form.seen.data = _versions(agreements.retention_of(fresh))
        return _page(fresh, form, stale=stale, status=status)

    def do() -> None:
        agreements.decide_retention(account, form.days, seen=form.seen_versions, actor=the_person().actor)

    return save(account, form, DECIDED, do, page=again)


def _versions(rules: dict[str, RetentionRule]) -> str:
    return ",".join(f"{key}:{rules[key].version}" for key in sorted(rules))


def _page(
    account: ProviderAccount, form: RetentionForm, *, stale: StaleVersion | None = None, status: int = HTTPStatus.OK
) -> ResponseReturnValue:
    return render_template(
        PAGE,
        account=account,
        rules=agreements.retention_of(account),
        classes=CLASSES,
        meanings=MEANINGS,
        next_purges={each.data_class: each.at for each in purges.next_purge(account)},
        receipts=purges.receipts_of(account, limit=SHOWN_RECEIPTS),
        form=form,
        stale=stale,
    ), status
