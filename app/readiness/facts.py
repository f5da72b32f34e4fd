"""Facts about one connector, as checks read them. Plain values: collected by use cases, stored with evidence.

No fact holds a secret or a personal value: people are told by their public ids and whether they may still act.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime


@dataclass(frozen=True)
class PersonFacts:
    """Somebody who answers for something."""

    id: str
    is_active: bool
    is_staff: bool = True


@dataclass(frozen=True)
class FieldFacts:
    """One incoming field as the map in force says."""

    source: str
    decision: str
    """``mapped``, ``ignored`` or ``undecided``."""
    target: str = ""
    table: str = ""
    label: str = ""
    explanation: str = ""
    privacy: str = ""
    """``public``, ``internal``, ``personal`` or ``secret``; empty: nobody said."""
    reason: str = ""
    """Why it is ignored."""
    owner: PersonFacts | None = None


@dataclass(frozen=True)
class DataTypeFacts:
    """One data type that the connector brings."""

    key: str
    label: str
    home: str
    """``app`` or ``traffic``."""
    is_home_decided: bool
    """Somebody decided; otherwise it stands on the default."""
    mandatory: tuple[str, ...] = ()
    """Targets that rows cannot do without."""
    map_number: int | None = None
    """Of the version in force; None: there is none."""
    fields: tuple[FieldFacts, ...] = ()
    unmapped: tuple[str, ...] = ()
    """Fields that came in the newest file and that the map does not know."""
    is_leads: bool = False
    alternatives: tuple[tuple[tuple[str, ...], ...], ...] = ()
    """Needs that fields can meet in more than one way, such as the day or a made id: each with its ways, a way with all its targets."""


@dataclass(frozen=True)
class SupplyFacts:
    """Who supplies which export, how often (manual mode)."""

    data_type: str
    supplier: str
    """A role or a company, not a person's name."""
    every_days: int
    next_due: date


@dataclass(frozen=True)
class AccessFacts:
    """What the latest test of the provider's access found (API mode)."""

    tested_at: datetime
    steps: Mapping[str, bool]
    """Sub-test → whether it passed: host, token, app key, tenant, each data type."""


@dataclass(frozen=True)
class ConsentFacts:
    """What the customer agreed to."""

    reads: frozenset[str]
    """Data types."""
    writes: frozenset[str]
    given_on: date
    has_proof: bool
    is_withdrawn: bool
    by_portal: bool
    """Granted in the portal; otherwise recorded by staff, with person, date and proof."""


@dataclass(frozen=True)
class PrivilegeFacts:
    """What the database account of the application was refused."""

    tried_at: datetime
    granted: tuple[str, ...]
    """Privileges of DROP, ALTER and CREATE that it has, and statements of them that it got through."""


@dataclass(frozen=True)
class MetricFacts:
    """A metric that the connector was chosen to feed."""

    key: str
    title: str
    unit: str
    source_label: str
    window: str
    """Date range in full; empty: nothing is known of any day."""


@dataclass(frozen=True)
class BatchFacts:
    """An import that is over."""

    id: str
    data_type: str
    is_sample: bool
    completed_at: datetime
    rows_read: int
    rows_new: int
    rows_changed: int
    rejects: Mapping[str, int] = field(default_factory=dict)
    """Rejected rows by reason."""
    classes: Mapping[str, int] = field(default_factory=dict)
    """Rows by lead class."""
    repeats: str | None = None
    """Id of the batch that brought the same file by the same map before."""

    @property
    def rows_rejected(self) -> int:
        return sum(self.rejects.values())


@dataclass(frozen=True)
class BaselineFacts:
    id: str
    metric_key: str
    window: str
    is_intact: bool
    """Its hash fits what was frozen."""
    days_unknown: int
    days: int


@dataclass(frozen=True)
class ComparisonFacts:
    metric_key: str
    verdict: str
    """``comparable``, ``with_caveats`` or ``not_comparable``."""
    windows: str
    caveats: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    """Why windows cannot be compared."""


@dataclass(frozen=True)
class ReconciliationFacts:
    data_type: str
    window: str
    is_within: bool
    difference: str
    """In words: rows and total, ours against theirs."""
    entered_at: datetime


@dataclass(frozen=True)
class SignOffFacts:
    """A person looked, and said so."""

    person: PersonFacts
    comment: str
    at: datetime


@dataclass(frozen=True)
class FailurePathFacts:
    told: tuple[PersonFacts, ...]
    channel: str
    client_sees: str
    fallback: str


@dataclass(frozen=True)
class RollbackFacts:
    note_id: str
    target: str
    """The promotion that is gone back to, or *not live* before a first one."""
    drilled_at: datetime | None
    drill_passed: bool


@dataclass(frozen=True)
class ApprovalFacts:
    requested_by: PersonFacts
    approved_by: PersonFacts | None
    fits: bool
    """The digest that was approved is the one of today."""


@dataclass(frozen=True)
class ConnectorFacts:
    """All that is known of a connector at one instant."""

    now: datetime
    """By the database's clock."""
    today: date
    """Where the organization is."""
    provider: str
    mode: str
    """``manual``, ``api`` or ``webhook``."""
    source_label: str
    other_labels: Sequence[str] = ()
    """Of the organization's other connectors."""
    owner: PersonFacts | None = None
    data_types: tuple[DataTypeFacts, ...] = ()
    supplies: Sequence[SupplyFacts] = ()
    access: AccessFacts | None = None
    scopes_granted: frozenset[str] | None = None
    """None: the provider was not asked yet."""
    scopes_needed: frozenset[str] = frozenset()
    consent: ConsentFacts | None = None
    privileges: PrivilegeFacts | None = None
    metrics: tuple[MetricFacts, ...] = ()
    batches: Sequence[BatchFacts] = ()
    """The newest first, and only those that the maps in force shaped: an older map's batch proves nothing about today's."""
    batches_under_way: int = 0
    rehearsal: Mapping[str, bool] | None = None
    """Webhook rehearsal: case → whether it was answered as it should be. None: none was held."""
    baselines: Sequence[BaselineFacts] = ()
    comparisons: Sequence[ComparisonFacts] = ()
    reconciliations: Sequence[ReconciliationFacts] = ()
    retention: Mapping[str, int | None] = field(default_factory=dict)
    """Class of data → days that it is kept; None: nobody decided."""
    failure_path: FailurePathFacts | None = None
    rollback: RollbackFacts | None = None
    approval: ApprovalFacts | None = None
    sign_offs: Mapping[str, SignOffFacts] = field(default_factory=dict)
    """Key of a check → the newest sign-off that still fits what was signed."""
    acknowledged: frozenset[str] = frozenset()
    """Items of warnings that a person acknowledged, each with the content that it had then."""
    is_live: bool = False
    """A promoted configuration is looked at: sign-offs and the drill count longer, production batches count as tests."""
    gate_three_since: datetime | None = None
    """When the checks of gate 3 last stood together; None: they do not."""

    def of_leads(self) -> tuple[DataTypeFacts, ...]:
        return tuple(each for each in self.data_types if each.is_leads)
