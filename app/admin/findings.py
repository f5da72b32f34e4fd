"""What the watch found: over all organizations, of one connector, and one by itself, with what people say of it."""

from http import HTTPStatus
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import TextAreaField

from app.admin import bp
from app.admin.audit import with_links
from app.admin.choices import picked, show_error
from app.models import WatchFinding
from app.security.permissions import Permission
from app.services import accounts, audit_log, people, watch
from app.services import findings as finding_service
from app.services.connector_troubles import label_of
from app.services.errors import InvalidField, NotPossible
from app.services.watching.trouble import WORDS
from app.unit_of_work import transaction
from app.web.access import requires
from app.web.current import the_person
from app.web.fields import AtMost, Form, PlainText, Required
from app.web.listing import asked_page


class ReviewForm(Form):
    comment = TextAreaField("Why it is fine", [Required("Say in a few words why it is fine."), AtMost(500), PlainText(multiline=True)])


@bp.get("/watch")
@requires(Permission.WATCH_READ)
def findings() -> ResponseReturnValue:
    organizations = accounts.all_organizations()
    organization = picked(organizations, request.args.get("organization"))
    page = finding_service.list_open(organization=organization, page=asked_page())
    return render_template("admin/findings/list.html", page=page, organization=organization, organizations=organizations)


@bp.get("/connectors/<uuid:connector_id>/findings")
@requires(Permission.WATCH_READ)
def connector_findings(connector_id: UUID) -> ResponseReturnValue:
    account = accounts.get_connector(str(connector_id))
    return render_template("admin/findings/of_connector.html", account=account, page=finding_service.list_of(account, page=asked_page()))


@bp.get("/findings/<uuid:finding_id>")
@requires(Permission.WATCH_READ)
def show_finding(finding_id: UUID) -> ResponseReturnValue:
    return _page(finding_service.get_finding(str(finding_id)), ReviewForm(formdata=None))


@bp.post("/findings/<uuid:finding_id>/review")
@requires(Permission.WATCH_WRITE)
def review_finding(finding_id: UUID) -> ResponseReturnValue:
    finding, form, person = finding_service.get_finding(str(finding_id)), ReviewForm(), the_person()
    if not form.validate_on_submit():
        return _page(finding, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        with transaction():
            watch.review(finding, comment=form.comment.data or "", by=people.get_person(person.public_id), actor=person.actor)
    except InvalidField as exc:
        show_error(form, exc)
        return _page(finding_service.get_finding(str(finding_id)), form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except NotPossible as exc:
        flash(str(exc), "info")
    else:
        flash("It is noted that this is fine. It comes back only if something else is found.", "success")
    return redirect(url_for("admin.show_finding", finding_id=finding_id), HTTPStatus.SEE_OTHER)


def _page(finding: WatchFinding, form: ReviewForm, *, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    return render_template(
        "admin/findings/show.html",
        finding=finding,
        about=label_of(finding.subject) if finding.subject else "",
        words=WORDS[finding.kind],
        is_open=finding.open_key is not None,
        may_review=finding.open_key is not None and finding.kind.may_be_fine and the_person().may(Permission.WATCH_WRITE),
        form=form,
        events=with_links(audit_log.events_about(finding)),
    ), status
