"""Channels of alerts: the list, one by itself, adding, editing, pausing, trying and removing one."""

from http import HTTPStatus
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField

from app.admin import bp
from app.admin.alert_panel import CHANNEL_PAGE, DeliveryPanel, shown_address
from app.admin.choices import select, show_error
from app.models import AlertChannel, ChannelKind
from app.security.permissions import Permission
from app.services import alert_channels
from app.services.errors import InvalidField, StaleVersion
from app.unit_of_work import transaction
from app.web.access import requires
from app.web.current import the_person
from app.web.fields import AtMost, Form, PlainText, Required, VersionedForm

FORM = "admin/alerts/form.html"
KINDS = [(kind.value, kind.label) for kind in ChannelKind]


class _Fields(Form):
    name = StringField("Name", [Required("Give it a name that tells it apart."), AtMost(80), PlainText()])
    address = StringField("Address", [Required("Enter where it goes."), AtMost(500), PlainText()])


class ChannelForm(_Fields):
    kind = select("Kind", "Choose a kind from the list.", choices=KINDS)


class EditChannelForm(_Fields, VersionedForm):
    pass


@bp.get("/alerts")
@requires(Permission.WATCH_READ)
def alerts() -> ResponseReturnValue:
    channels = alert_channels.list_channels()
    return render_template("admin/alerts/list.html", lines=[(channel, shown_address(channel)) for channel in channels])


@bp.get("/alerts/new")
@requires(Permission.WATCH_WRITE)
def new_channel() -> ResponseReturnValue:
    return _new(ChannelForm(formdata=None, kind=ChannelKind.MAIL.value))


@bp.post("/alerts/new")
@requires(Permission.WATCH_WRITE)
def add_channel() -> ResponseReturnValue:
    form = ChannelForm()
    if not form.validate_on_submit():
        return _new(form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        with transaction():
            added = alert_channels.add(
                ChannelKind(form.kind.data), name=form.name.data or "", address=form.address.data or "", actor=the_person().actor
            )
    except InvalidField as exc:
        show_error(form, exc)
        return _new(form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    if added.secret:
        return _shown_once(added.channel, added.secret)
    flash("The channel was added. Send a test to see whether it works.", "success")
    return _to(added.channel)


@bp.get("/alerts/<uuid:channel_id>")
@requires(Permission.WATCH_READ)
def show_channel(channel_id: UUID) -> ResponseReturnValue:
    channel = alert_channels.get_channel(str(channel_id))
    return render_template(CHANNEL_PAGE, channel=channel, address=shown_address(channel), panel=DeliveryPanel.of(channel))


@bp.get("/alerts/<uuid:channel_id>/edit")
@requires(Permission.WATCH_WRITE)
def edit_channel(channel_id: UUID) -> ResponseReturnValue:
    channel = alert_channels.get_channel(str(channel_id))
    return _edit(channel, EditChannelForm(formdata=None, name=channel.name, address=channel.address, version=str(channel.version)))


@bp.post("/alerts/<uuid:channel_id>/edit")
@requires(Permission.WATCH_WRITE)
def edit_channel_submit(channel_id: UUID) -> ResponseReturnValue:
    channel, form = alert_channels.get_channel(str(channel_id)), EditChannelForm()
    if not form.validate_on_submit():
        return _edit(channel, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        with transaction():
            alert_channels.edit(
                channel,
                name=form.name.data or "",
                address=form.address.data or "",
                seen_version=form.seen_version,
                actor=the_person().actor,
            )
    except InvalidField as exc:
        show_error(form, exc)
        return _edit(alert_channels.get_channel(str(channel_id)), form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except StaleVersion as exc:
        channel = alert_channels.get_channel(str(channel_id))
        form.version.data = str(channel.version)
        return _edit(channel, form, stale=exc, status=HTTPStatus.CONFLICT)
    flash("The channel was saved.", "success")
    return _to(channel)


@bp.post("/alerts/<uuid:channel_id>/<any(pause, resume):act>")
@requires(Permission.WATCH_WRITE)
def pause_channel(channel_id: UUID, act: str) -> ResponseReturnValue:
    """Pause it, or let it go on."""
    with transaction():
        channel = alert_channels.get_channel(str(channel_id))
        alert_channels.set_active(channel, is_active=act == "resume", actor=the_person().actor)
    flash("Alerts go through it again." if act == "resume" else "It is paused: nothing goes through it.", "success")
    return redirect(url_for("admin.show_channel", channel_id=channel_id), HTTPStatus.SEE_OTHER)


@bp.post("/alerts/<uuid:channel_id>/secret")
@requires(Permission.WATCH_WRITE)
def replace_channel_secret(channel_id: UUID) -> ResponseReturnValue:
    """Make a new secret; the former signs nothing any more."""
    with transaction():
        channel = alert_channels.get_channel(str(channel_id))
        secret = alert_channels.replace_secret(channel, actor=the_person().actor) if channel.kind is ChannelKind.WEBHOOK else ""
    if secret:
        return _shown_once(alert_channels.get_channel(str(channel_id)), secret)
    flash("Only a webhook has a secret: nothing was changed.", "info")
    return redirect(url_for("admin.show_channel", channel_id=channel_id), HTTPStatus.SEE_OTHER)


@bp.post("/alerts/<uuid:channel_id>/test")
@requires(Permission.WATCH_WRITE)
def test_channel(channel_id: UUID) -> ResponseReturnValue:
    """Send something through it at once; the panel shows what came of it."""
    with transaction():
        alert_channels.request_test(alert_channels.get_channel(str(channel_id)), actor=the_person().actor)
    flash("A test is on its way. What comes of it shows below.", "success")
    return redirect(url_for("admin.show_channel", channel_id=channel_id), HTTPStatus.SEE_OTHER)


@bp.post("/alerts/<uuid:channel_id>/remove")
@requires(Permission.WATCH_WRITE)
def remove_channel(channel_id: UUID) -> ResponseReturnValue:
    with transaction():
        alert_channels.remove(alert_channels.get_channel(str(channel_id)), actor=the_person().actor)
    flash("The channel was removed.", "success")
    return redirect(url_for("admin.alerts"), HTTPStatus.SEE_OTHER)


def _to(channel: AlertChannel) -> ResponseReturnValue:
    return redirect(url_for("admin.show_channel", channel_id=channel.public_id), HTTPStatus.SEE_OTHER)


def _shown_once(channel: AlertChannel, secret: str) -> ResponseReturnValue:
    return render_template("admin/alerts/secret.html", channel=channel, secret=secret)


def _new(form: ChannelForm, *, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    return render_template(FORM, form=form, channel=None, stale=None), status


def _edit(
    channel: AlertChannel, form: EditChannelForm, *, stale: StaleVersion | None = None, status: int = HTTPStatus.OK
) -> ResponseReturnValue:
    return render_template(FORM, form=form, channel=channel, stale=stale), status
