"""Agreements, evidence and a waiver for the database in which every page has something to show."""

from dataclasses import dataclass
from datetime import timedelta

from app.audit import Actor, ActorKind
from app.metrics.window_rules import WindowRule
from app.models import ProviderAccount, ReadinessWaiver, User
from app.readiness.checks.retention import CLASSES
from app.services import agreements, check_acts, check_runs, configurations, stands, tasks, waivers
from app.services.acknowledgements import item_digest
from app.services.check_keys import EVERY_CHECK
from app.unit_of_work import transaction

ITEMS = "rejects-reviewed"
"""A check that has something to acknowledge here, and a waiver."""


@dataclass(frozen=True)
class CompanyChecks:
    """What was agreed and shown for one company."""

    waiver: ReadinessWaiver
    supplier: str

    @property
    def marks(self) -> frozenset[str]:
        return frozenset({self.waiver.public_id, self.waiver.reason, self.supplier})


def fill_checks(connector: ProviderAccount, staff: User, name: str) -> CompanyChecks:
    """Everything agreed, every check asked, one item seen, a list signed, a waiver that waits for somebody else."""
    actor, supplier = Actor(ActorKind.STAFF, staff.public_id), f"The office of {name}"
    today = tasks.today(connector.organization)
    with transaction():
        agreements.choose_data_type(connector, "calls", actor=actor)
        agreements.agree_on_export(
            connector, "calls", supplier=supplier, every_days=7, next_due=today + timedelta(days=7), seen_version=0, actor=actor
        )
        agreements.record_consent(
            connector, reads=["calls"], writes=[], given_by=f"Boss of {name}", given_on=today, proof="A mail", by=staff, actor=actor
        )
        agreements.write_failure_path(
            connector, told=[staff], channel="Mail", client_sees="Held figures.", fallback="By hand.", seen_version=0, actor=actor
        )
        agreements.decide_retention(connector, dict.fromkeys(CLASSES, 365), seen={}, actor=actor)
        agreements.choose_window_rule(connector, WindowRule.MONTH, actor=actor)
        check_runs.run(connector, EVERY_CHECK, actor=actor)
        draft = configurations.draft_of(connector)
        items = stands.of(connector, draft).checks[ITEMS].unacknowledged
        if items:
            seen = frozenset({item_digest(items[0])})
            check_acts.acknowledge(connector, ITEMS, digests=seen, comment=f"Known to {name}", person=staff, actor=actor)
        check_acts.sign(connector, "qa", comment=f"Went through it for {name}", person=staff, actor=actor)
        waiver = waivers.request(
            connector, draft, ITEMS, reason=f"{name} mends its export", last_day=today + timedelta(days=9), by=staff, actor=actor
        )
    return CompanyChecks(waiver, supplier)
