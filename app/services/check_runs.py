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
ABOUT_OTHERS = frozenset({"recent-test", stands.APPROVAL})
"""Checks that ask how the others stand."""
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
    tried = privileges or privilege_tries.latest()
    results: dict[str, Result] = {}
    for number, configuration in enumerate(configurations.open_ones(account)):
        own = [check for check in REGISTRY if check.key in keys and _is_due(check, is_first=number == 0, is_tried=privileges is not None)]
        found = _Run(account, configuration, now=now, actor=actor, privileges=tried).ask_all(own)
        results = results or found
    settling.settle(account, actor=actor)
    target = Target.of(account, account.organization)
    audit.record(db.session(), actor, RUN, target, {key: result.label for key, result in results.items()})
    return RunResult(results)


def _is_due(check: Check, *, is_first: bool, is_tried: bool) -> bool:
    """What counts for all connectors is asked once a run, and only when it was tried anew or never kept."""
    if check.key not in OF_INSTALLATION:
        return True
    return is_first and (is_tried or db.session.get(ReadinessCurrent, (configurations.installation().id, check.key)) is None)


class _Run:
    """Asking the checks of one configuration."""

    def __init__(
        self,
        account: ProviderAccount,
        configuration: ConnectorConfiguration,
        *,
        now: datetime,
        actor: Actor,
        privileges: PrivilegeFacts | None,
    ) -> None:
        self.account, self.configuration, self.now, self.actor = account, configuration, now, actor
        self.privileges = privileges
        self.digests = facets.digests_of(configuration)

    def ask_all(self, checks: Sequence[Check]) -> dict[str, Result]:
        """First those that ask about the connector, then those that ask how the others stand by then."""
        first = [check for check in checks if check.key not in ABOUT_OTHERS]
        results: dict[str, Result] = {}
        if first:
            facts = readiness_facts.collect(
                self.account,
                self.configuration,
                facet_contents.stored(self.configuration),
                now=self.now,
                digests=self.digests,
                privileges=self.privileges,
            )
            results |= self._keep({check: _ask(check, facts) for check in first}, facts)
        for check in checks:
            if check.key in ABOUT_OTHERS:
                facts = self._about_others(check, stands.of(self.account, self.configuration))
                results |= self._keep({check: _ask(check, facts)}, facts)
        return results

    def _about_others(self, check: Check, found: Stands) -> ConnectorFacts:
        facts = readiness_facts.bare(self.account, self.configuration, now=self.now)
        if check.key == stands.APPROVAL:
            return replace(facts, approval=readiness_facts.approval_of(self.configuration, found.approval_digest))
        return replace(facts, gate_three_since=gate_three_since(found))

    def _keep(self, outcomes: Mapping[Check, Outcome], facts: ConnectorFacts) -> dict[str, Result]:
        """Add the evidence with what it rests on, and let it be what counts: a handful of statements for all of them."""
        rows = {check: self._evidence(check, outcome, facts) for check, outcome in outcomes.items()}
        db.session.add_all(rows.values())
        db.session.flush()
        rests = [
            {"evidence_id": row.id, "facet": key, "digest": self.digests.get(key, "")}
            for check, row in rows.items()
            for key in (*sorted(check.facets & self.digests.keys()), facet_of_check(check.key))
        ]
        db.session.execute(sa.insert(EvidenceDependency), rests)
        self._point_at(rows)
        return {check.key: outcome.result for check, outcome in outcomes.items()}

    def _evidence(self, check: Check, outcome: Outcome, facts: ConnectorFacts) -> ReadinessEvidence:
        owner = configurations.installation() if check.key in OF_INSTALLATION else self.configuration
        return ReadinessEvidence(
            configuration_id=owner.id,
            check_key=check.key,
            result=outcome.result.value,
            sentence=outcome.sentence,
            facts=canonical_json(dict(outcome.facts)),
            items=canonical_json(list(outcome.items)),
            made_at=self.now,
            valid_until=_until(check, outcome, facts, self.account),
            actor_kind=self.actor.kind.value,
            actor_id=self.actor.id,
        )

    def _point_at(self, rows: Mapping[Check, ReadinessEvidence]) -> None:
        wanted = {(row.configuration_id, row.check_key): row for row in rows.values()}
        keys = sa.tuple_(ReadinessCurrent.configuration_id, ReadinessCurrent.check_key)
        there = {
            (each.configuration_id, each.check_key): each
            for each in db.session.scalars(sa.select(ReadinessCurrent).where(keys.in_(list(wanted))))
        }
        for key, evidence in wanted.items():
            current = there.get(key)
            if current is None:
                current = ReadinessCurrent(configuration_id=key[0], check_key=key[1])
                db.session.add(current)
            current.evidence_id = evidence.id
            if Result(evidence.result) in GOOD:
                current.good_id = evidence.id
        db.session.flush()


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


def history(configuration: ConnectorConfiguration, key: str, *, limit: int) -> Sequence[ReadinessEvidence]:
    """What a check came to so far, the newest first."""
    owner = configurations.installation() if key in OF_INSTALLATION else configuration
    query = sa.select(ReadinessEvidence).where(ReadinessEvidence.configuration_id == owner.id, ReadinessEvidence.check_key == key)
    return db.session.scalars(query.order_by(ReadinessEvidence.id.desc()).limit(limit)).all()
