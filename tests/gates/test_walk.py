"""From nothing to live, by the services that the pages use."""

from flask import Flask

from app.models import ConnectorState
from app.readiness.gates import Gate
from app.services import configurations, promotion_packets, settling, stands
from tests.gates.walking import People, go, walk_of
from tests.support import factories


def test_a_connector_goes_from_nothing_to_live(app: Flask) -> None:
    people = People()
    account = factories.connector(owner_id=people.owner_id, may_import=False)
    walk = walk_of(account, people)
    for gate in Gate:
        go(walk.steps(through=gate)[len(walk.steps(through=_before(gate))) :])
        account = walk.account
        found = stands.of(account, configurations.draft_of(account))
        closed = {key: (shown.stand, shown.newest.sentence if shown.newest else "") for key, shown in found.checks.items()}
        own = [each for each in found.gates if each.gate is gate]
        if gate is not Gate.PROMOTE:
            assert own[0].is_through, {key: closed[key] for key in own[0].stands}
    assert account.state is ConnectorState.LIVE, closed
    live = settling.live_promotion(account)
    assert live is not None
    assert promotion_packets.verify(live) == []


def _before(gate: Gate) -> Gate | None:
    return next((each for each in Gate if each.number == gate.number - 1), None)
