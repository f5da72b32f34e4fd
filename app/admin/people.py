"""People: the list, invitations, one person's page and what admins may do there."""

from http import HTTPStatus
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import StringField

from app.admin import bp
from app.admin.choices import select, show_error
from app.clock import utc_now
from app.models import MemberRole, Organization, StaffRole, User, UserKind
from app.security.permissions import Permission
from app.services import directory, links
from app.services import organizations as organization_service
from app.services import people as people_service
from app.services.errors import InvalidField, NotPossible, StaleVersion
from app.unit_of_work import transaction
from app.web.access import requires
from app.web.current import the_person
from app.web.fields import AtMost, Form, MailAddress, PlainText, Required, VersionedForm
from app.web.listing import asked_page, asked_search

STAFF_ROLES = [(role.value, role.label) for role in (StaffRole.SUPPORT, StaffRole.ADMIN)]
MEMBER_ROLES = [(role.value, role.label) for role in (MemberRole.VIEWER, MemberRole.ADMIN)]
NO_SUCH_ROLE = "Choose a role from the list."


class InviteForm(Form):
    name = StringField("Name", [Required("Enter the person's name."), AtMost(120), PlainText()])
    email = StringField("Mail address", [Required("Enter the person's mail address."), AtMost(254), PlainText(), MailAddress()])


class InviteStaffForm(InviteForm):
    role = select("Role", NO_SUCH_ROLE, choices=STAFF_ROLES)


class InviteMemberForm(InviteForm):
    role = select("Role", NO_SUCH_ROLE, choices=MEMBER_ROLES)


class RoleForm(VersionedForm):
    role = select("Role", NO_SUCH_ROLE)

    @classmethod
    def sent_for(cls, user: User) -> "RoleForm":
        """The form as it was sent."""
        form = cls()
        form.role.choices = _roles_for(user)
        return form

    @classmethod
    def of(cls, user: User) -> "RoleForm":
        """The form as it opens."""
        form = cls(formdata=None, data={"role": directory.role_of(user).value, "version": str(directory.role_version(user))})
        form.role.choices = _roles_for(user)
        return form


def _roles_for(user: User) -> list[tuple[str, str]]:
    return STAFF_ROLES if user.kind is UserKind.STAFF else MEMBER_ROLES


@bp.get("/people")
@requires(Permission.PEOPLE_READ)
def people() -> ResponseReturnValue:
    asked = request.args.get("kind", "")
    kind = UserKind(asked) if asked in set(UserKind) else None
    search = asked_search()
    page = directory.list_people(kind=kind, search=search, page=asked_page())
    return render_template("admin/people/index.html", page=page, lines=directory.lines_of(page.items), search=search, kind=kind)


@bp.get("/people/invite")
@requires(Permission.PEOPLE_WRITE)
def invite_staff() -> ResponseReturnValue:
    return render_template("admin/people/invite.html", form=InviteStaffForm(), organization=None)


@bp.post("/people/invite")
@requires(Permission.PEOPLE_WRITE)
def invite_staff_submit() -> ResponseReturnValue:
    return _invite(InviteStaffForm(), None)


@bp.get("/organizations/<uuid:organization_id>/invite")
@requires(Permission.PEOPLE_WRITE)
def invite_member(organization_id: UUID) -> ResponseReturnValue:
    organization = organization_service.get_organization(str(organization_id))
    return render_template("admin/people/invite.html", form=InviteMemberForm(), organization=organization)


@bp.post("/organizations/<uuid:organization_id>/invite")
@requires(Permission.PEOPLE_WRITE)
def invite_member_submit(organization_id: UUID) -> ResponseReturnValue:
    return _invite(InviteMemberForm(), organization_service.get_organization(str(organization_id)))


def _invite(form: InviteStaffForm | InviteMemberForm, organization: Organization | None) -> ResponseReturnValue:
    """Add the person and send the invitation, both or neither."""
    template = "admin/people/invite.html"
    if not form.validate_on_submit():
        return render_template(template, form=form, organization=organization), HTTPStatus.UNPROCESSABLE_ENTITY
    name, email, actor = form.name.data or "", form.email.data or "", the_person().actor
    try:
        with transaction():
            if organization is None:
                invited = people_service.add_staff(name=name, email=email, role=StaffRole(form.role.data), actor=actor)
            else:
                role = MemberRole(form.role.data)
                invited = people_service.add_member(organization=organization, name=name, email=email, role=role, actor=actor)
            links.send_invitation(invited, actor=actor)
    except InvalidField as exc:
        show_error(form, exc)
        return render_template(template, form=form, organization=organization), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(f"The invitation to {invited.name} is on its way. Until it is accepted nobody can sign in with this address.", "success")
    return redirect(url_for("admin.show_person", person_id=invited.public_id), HTTPStatus.SEE_OTHER)


@bp.get("/people/<uuid:person_id>")
@requires(Permission.PEOPLE_READ)
def show_person(person_id: UUID) -> ResponseReturnValue:
    user = people_service.get_person(str(person_id))
    return _person_page(user, RoleForm.of(user))


@bp.post("/people/<uuid:person_id>/role")
@requires(Permission.PEOPLE_WRITE)
def change_role(person_id: UUID) -> ResponseReturnValue:
    user = people_service.get_person(str(person_id))
    form = RoleForm.sent_for(user)
    if not form.validate_on_submit():
        return _person_page(user, form), HTTPStatus.UNPROCESSABLE_ENTITY
    role = StaffRole(form.role.data) if user.kind is UserKind.STAFF else MemberRole(form.role.data)
    actor, seen = the_person().actor, form.seen_version
    try:
        with transaction():
            changed = people_service.change_role(user, role=role, seen_version=seen, actor=actor)
    except StaleVersion as exc:
        form.version.data = str(directory.role_version(user))
        return _person_page(user, form, stale=exc), HTTPStatus.CONFLICT
    except NotPossible as exc:
        form.form_errors.append(str(exc))
        return _person_page(user, form), HTTPStatus.CONFLICT
    _say(changed, f"The role is now {role.label}. It counts from the next click on.", "That was the role already. Nothing was changed.")
    return _back_to(user)


@bp.get("/people/<uuid:person_id>/deactivate")
@requires(Permission.PEOPLE_WRITE)
def confirm_deactivation(person_id: UUID) -> ResponseReturnValue:
    user = people_service.get_person(str(person_id))
    return render_template("admin/people/deactivate.html", facts=directory.facts_of(user), refusal="")


@bp.post("/people/<uuid:person_id>/deactivate")
@requires(Permission.PEOPLE_WRITE)
def deactivate_person(person_id: UUID) -> ResponseReturnValue:
    user, actor = people_service.get_person(str(person_id)), the_person().actor
    try:
        with transaction():
            changed = people_service.deactivate(user, actor=actor)
    except NotPossible as exc:
        page = render_template("admin/people/deactivate.html", facts=directory.facts_of(user), refusal=str(exc))
        return page, HTTPStatus.CONFLICT
    _say(changed, f"{user.name} was signed out everywhere and cannot sign in any more.", "Deactivated already. Nothing was changed.")
    return _back_to(user)


@bp.post("/people/<uuid:person_id>/reactivate")
@requires(Permission.PEOPLE_WRITE)
def reactivate_person(person_id: UUID) -> ResponseReturnValue:
    user, actor = people_service.get_person(str(person_id)), the_person().actor
    with transaction():
        changed = people_service.reactivate(user, actor=actor)
    _say(changed, f"{user.name} can sign in again, with the password they had.", "Active already. Nothing was changed.")
    return _back_to(user)


@bp.post("/people/<uuid:person_id>/second-factor-reset")
@requires(Permission.PEOPLE_WRITE)
def reset_second_factor(person_id: UUID) -> ResponseReturnValue:
    user, actor = people_service.get_person(str(person_id)), the_person().actor
    with transaction():
        people_service.reset_second_factor(user, actor=actor)
    flash(f"The second factor of {user.name} was taken away. They can set up a new one after signing in.", "success")
    return _back_to(user)


@bp.post("/people/<uuid:person_id>/invitation")
@requires(Permission.PEOPLE_WRITE)
def send_invitation_again(person_id: UUID) -> ResponseReturnValue:
    user, actor = people_service.get_person(str(person_id)), the_person().actor
    with transaction():
        people_service.send_invitation_again(user, actor=actor)
    flash("A new invitation is on its way. Links of earlier ones no longer work.", "success")
    return _back_to(user)


@bp.post("/people/<uuid:person_id>/reset-link")
@requires(Permission.PEOPLE_WRITE)
def send_reset_link(person_id: UUID) -> ResponseReturnValue:
    user, actor = people_service.get_person(str(person_id)), the_person().actor
    with transaction():
        people_service.send_reset_link(user, actor=actor)
    flash("A link to choose a new password is on its way. Until it is used the old password goes on working.", "success")
    return _back_to(user)


def _say(changed: bool, done: str, nothing: str) -> None:
    flash(done if changed else nothing, "success" if changed else "info")


def _back_to(user: User) -> ResponseReturnValue:
    return redirect(url_for("admin.show_person", person_id=user.public_id), HTTPStatus.SEE_OTHER)


def _person_page(user: User, form: RoleForm, *, stale: StaleVersion | None = None) -> str:
    is_self = user.public_id == the_person().public_id
    return render_template("admin/people/show.html", facts=directory.facts_of(user), form=form, stale=stale, is_self=is_self, now=utc_now())
