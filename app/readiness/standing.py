"""How a check stands at one instant, and which gates are through. Computed whenever somebody looks, never stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from app.readiness.check import Result
from app.readiness.facets import in_words
from app.readiness.gates import CHECKS, CheckSpec, Gate, checks_of

GOOD = frozenset({Result.PASSED, Result.WARNING, Result.NOT_APPLICABLE})


@dataclass(frozen=True)
class Evidence:
    """A dated result, as far as its standing needs it."""

    result: Result
    valid_until: datetime | None
    """None: until something that it rests on changes."""
    rests_on: Mapping[str, str]
    """Facet → its digest when the evidence was made."""
    items: tuple[str, ...] = ()
    """What a warning wants acknowledged."""


class Standing(StrEnum):
    """How a check stands. All but the first three close its gate."""

    GOOD = "good"
    NOT_APPLICABLE = "not_applicable"
    WAIVED = "waived"
    NOT_RUN = "not_run"
    UNACKNOWLEDGED = "unacknowledged"
    """A warning that nobody acknowledged."""
    FAILED = "failed"
    CHANGED = "changed"
    """Fallen: something that it rests on is another one now."""
    LAPSED = "lapsed"
    """Fallen: its time is over."""
    BROKEN = "broken"
    """The check itself broke, and no good evidence is in date."""

    @property
    def is_open(self) -> bool:
        """It lets its gate through."""
        return self in {Standing.GOOD, Standing.NOT_APPLICABLE, Standing.WAIVED}

    @property
    def has_fallen(self) -> bool:
        return self in {Standing.CHANGED, Standing.LAPSED}


@dataclass(frozen=True)
class Stand:
    """A check's standing, with the facets whose change dropped it."""

    standing: Standing
    changed: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """Why it does not count any more; empty where nothing fell."""
        if self.standing is Standing.LAPSED:
            return "Its time is over."
        return " ".join(f"{in_words(facet)} changed." for facet in self.changed)


def stand_of(
    newest: Evidence | None,
    last_good: Evidence | None,
    *,
    facets: Mapping[str, str],
    now: datetime,
    acknowledged: frozenset[str] = frozenset(),
    waived_until: date | None = None,
    today: date | None = None,
) -> Stand:
    """How one check stands.

    :param newest: the newest evidence, whatever it came to
    :param last_good: the newest that was good: while it counts, an error of the check itself changes nothing
    :param facets: facet → its digest now
    :param now: by the database's clock, and never before the newest instant that was seen: a clock set back would revive
        what has lapsed
    :param waived_until: last day of an approved waiver, in the organization's time zone
    :param today: the day there
    """
    stand = _own_stand(newest, last_good, facets=facets, now=now, acknowledged=acknowledged)
    if not stand.standing.is_open and waived_until is not None and today is not None and today <= waived_until:
        return Stand(Standing.WAIVED, stand.changed)
    return stand


def _own_stand(
    newest: Evidence | None, last_good: Evidence | None, *, facets: Mapping[str, str], now: datetime, acknowledged: frozenset[str]
) -> Stand:
    if newest is None or newest.result is Result.NOT_RUN:
        return Stand(Standing.NOT_RUN)
    if newest.result is Result.ERROR:
        if last_good is None:
            return Stand(Standing.BROKEN)
        kept = _own_stand(last_good, None, facets=facets, now=now, acknowledged=acknowledged)
        return Stand(Standing.BROKEN) if kept.standing is Standing.LAPSED else kept
    changed = tuple(sorted(facet for facet, digest in newest.rests_on.items() if facets.get(facet) != digest))
    if changed:
        return Stand(Standing.CHANGED, changed)
    if newest.valid_until is not None and newest.valid_until <= now:
        return Stand(Standing.LAPSED)
    if newest.result is Result.FAILED:
        return Stand(Standing.FAILED)
    if newest.result is Result.WARNING and not acknowledged.issuperset(newest.items):
        return Stand(Standing.UNACKNOWLEDGED)
    return Stand(Standing.NOT_APPLICABLE if newest.result is Result.NOT_APPLICABLE else Standing.GOOD)


@dataclass(frozen=True)
class GateStand:
    gate: Gate
    stands: Mapping[str, Stand]
    """Check → how it stands, in the registry's order."""
    may_start: bool
    """The gate before it is through, or was when this configuration first passed it."""

    @property
    def is_through(self) -> bool:
        return self.may_start and all(stand.standing.is_open for stand in self.stands.values())

    @property
    def done(self) -> int:
        return sum(stand.standing.is_open for stand in self.stands.values())


def gates_of(stands: Mapping[str, Stand], *, passed_before: frozenset[Gate] = frozenset()) -> Sequence[GateStand]:
    """All five, in order.

    :param stands: check → how it stands; a check that is not there was never run
    :param passed_before: gates that this configuration passed once: order binds the first passage alone
    """
    found: list[GateStand] = []
    may_start = True
    for gate in Gate:
        own = {spec.key: stands.get(spec.key, Stand(Standing.NOT_RUN)) for spec in checks_of(gate)}
        found.append(GateStand(gate, own, may_start))
        may_start = found[-1].is_through or gate in passed_before
    return tuple(found)


def next_check(gates: Sequence[GateStand]) -> CheckSpec | None:
    """What to do next: the first check that does not stand, of a gate that may start. None: all of them stand."""
    for gate in gates:
        if gate.may_start:
            for key, stand in gate.stands.items():
                if not stand.standing.is_open:
                    return next(spec for spec in CHECKS if spec.key == key)
    return None
