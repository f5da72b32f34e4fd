"""A live connector whose client withdraws access in the portal, and grants it again."""

import sqlalchemy as sa
from flask import Flask

from app.audit import Actor, ActorKind
from app.extensions import db
from app.models import (
    AdminTask,
    AuditEvent,
    BatchKind,
    ClientAct,
    ConnectorState,
    MemberRole,
    NoteKind,
    ProviderAccount,
    RollbackNote,
    TaskStatus,
    User,
)
from app.services import client_acts, data_types, import_rights
from app.unit_of_work import transaction
from tests.gates.live import live
from tests.gates.walking import drain
from tests.support import factories
from tests.support.kept import Keeper


def again(account_id: int) -> ProviderAccount:
    db.session.rollback()
    return db.session.get_one(ProviderAccount, account_id, populate_existing=True)


def fallen_ticks(account_id: int) -> list[str]:
    query = sa.select(AdminTask.title).where(AdminTask.account_id == account_id, AdminTask.status == TaskStatus.OPEN)
    return list(db.session.scalars(query.order_by(AdminTask.id)))


def test_a_withdrawal_holds_the_connector_and_a_grant_brings_it_back(app: Flask, keeper: Keeper) -> None:
    account = live(keeper).account
    account_id, organization = account.id, account.organization
    person = factories.member(MemberRole.ADMIN, of=organization, with_password=False)
    person_id, actor = person.id, Actor(ActorKind.CLIENT, person.public_id)
    account = again(account_id)
    assert account.state is ConnectorState.LIVE
    before = fallen_ticks(account_id)
    with transaction():
        client_acts.withdraw(account, by_user_id=person_id, actor=actor)
    assert again(account_id).state is ConnectorState.LIVE  # the portal may not write it
    assert import_rights.why_not_allowed(again(account_id), BatchKind.PRODUCTION) == import_rights.WITHDRAWN_IN_PORTAL

    drain()
    account = again(account_id)
    assert account.state is ConnectorState.NEEDS_CUSTOMER
    assert "“The customer agreed” does not stand any more" in fallen_ticks(account_id)
    note = db.session.scalars(sa.select(RollbackNote).where(RollbackNote.account_id == account_id).order_by(RollbackNote.id.desc())).first()
    assert note is not None
    assert (note.kind, note.trigger) == (NoteKind.INCIDENT, "The customer's consent was withdrawn.")
    changed = sa.select(AuditEvent).where(AuditEvent.action == "connector.state_changed").order_by(AuditEvent.id.desc())
    assert db.session.scalars(changed).first().actor_id == db.session.get_one(User, person_id).public_id  # type: ignore[union-attr]

    chosen = [each.data_type for each in data_types.all_of(account)]
    with transaction():
        client_acts.grant(account, reads=chosen, writes=[], by_user_id=person_id, actor=actor)
    drain()
    account = again(account_id)
    assert account.state is ConnectorState.LIVE
    assert fallen_ticks(account_id) == before
    assert import_rights.why_not_allowed(account, BatchKind.PRODUCTION) == ""
    assert db.session.scalar(sa.select(sa.func.count(ClientAct.id)).where(ClientAct.followed_at.is_(None))) == 0
