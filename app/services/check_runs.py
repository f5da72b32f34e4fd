"""Asking checks and keeping what came of it. A part of the caller's transaction; nothing here talks to a provider."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog

from app import audit
from app.audit import Actor, Target, canonical_json
from app.extensions import db
from app.models import ConnectorConfiguration, EvidenceDependency, ProviderAccount, ReadinessCurrent, ReadinessEvidence
from app.readiness.check import Check, Outcome, Result
from app.readiness.facets import facet_of_check
from app.readiness.facts import ConnectorFacts, PrivilegeFacts
from app.readiness.gates import Gate, checks_of
from app.readiness.registry import REGISTRY
from app.readiness.standing import GOOD
from app.readiness.validity import valid_until
from app.services import configurations, facet_contents, facets, privilege_tries, readiness_clock, readiness_facts, settling, stands
from app.services.check_keys import OF_INSTALLATION
from app.services.facets import Cause
from app.services.stands import Stands

log = structlog.get_logger(__name__)

RUN = "checks.run"
BROKEN = (
    "The check itself broke, which says nothing about the connector. The log tells more; run it again, or tell whoever maintains Fivegate."
)


@dataclass(frozen=True)
class RunResult:
    """What a run came to."""

    results: Mapping[str, Result]
    """Check → result, in the configuration that people work on."""

    @property
    def sentence(self) -> str:
        good = sum(result in GOOD for result in self.results.values())
        return f"{good} of {len(self.results)} checks passed."

    @property
    def counts(self) -> dict[str, int]:
        return {result.value: sum(each is result for each in self.results.values()) for result in Result}


def run(account: ProviderAccount, keys: Collection[str], *, actor: Actor, privileges: PrivilegeFacts | None = None) -> RunResult:
    """Ask checks of the draft, and of what is live, and keep the evidence.

    :param keys: of the checks
    :param privileges: what was tried of the database account's rights, where that was tried just now
    """
    cause = Cause(RUN, actor)
    facets.refresh(account, cause)
    facets.refresh_installation(cause, granted=privileges.granted if privileges is not None else None)
    now = readiness_clock.now()
    results: dict[str, Result] = {}
    for configuration in configurations.open_ones(account):
        found = _run(account, configuration, keys, now=now, actor=actor, privileges=privileges)
        results = results or found
    settling.settle(account, actor=actor)
    target = Target.of(account, account.organization)
    audit.record(db.session(), actor, RUN, target, {key: result.value for key, result in results.items()})
    return RunResult(results)


def _run(
    account: ProviderAccount,
    configuration: ConnectorConfiguration,
    keys: Collection[str],
    *,
    now: datetime,
    actor: Actor,
    privileges: PrivilegeFacts | None,
) -> dict[str, Result]:
    contents, digests = facet_contents.stored(configuration), facets.digests_of(configuration)
    facts = readiness_facts.collect(
        account, configuration, contents, now=now, digests=digests, privileges=privileges or privilege_tries.latest()
    )
    results = {}
    for check in REGISTRY:
        if check.key not in keys or not _is_due(check, configuration, privileges):
            continue
        outcome = _ask(check, _with_what_stands(check, facts, account, configuration))
        until = _until(check, outcome, facts, account)
        owner = configurations.installation() if check.key in OF_INSTALLATION else configuration
        _keep(owner, check, outcome, digests=digests, now=now, until=until, actor=actor)
        results[check.key] = outcome.result
    found = stands.of(account, configuration)
    configurations.note_passed(configuration, frozenset(each.gate for each in found.gates if each.is_through))
    return results


def _is_due(check: Check, configuration: ConnectorConfiguration, privileges: PrivilegeFacts | None) -> bool:
    """What counts for all connectors is asked once a run, and only when it was tried anew or never kept."""
    if check.key not in OF_INSTALLATION:
        return True
    common = configurations.installation()
    kept = db.session.get(ReadinessCurrent, (common.id, check.key))
    return configuration.status_key is not None and (privileges is not None or kept is None)


def _with_what_stands(
    check: Check, facts: ConnectorFacts, account: ProviderAccount, configuration: ConnectorConfiguration
) -> ConnectorFacts:
    """What two checks ask about is how the others stand by now."""
    if check.key == "recent-test":
        return replace(facts, gate_three_since=gate_three_since(stands.of(account, configuration)))
    if check.key == stands.APPROVAL:
        approval = readiness_facts.approval_of(configuration, stands.of(account, configuration).approval_digest)
        return replace(facts, approval=approval)
    return facts


def gate_three_since(found: Stands) -> datetime | None:
    """When that was done by which the checks of gate 3 stand together; None while one of them does not."""
    own = [found.checks[spec.key] for spec in checks_of(Gate.TEST)]
    if not all(shown.stand.standing.is_open for shown in own):
        return None
    dated = [
        shown.newest.valid_until - timedelta(days=shown.spec.shelf_life_days)
        for shown in own
        if shown.newest is not None and shown.newest.valid_until is not None and shown.spec.shelf_life_days is not None
    ]
    return min(dated, default=None)


def _ask(check: Check, facts: ConnectorFacts) -> Outcome:
    try:
        return check.ask(facts)
    except Exception as exc:  # a check that breaks must not take the others with it, nor count as failed
        log.exception("check.broken", check=check.key, error=type(exc).__name__)
        return Outcome(Result.ERROR, BROKEN)


def _until(check: Check, outcome: Outcome, facts: ConnectorFacts, account: ProviderAccount) -> datetime | None:
    if outcome.result not in {Result.PASSED, Result.WARNING}:
        return None
    return valid_until(check.key, outcome, facts, zone=account.organization.time_zone)


def _keep(
    configuration: ConnectorConfiguration,
    check: Check,
    outcome: Outcome,
    *,
    digests: Mapping[str, str],
    now: datetime,
    until: datetime | None,
    actor: Actor,
) -> None:
    evidence = ReadinessEvidence(
        configuration_id=configuration.id,
        check_key=check.key,
        result=outcome.result.value,
        sentence=outcome.sentence,
        facts=canonical_json(dict(outcome.facts)),
        items=canonical_json(list(outcome.items)),
        made_at=now,
        valid_until=until,
        actor_kind=actor.kind.value,
        actor_id=actor.id,
    )
    db.session.add(evidence)
    db.session.flush()
    own = [*sorted(check.facets & digests.keys()), facet_of_check(check.key)]
    db.session.execute(
        sa.insert(EvidenceDependency), [{"evidence_id": evidence.id, "facet": key, "digest": digests.get(key, "")} for key in own]
    )
    current = db.session.get(ReadinessCurrent, (configuration.id, check.key))
    if current is None:
        current = ReadinessCurrent(configuration_id=configuration.id, check_key=check.key, evidence_id=evidence.id)
        db.session.add(current)
    current.evidence_id = evidence.id
    if outcome.result in GOOD:
        current.good_id = evidence.id
    db.session.flush()


def history(configuration: ConnectorConfiguration, key: str, *, limit: int) -> Sequence[ReadinessEvidence]:
    """What a check came to so far, the newest first."""
    owner = configurations.installation() if key in OF_INSTALLATION else configuration
    query = sa.select(ReadinessEvidence).where(ReadinessEvidence.configuration_id == owner.id, ReadinessEvidence.check_key == key)
    return db.session.scalars(query.order_by(ReadinessEvidence.id.desc()).limit(limit)).all()
