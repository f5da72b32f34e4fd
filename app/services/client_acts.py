"""What client admins do about access, in the portal: granting and withdrawing. The portal writes the act and no more; a worker
draws the consequences. An act counts from the moment it is written: whoever brings data in asks here."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import joinedload

from app import audit
from app.audit import Actor, ActorKind, Target
from app.clock import utc_now
from app.extensions import db
from app.imports.catalog import DATA_TYPES
from app.models import ClientAct, ClientActKind, ConnectorState, JobStatus, ProviderAccount, SyncJob
from app.queue import JobKind, QueueClass
from app.services import check_acts, client_consent, jobs, settling, tasks
from app.services.client_consent import ByClient
from app.services.errors import InvalidField, NotPossible, StaleVersion
from app.unit_of_work import nudge_after_commit, transaction

log = structlog.get_logger(__name__)

CHECK = "customer-authorized"
BRINGS_DATA_IN = frozenset({JobKind.IMPORT_BATCH.value})
OTHER_WAS_FASTER = "Somebody of your company changed the access while you had this page open. Look at what counts now, then decide."
RETIRED = "This source is retired: it is not read any more, so there is nothing to grant."
_WORKER = Actor(ActorKind.JOB, "client-acts")


def newest(account: ProviderAccount) -> ClientAct | None:
    query = sa.select(ClientAct).where(ClientAct.account_id == account.id).order_by(ClientAct.id.desc()).limit(1)
    return db.session.scalar(query.options(joinedload(ClientAct.made_by)))


def all_of(account: ProviderAccount, *, limit: int = 50) -> Sequence[ClientAct]:
    """The newest first."""
    query = sa.select(ClientAct).where(ClientAct.account_id == account.id).options(joinedload(ClientAct.made_by))
    return db.session.scalars(query.order_by(ClientAct.id.desc()).limit(limit)).all()


def pending_withdrawal(account: ProviderAccount) -> ClientAct | None:
    """A withdrawal that nothing came after and that no worker has followed yet. It counts all the same."""
    act = newest(account)
    return act if act is not None and act.kind is ClientActKind.WITHDRAW and act.followed_at is None else None


def grant(
    account: ProviderAccount,
    *,
    reads: Collection[str],
    writes: Collection[str],
    note: str = "",
    by_user_id: int,
    actor: Actor,
    seen: str | None = None,
) -> ClientAct:
    """Let the agency read these data types and, apart from that, write those.

    :param seen: public id of the newest act that the person saw; empty: there was none; None: nobody looked
    :raises InvalidField: the part that cannot be taken
    :raises NotPossible: if the source is not read any more
    :raises StaleVersion: if somebody else acted meanwhile
    """
    if account.state is ConnectorState.RETIRED:
        raise NotPossible(RETIRED)
    if not reads:
        raise InvalidField("reads", "Choose at least one kind of data that may be read, or withdraw the access instead.")
    for name, keys in (("reads", reads), ("writes", writes)):
        if not set(keys) <= DATA_TYPES.keys():
            raise InvalidField(name, "Choose kinds of data from the list.")
    act = ClientAct(kind=ClientActKind.GRANT, reads=",".join(sorted(set(reads))), writes=",".join(sorted(set(writes))), note=note.strip())
    return _write(account, act, by_user_id=by_user_id, actor=actor, seen=seen)


def withdraw(account: ProviderAccount, *, note: str = "", by_user_id: int, actor: Actor, seen: str | None = None) -> ClientAct:
    """Take the access back, also where none was granted in the portal: saying no is always possible.

    :raises StaleVersion: if somebody else acted meanwhile
    """
    return _write(account, ClientAct(kind=ClientActKind.WITHDRAW, note=note.strip()), by_user_id=by_user_id, actor=actor, seen=seen)


def _write(account: ProviderAccount, act: ClientAct, *, by_user_id: int, actor: Actor, seen: str | None) -> ClientAct:
    former = newest(account)
    if seen is not None and seen != (former.public_id if former is not None else ""):
        if former is not None and former.made_by_id == by_user_id and _is_same(former, act):
            return former  # a second press
        raise StaleVersion(OTHER_WAS_FASTER, {former.kind.label: former.made_by.name} if former is not None else {})
    act.account_id, act.made_by_id, act.made_at = account.id, by_user_id, utc_now()
    target = Target.of(act, account.organization)
    db.session.add(act)
    db.session.flush()
    changes: dict[str, object] = {"connector": account.public_id}
    if act.kind is ClientActKind.GRANT:
        changes |= {"reads": keys_of(act.reads), "writes": keys_of(act.writes)}
    action = "access.granted" if act.kind is ClientActKind.GRANT else "access.withdrawn"
    audit.record(db.session(), actor, action, target, changes)
    nudge_after_commit(QueueClass.INTERACTIVE)
    return act


def _is_same(one: ClientAct, other: ClientAct) -> bool:
    return (one.kind, one.reads, one.writes) == (other.kind, other.reads or "", other.writes or "")


def keys_of(text: str) -> list[str]:
    """:param text: comma-separated, as acts and requests keep them"""
    return [key for key in text.split(",") if key]


def has_due() -> bool:
    """Whether an act waits for a worker."""
    return db.session.scalar(sa.select(ClientAct.id).where(ClientAct.followed_at.is_(None)).limit(1)) is not None


def follow_due() -> int:
    """Draw the consequences of what clients did, each act in a transaction of its own that also says that it was done: killed
    anywhere, it is done again and not twice. Acts of one connector are followed in their order.

    :return: how many were followed
    """
    done, stuck = 0, set[int]()
    while (account_id := _next_account(stuck)) is not None:
        try:
            with transaction():
                done += _follow_oldest(account_id)
        except OperationalError as exc:  # a deadlock, or a database that is away: the next round tries again
            stuck.add(account_id)
            log.warning("client_act.not_followed_yet", error=type(exc).__name__)
            db.session.rollback()
        except Exception as exc:  # one connector's trouble must not hold up the others
            stuck.add(account_id)
            log.exception("client_act.not_followed", error=type(exc).__name__)
            db.session.rollback()
            _tell(account_id)
    return done


def _next_account(stuck: Collection[int]) -> int | None:
    query = sa.select(ClientAct.account_id).where(ClientAct.followed_at.is_(None), ClientAct.account_id.not_in(stuck))
    with transaction():
        return db.session.scalar(query.order_by(ClientAct.id).limit(1))


def _follow_oldest(account_id: int) -> int:
    """:return: 1, or 0 if another worker was faster"""
    # The connector's row is what two workers queue up at, so that a grant is never followed after the withdrawal that came later.
    account = db.session.get_one(ProviderAccount, account_id, with_for_update=True, populate_existing=True)
    query = sa.select(ClientAct).where(ClientAct.account_id == account_id, ClientAct.followed_at.is_(None))
    act = db.session.scalar(query.order_by(ClientAct.id).limit(1).with_for_update().execution_options(populate_existing=True))
    if act is None:
        return 0
    actor = Actor(ActorKind.CLIENT, act.made_by.public_id)
    by = ByClient(act.made_by.name, at=act.made_at, note=act.note, actor=actor)
    if act.kind is ClientActKind.GRANT:
        changed = client_consent.take_grant(account, reads=keys_of(act.reads), writes=keys_of(act.writes), by=by)
    else:
        changed = client_consent.take_withdrawal(account, by=by)
        _cancel_what_brings_data_in(account, actor=actor)
    if changed:
        check_acts.after(account, changed, [CHECK], actor=actor)
    act.followed_at = utc_now()
    tasks.close_tasks(_task_key(account), actor=_WORKER)
    db.session.flush()
    return 1


def _cancel_what_brings_data_in(account: ProviderAccount, *, actor: Actor) -> None:
    """Jobs that wait. One that runs asks again before its rows count, and stops there."""
    query = sa.select(SyncJob).where(
        SyncJob.account_id == account.id, SyncJob.kind.in_(BRINGS_DATA_IN), SyncJob.status.in_(jobs.CANCELABLE | {JobStatus.RUNNING})
    )
    for job in db.session.scalars(query.order_by(SyncJob.id)).all():
        try:
            with db.session.begin_nested():
                jobs.cancel_job(job, actor=actor)
        except NotPossible as exc:
            log.info("client_act.job_not_canceled", job_id=job.public_id, reason=str(exc))


def _tell(account_id: int) -> None:
    """Somebody of staff has to look: the client believes that what they did was done."""
    with transaction():
        account = db.session.get_one(ProviderAccount, account_id)
        tasks.open_task(
            key=_task_key(account),
            kind="client-act",
            title="What a client granted or withdrew could not be followed",
            detail="Nothing is imported while a withdrawal waits. It is tried again by itself; the log tells why it failed. "
            "If this task stays, tell whoever maintains Fivegate.",
            organization=account.organization,
            account=account,
            owner=settling.owner_of_tasks(account),
            due_on=tasks.today(account.organization),
            actor=_WORKER,
        )


def _task_key(account: ProviderAccount) -> str:
    return f"client-act:{account.public_id}"
