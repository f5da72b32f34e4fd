"""What is connected, what the agency may read of it and why; granting that and withdrawing it."""

import re
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from flask import Response, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, HiddenField, StringField
from wtforms.validators import Optional, StopValidation

from app.portal import bp
from app.portal.questions import question_form_of
from app.portal.source_access import access_now, act_lines
from app.security.permissions import Permission
from app.services import client_acts, published_sources, questions
from app.services.errors import InvalidField, NotPossible, StaleVersion
from app.services.published_sources import ShownSource
from app.unit_of_work import transaction
from app.web.access import requires
from app.web.current import current_organization, the_person
from app.web.fields import AtMost, Form, PlainText, Several
from app.web.filters import instant

PAGE = "portal/source.html"
GRANTED = "Access is granted. Your agency is told, and its checks are asked again in a moment."
WITHDRAWN = "Access is withdrawn. Nothing is read from now on; your cards keep the last figures and say so."


class GrantForm(Form):
    seen = HiddenField(id="grant-seen")
    """Public id of the newest act that the person saw."""
    reads = Several("What may be read")
    writes = Several("What may be written")
    note = StringField("A note to your agency", [Optional(), AtMost(300), PlainText()], id="grant-note")


class WithdrawForm(Form):
    seen = HiddenField(id="withdraw-seen")
    note = StringField("Why, if you want to say", [Optional(), AtMost(300), PlainText()], id="withdraw-note")
    sure = BooleanField("Yes, withdraw the access")

    def validate_sure(self, field: BooleanField) -> None:
        if not field.data:
            raise StopValidation("Tick this, so that it is sure that this is meant.")


@bp.get("/sources")
@requires(Permission.PORTAL_READ)
def sources() -> ResponseReturnValue:
    organization = current_organization()
    return render_template("portal/sources.html", organization=organization, sources=published_sources.all_of(organization.id))


@bp.get("/sources/<uuid:source_id>")
@requires(Permission.PORTAL_READ)
def show_source(source_id: UUID) -> ResponseReturnValue:
    return _page(published_sources.get(current_organization().id, str(source_id)))


@bp.post("/sources/<uuid:source_id>/grant")
@requires(Permission.PORTAL_GRANT)
def grant_access(source_id: UUID) -> ResponseReturnValue:
    form, person = GrantForm(), the_person()
    source = published_sources.get(current_organization().id, str(source_id))

    def do() -> None:
        reads, writes = set(form.reads.data or ()), set(form.writes.data or ())
        for name, keys in (("reads", reads), ("writes", writes)):
            if not keys <= source.keys:
                raise InvalidField(name, "Choose kinds of data from the list.")
        account = published_sources.account_of(current_organization().id, source.public_id)
        client_acts.grant(
            account,
            reads=reads,
            writes=writes,
            note=form.note.data or "",
            by_user_id=person.user_id,
            actor=person.actor,
            seen=form.seen.data or "",
        )

    return _act(source, form, do, said=GRANTED, page=lambda **how: _page(source, grant=form, **how))


@bp.post("/sources/<uuid:source_id>/withdrawal")
@requires(Permission.PORTAL_GRANT)
def withdraw_access(source_id: UUID) -> ResponseReturnValue:
    form, person = WithdrawForm(), the_person()
    source = published_sources.get(current_organization().id, str(source_id))

    def do() -> None:
        account = published_sources.account_of(current_organization().id, source.public_id)
        client_acts.withdraw(account, note=form.note.data or "", by_user_id=person.user_id, actor=person.actor, seen=form.seen.data or "")

    return _act(source, form, do, said=WITHDRAWN, page=lambda **how: _page(source, withdrawal=form, **how))


@bp.get("/sources/<uuid:source_id>/packet")
@requires(Permission.PORTAL_READ)
def source_packet(source_id: UUID) -> ResponseReturnValue:
    """The client edition of the promotion packet, to read and to print."""
    source = _with_packet(source_id)
    zone = current_organization().time_zone

    def at(text: str | None) -> str:
        return instant(datetime.fromisoformat(text), zone) if text else "–"

    return render_template("portal/packet.html", organization=current_organization(), source=source, edition=source.packet, at=at)


@bp.get("/sources/<uuid:source_id>/packet.json")
@requires(Permission.PORTAL_READ)
def source_packet_file(source_id: UUID) -> ResponseReturnValue:
    source = _with_packet(source_id)
    response = Response(source.packet_text.encode(), content_type="application/json; charset=utf-8")
    name = re.sub(r"[^a-z0-9]+", "-", source.label.lower()).strip("-") or "source"
    response.headers.set("Content-Disposition", "attachment", filename=f"promotion-{name}.json")
    return response


def _with_packet(source_id: UUID) -> ShownSource:
    source = published_sources.get(current_organization().id, str(source_id))
    if source.packet is None:
        abort(HTTPStatus.NOT_FOUND)
    return source


def _act(
    source: ShownSource, form: Form, do: Callable[[], None], *, said: str, page: Callable[..., ResponseReturnValue]
) -> ResponseReturnValue:
    """Do it and lead back, or show the page again with what was typed."""
    if not form.validate_on_submit():
        return page(status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        with transaction():
            do()
    except InvalidField as exc:
        form[exc.field].errors = [str(exc)]
        return page(status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except StaleVersion as exc:
        return page(stale=exc, status=HTTPStatus.CONFLICT)
    except NotPossible as exc:
        form.form_errors.append(str(exc))
        return page(status=HTTPStatus.CONFLICT)
    flash(said, "success")
    return redirect(url_for("portal.show_source", source_id=source.public_id), HTTPStatus.SEE_OTHER)


def _page(
    source: ShownSource,
    *,
    grant: GrantForm | None = None,
    withdrawal: WithdrawForm | None = None,
    stale: StaleVersion | None = None,
    status: int = HTTPStatus.OK,
) -> ResponseReturnValue:
    organization = current_organization()
    acts = client_acts.all_of(published_sources.account_of(organization.id, source.public_id))
    now = access_now(source, acts)
    if grant is None:
        ticked = now.read_keys if now.is_granted and now.read_keys else [each.key for each in source.data_types]
        grant = GrantForm(formdata=None, reads=ticked, writes=now.write_keys)
    withdrawal = withdrawal or WithdrawForm(formdata=None)
    seen = acts[0].public_id if acts else ""
    if status == HTTPStatus.OK or stale is not None:  # else what the person saw when the form was opened still counts
        grant.seen.data = withdrawal.seen.data = seen
    return render_template(
        PAGE,
        organization=organization,
        source=source,
        now=now,
        acts=act_lines(source, acts),
        grant=grant,
        withdrawal=withdrawal,
        stale=stale,
        waiting=questions.open_questions(organization.id, source.public_id, ""),
        question=question_form_of(source.public_id, ""),
    ), status
