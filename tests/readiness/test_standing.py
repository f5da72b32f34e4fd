"""How evidence stands at one instant, and which gates that opens."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.readiness.check import Result
from app.readiness.gates import CHECKS, Gate, checks_of
from app.readiness.standing import GOOD, Evidence, Stand, Standing, gates_of, next_check, stand_of

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FACETS = {"owner": "a", "maps": "b"}


def evidence(result: Result = Result.PASSED, *, days: float | None = None, items: tuple[str, ...] = (), **rests_on: str) -> Evidence:
    until = None if days is None else NOW + timedelta(days=days)
    return Evidence(result, until, rests_on or {"owner": "a"}, items)


def stand(
    newest: Evidence | None, last_good: Evidence | None = None, *, facets: Mapping[str, str] | None = None, **values: object
) -> Stand:
    return stand_of(newest, last_good, facets=FACETS if facets is None else facets, now=NOW, **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("newest", "expected"),
    [
        (None, Standing.NOT_RUN),
        (evidence(Result.NOT_RUN), Standing.NOT_RUN),
        (evidence(), Standing.GOOD),
        (evidence(Result.NOT_APPLICABLE), Standing.NOT_APPLICABLE),
        (evidence(Result.FAILED), Standing.FAILED),
        (evidence(Result.WARNING), Standing.GOOD),
        (evidence(Result.WARNING, items=("calls:bad_date:3",)), Standing.UNACKNOWLEDGED),
        (evidence(days=1), Standing.GOOD),
        (evidence(days=0), Standing.LAPSED),
        (evidence(Result.NOT_APPLICABLE, days=-1), Standing.LAPSED),
        (evidence(owner="another"), Standing.CHANGED),
        (evidence(Result.FAILED, owner="another"), Standing.CHANGED),
        (evidence(consent="c"), Standing.CHANGED),
    ],
)
def test_each_way_to_stand(newest: Evidence | None, expected: Standing) -> None:
    assert stand(newest).standing is expected


def test_a_fall_names_every_facet_that_dropped_it() -> None:
    fallen = stand(evidence(owner="x", maps="y"))
    assert (fallen.standing, fallen.changed) == (Standing.CHANGED, ("maps", "owner"))
    assert fallen.reason == "A field map changed. The owner changed."
    assert stand(evidence(days=0)).reason == "Its time is over."
    assert stand(evidence()).reason == ""


def test_only_what_evidence_rests_on_can_drop_it() -> None:
    assert stand(evidence(owner="a"), facets={"owner": "a", "maps": "whatever"}).standing is Standing.GOOD


def test_a_broken_check_closes_its_gate_only_once_the_last_good_evidence_is_out_of_date() -> None:
    broken = evidence(Result.ERROR)
    assert stand(broken).standing is Standing.BROKEN
    assert stand(broken, evidence(days=1)).standing is Standing.GOOD
    assert stand(broken, evidence(days=0)).standing is Standing.BROKEN
    assert stand(broken, evidence(owner="another")).standing is Standing.CHANGED


def test_a_warning_counts_once_each_of_its_items_is_acknowledged() -> None:
    newest = evidence(Result.WARNING, items=("a:1", "b:2"))
    assert stand(newest, acknowledged=frozenset({"a:1"})).standing is Standing.UNACKNOWLEDGED
    assert stand(newest, acknowledged=frozenset({"a:1", "b:3"})).standing is Standing.UNACKNOWLEDGED
    assert stand(newest, acknowledged=frozenset({"a:1", "b:2", "c:4"})).standing is Standing.GOOD


@pytest.mark.parametrize(
    ("until", "expected"), [(date(2026, 11, 21), Standing.FAILED), (date(2026, 11, 22), Standing.WAIVED), (None, Standing.FAILED)]
)
def test_a_waiver_counts_through_its_last_day(until: date | None, expected: Standing) -> None:
    assert stand(evidence(Result.FAILED), waived_until=until, today=date(2026, 11, 22)).standing is expected


def test_a_waiver_says_nothing_of_a_check_that_passed() -> None:
    assert stand(evidence(), waived_until=date(2027, 1, 1), today=date(2026, 11, 22)).standing is Standing.GOOD


EVIDENCE = st.builds(
    evidence,
    st.sampled_from(Result),
    days=st.one_of(st.none(), st.floats(-5, 5)),
    items=st.lists(st.sampled_from(["x", "y"]), max_size=2).map(tuple),
    owner=st.sampled_from(["a", "b"]),
)


@given(EVIDENCE, st.one_of(st.none(), EVIDENCE.filter(lambda each: each.result in GOOD)), st.frozensets(st.sampled_from(["x", "y"])))
def test_what_lets_a_gate_through_is_good_in_date_unchanged_and_acknowledged(
    newest: Evidence, last_good: Evidence | None, acknowledged: frozenset[str]
) -> None:
    if not stand(newest, last_good, acknowledged=acknowledged).standing.is_open:
        return
    counts = newest if newest.result is not Result.ERROR else last_good
    assert counts is not None
    assert counts.result in GOOD
    assert counts.valid_until is None or counts.valid_until > NOW
    assert all(FACETS.get(facet) == digest for facet, digest in counts.rests_on.items())
    assert counts.result is not Result.WARNING or acknowledged.issuperset(counts.items)


def all_good(*but: str) -> dict[str, Stand]:
    return {spec.key: Stand(Standing.FAILED if spec.key in but else Standing.GOOD) for spec in CHECKS}


def test_gates_open_one_after_the_other() -> None:
    gates = gates_of({})
    assert [gate.may_start for gate in gates] == [True, False, False, False, False]
    assert [gate.done for gate in gates] == [0] * 5
    assert next_check(gates) == CHECKS[0]
    through = gates_of(all_good())
    assert all(gate.is_through for gate in through)
    assert next_check(through) is None


@pytest.mark.parametrize("spec", CHECKS, ids=lambda spec: spec.key)
def test_one_check_that_does_not_stand_closes_its_gate_and_those_behind(spec: object) -> None:
    key, gate = spec.key, spec.gate  # type: ignore[attr-defined]
    gates = gates_of(all_good(key))
    assert [each.is_through for each in gates] == [each.number < gate.number for each in Gate]
    assert next_check(gates) == spec


def test_order_binds_the_first_passage_alone() -> None:
    gates = gates_of(all_good("owner"), passed_before=frozenset(Gate))
    assert [gate.may_start for gate in gates] == [True] * 5
    assert [gate.is_through for gate in gates] == [False, True, True, True, True]


def test_every_gate_has_checks() -> None:
    assert [gate.gate for gate in gates_of({})] == list(Gate)
    assert all(checks_of(gate) for gate in Gate)
