"""Retiring a connector: it is read no more, and what it brought stays as it was."""

from app import audit
from app.audit import Actor, Target
from app.extensions import db
from app.models import ConnectorState, ProviderAccount
from app.services import promotions, settling
from app.services.errors import InvalidField, NotPossible


def retire(account: ProviderAccount, *, confirmation: str, actor: Actor) -> None:
    """It cannot be taken back: a source that is wanted again is set up anew, with evidence of its own.

    :param confirmation: the source label, typed
    :raises NotPossible: if it is retired already
    :raises InvalidField: if something else was typed
    """
    db.session.refresh(account, with_for_update=True)
    if account.state is ConnectorState.RETIRED:
        raise NotPossible("This connector is retired already.")
    if confirmation.strip() != account.source_label:
        raise InvalidField("confirmation", f"Type “{account.source_label}” to retire it.")
    opened = promotions.open_promotion(account)
    if opened is not None:
        promotions.void(opened, "The connector was retired.", actor=actor)
    before = account.state
    account.state = ConnectorState.RETIRED
    target = Target.of(account, account.organization)
    audit.record(db.session(), actor, "connector.retired", target, {"state": [before, ConnectorState.RETIRED]})
    db.session.flush()
    settling.settle(account, actor=actor)
