"""What an event would hold is what it then really holds: asked first, done afterwards, and compared."""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from app.audit import Actor, ActorKind
from app.extensions import db
from app.models import AccountCredential, ConnectorState
from app.services import agreements, check_runs, configurations, people, stands, what_if, would_pass
from app.services.account_credentials import remove_credential, set_credential
from app.services.check_keys import EVERY_CHECK
from app.services.what_if import Choice, Happens
from app.unit_of_work import transaction
from tests.gates.live import Live, follow, live_for_a_module, undone
from tests.support import factories
from tests.support.kept import Keeper

TESTS = Actor(ActorKind.COMMAND, "tests")


@pytest.fixture(scope="module")
def live(keeper: Keeper) -> Iterator[Live]:
    with live_for_a_module(keeper) as found:
        factories.staff()  # somebody is left who can sign in
        yield found


def fallen(live: Live) -> set[str]:
    """Checks of what runs that do not stand now."""
    db.session.flush()
    db.session.expire_all()
    configuration = next(each for each in configurations.open_ones(live.account) if each.status.value == "live")
    return {key for key, shown in stands.of(live.account, configuration).checks.items() if not shown.stand.standing.is_open}


def foretold(happens: Happens, whom: Choice) -> tuple[set[str], ConnectorState | None]:
    held = what_if.would_hold(happens, whom, would_pass.look().live)
    return {spec.key for each in held for spec in each.checks}, held[0].becomes if held else None


def really(live: Live, deed: Callable[[], object]) -> tuple[set[str], ConnectorState]:
    before = fallen(live)
    deed()
    follow()
    return fallen(live) - before, live.account.state


def test_all_of_it_stands(live: Live) -> None:
    today = would_pass.look()
    assert [each.public_id for each in today.live] == [live.account_id]
    assert today.failing == []
    assert fallen(live) == set()


@pytest.mark.parametrize("who", ["admin", "approver", "supporter"])
def test_a_person_who_leaves(live: Live, who: str) -> None:
    public_id = getattr(live.people, who)
    told, becomes = foretold(Happens.PERSON, Choice(public_id, "somebody"))
    with undone():
        found, state = really(live, lambda: people.deactivate(live.person(public_id), actor=TESTS))
        assert told == found
        assert becomes in {state, None}
        assert (becomes is None) is (state is ConnectorState.LIVE)
    assert bool(told) is (who != "supporter")


def test_a_secret_that_expires(live: Live) -> None:
    with transaction():
        set_credential(live.account, name="client_secret", value="a secret of some length", actor=TESTS)
    with transaction():
        check_runs.run(live.account, EVERY_CHECK, actor=TESTS)
    assert fallen(live) == set()
    secret = db.session.scalars(sa.select(AccountCredential)).one()
    (choice,) = what_if.choices(would_pass.look().live)[Happens.CREDENTIAL]
    assert choice.public_id == secret.public_id
    told, becomes = foretold(Happens.CREDENTIAL, choice)
    assert told
    with undone():
        found, state = really(
            live, lambda: set_credential(live.account, name="client_secret", value="another secret entirely", actor=TESTS)
        )
        assert (told, becomes) == (found, state)
    with undone():
        found, state = really(live, lambda: remove_credential(live.account, name="client_secret", actor=TESTS))
        assert (told, becomes) == (found, state)


def test_a_customer_who_withdraws(live: Live) -> None:
    organization = live.account.organization
    told, becomes = foretold(Happens.CUSTOMER, Choice(organization.public_id, organization.name))
    assert "customer-authorized" in told
    with undone():
        found, state = really(live, lambda: agreements.withdraw_consent(live.account, note="They called", actor=TESTS))
        assert (told, becomes) == (found, state)
        assert foretold(Happens.CUSTOMER, Choice(organization.public_id, organization.name)) == (set(), None)
