"""Several connectors publish at once; each client has a version of its own."""

from threading import Barrier, Thread

import pytest
import sqlalchemy as sa
from flask import Flask

from app.audit import Actor, ActorKind
from app.extensions import db
from app.models import Organization, ProviderAccount, PublishedHome, PublishedSource
from app.services import accounts, publishing
from app.unit_of_work import transaction
from tests.support import factories
from tests.support.told import shown, version_of

ACTOR = Actor(ActorKind.COMMAND, "tests")


def rename(account_id: int, text: str) -> None:
    account = db.session.get_one(ProviderAccount, account_id)
    accounts.edit_connector(
        account,
        seen_version=account.version,
        mode=account.mode,
        source_label=text,
        owner=account.owner,
        currency=account.currency,
        actor=ACTOR,
    )


@pytest.mark.parametrize("is_published", [True, False])
def test_connectors_of_one_client_that_publish_at_once_lose_no_version(app: Flask, *, is_published: bool) -> None:
    organization = factories.organization()
    ids = [factories.connector(of=organization).id for _ in range(3)]
    organization_id, rounds = organization.id, 5
    if is_published:
        with transaction():
            for account_id in ids:
                publishing.publish(db.session.get_one(ProviderAccount, account_id))
    db.session.rollback()
    before = db.session.scalar(sa.select(PublishedHome.version).where(PublishedHome.organization_id == organization_id)) or 0
    db.session.rollback()
    start, troubles = Barrier(len(ids)), list[BaseException]()

    def act(account_id: int) -> None:
        with app.app_context():
            start.wait()
            try:
                for number in range(rounds):
                    with transaction():
                        rename(account_id, f"Source {account_id}, name {number}")
            except BaseException as exc:  # told by the test itself
                troubles.append(exc)

    threads = [Thread(target=act, args=(account_id,)) for account_id in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    home = db.session.get_one(PublishedHome, organization_id, populate_existing=True)
    assert home.version == before + len(ids) * rounds
    query = sa.select(PublishedSource.revision).where(PublishedSource.account_id.in_(ids))
    assert db.session.scalars(query).all() == [rounds + is_published] * len(ids)
    assert {card.title for each in ids for card in shown(db.session.get_one(ProviderAccount, each)).values()} == {
        f"Source {each}, name {rounds - 1}" for each in ids
    }


def test_cards_of_one_client_do_not_touch_anothers_version(app: Flask) -> None:
    ours, theirs = factories.connector(), factories.connector()
    ours_id, organization_id = ours.id, theirs.organization_id
    with transaction():
        publishing.publish(db.session.get_one(ProviderAccount, theirs.id))
    with transaction():
        rename(ours_id, "Another name")
    assert db.session.get_one(Organization, organization_id) is not None
    assert version_of(db.session.get_one(ProviderAccount, ours_id)) == 1
    assert version_of(db.session.get_one(ProviderAccount, theirs.id)) == 1
