"""Digests of what evidence rests on, and of what an approval is for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.readiness.facets import FACETS, Vouched, approval_digest, canonical, differences, digest_of

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
STATE = st.dictionaries(
    st.sampled_from(["owner", "baseline", "qa"]),
    st.builds(Vouched, st.sampled_from(["passed", "warning"]), st.dictionaries(st.sampled_from(["owner", "maps"]), st.text(max_size=3))),
    min_size=1,
)
OWNER = {"owner": Vouched("passed", {"owner": "a"})}


def test_the_digest_of_a_content_outlives_releases() -> None:
    """Another digest for the same content would drop every tick of every connector."""
    assert canonical({"b": [1, "ü"], "a": None}) == '{"a":null,"b":[1,"ü"]}'
    assert digest_of({"b": [1, "ü"], "a": None}) == "6bafd57c7869b3aca54e576a5157b40cc195c8486124cab93d52f1b59556838e"


@given(JSON, JSON)
def test_contents_have_one_digest_if_and_only_if_they_are_the_same(one: object, other: object) -> None:
    assert (digest_of(one) == digest_of(other)) == (canonical(one) == canonical(other))


def test_what_json_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        digest_of(float("nan"))
    with pytest.raises(TypeError):
        digest_of({"a", "b"})


@given(STATE, STATE)
def test_an_approval_holds_exactly_as_long_as_nothing_differs(approved: dict[str, Vouched], found: dict[str, Vouched]) -> None:
    is_same = approval_digest(approved) == approval_digest(found)
    assert is_same == (approved == found)
    assert is_same == (differences(approved, found, {}) == [])


def test_order_does_not_matter() -> None:
    both = {"qa": Vouched("passed", {"maps": "m", "owner": "a"}), **OWNER}
    turned = {**OWNER, "qa": Vouched("passed", {"owner": "a", "maps": "m"})}
    assert approval_digest(both) == approval_digest(turned)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ({"owner": Vouched("failed", {"owner": "a"})}, ["“Somebody owns it” came to failed; it was passed."]),
        ({"owner": Vouched("passed", {"owner": "b"})}, ["The owner changed, on which “Somebody owns it” rests."]),
        ({}, ["“Somebody owns it” is no longer there."]),
        ({**OWNER, "qa": Vouched("passed", {})}, ["“qa” was not part of it."]),
    ],
)
def test_what_voids_an_approval_is_said(found: dict[str, Vouched], expected: list[str]) -> None:
    assert differences(OWNER, found, {"owner": "Somebody owns it"}) == expected


def test_facets_are_known_by_their_keys() -> None:
    assert all(key == facet.key for key, facet in FACETS.items())
    assert len({facet.words for facet in FACETS.values()}) == len(FACETS)
