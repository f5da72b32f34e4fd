"""Versions of a connector's configuration: the draft that people work on, the live one that runs, former ones."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.extensions import db
from app.models import ConfigurationStatus, ConnectorConfiguration, ProviderAccount
from app.models.readiness import INSTALLATION_KEY
from app.readiness.gates import Gate
from app.services.transaction_notes import note_of

_INSTALLATION = "fivegate.installation"


def status_key_of(account: ProviderAccount, status: ConfigurationStatus) -> str | None:
    """What there is one of each of; None for former ones."""
    return None if status is ConfigurationStatus.FORMER else f"{account.public_id}:{status.value}"


def draft_of(account: ProviderAccount) -> ConnectorConfiguration:
    """What people work on; made where it is missing."""
    found = find(account, ConfigurationStatus.DRAFT)
    if found is not None:
        return found
    highest = sa.select(sa.func.max(ConnectorConfiguration.number)).where(ConnectorConfiguration.account_id == account.id)
    number = (db.session.scalar(highest) or 0) + 1
    key = status_key_of(account, ConfigurationStatus.DRAFT)
    made = ConnectorConfiguration(account_id=account.id, number=number, status=ConfigurationStatus.DRAFT, status_key=key)
    try:
        with db.session.begin_nested():
            db.session.add(made)
    except IntegrityError:  # somebody else made it in the same moment
        found = find(account, ConfigurationStatus.DRAFT)
        if found is None:
            raise
        return found
    return made


def find(account: ProviderAccount, status: ConfigurationStatus) -> ConnectorConfiguration | None:
    """The draft or the live configuration, if there is one."""
    key = status_key_of(account, status)
    return db.session.scalar(sa.select(ConnectorConfiguration).where(ConnectorConfiguration.status_key == key))


def open_ones(account: ProviderAccount) -> Sequence[ConnectorConfiguration]:
    """Draft and live one, as far as they are there, the draft first."""
    keys = [status_key_of(account, status) for status in (ConfigurationStatus.DRAFT, ConfigurationStatus.LIVE)]
    query = sa.select(ConnectorConfiguration).where(ConnectorConfiguration.status_key.in_(keys))
    return sorted(db.session.scalars(query), key=lambda each: each.status is ConfigurationStatus.LIVE)


def installation() -> ConnectorConfiguration:
    """The one that stands for the whole installation; made where it is missing."""
    found = find_installation()
    if found is not None:
        return found
    made = ConnectorConfiguration(account_id=None, number=1, status=ConfigurationStatus.LIVE, status_key=INSTALLATION_KEY)
    try:
        with db.session.begin_nested():
            db.session.add(made)
    except IntegrityError:
        found = find_installation()
        if found is None:
            raise
        return found
    return made


def find_installation() -> ConnectorConfiguration | None:
    """Everything about checks asks for it: once it is known, a session that holds it asks no server for it again."""
    session = db.session()
    known = session.info.get(_INSTALLATION)
    found = session.get(ConnectorConfiguration, known) if known is not None else None
    if found is None or found.status_key != INSTALLATION_KEY:
        found = session.scalar(sa.select(ConnectorConfiguration).where(ConnectorConfiguration.status_key == INSTALLATION_KEY))
        session.info[_INSTALLATION] = found.id if found is not None else None
    return found


def passed_gates(configuration: ConnectorConfiguration) -> frozenset[Gate]:
    """Gates that it was through once."""
    return frozenset(gate for gate in Gate if configuration.passed_gates & _bit(gate))


def gate_of(configuration: ConnectorConfiguration | None) -> Gate:
    """The first that it was never through; the last one where it was through all."""
    passed = passed_gates(configuration) if configuration is not None else frozenset()
    return next((gate for gate in Gate if gate not in passed), Gate.PROMOTE)


def note_passed(configuration: ConnectorConfiguration, gates: frozenset[Gate]) -> None:
    """Write down that it was through these gates; what was passed stays passed."""
    before = configuration.passed_gates
    configuration.passed_gates |= sum(_bit(gate) for gate in gates)
    if configuration.passed_gates != before and configuration.account_id is not None:
        _noted(db.session()).add(configuration.account_id)


def newly_passed(session: Session) -> frozenset[int]:
    """Ids of connectors that passed a gate in the open transaction."""
    return frozenset(_noted(session))


def _noted(session: Session) -> set[int]:
    return note_of(session, "fivegate.passed_gates", set)


def has_passed(account: ProviderAccount, gate: Gate) -> bool:
    """Whether any open configuration of the connector was through the gate."""
    return any(configuration.passed_gates & _bit(gate) for configuration in open_ones(account))


def _bit(gate: Gate) -> int:
    return 1 << (gate.number - 1)
