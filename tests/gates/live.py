"""A live connector, and one at the door of it: brought there once in a run. Acts on them are undone where a whole module shares one,
so that each test finds it as it was."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import sqlalchemy as sa

from app.extensions import db
from app.models import Promotion, ProviderAccount, User
from app.readiness.gates import Gate
from app.services import facet_changes, settling
from app.services.demo_path import Walk
from app.unit_of_work import transaction
from tests.gates.walking import People, go, live_connector, walk_of
from tests.support import factories
from tests.support.kept import Keeper


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


def live(keeper: Keeper) -> Live:
    """In empty tables a connector that went the whole way."""

    def walk() -> Live:
        people = People()
        return Live(people, live_connector(people).public_id)

    return keeper.bring("live", walk)


@contextmanager
def live_for_a_module(keeper: Keeper) -> Iterator[Live]:
    """For a fixture of module scope, in place of the application that each test has to itself."""
    with keeper.for_a_module():
        yield live(keeper)


@dataclass(frozen=True)
class AtTheDoor:
    """A connector of which everything stands but the approval, which nobody asked for yet."""

    people: People
    account_id: str

    @property
    def walk(self) -> Walk:
        account = db.session.scalars(sa.select(ProviderAccount).where(ProviderAccount.public_id == self.account_id)).one()
        return walk_of(account, self.people)


def at_the_door(keeper: Keeper) -> AtTheDoor:
    """In empty tables."""

    def walk() -> AtTheDoor:
        people = People()
        account = factories.connector(owner_id=people.owner_id, may_import=False)
        found = AtTheDoor(people, account.public_id)
        go(found.walk.steps(through=Gate.PROMOTE)[:-2])
        return found

    return keeper.bring("at-the-door", walk)


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
