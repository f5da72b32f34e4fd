"""Tasks: what somebody has to do, by whom and until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from http import HTTPStatus
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import NoResultFound
from wtforms import HiddenField, StringField, TextAreaField, ValidationError

from app.admin import bp
from app.admin.audit import with_links
from app.admin.choices import NOBODY, named, picked, select, show_error
from app.ids import new_public_id
from app.models import AdminTask, Organization, ProviderAccount, TaskStatus, User
from app.security.permissions import Permission
from app.services import accounts, audit_log, questions, surfaces
from app.services import tasks as task_service
from app.services.errors import InvalidField, NotPossible, StaleVersion
from app.services.tasks import Due, TaskFilter
from app.unit_of_work import transaction
from app.web.access import requires
from app.web.current import the_person
from app.web.fields import AtMost, DayField, Form, PlainText, Required, VersionedForm
from app.web.listing import asked_page

FORM, PAGE = "admin/tasks/form.html", "admin/tasks/show.html"
USUAL_TIME = timedelta(days=7)


class TaskForm(Form):
    once = HiddenField()
    """Made with the form: sending the same form twice opens one task."""
    connector = HiddenField("Connector")
    title = StringField("What has to be done", [Required("Say what has to be done."), AtMost(160), PlainText()])
    detail = TextAreaField("Details", [AtMost(1000), PlainText(multiline=True)])
    organization = select("Organization", "Choose an organization, or none.", may_be_empty=True)
    owner = select("Owner", "Choose an active member of staff, or nobody yet.", may_be_empty=True)
    due_on = DayField("Due", [Required("Enter the day by which it has to be done.")])

    def validate_connector(self, field: HiddenField) -> None:
        if field.data and _connector(field.data) is None:
            raise ValidationError("This connector is not there any more. Open the task from another one, or without one.")


class RescheduleForm(VersionedForm):
    owner = select("Owner", "Choose an active member of staff, or nobody yet.", may_be_empty=True)
    due_on = DayField("Due", [Required("Enter the day by which it has to be done.")])


@dataclass(frozen=True)
class TaskLine:
    """A task and how its date is said."""

    task: AdminTask
    due: Due


def task_lines(found: Sequence[AdminTask]) -> Sequence[TaskLine]:
    return [TaskLine(task, task_service.due_in_words(task)) for task in found]


@bp.get("/tasks")
@requires(Permission.TASK_READ)
def tasks() -> ResponseReturnValue:
    which, organizations = _asked_filter(), accounts.all_organizations()
    organization = picked(organizations, request.args.get("organization"))
    page = task_service.list_tasks(which=which, mine=the_person().user_id, organization=organization, page=asked_page())
    return render_template(
        "admin/tasks/list.html",
        page=page,
        lines=task_lines(page.items),
        which=which,
        filters=list(TaskFilter),
        organization=organization,
        organizations=organizations,
    )


@bp.get("/tasks/new")
@requires(Permission.TASK_WRITE)
def new_task() -> ResponseReturnValue:
    asked = request.args.get("connector", "")
    account = _connector(asked)
    if asked and account is None:
        raise NoResultFound
    form = TaskForm(
        formdata=None,
        once=new_public_id(),
        connector=account.public_id if account else "",
        organization=account.organization.public_id if account else request.args.get("organization", ""),
        owner=the_person().public_id,
        due_on=task_service.today(account.organization if account else None) + USUAL_TIME,
    )
    return _new_page(form, account)


@bp.post("/tasks/new")
@requires(Permission.TASK_WRITE)
def create_task() -> ResponseReturnValue:
    form, staff, organizations = TaskForm(), accounts.active_staff(), accounts.all_organizations()
    account = _connector(form.connector.data)
    _offer(form, staff, organizations)
    if form.validate_on_submit():
        organization = account.organization if account else picked(organizations, form.organization.data)
        try:
            with transaction():
                task_service.check_due_date(_day(form.due_on), organization)
                task = task_service.open_task(
                    key=_once_key(form),
                    kind=task_service.BY_HAND,
                    title=form.title.data or "",
                    detail=form.detail.data or "",
                    organization=organization,
                    account=account,
                    owner=picked(staff, form.owner.data),
                    due_on=_day(form.due_on),
                    actor=the_person().actor,
                )
            flash("The task is open.", "success")
            return redirect(url_for("admin.show_task", task_id=task.public_id), HTTPStatus.SEE_OTHER)
        except InvalidField as exc:
            show_error(form, exc)
            account = _connector(form.connector.data)
    return _new_page(form, account, status=HTTPStatus.UNPROCESSABLE_ENTITY)


@bp.get("/tasks/<uuid:task_id>")
@requires(Permission.TASK_READ)
def show_task(task_id: UUID) -> ResponseReturnValue:
    task = task_service.get_task(str(task_id))
    return _page(task, _reschedule_form(task))


@bp.post("/tasks/<uuid:task_id>")
@requires(Permission.TASK_WRITE)
def reschedule_task(task_id: UUID) -> ResponseReturnValue:
    task, form = task_service.get_task(str(task_id)), RescheduleForm()
    owners = _owners(task)
    form.owner.choices = [NOBODY, *named(owners)]
    if not form.validate_on_submit():
        return _page(task, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    owner = picked(owners, form.owner.data)
    try:
        with transaction():
            task_service.reschedule(task, owner=owner, due_on=_day(form.due_on), seen_version=form.seen_version, actor=the_person().actor)
    except InvalidField as exc:
        show_error(form, exc)
        return _page(task_service.get_task(str(task_id)), form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except StaleVersion as exc:
        task = task_service.get_task(str(task_id))
        form.version.data = str(task.version)
        return _page(task, form, stale=exc, status=HTTPStatus.CONFLICT)
    except NotPossible as exc:
        flash(str(exc), "warning")
    else:
        flash("The task was saved.", "success")
    return redirect(url_for("admin.show_task", task_id=task_id), HTTPStatus.SEE_OTHER)


@bp.post("/tasks/<uuid:task_id>/close")
@requires(Permission.TASK_WRITE)
def close_task(task_id: UUID) -> ResponseReturnValue:
    task = task_service.get_task(str(task_id))
    with transaction():
        closed_now = task_service.close_task(task, actor=the_person().actor)
    if closed_now:
        flash("The task is done.", "success")
    else:
        flash("It was closed already: nothing was changed.", "info")
    return redirect(url_for("admin.show_task", task_id=task_id), HTTPStatus.SEE_OTHER)


def _asked_filter() -> TaskFilter:
    asked = request.args.get("show", "")
    return TaskFilter(asked) if asked in set(TaskFilter) else TaskFilter.ALL


def _offer(form: TaskForm, staff: Sequence[User], organizations: Sequence[Organization]) -> None:
    form.owner.choices = [NOBODY, *named(staff)]
    form.organization.choices = [("", "None: about the installation"), *named(organizations)]


def _connector(asked: str | None) -> ProviderAccount | None:
    """The connector of that id; None for an id of nothing and for what is no id."""
    try:
        return accounts.get_connector(str(UUID(asked or "")))
    except (ValueError, NoResultFound):
        return None


def _once_key(form: TaskForm) -> str | None:
    try:
        return f"{task_service.BY_HAND}:{UUID(form.once.data or '')}"
    except ValueError:
        return None


def _day(field: DayField) -> date:
    if field.data is None:
        raise NoResultFound  # the validators demand it, so this is never reached
    return field.data


def _owners(task: AdminTask) -> list[User]:
    """Active staff, and whoever it is now."""
    staff = [*accounts.active_staff()]
    if task.owner is not None and task.owner not in staff:
        staff.append(task.owner)
    return staff


def _reschedule_form(task: AdminTask) -> RescheduleForm:
    form = RescheduleForm(formdata=None, owner=task.owner.public_id if task.owner else "", due_on=task.due_on)
    form.version.data = str(task.version)
    form.owner.choices = [NOBODY, *named(_owners(task))]
    return form


def _new_page(form: TaskForm, account: ProviderAccount | None, *, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    _offer(form, accounts.active_staff(), accounts.all_organizations())
    return render_template(FORM, form=form, account=account), status


def _page(task: AdminTask, form: RescheduleForm, *, stale: StaleVersion | None = None, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    return render_template(
        PAGE,
        task=task,
        due=task_service.due_in_words(task),
        is_open=task.status is TaskStatus.OPEN,
        form=form,
        stale=stale,
        events=with_links(audit_log.events_about(task)),
        question_id=questions.question_id_of(task),
        metric_key=surfaces.metric_of_task(task),
    ), status
