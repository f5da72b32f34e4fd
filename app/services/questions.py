"""What clients ask about a card. The portal writes the question; a worker opens a task for it, staff answer, and the answer is shown
on the card."""

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import joinedload

from app import audit
from app.audit import Actor, ActorKind, Target
from app.clock import utc_now
from app.extensions import db
from app.models import AdminTask, ClientQuestion, ProviderAccount, User
from app.queue import QueueClass
from app.services import report_metrics, settling, tasks
from app.services.errors import InvalidField, NotPossible
from app.services.paging import Page, paginate
from app.unit_of_work import nudge_after_commit, transaction

log = structlog.get_logger(__name__)

TASK_KIND = "question"
TASK_PREFIX = "question:"
LONGEST = 1000
MOST_OPEN = 20
ANSWER_WITHIN = timedelta(days=3)
SHOWN_IN_TASK = 700


def ask(account: ProviderAccount, metric_key: str, text: str, *, by_user_id: int, actor: Actor) -> ClientQuestion:
    """Write a question down. The same one, asked again while it waits, is one question.

    :param metric_key: of the card; empty: it is about the source itself
    :raises InvalidField: if it cannot be taken
    """
    text = text.strip()
    if not text:
        raise InvalidField("text", "Write what you would like to know.")
    if len(text) > LONGEST:
        raise InvalidField("text", f"Use at most {LONGEST:,} characters.")
    waiting = _waiting(account, metric_key)
    same = next((each for each in waiting if each.text == text and each.asked_by_id == by_user_id), None)
    if same is not None:
        return same
    if _count_open(account.organization_id) >= MOST_OPEN:
        raise InvalidField(
            "text",
            f"{MOST_OPEN} questions of your company wait for an answer already. Wait for some of them, or write to your agency directly.",
        )
    row = ClientQuestion(account_id=account.id, metric_key=metric_key, text=text, asked_by_id=by_user_id, asked_at=utc_now())
    target = Target.of(row, account.organization)
    db.session.add(row)
    db.session.flush()
    audit.record(db.session(), actor, "question.asked", target, {"connector": account.public_id, "metric": metric_key})
    nudge_after_commit(QueueClass.INTERACTIVE)
    return row


def open_questions(organization_id: int, source_id: str, metric_key: str) -> Sequence[ClientQuestion]:
    """Those of a card that wait for an answer, the oldest first.

    :param source_id: public id of the connector
    """
    query = (
        sa.select(ClientQuestion)
        .join(ProviderAccount, ProviderAccount.id == ClientQuestion.account_id)
        .where(
            ProviderAccount.organization_id == organization_id,
            ProviderAccount.public_id == source_id,
            ClientQuestion.metric_key == metric_key,
            ClientQuestion.answered_at.is_(None),
        )
    )
    return db.session.scalars(query.order_by(ClientQuestion.id)).all()


def asked_by_clients_of(organization_id: int, *, limit: int = 100) -> Sequence[ClientQuestion]:
    """What an organization asked, the newest first."""
    query = sa.select(ClientQuestion).join(ProviderAccount, ProviderAccount.id == ClientQuestion.account_id)
    query = query.where(ProviderAccount.organization_id == organization_id)
    shown = (joinedload(ClientQuestion.account), joinedload(ClientQuestion.asked_by))
    return db.session.scalars(query.options(*shown).order_by(ClientQuestion.id.desc()).limit(limit)).all()


def answered(account: ProviderAccount, *, limit: int = 100) -> Sequence[ClientQuestion]:
    """What was asked and answered about a connector's cards, the newest answer first."""
    query = sa.select(ClientQuestion).where(ClientQuestion.account_id == account.id, ClientQuestion.answered_at.is_not(None))
    return db.session.scalars(query.order_by(ClientQuestion.answered_at.desc(), ClientQuestion.id.desc()).limit(limit)).all()


def list_questions(*, is_answered: bool, page: int) -> Page[ClientQuestion]:
    """Of all clients: open ones the oldest first, answered ones the newest first."""
    query = sa.select(ClientQuestion).options(*_SHOWN)
    if is_answered:
        query = query.where(ClientQuestion.answered_at.is_not(None))
        return paginate(query.order_by(ClientQuestion.answered_at.desc(), ClientQuestion.id.desc()), page=page)
    return paginate(query.where(ClientQuestion.answered_at.is_(None)).order_by(ClientQuestion.id), page=page)


def get_question(public_id: str) -> ClientQuestion:
    """:raises sqlalchemy.exc.NoResultFound: if there is none"""
    return db.session.scalars(sa.select(ClientQuestion).where(ClientQuestion.public_id == public_id).options(*_SHOWN)).one()


def answer(question: ClientQuestion, text: str, *, by: User, actor: Actor) -> None:
    """Answer it; its task is done with that.

    :raises NotPossible: if somebody answered it already
    :raises InvalidField: if the answer cannot be taken
    """
    text = text.strip()
    if not text:
        raise InvalidField("text", "Write the answer.")
    if len(text) > LONGEST:
        raise InvalidField("text", f"Use at most {LONGEST:,} characters.")
    db.session.refresh(question, with_for_update=True)
    if question.answered_at is not None:
        raise NotPossible("Somebody answered this question already. The client sees that answer; nothing was changed.")
    question.answer, question.answered_by_id, question.answered_at = text, by.id, utc_now()
    account = question.account
    target = Target.of(question, account.organization)
    audit.record(db.session(), actor, "question.answered", target, {"connector": account.public_id, "metric": question.metric_key})
    tasks.close_tasks(_task_key(question), actor=actor)
    db.session.flush()


def question_id_of(task: AdminTask) -> str:
    """Public id of the question that an open task is about; empty where it is about something else."""
    key = task.open_key or ""
    return key.removeprefix(TASK_PREFIX) if task.kind == TASK_KIND and key.startswith(TASK_PREFIX) else ""


def has_due() -> bool:
    """Whether a question waits for its task."""
    return db.session.scalar(sa.select(ClientQuestion.id).where(ClientQuestion.followed_at.is_(None)).limit(1)) is not None


def follow_due() -> int:
    """Open the tasks of new questions, each in a transaction of its own that also says so.

    :return: how many were followed
    """
    done, stuck = 0, set[int]()
    while (question_id := _next(stuck)) is not None:
        try:
            with transaction():
                done += _follow(question_id)
        except Exception as exc:  # one that cannot be followed must not hold up the others
            stuck.add(question_id)
            log.exception("question.not_followed", error=type(exc).__name__)
            db.session.rollback()
    return done


def _next(stuck: set[int]) -> int | None:
    query = sa.select(ClientQuestion.id).where(ClientQuestion.followed_at.is_(None), ClientQuestion.id.not_in(stuck))
    with transaction():
        return db.session.scalar(query.order_by(ClientQuestion.id).limit(1))


def _follow(question_id: int) -> int:
    row = db.session.get_one(ClientQuestion, question_id, with_for_update=True, populate_existing=True)
    if row.followed_at is not None:
        return 0
    row.followed_at = utc_now()
    account = row.account
    about = report_metrics.title_of(row.metric_key) if row.metric_key else account.source_label
    if row.answered_at is None:
        tasks.open_task(
            key=_task_key(row),
            kind=TASK_KIND,
            title=f"A client asks about {about}"[:160],
            detail=f"{row.asked_by.name} asks: {_shortened(row.text)}"[:1000],
            organization=account.organization,
            account=account,
            owner=settling.owner_of_tasks(account),
            due_on=tasks.today(account.organization) + ANSWER_WITHIN,
            actor=Actor(ActorKind.CLIENT, row.asked_by.public_id),
        )
    db.session.flush()
    return 1


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN_IN_TASK else text[: SHOWN_IN_TASK - 1] + "…"


def _waiting(account: ProviderAccount, metric_key: str) -> Sequence[ClientQuestion]:
    query = sa.select(ClientQuestion).where(
        ClientQuestion.account_id == account.id, ClientQuestion.metric_key == metric_key, ClientQuestion.answered_at.is_(None)
    )
    return db.session.scalars(query).all()


def _count_open(organization_id: int) -> int:
    query = (
        sa.select(sa.func.count(ClientQuestion.id))
        .join(ProviderAccount, ProviderAccount.id == ClientQuestion.account_id)
        .where(ProviderAccount.organization_id == organization_id, ClientQuestion.answered_at.is_(None))
    )
    return db.session.scalar(query) or 0


def _task_key(question: ClientQuestion) -> str:
    return f"{TASK_PREFIX}{question.public_id}"


_SHOWN = (
    joinedload(ClientQuestion.account).joinedload(ProviderAccount.organization),
    joinedload(ClientQuestion.account).joinedload(ProviderAccount.owner),
    joinedload(ClientQuestion.asked_by),
    joinedload(ClientQuestion.answered_by),
)
