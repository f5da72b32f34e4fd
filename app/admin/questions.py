"""Questions of clients about their cards, and answering them."""

from http import HTTPStatus
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import TextAreaField

from app.admin import bp
from app.models import ClientQuestion
from app.security.permissions import Permission
from app.services import people, questions, report_metrics
from app.services.errors import InvalidField, NotPossible
from app.unit_of_work import transaction
from app.web.access import requires
from app.web.current import the_person
from app.web.fields import AtMost, Form, PlainText, Required
from app.web.listing import asked_page


class AnswerForm(Form):
    text = TextAreaField("The answer", [Required("Write the answer."), AtMost(questions.LONGEST), PlainText(multiline=True)])


@bp.get("/questions")
@requires(Permission.TASK_READ)
def client_questions() -> ResponseReturnValue:
    is_answered = request.args.get("show") == "answered"
    page = questions.list_questions(is_answered=is_answered, page=asked_page())
    lines = [(each, about(each)) for each in page.items]
    return render_template("admin/questions/list.html", page=page, lines=lines, is_answered=is_answered)


@bp.get("/questions/<uuid:question_id>")
@requires(Permission.TASK_READ)
def show_question(question_id: UUID) -> ResponseReturnValue:
    return _page(questions.get_question(str(question_id)), AnswerForm(formdata=None))


@bp.post("/questions/<uuid:question_id>")
@requires(Permission.NOTE_WRITE)
def answer_question(question_id: UUID) -> ResponseReturnValue:
    question, form, person = questions.get_question(str(question_id)), AnswerForm(), the_person()
    if not form.validate_on_submit():
        return _page(question, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        with transaction():
            questions.answer(question, form.text.data or "", by=people.get_person(person.public_id), actor=person.actor)
    except InvalidField as exc:
        form.text.errors = [str(exc)]
        return _page(questions.get_question(str(question_id)), form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    except NotPossible as exc:
        form.form_errors.append(str(exc))
        return _page(questions.get_question(str(question_id)), form, status=HTTPStatus.CONFLICT)
    flash("The answer is on the client's card.", "success")
    return redirect(url_for("admin.show_question", question_id=question_id), HTTPStatus.SEE_OTHER)


def about(question: ClientQuestion) -> str:
    """The card that was asked about."""
    return report_metrics.title_of(question.metric_key) if question.metric_key else question.account.source_label


def _page(question: ClientQuestion, form: AnswerForm, *, status: int = HTTPStatus.OK) -> ResponseReturnValue:
    return render_template("admin/questions/show.html", question=question, about=about(question), form=form), status
