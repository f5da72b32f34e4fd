"""A live connector for a whole module: bringing one there takes seconds. Acts on it are undone, so that each test finds it as it was."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import sqlalchemy as sa
from flask import Flask

from app import nudge
from app.extensions import db
from app.models import Promotion, ProviderAccount, User
from app.services import facet_changes, settling
from app.services.installation import use_settings
from app.unit_of_work import transaction
from tests.gates.walking import People, live_connector
from tests.support.databases import Cleaner


@dataclass(frozen=True)
class Live:
    """Who brought which connector live, by public ids: rows are read anew."""

    people: People
    account_id: str

    @property
    def account(self) -> ProviderAccount:
        return db.session.scalars(sa.select(ProviderAccount).where(ProviderAccount.public_id == self.account_id)).one()

    @property
    def promotion(self) -> Promotion:
        found = settling.live_promotion(self.account)
        assert found is not None
        return found

    def person(self, public_id: str) -> User:
        return db.session.scalars(sa.select(User).where(User.public_id == public_id)).one()


@contextmanager
def live_for_a_module(app: Flask, cleaner: Cleaner) -> Iterator[Live]:
    """For a fixture of module scope, in place of the application that each test has to itself."""
    use_settings(app.extensions["fivegate.settings"])
    with app.app_context():
        people = People()
        yield Live(people, live_connector(people).public_id)
        db.session.remove()
    cleaner.empty()
    app.extensions[nudge.EXTENSION].flushdb()


class _UndoneError(Exception):
    pass


@contextmanager
def undone() -> Iterator[None]:
    """A transaction of which nothing is kept."""
    db.session.rollback()
    with suppress(_UndoneError), transaction():
        yield
        raise _UndoneError


def follow() -> None:
    """What the end of the transaction would write."""
    facet_changes.follow(db.session())
