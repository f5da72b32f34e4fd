"""Connectors that are live as their rows say: quick, where what brought them there does not matter."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.clock import utc_now
from app.extensions import db
from app.models import (
    ConfigurationStatus,
    ConnectorConfiguration,
    ConnectorFacet,
    ConnectorState,
    EvidenceDependency,
    Promotion,
    PromotionStatus,
    ProviderAccount,
    ReadinessCurrent,
    ReadinessEvidence,
    User,
)
from app.models.readiness import INSTALLATION_KEY
from app.readiness.check import Check
from app.readiness.facets import FACETS, FacetScope, canonical, facet_of_check
from app.readiness.registry import REGISTRY
from app.services import configurations
from app.services.check_keys import OF_INSTALLATION
from app.unit_of_work import transaction
from tests.support import factories

WAS, IS_ANOTHER = "a" * 64, "b" * 64
OF_CONNECTORS = tuple(check for check in REGISTRY if check.key not in OF_INSTALLATION)
COMMON_FACETS = [
    *(facet_of_check(check.key) for check in REGISTRY),
    *(key for key, each in FACETS.items() if each.scope is FacetScope.INSTALLATION),
]


def live_rows(
    account: ProviderAccount,
    *,
    approver: User | None = None,
    evidence: Mapping[str, Mapping[str, Any]] | None = None,
    changed: Mapping[str, str] | None = None,
    without: frozenset[str] = frozenset(),
    contents: Mapping[str, Any] | None = None,
) -> ConnectorConfiguration:
    """Every check passed, but for what is said otherwise.

    :param evidence: check → values of its evidence that differ
    :param changed: facet → the act that changed it since
    :param without: checks that were never asked
    :param contents: facet → its content
    """
    owner = account.owner_id or factories.staff(with_password=False).id
    common = ensure_common()
    with transaction():
        live = ConnectorConfiguration(
            account_id=account.id, number=1, status=ConfigurationStatus.LIVE, status_key=f"{account.public_id}:live", passed_gates=0b11111
        )
        db.session.add(live)
        db.session.flush()
        values = {"digest": WAS, "vouched": "{}", "requested_at": utc_now(), "promoted_at": utc_now(), "requested_by_id": owner}
        ids = {"account_id": account.id, "configuration_id": live.id, "approved_by_id": approver.id if approver else None}
        db.session.add(Promotion(number=1, status=PromotionStatus.LIVE, live_key=account.public_id, **ids, **values))
        for key, facet in FACETS.items():
            if facet.scope is not FacetScope.INSTALLATION:
                add_facet(live, key, content=(contents or {}).get(key), cause=(changed or {}).get(key))
        add_evidence(live, {check: (evidence or {}).get(check.key, {}) for check in OF_CONNECTORS if check.key not in without})
        db.session.get_one(ProviderAccount, account.id).state = ConnectorState.LIVE
    assert common.id != live.id
    return live


def ensure_common(**evidence: Any) -> ConnectorConfiguration:
    """What counts for all connectors, made with the first of them."""
    found = configurations.find_installation()
    if found is not None:
        return found
    with transaction():
        made = ConnectorConfiguration(account_id=None, number=1, status=ConfigurationStatus.LIVE, status_key=INSTALLATION_KEY)
        db.session.add(made)
        db.session.flush()
        for key in COMMON_FACETS:
            add_facet(made, key)
        add_evidence(made, {check: evidence for check in REGISTRY if check.key in OF_INSTALLATION})
    return made


def add_facet(configuration: ConnectorConfiguration, key: str, *, content: Any = None, cause: str | None = None) -> None:
    digest = WAS if cause is None else IS_ANOTHER
    row = ConnectorFacet(configuration_id=configuration.id, facet=key, digest=digest, content=canonical(content), changed_at=utc_now())
    row.cause = cause or ""
    db.session.add(row)


def add_evidence(configuration: ConnectorConfiguration, checks: Mapping[Check, Mapping[str, Any]]) -> None:
    """:param checks: check → values of its evidence that differ; its ``good`` are those of an earlier one that was good, where the
    newest is not"""
    newest, good = {}, {}
    for check, changes in checks.items():
        values = dict(changes)
        earlier = values.pop("good", None)
        newest[check] = evidence_of(configuration, check.key, **values)
        if values.get("result", "passed") in {"passed", "warning", "not_applicable"}:
            good[check] = newest[check]
        elif earlier is not None:
            good[check] = evidence_of(configuration, check.key, **earlier)
    rows = {row: check for each in (newest, good) for check, row in each.items()}
    db.session.add_all(rows)
    db.session.flush()
    for row, check in rows.items():
        facets = [*check.facets, facet_of_check(check.key)]
        db.session.add_all(EvidenceDependency(evidence_id=row.id, facet=facet, digest=WAS) for facet in facets)
    for check, row in newest.items():
        good_id = good[check].id if check in good else None
        db.session.add(ReadinessCurrent(configuration_id=configuration.id, check_key=check.key, evidence_id=row.id, good_id=good_id))


def evidence_of(configuration: ConnectorConfiguration, key: str, **changes: Any) -> ReadinessEvidence:
    values: dict[str, Any] = {"result": "passed", "sentence": f"{key} is as it should be.", "made_at": utc_now(), "actor_kind": "job"}
    return ReadinessEvidence(configuration_id=configuration.id, check_key=key, **{**values, **changes})


def until(at: datetime) -> dict[str, Any]:
    """Evidence that counts so long."""
    return {"valid_until": at}
